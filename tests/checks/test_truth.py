"""The checks on what real clients were recorded to do, by others: every recorded run is judged rightly.

The recorder kept counts and waits, not bytes; what a run was served follows from its scenario's name. What is right
is said here anew, from the recorded facts alone.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from harness.checks.registry import Evidence
from harness.model.call import Call, Ending
from harness.model.finding import weigh
from tests.evidence import Attempt, attempt, call, evidence, findings, given_up, http_date, sights, write

HOME = Path(os.environ.get("HARNESS_CLIENTS", Path(__file__).parents[2].parent / "shared" / "clients"))
TRUTH = HOME / "truth.json"
Run = dict[str, Any]

NETWORK = {
    "connect_refused": "connection.refused",
    "rst_on_accept": "connection.reset_on_accept",
    "rst_after_request": "connection.reset_before_answer",
    "empty_close": "connection.closed",
    "truncated": "body.truncated",
}


def _runs() -> list[Run]:
    return json.loads(TRUTH.read_text())["runs"] if TRUTH.exists() else []


def _named(pattern: str) -> list[Any]:
    """The runs of the scenarios whose name matches, each under a readable id."""
    found = [run for run in _runs() if re.fullmatch(pattern, run["scenario"])]
    ids = [f"{run['client']}-{run['op']}-{run['scenario']}-{run['repeat']}" for run in found]
    absent = pytest.param({}, marks=pytest.mark.skip(reason=f"{TRUTH} is absent; set HARNESS_CLIENTS"))
    return [pytest.param(run, id=name) for run, name in zip(found, ids, strict=True)] or [absent]


def _keyed(run: Run) -> bool:
    return run["op"] == "post" and "stripe" in run["client"]


def _seen(run: Run, failing: Attempt, last: Attempt | None = None) -> Evidence:
    """The recorded run as evidence: attempts of one kind, the last one perhaps of another."""
    waits = run.get("waits_after_reply") or [0.01] * (run["attempts"] - 1)
    parts: list[Attempt | float] = [failing]
    for wait in waits[: run["attempts"] - 1]:
        parts += [float(wait), failing]
    if last is not None and run["attempts"] > 1:
        parts[-1] = last
    ending: Ending = "cut" if run["cut"] else "ended"
    fields: dict[str, Any] = {"ok": run["outcome"] == "ok", "ending": ending, "error": run["error_type"]}
    if run["cut"]:
        fields["ended_s"] = run["elapsed"]
    return evidence(_make(run, *parts, **fields))


def _make(run: Run, *parts: Attempt | float, **fields: Any) -> Call:
    if run["op"] == "get":
        return call(*parts, **fields)
    return write(*parts, key="k1" if _keyed(run) else None, **fields)


def _repeatable(run: Run) -> bool:
    return run["op"] == "get" or _keyed(run)


@pytest.mark.parametrize("run", _named("50[0234]_forever|429_nora_forever"))
def test_errors_that_may_pass(run: Run) -> None:
    status = int(run["scenario"][:3])
    seen = _seen(run, attempt(status))
    assert sights("retry.bounded", seen) == ["kept"]
    assert sights("retry.only_what_should", seen) == []
    wanted = _repeatable(run) and status != 500
    retried = run["attempts"] > 1
    assert sights("retry.retries_transient", seen) == (["kept" if retried else "broken"] if wanted else [])
    assert sights("contract.failure_reported", seen) == ["kept"]
    if run["op"] == "post" and status != 429:
        unsafe = retried and not _keyed(run)
        assert ("broken" in sights("idempotency.only_with_key", seen)) == unsafe
    assert "broken" not in sights("deadline.call_bounded", seen)


@pytest.mark.parametrize("run", _named("4(00|03|04|22)_forever"))
def test_errors_that_stay(run: Run) -> None:
    seen = _seen(run, attempt(int(run["scenario"][:3])))
    assert set(sights("retry.only_what_should", seen)) == {"kept" if run["attempts"] == 1 else "broken"}
    assert sights("contract.failure_reported", seen) == ["kept"]


@pytest.mark.parametrize("run", _named("40[89]_forever"))
def test_errors_that_may_be_repeated_or_not(run: Run) -> None:
    seen = _seen(run, attempt(int(run["scenario"][:3])))
    assert sights("retry.only_what_should", seen) == []
    assert sights("retry.retries_transient", seen) == []


@pytest.mark.parametrize("run", _named("401_forever"))
def test_unauthorized(run: Run) -> None:
    assert sights("retry.refreshes_once", _seen(run, attempt(401))) == [
        "kept" if run["attempts"] == 1 else "broken"
    ]


@pytest.mark.parametrize("run", _named("(429|503)_ra(1|2|600|8)_(once|forever)"))
def test_retry_after_in_seconds(run: Run) -> None:
    status, asked_s, how = re.fullmatch(r"(\d+)_ra(\d+)_(\w+)", run["scenario"]).groups()  # type: ignore[union-attr]
    asked = attempt(int(status), response={"retry-after": asked_s})
    seen = _seen(run, asked, attempt(200) if how == "once" else None)
    right = {True: "pass", False: "fail", "no_retry": "not_applicable", "waiting_at_cap": "inconclusive"}
    assert weigh(findings("retry.honours_retry_after", seen)) == right[run["honoured_retry_after"]]


@pytest.mark.parametrize("run", _named("429_radate_once"))
def test_retry_after_as_a_date(run: Run) -> None:
    """The recorder's date lay 3 to 4 s ahead; it did not keep the fraction, so that doubt is right at the edge."""
    asked = attempt(429, response={"retry-after": http_date(4.0)})
    right = {True: {"kept", "short"}, False: {"broken"}, "no_retry": set(), "waiting_at_cap": {"short"}}
    seen = sights("retry.honours_retry_after", _seen(run, asked, attempt(200)))
    assert set(seen) <= right[run["honoured_retry_after"]]
    assert bool(seen) == bool(right[run["honoured_retry_after"]])


@pytest.mark.parametrize("run", _named("503_once"))
def test_recovery(run: Run) -> None:
    seen = _seen(run, attempt(503), attempt(200))
    retried = run["attempts"] > 1
    assert sights("retry.recovers", seen) == (["kept"] if retried and _repeatable(run) else [])
    broken = not retried and _repeatable(run)
    assert sights("retry.recovers", seen, failures=1) == (
        ["broken"] if broken else ["kept"] if _repeatable(run) else []
    )


@pytest.mark.parametrize("run", _named(f"({'|'.join(NETWORK)})_forever"))
def test_the_network(run: Run) -> None:
    fault = NETWORK[run["scenario"].removesuffix("_forever")]
    seen = _seen(run, attempt(fault))
    assert sights("retry.bounded", seen) == ["kept"]
    assert sights("retry.retries_transient", seen) == []
    check = "contract.broken_answer_refused" if fault == "body.truncated" else "contract.failure_reported"
    assert sights(check, seen) == ["kept"]
    reached = fault not in ("connection.refused", "connection.reset_on_accept")
    unsafe = run["op"] == "post" and not _keyed(run) and run["attempts"] > 1 and reached
    assert ("broken" in sights("idempotency.only_with_key", seen)) == unsafe


@pytest.mark.parametrize("run", _named("invalid_json_200"))
def test_malformed_answers(run: Run) -> None:
    right = "broken" if run["outcome"] == "ok" else "kept"
    assert sights("contract.broken_answer_refused", _seen(run, attempt("body.malformed"))) == [right]


@pytest.mark.parametrize("run", _named("hang_forever_timeout1"))
def test_silence_with_a_timeout_of_one_second(run: Run) -> None:
    """Some of these clients closed the silent connection only when they tried again, up to 1.2 s later."""
    waits = run["waits_after_reply"] if run.get("waits_after_reply") else []
    slept_s = max(0.0, run["elapsed"] - run["attempts"] * 1.0 - sum(waits))
    late_s = slept_s / max(1, run["attempts"] - 1)
    parts: list[Attempt | float] = [given_up(1.0)]
    for index, wait in enumerate(waits):
        parts += [float(wait), given_up(1.0 + (late_s if index else 0.0))]
    parts[-1] = given_up(1.0)
    seen = evidence(_make(run, *parts, ok=False), timeout_s=1.0)
    assert "broken" not in sights("deadline.per_request", seen)
    assert "kept" in sights("deadline.per_request", seen)
    assert sights("retry.bounded", seen) == ["broken" if run["attempts"] > 2 else "kept"]
    assert sights("deadline.fails_visibly", seen) == ["kept"]


@pytest.mark.parametrize("run", _named("hang_default"))
def test_silence_with_the_timeout_that_comes_with_the_client(run: Run) -> None:
    if run["cut"] and run["attempts"] == 1:
        parts: list[Attempt | float] = [attempt("timing.hung", took_s=None)]
        right = {"broken"}
    elif run["cut"]:
        wait = float(run["waits_after_reply"][0])
        parts = [given_up(5.0), wait, attempt("timing.hung", took_s=None)]
        right = {"kept", "short"}
    else:
        parts, right = [given_up(5.0)], {"kept"}
    scene = call(*parts, ok=False, ending="cut" if run["cut"] else "ended", ended_s=run["elapsed"])
    assert set(sights("deadline.per_request", evidence(scene))) == right


@pytest.mark.parametrize("run", _named("dribble4s_timeout1"))
def test_a_trickle(run: Run) -> None:
    if run["outcome"] == "ok":
        scene = call(attempt("timing.dribbled", took_s=4.0), ok=True, ended_s=run["elapsed"])
        right = {"broken"}
    else:
        scene = call(*[given_up(1.1, "timing.dribbled", status=200)] * run["attempts"], ok=False)
        right = {"kept"}
    assert set(sights("deadline.per_request", evidence(scene, timeout_s=1.0))) == right


@pytest.mark.parametrize("run", _named("503_forever"))
def test_growth_from_a_single_call_is_never_judged_wrongly(run: Run) -> None:
    waits = run.get("waits_after_reply") or []
    grows = run["client"] not in ("node-stripe-2",)
    found = set(sights("backoff.grows", _seen(run, attempt(503))))
    assert found <= {"kept", "short"} if grows and waits else found <= {"broken", "short"}
    if run["client"] in (
        "curl-retry3",
        "py-requests-Retry3-forcelist",
        "py-tenacity-naive",
        "node-axios-retry-exp",
    ):
        assert "broken" not in found


def test_growth_and_jitter_from_all_recorded_calls_of_a_client() -> None:
    """Pooled over its GETs and POSTs, as six calls at once would be."""
    if not TRUTH.exists():
        pytest.skip(f"{TRUTH} is absent; set HARNESS_CLIENTS")
    jittered = {
        "py-httpx-retries-backoff",
        "py-tenacity-jitter",
        "py-stamina-3",
        "py-backoff-expo",
        "node-got",
    }
    jittered |= {"node-axios-retry-exp", "py-stripe-default"}
    pools = _pools()
    assert len(pools) > 8
    for client, calls in pools.items():
        seen = evidence(*calls, parallel=True)
        grows, jitters = set(sights("backoff.grows", seen)), set(sights("backoff.jitters", seen))
        assert grows <= ({"broken", "short"} if client == "node-stripe-2" else {"kept", "short"}), client
        assert jitters <= ({"kept", "short"} if client in jittered else {"broken", "short"}), client


def _pools() -> dict[str, list[Call]]:
    """As reads, so that all calls of a pool are about one operation."""
    pools: dict[str, list[Call]] = {}
    for run in _runs():
        waits = run.get("waits_after_reply")
        if re.fullmatch("50[0234]_forever", run["scenario"]) and waits:
            parts = [part for wait in waits for part in (503, float(wait))]
            pools.setdefault(run["client"], []).append(call(*parts, 503))
    return pools

"""Reports for the tests: small ones by hand, and a whole battery played by pretended clients."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from harness.model.finding import Verdict, VerdictName
from harness.model.report import Attempt, CallReport, Report, ScenarioReport
from harness.report.scorecard import tally

RFC_9110_10_2_3 = "RFC 9110 section 10.2.3, https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3"
RFC_9110_9_2_2 = "RFC 9110 section 9.2.2, https://www.rfc-editor.org/rfc/rfc9110.html#section-9.2.2"
STRIPE_KEYS = "Stripe: idempotent requests, https://docs.stripe.com/api/idempotent_requests"
JITTER = "AWS: backoff and jitter, https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/"


def attempt(
    at_s: float = 0.0,
    status: int | None = 200,
    *,
    took_s: float | None = 0.004,
    fault: str | None = None,
    number: int = 0,
    method: str | None = "GET",
    key: str | None = None,
    outcome: str = "sent",
    said: str = "",
) -> Attempt:
    """One attempt; `took_s=None` is one that never ended."""
    return Attempt(
        at_s=at_s,
        ended_s=None if took_s is None else round(at_s + took_s, 4),
        operation="GetCustomers" if method == "GET" else "PostCustomers" if method else None,
        method=method,
        path="/v1/customers" if method else None,
        status=status,
        fault=fault,
        connection=number or 1,
        idempotency_key=key,
        outcome=outcome,
        said=said,
        number=number,
    )


def call(
    *attempts: Attempt,
    ok: bool = True,
    error: str | None = None,
    began_s: float = 0.0,
    ended_s: float | None = None,
    ending: str = "ended",
    stdout: str = "",
    stderr: str = "",
) -> CallReport:
    """One call; by default it ends when its last attempt does."""
    last_s = max([began_s, *(each.ended_s or each.at_s for each in attempts)])
    return CallReport(
        ok, error, began_s, last_s if ended_s is None else ended_s, attempts, ending, stdout, stderr
    )


def verdict(
    check: str = "retry.bounded",
    word: VerdictName = "pass",
    *,
    observed: str = "2 retries",
    expected: str = "at most 3 retries",
    source: str = "team policy: retry.max_retries",
    again: str = "harness verify --provider stripe --call read='python get.py' --scenario error_503 --seed 7",
    attempts: tuple[int, ...] = (),
) -> Verdict:
    """One verdict; a pass of retry.bounded unless it is said otherwise."""
    return Verdict(check, word, observed, expected, source, again, attempts)


def run(
    scenario: str = "error_503",
    call_name: str = "read",
    *,
    calls: Sequence[CallReport] = (),
    verdicts: Sequence[Verdict] = (),
    fault_fired: bool = True,
    title: str = "",
) -> ScenarioReport:
    """One scenario played with one call."""
    return ScenarioReport(
        scenario, call_name, fault_fired, tuple(calls) or (call(attempt()),), tuple(verdicts), title, 7
    )


def report(
    *runs: ScenarioReport,
    client: str = "careless",
    measured: dict[str, dict[str, object]] | None = None,
    notes: tuple[str, ...] = (),
    duration_s: float = 14.2,
) -> Report:
    """A report of these runs; its counts and outcome follow from their verdicts."""
    counts = tally(each for scenario in runs for each in scenario.verdicts)
    outcome: VerdictName = "fail" if counts.fail else "inconclusive" if counts.inconclusive else "pass"
    return Report(
        harness="0.1.0",
        outcome=outcome,
        seed=7,
        provider="stripe",
        client=client,
        counts=counts,
        measured=measured or {},
        scenarios=runs,
        duration_s=duration_s,
        again=f"harness verify {client} --provider stripe --seed 7",
        notes=notes,
    )


STATUSES = {f"error_{status}": (f"{status} for ever", status) for status in (500, 502, 503, 504)}
REFUSALS = {f"status_{status}": (f"{status} for ever", status) for status in (400, 401, 403, 404, 409, 422)}
LIMITS = {
    f"rate_limited_{form}": (f"one 429 with {says}, then healthy", 429)
    for form, says in {
        "seconds": "Retry-After in seconds",
        "date": "Retry-After as a date",
        "reset": "the provider's reset header",
        "none": "no header",
    }.items()
}
BROKEN = {
    "hang": ("no byte ever comes", "timing.hung"),
    "dribble": ("the answer takes 8 s", "timing.dribbled"),
    "refused": ("nothing listens", "connection.refused"),
    "reset_on_accept": ("reset before the request", "connection.reset_on_accept"),
    "reset_before_answer": ("reset before the answer", "connection.reset_before_answer"),
    "reset_in_answer": ("reset in the answer", "connection.reset_in_answer"),
    "closed": ("closed without an answer", "connection.closed"),
    "lost_answer": ("the effect happens, the answer is lost", "connection.lost_answer"),
    "truncated": ("the body is cut short", "body.truncated"),
    "malformed": ("the body is no JSON", "body.malformed"),
    "empty": ("the body is empty", "body.empty"),
}


def battery(*, careful: bool, seed: int = 7) -> Report:
    """The whole first battery with a read and a write, as a careful or a careless client would come out of it."""
    luck = random.Random(seed)
    runs = []
    for name in ("read", "create"):
        runs.append(_healthy(name))
        runs.append(_once(name, careful=careful))
        runs += [
            _failing(sid, title, status, name, careful, luck) for sid, (title, status) in STATUSES.items()
        ]
        runs += [_limited(sid, title, name, careful) for sid, (title, _) in LIMITS.items()]
        runs += [_refused(sid, title, status, name, careful) for sid, (title, status) in REFUSALS.items()]
        runs += [_broken(sid, title, fault, name, careful, luck) for sid, (title, fault) in BROKEN.items()]
        runs.append(_outage(name, careful=careful))
    order = {each.id: place for place, each in enumerate(runs)}
    runs.sort(key=lambda each: order[each.id])
    again = "harness verify --provider stripe --call {0}='python -m demo {0}' --scenario {1} --seed 7"
    runs = [
        msgspec.structs.replace(
            each,
            verdicts=tuple(
                msgspec.structs.replace(v, again=again.format(each.call, each.id)) for v in each.verdicts
            ),
        )
        for each in runs
    ]
    return report(
        *runs,
        client="careful" if careful else "careless",
        measured={name: _measured(name, careful) for name in ("read", "create")},
    )


def _method(name: str) -> str:
    return "GET" if name == "read" else "POST"


def _key(name: str, careful: bool) -> str | None:
    return "6f1c2a34-8f0e-4b58-9d5e-2f6f0c7a9f10" if name == "create" and careful else None


def _attempts(
    name: str,
    careful: bool,
    answers: Sequence[int | None],
    *,
    fault: str | None,
    waits_s: Sequence[float],
    **more: float,
) -> list[Attempt]:
    at_s, made = 0.31, []
    for number, status in enumerate(answers, 1):
        took_s = more.get("took_s", 0.004)
        healthy = status == 200 and (fault or "").startswith("status.")
        made.append(
            attempt(
                round(at_s, 4),
                status,
                took_s=0.004 if healthy else took_s,
                fault=None if healthy else fault,
                number=number,
                method=_method(name)
                if fault not in ("connection.refused", "connection.reset_on_accept")
                else None,
                key=_key(name, careful),
                outcome="gone" if took_s > 1 else "sent",
            )
        )
        at_s += took_s + (waits_s[number - 1] if number <= len(waits_s) else 0)
    return made


def _healthy(name: str) -> ScenarioReport:
    return run(
        "healthy",
        name,
        calls=[call(attempt(0.3, number=1, method=_method(name)), ended_s=0.32, stdout="12 customers\n")],
        verdicts=[
            verdict(
                "contract.healthy_call_works", observed="the call succeeded", expected="success when healthy"
            ),
            verdict(
                "contract.requests_conform", observed="1 request fits the contract", expected="no deviation"
            ),
            verdict("secrets.not_in_url", observed="1 URL, no credential", expected="no credential in a URL"),
        ],
        title="the provider works",
    )


def _once(name: str, *, careful: bool) -> ScenarioReport:
    made = _attempts(name, careful, [503, 200], fault="status.error", waits_s=[0.4])
    return run(
        "error_503_once",
        name,
        calls=[call(*made)],
        verdicts=[
            verdict("retry.recovers", observed="succeeded with attempt 2", expected="success after one 503")
        ],
        title="one 503, then healthy",
    )


def _failing(
    sid: str, title: str, status: int, name: str, careful: bool, luck: random.Random
) -> ScenarioReport:
    waits_s = [0.4 + luck.random() * 0.2, 0.9, 1.7] if careful else [0.1] * 5
    made = _attempts(name, careful, [status] * (len(waits_s) + 1), fault="status.error", waits_s=waits_s)
    last_s = made[-1].ended_s or 0.0
    one = call(*made, ok=False, error=f"RuntimeError: Stripe answers {status}", ended_s=last_s + 0.05)
    verdicts = [
        verdict("retry.bounded", observed="3 retries")
        if careful
        else verdict("retry.bounded", "fail", observed="5 retries of a failure", attempts=(1, 2, 3, 4, 5, 6)),
        verdict("backoff.grows", observed="waits 0.45, 0.90, 1.70 s", expected="waits that grow", source=JITTER)
        if careful
        else verdict(
            "backoff.grows", "fail", observed="waits of 0.10, 0.10, 0.10, 0.10, 0.10 s do not grow",
            expected="each wait longer than the one before", source=JITTER,
        ),
        verdict(
            "backoff.jitters", "inconclusive" if careful else "fail",
            observed="saw 3 waits, needs 6" if careful else "5 waits within 2 ms of each other",
            expected="waits that differ between clients", source=JITTER,
        ),
        verdict("deadline.call_bounded", observed=f"ended after {last_s:.1f} s", expected="at most 42 s"),
    ]  # fmt: skip
    if name == "create":
        verdicts.append(
            verdict("idempotency.same_key", observed="one key in 4 attempts", expected="one key", source=STRIPE_KEYS)
            if careful
            else verdict(
                "idempotency.only_with_key", "fail", observed=f"POST repeated without a key after a {status}",
                expected="no repetition of an unsafe request without a key", source=RFC_9110_9_2_2, attempts=(1, 2),
            )
        )  # fmt: skip
    return run(sid, name, calls=[one], verdicts=verdicts, title=title)


def _limited(sid: str, title: str, name: str, careful: bool) -> ScenarioReport:
    wait_s = (2.0 if "none" not in sid else 0.5) if careful else 0.1
    made = _attempts(name, careful, [429, 200], fault="status.rate_limited", waits_s=[wait_s])
    word: VerdictName = "pass" if careful else "fail" if "none" not in sid else "not_applicable"
    return run(
        sid,
        name,
        calls=[call(*made)],
        verdicts=[
            verdict(
                "retry.honours_retry_after", word,
                observed=f"attempt 2 came {wait_s:.2f} s after a 429 with Retry-After: 2", expected="at least 2 s",
                source=RFC_9110_10_2_3, attempts=(1, 2),
            )
        ],
        title=title,
    )  # fmt: skip


def _refused(sid: str, title: str, status: int, name: str, careful: bool) -> ScenarioReport:
    answers = [status] if careful or status == 409 else [status] * 6
    made = _attempts(name, careful, answers, fault="status.error", waits_s=[0.1] * 5)
    word: VerdictName = "pass" if len(answers) == 1 else "fail"
    check = "retry.refreshes_once" if status == 401 else "retry.only_what_should"
    return run(
        sid,
        name,
        calls=[call(*made, ok=False, error=f"CardError: refused with {status}\n  at line 3")],
        verdicts=[
            verdict(check, word, observed=f"{len(answers) - 1} retries after a {status}", expected="none",
                    source="team policy: retry.never"),
        ],
        title=title,
    )  # fmt: skip


def _broken(
    sid: str, title: str, fault: str, name: str, careful: bool, luck: random.Random
) -> ScenarioReport:
    with_status = {"dribble", "reset_in_answer", "truncated", "malformed", "empty"}
    slow = sid in ("hang", "dribble")
    took_s = (5.0 if careful else 6.5) if slow else 0.004
    number = (2 if slow else 4) if careful else 1 if slow else 6
    made = _attempts(
        name, careful, [200 if sid in with_status else None] * number, fault=fault,
        waits_s=[0.4 + luck.random() * 0.2, 1.0, 2.1] if careful else [0.1] * 5, took_s=took_s,
    )  # fmt: skip
    cut = slow and not careful
    if cut:
        made[-1] = msgspec.structs.replace(made[-1], ended_s=None, outcome="open")
    lies = sid == "empty" and not careful
    last_s = max(each.ended_s or each.at_s + 6.5 for each in made)
    one = call(
        *made,
        ok=lies,
        error=None if lies or cut else "ConnectError: [Errno 104] Connection reset by peer",
        ending="cut" if cut else "ended",
        ended_s=last_s + 0.02,
        stdout=""
        if careful
        else f"{_method(name)} http://127.0.0.1:4010/v1/customers with key ********\n" * number,
        stderr="" if careful else 'Traceback (most recent call last):\n  File "careless.py", line 12\n',
    )
    verdicts = [
        verdict("deadline.per_request", "fail", observed="still waiting after 6.5 s", expected="at most 5.5 s",
                source="team policy: deadline.request_s")
        if cut
        else verdict("deadline.per_request", "pass" if slow else "not_applicable", observed="gave up after 5.0 s",
                     expected="at most 5.5 s", source="team policy: deadline.request_s"),
        verdict("contract.broken_answer_refused", "fail", observed="the call reported success on an empty answer",
                expected="a failure, or another attempt", source="RFC 9110 section 15.3.1")
        if lies
        else verdict("contract.broken_answer_refused", "pass" if sid in with_status else "not_applicable",
                     observed="reported as a failure", expected="a failure"),
    ]  # fmt: skip
    if not careful:
        verdicts.append(
            verdict("secrets.not_in_output", "fail", observed="a credential stands on stdout, line 1",
                    expected="no credential in the output", source="OWASP Logging Cheat Sheet, "
                    "https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html")
        )  # fmt: skip
    return run(
        sid, name, calls=[one], verdicts=verdicts, title=title, fault_fired=sid != "refused" or careful
    )


def _outage(name: str, *, careful: bool) -> ScenarioReport:
    calls, number = [], 0
    for index in range(20):
        began_s = index * 0.25
        open_now = careful and (4 < index < 15) and index != 10
        healed = index > 12
        made = []
        if not open_now:
            number += 1
            made = [
                attempt(began_s + 0.002, 200 if healed else 503, number=number, method=_method(name),
                        fault=None if healed else "status.error", key=_key(name, careful))
            ]  # fmt: skip
        ok = bool(made) and healed
        calls.append(
            call(*made, began_s=began_s, ended_s=began_s + 0.01, ok=ok, error=None if ok else "Open: breaker")
        )
    return run(
        "outage",
        name,
        calls=calls,
        verdicts=[
            verdict("breaker.opens", "pass" if careful else "fail", observed="opened after 5 failed calls"
                    if careful else "13 failed calls in a row, and every one reached the provider",
                    expected="open after 5 failures", source="team policy: breaker.failures"),
            verdict("breaker.closes", "pass" if careful else "inconclusive", observed="closed after healing"
                    if careful else "never opened, so it cannot close", expected="calls pass again after healing"),
            verdict("breaker.probes", "pass" if careful else "inconclusive", observed="1 probe at a time"
                    if careful else "never opened, so it has no probes", expected="one probe at a time"),
        ],
        title="the provider fails, then heals",
    )  # fmt: skip


def _measured(name: str, careful: bool) -> dict[str, object]:
    many = 4 if careful else 6
    return {
        "attempts": {
            **{sid: {"attempts": many, "waits_s": [0.45, 0.9, 1.7]} for sid in STATUSES},
            **{sid: {"attempts": 1 if careful else 6, "waits_s": []} for sid in REFUSALS},
            **{sid: {"attempts": 2, "waits_s": [2.0]} for sid in LIMITS},
            "hang": {"attempts": 2 if careful else 1, "waits_s": [0.4]},
        },
        "backoff": {"base_s": 0.45 if careful else 0.1, "factor": 2.0 if careful else 1.0, "jitter": careful},
        "retry_after": {"seconds": careful, "date": careful, "reset": careful},
        "timeout_s": 5.0 if careful else None,
        "retried_statuses": [429, 500, 502, 503, 504]
        if careful
        else [400, 403, 404, 422, 429, 500, 502, 503, 504],
        "idempotency": {"sent": careful and name == "create", "stable": careful},
        "breaker": {"threshold": 5, "open_s": 1.25, "probes": 1} if careful else {},
    }

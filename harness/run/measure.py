"""What a client was seen to do, with no opinion on it: the facts that a team without a policy reads first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from harness.checks.advice import asked_wait, waited_enough
from harness.checks.chains import IDEMPOTENT, Chain, attempts_of, chains, failures_of, key_of
from harness.checks.registry import Evidence
from harness.checks.waits import MOMENT_S, by_retry, pooled, rough_s, shape, spread, undisturbed
from harness.model.call import Call
from harness.model.exchange import Exchange
from harness.model.failure import Failure

Scenes = Sequence[tuple[str, Evidence]]

SILENT = "timing.hung"


def measure(evidence: Scenes) -> dict[str, object]:
    """The facts about one call of a client over all scenarios, as pairs of a scenario's id and its evidence.

    attempts            scenario -> {attempts, waits_s}; a list where calls made at once differ; `cut` where stopped
    retried             {statuses, network, methods} after which, and with which, the client tried again
    not_retried         {statuses, network} after which it did not
    backoff             {base_s, factor, cap_s, jitter}; `first: at once` where the first retry does not wait;
                        no factor where chance hides it
    retry_after         {seconds, date, reset}: yes, no, no retry, still waiting, unclear
    timeout_s           when it gave up a silent request; a text where it never did
    idempotency_keys    {sent, stable}; writes only
    breaker             {threshold, open_s, probes, calls}; `calls` has 1 for a call that sent something, else a dot

    A fact that was not seen is left out.
    """
    single = [(name, scene) for name, scene in evidence if scene.parallel or len(scene.calls) == 1]
    rows = [scene for _, scene in evidence if not scene.parallel and len(scene.calls) > 1]
    facts: dict[str, object] = {
        "attempts": {name: _attempts(scene) for name, scene in single if scene.calls},
        **_retried(single),
        "backoff": _backoff(single),
        "retry_after": _retry_after(single),
        "timeout_s": _timeout(single),
        "idempotency_keys": _keys(single),
        "breaker": _breaker_of(rows),
    }
    return {name: fact for name, fact in facts.items() if fact not in (None, {}, [])}


def _attempts(scene: Evidence) -> dict[str, object]:
    counts = [len(attempts_of(scene, call)) for call in scene.calls]
    longest = max(scene.calls, key=lambda call: len(attempts_of(scene, call)))
    seen: dict[str, object] = {
        "attempts": counts[0] if len(set(counts)) == 1 else sorted(counts),
        "waits_s": [round(wait, 3) for wait in _waits(scene, longest)],
    }
    if any(call.outcome.ending == "cut" for call in scene.calls):
        seen["cut"] = True
    return seen


def _waits(scene: Evidence, call: Call) -> Iterator[float]:
    for before, after in pairwise(attempts_of(scene, call)):
        yield max(0.0, after.at_s - (before.ended_s if before.ended_s is not None else before.at_s))


def _retried(scenes: Scenes) -> dict[str, object]:
    statuses: dict[bool, set[int]] = {True: set(), False: set()}
    network: dict[bool, set[str]] = {True: set(), False: set()}
    methods: set[str] = set()
    for _, scene in scenes:
        for chain in chains(scene):
            again = len(chain.attempts) > 1
            if chain.failures[0] is None or (not again and not chain.over):
                continue
            first = chain.attempts[0]
            if chain.failures[0] == "status" and first.status is not None:
                statuses[again].add(first.status)
            else:
                network[again].add(_kind(first, chain.failures[0]))
            if again and (method := chain.method(scene)):
                methods.add(method)
    yes = {"statuses": sorted(statuses[True]), "network": sorted(network[True]), "methods": sorted(methods)}
    no = {
        "statuses": sorted(statuses[False] - statuses[True]),
        "network": sorted(network[False] - network[True]),
    }
    return {
        "retried": {name: seen for name, seen in yes.items() if seen},
        "not_retried": {name: seen for name, seen in no.items() if seen},
    }


def _kind(exchange: Exchange, failure: Failure | None) -> str:
    """A network fault by the last part of its id, else by what became of the attempt."""
    fault = exchange.faults[-1].fault if exchange.faults else ""
    return fault.rpartition(".")[2].replace("_", " ") or str(failure).replace("_", " ")


def _backoff(scenes: Scenes) -> dict[str, object]:
    """From the scenario with the most waits that were the client's own choice; of several, with the shortest."""
    pools = [(pooled(scene), scene) for _, scene in scenes]
    if not any(calls for calls, _ in pools):
        return {}
    calls, scene = max(pools, key=lambda one: _weight(one[0]))
    differ = spread(undisturbed(scene), rough_s=rough_s(scene))
    groups = by_retry(calls)
    middles = [median(group) for group in groups]
    facts: dict[str, object] = {}
    if middles[0] <= MOMENT_S and len(middles) > 1 and middles[1] > 4 * MOMENT_S:
        facts["first"] = "at once"
        middles, groups = middles[1:], groups[1:]
    # Noise only adds, so the smallest wait is the best guess at a fixed one.
    fixed = differ != "jitter"
    guesses = [min(group) for group in groups] if fixed else middles
    facts["base_s"] = round(guesses[0], 3)
    ratios = [after / before for before, after in pairwise(guesses) if before > MOMENT_S]
    # By chance alone the middles of jittered waits grow a little, or shrink.
    if ratios and (fixed or shape(calls) == "grows"):
        facts["factor"] = round(ratios[0], 2)
        flat = next((index for index, ratio in enumerate(ratios) if index and 0.95 < ratio < 1.05), None)
        if flat is not None and ratios[0] > 1.2:
            facts["cap_s"] = round(guesses[flat], 3)
    facts["jitter"] = {"jitter": "yes", "none": "no"}.get(differ, "unknown")
    return facts


def _weight(calls: Sequence[Sequence[float]]) -> tuple[int, int, float]:
    """How much a pool of waits tells: the more the better, and of equals the one with the least noise in it."""
    waits = [wait for call in calls for wait in call]
    return len(waits), len(calls), -sum(waits)


def _retry_after(scenes: Scenes) -> dict[str, object]:
    facts: dict[str, object] = {}
    for _, scene in scenes:
        for chain in chains(scene):
            for index, attempt in enumerate(chain.attempts):
                asked = asked_wait(scene, attempt) if chain.failures[index] == "status" else None
                if asked is None or asked.form == "minimum" or asked.seconds == 0:
                    continue
                if index + 1 < len(chain.attempts):
                    again_s = chain.attempts[index + 1].at_s
                    enough = waited_enough(scene, attempt, asked, again_s, slack_s=0.05)
                    seen = "unclear" if enough is None else "yes" if enough else "no"
                else:
                    seen = "no retry" if chain.over else "still waiting"
                facts.setdefault(asked.form, seen)
    return {form: facts[form] for form in ("seconds", "date", "reset") if form in facts}


def _timeout(scenes: Scenes) -> float | str | None:
    """Of the first silent attempt of a call: later ones may be closed late, when the next begins."""
    waited: list[float] = []
    patient: list[float] = []
    for _, scene in scenes:
        for call in scene.calls:
            attempts, failures = attempts_of(scene, call), failures_of(scene, call)
            if not attempts or not any(fired.fault == SILENT for fired in attempts[0].faults):
                continue
            first, ends = attempts[0], [attempts[0].ended_s, call.outcome.ended_s]
            ends += [attempts[1].at_s] if len(attempts) > 1 else []
            lasted_s = min(end for end in ends if end is not None) - (first.received_s or first.at_s)
            (patient if failures[0] == "open" else waited).append(lasted_s)
    if waited:
        return round(median(waited), 2)
    return f"none within {max(patient):.1f} s" if patient else None


def _keys(scenes: Scenes) -> dict[str, object]:
    sent: set[bool] = set()
    stable: set[bool] = set()
    for _, scene in scenes:
        for chain in chains(scene):
            if not _is_write(scene, chain):
                continue
            keys = [key_of(scene, e) for e in chain.attempts if e.stage == "request"]
            sent.update(key is not None for key in keys)
            if len(keys) > 1 and any(keys):
                stable.add(len(set(keys)) == 1)
    if not sent:
        return {}
    facts: dict[str, object] = {"sent": "yes" if sent == {True} else "no" if sent == {False} else "sometimes"}
    if True in sent:
        facts["stable"] = "unknown" if not stable else "yes" if stable == {True} else "no"
    return facts


def _is_write(scene: Evidence, chain: Chain) -> bool:
    method = chain.method(scene)
    return method is not None and method not in IDEMPOTENT


def _breaker_of(rows: Sequence[Evidence]) -> dict[str, object] | str | None:
    """From the outage that was healed, if it shows a breaker, else from any other row of calls that failed."""
    failing = [row for row in rows if row.keeps_state and row.faults_planned]
    facts = [_breaker(row) for row in sorted(failing, key=lambda row: row.healed_s is None)]
    return next((fact for fact in facts if isinstance(fact, dict)), facts[0] if facts else None)


def _breaker(row: Evidence) -> dict[str, object] | str:
    reached = [bool(call.attempts) for call in row.calls]
    healed_s = float("inf") if row.healed_s is None else row.healed_s
    failing = [call for call in row.calls if call.outcome.began_s < healed_s]
    opened = next(
        (i for i, call in enumerate(failing) if i and not call.attempts and any(reached[:i])),
        None,
    )
    if opened is None:
        return f"none seen in {len(failing)} calls"
    facts: dict[str, object] = {"threshold": sum(reached[:opened])}
    probe = next((i for i in range(opened, len(reached)) if reached[i]), None)
    if probe is not None:
        last = max(i for i in range(opened) if reached[i])
        facts["open_s"] = round(row.calls[probe].outcome.began_s - row.calls[last].outcome.ended_s, 2)
        run = next((i for i in range(probe, len(failing)) if not reached[i]), len(failing)) - probe
        facts["probes"] = max(1, run)
    facts["calls"] = "".join("1" if each else "." for each in reached)
    return facts

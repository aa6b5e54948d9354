"""The judge: a run and targets in, a report with verdicts out."""

from __future__ import annotations

from harness.load.columns import Run
from harness.load.compare import compared
from harness.load.evidence import Evidence
from harness.load.figures import figures
from harness.load.honesty import Limits
from harness.load.in_a_row import only_answered
from harness.load.promise import Held
from harness.load.promises import PROMISES
from harness.load.say import count, percent, seconds
from harness.load.targets import Targets
from harness.load.timeline import distributions, timeline
from harness.model.finding import Finding, Verdict, VerdictName, weigh
from harness.model.load_report import (
    BreakerSight,
    Honesty,
    LoadCounts,
    LoadReport,
    TargetRow,
    WindowReport,
    outcome_of,
)
from harness.registry import Entry

MOST_BREAKERS = 200
"""So many times that a breaker was open are told of one by one."""

THREADS = (
    "The others were sent by threads of the client's own, which nobody can follow: as a `session:` call, which has a "
    "process for each client, all would be known."
)

WORDS: dict[VerdictName, str] = {"fail": "broken", "pass": "kept", "inconclusive": "short"}
"""The sight that each verdict rests on."""


def judge(run: Run, targets: Targets, baseline: LoadReport | None = None) -> LoadReport:
    """What the run says of the client.

    Where the generator or the mock was at its limit, promises about time and rate do not fail, and the run does not
    pass: both are inconclusive, with the reason. Where others kept them from the processor, what is kept is kept.
    """
    evidence = Evidence(run, targets)
    found = {entry.id: tuple(entry.function(evidence)) for entry in PROMISES}
    again = str(run.facts.get("again", ""))
    verdicts = tuple(
        _verdict(entry, found[entry.id], evidence.limits, again) for entry in PROMISES if found[entry.id]
    )
    outcome = outcome_of(verdicts)
    if evidence.limits.bottleneck and not evidence.limits.starved and outcome == "pass":
        outcome = "inconclusive"
    measured = figures(evidence)
    return LoadReport(
        harness=str(run.facts.get("harness", "")),
        outcome=outcome if outcome != "not_applicable" else "inconclusive",
        client=str(run.facts.get("client", "")),
        provider=str(run.facts.get("provider", "")),
        scenario=str(run.facts.get("scenario", "")),
        seed=int(run.facts.get("seed", 0)),
        duration_s=run.duration_s,
        counts=LoadCounts(
            len(run.calls),
            len(run.attempts),
            len(run.connections.opened_s),
            max((users for _, users in run.offered), default=0),
            sum(process.role == "generator" for process in run.processes),
        ),
        windows=_windows(evidence),
        targets=_rows(found, verdicts, targets, evidence.limits),
        verdicts=verdicts,
        figures=measured,
        timeline=timeline(evidence),
        distributions=distributions(evidence),
        breakers=_breakers(evidence),
        comparison=compared(measured, baseline, run.facts) if baseline is not None else None,
        honesty=_honesty(evidence),
        facts=run.facts,
        notes=_notes(evidence),
        again=again,
    )


def abort(run: Run, targets: Targets) -> Verdict | None:
    """The first failure so far of a promise that is to end the run (`abort_on_fail`); None where there is none, or
    it is too early. `run`: what there is of it, `duration_s` the time up to now."""
    if not targets.abort_on_fail or run.duration_s < targets.abort_after_s:
        return None
    evidence = Evidence(run, targets)
    for name in targets.abort_on_fail:
        entry = PROMISES[f"load.{name.removeprefix('load.')}"]
        verdict = _verdict(entry, tuple(entry.function(evidence)), evidence.limits, "")
        if verdict.verdict == "fail":
            return verdict
    return None


def word_of(entry: Entry, findings: tuple[Finding, ...]) -> VerdictName:
    """What all findings of a promise come to."""
    if entry.facts["each"] and any(finding.sight == "short" for finding in findings):
        findings = tuple(finding for finding in findings if finding.sight != "kept")
    return weigh(findings)


def _verdict(entry: Entry, findings: tuple[Finding, ...], limits: Limits, again: str) -> Verdict:
    word = word_of(entry, findings)
    telling = [finding for finding in findings if finding.sight == WORDS.get(word)]
    source = entry.facts["source"]
    if not telling:
        return Verdict(
            entry.id, word, "nothing in this run puts it to the test", entry.expected, source, again
        )
    first = telling[0]
    observed = "; ".join(finding.observed for finding in telling[:3])
    if len(telling) > 3:
        observed += f" (and {len(telling) - 3} more)"
    if word == "fail" and _doubtful(entry, limits):
        word, observed = "inconclusive", f"{observed}; but {limits.why}"
    expected = "; ".join(dict.fromkeys(finding.expected for finding in telling[:3]))
    return Verdict(entry.id, word, observed, expected, first.source or source, again)


def _doubtful(entry: Entry, limits: Limits) -> bool:
    """Does what was at its limit explain a failure of this promise?"""
    doubt = entry.facts["doubt"]
    return bool(limits.bottleneck) and (doubt == "both" or doubt == limits.bottleneck)


def _rows(
    found: dict[str, tuple[Finding, ...]], verdicts: tuple[Verdict, ...], targets: Targets, limits: Limits
) -> tuple[TargetRow, ...]:
    sources = {verdict.check: verdict.source for verdict in verdicts}
    aborting = {f"load.{name.removeprefix('load.')}" for name in targets.abort_on_fail}
    words: dict[str, VerdictName] = {"kept": "pass", "broken": "fail", "short": "inconclusive"}
    rows = []
    for check, findings in found.items():
        for finding in findings:
            if not isinstance(finding, Held):
                continue
            word = words[finding.sight]
            if word == "fail" and _doubtful(PROMISES[check], limits):
                word = "inconclusive"
            rows.append(
                TargetRow(
                    finding.id,
                    finding.label,
                    finding.unit,
                    finding.where,
                    finding.bound,
                    finding.target,
                    finding.measured,
                    word,
                    check,
                    finding.source or sources[check],
                    check in aborting,
                )
            )
    return tuple(rows)


def _windows(evidence: Evidence) -> tuple[WindowReport, ...]:
    told = []
    for window, seen in zip(evidence.windows, evidence.recoveries, strict=True):
        calls = int(evidence.inside(evidence.calls.began_s, window).sum())
        attempts = int(evidence.inside(evidence.run.attempts.at_s, window).sum())
        why = ""
        if seen.after_s is None:
            after = f"in the {seconds(seen.watched_s)} after it"
            why = f"only {count(seen.calls, 'call')} ended {after}" if seen.too_few else f"not {after}"
        told.append(WindowReport(window.name, window.from_s, window.to_s, calls, attempts, seen.after_s, why))
    return tuple(told)


def _breakers(evidence: Evidence) -> tuple[BreakerSight, ...]:
    told = []
    for spell in evidence.spells[:MOST_BREAKERS]:
        window = evidence.windows[spell.window] if spell.window is not None else None
        closed_after_s = None
        if window is not None and spell.closed_s is not None and spell.closed_s >= window.to_s:
            closed_after_s = spell.closed_s - window.to_s
        told.append(
            BreakerSight(
                spell.worker,
                evidence.named(spell.names),
                window.name if window is not None else "",
                spell.opened_s,
                max(0.0, spell.opened_s - window.from_s) if window is not None else None,
                spell.failures,
                spell.refused,
                spell.probes,
                spell.let_through,
                spell.closed_s,
                closed_after_s,
            )
        )
    return tuple(told)


def _honesty(evidence: Evidence) -> Honesty:
    limits, facts = evidence.limits, evidence.run.facts
    overhead = facts.get("overhead_s")
    notes = []
    if limits.bottleneck:
        notes.append(f"The {limits.bottleneck} was at its limit: {limits.why}.")
        if limits.starved:
            notes.append("What fails of time and rate may be due to it, and is inconclusive.")
        else:
            notes.append("What is said of time and rate may be due to it, so that the run is inconclusive.")
    if limits.lag_p95_s is not None and limits.lag_p95_s > 0.001:
        notes.append(
            f"Calls began up to {seconds(limits.lag_p95_s)} late (p95); durations count from when they should have."
        )
    if evidence.grouped is not None and evidence.grouped < 1:
        known = percent(evidence.grouped)
        threads = "" if evidence.tells_calls or not facts.get("in_process") else f" {THREADS}"
        notes.append(f"Of {known} of the attempts it is known which call they belong to.{threads}")
    return Honesty(
        limits.bottleneck,
        limits.why,
        limits.processes,
        limits.lag_p95_s,
        limits.served_p99_s,
        evidence.grouped,
        float(overhead) if overhead is not None else None,
        tuple(notes),
    )


def _notes(evidence: Evidence) -> tuple[str, ...]:
    """What a reader should know before the rest."""
    notes = [str(note) for note in evidence.run.facts.get("notes", ())]
    going_on = int((~evidence.done).sum())
    if going_on:
        notes.append(f"{count(going_on, 'call')} had not ended when the run did: judged are those that had.")
    notes += [
        f"Attempts in {window.name} reach no provider and are not counted: connections are refused."
        for window in evidence.windows
        if not window.seen
    ]
    notes += [
        f"Calls failed in {window.name} with 401, 409, 425 or 429 alone, which a breaker need not count: that one "
        "opens is not asked there."
        for window in evidence.windows
        if evidence.targets.breaker_required and only_answered(evidence, window)
    ]
    spells = len(evidence.spells)
    if spells > MOST_BREAKERS:
        notes.append(f"Breakers opened {spells:,} times; the first {MOST_BREAKERS} are told of one by one.")
    return tuple(notes)

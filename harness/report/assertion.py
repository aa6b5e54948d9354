"""Verdicts as the text of a failed assertion: each with its evidence, in lines that pytest prints as they are."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model.finding import Verdict
from harness.model.report import CallReport, ScenarioReport
from harness.report.clean import clean, one_line
from harness.report.timeline import lines, told
from harness.report.words import NAMES, WORST_FIRST, cited, of, sentence

INDENT = "     "


def unmet(run: ScenarioReport, verdicts: Sequence[Verdict], *, notes: Sequence[str] = ()) -> str:
    """These verdicts, the worst first, each with the attempts that show it; the notes; how to see it again."""
    ordered = sorted(verdicts, key=lambda verdict: WORST_FIRST.index(verdict.verdict))
    text: list[str] = []
    for verdict in ordered:
        if verdict.verdict != "not_applicable":
            text += _verdict(verdict)
            # The same attempts mostly show several promises: they are told once.
            text += [line for line in _attempts(run, verdict) if line not in text]
    why = "nothing that happened puts it to the test" if run.calls else "no request came"
    text += _not_tested([verdict for verdict in ordered if verdict.verdict == "not_applicable"], why)
    text += [f"{INDENT}{one_line(note)}" for note in notes]
    again = dict.fromkeys(verdict.again for verdict in ordered if verdict.again)
    return clean("\n".join([*text, *(f"again: {command}" for command in again)]))


def calls_told(calls: Sequence[tuple[str, CallReport]], *, most: int = 5) -> tuple[str, ...]:
    """Calls and their names, a line each; of more than `most` the last ones, since they are where a test stopped."""
    left_out = len(calls) - most
    first = (f"({of(left_out, 'call')} before)",) if left_out > 0 else ()
    return tuple(map(clean, (*first, *(f"{name}: {told(call)}" for name, call in calls[max(left_out, 0) :]))))


def _not_tested(verdicts: Sequence[Verdict], why: str) -> list[str]:
    """A line for each family, since mostly none of its checks applies; of a single check what it promises."""
    families: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        families.setdefault(verdict.check.partition(".")[0], []).append(verdict)
    text = []
    for family, mine in families.items():
        if len(mine) == 1:
            text.append(f"NOT APPLICABLE {mine[0].check}: {why}: {one_line(mine[0].expected)}")
        else:
            names = ", ".join(verdict.check.partition(".")[2] for verdict in mine)
            text.append(f"NOT APPLICABLE {family}: {why} ({names})")
    return text


def _verdict(verdict: Verdict) -> list[str]:
    said = one_line(sentence(verdict.observed, verdict.expected))
    text = [f"{NAMES[verdict.verdict].upper()} {verdict.check}: {said}"]
    return [*text, f"{INDENT}[{one_line(cited(verdict.source))}]"] if verdict.source else text


def _attempts(run: ScenarioReport, verdict: Verdict) -> list[str]:
    return [f"{INDENT}{line}" for line in lines(run, verdict)]

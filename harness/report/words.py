"""How verdicts, counts, seconds and sources are put in words: the same in every report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.model.finding import VerdictName
from harness.model.report import Counts, Report

WORST_FIRST: tuple[VerdictName, ...] = ("fail", "inconclusive", "pass", "not_applicable")
NAMES: dict[VerdictName, str] = {
    "fail": "fail",
    "inconclusive": "inconclusive",
    "pass": "pass",
    "not_applicable": "not applicable",
}
MARKS: dict[VerdictName, str] = {"fail": "✘", "inconclusive": "?", "pass": "✔", "not_applicable": "–"}

# A URL ends before white space, a closing bracket or the punctuation of the sentence around it.
_URL = re.compile(r"https?://[^\s<>\"'`\])}]+[^\s<>\"'`\])}.,;:!?]")


def count(counts: Counts, verdict: VerdictName) -> int:
    """How many verdicts of that name."""
    return counts.passed if verdict == "pass" else int(getattr(counts, verdict))


def counted(counts: Counts) -> str:
    """`3 fail, 2 inconclusive, 12 pass`: only what there is, the worst first; `no verdicts` when there are none."""
    said = [f"{count(counts, name)} {NAMES[name]}" for name in WORST_FIRST if count(counts, name)]
    return ", ".join(said) or "no verdicts"


def judged(counts: Counts) -> str:
    """A cell of a scorecard: as `counted`, but what does not apply is said only when there is nothing else."""
    of_interest = Counts(counts.passed, counts.fail, counts.inconclusive)
    return counted(counts if of_interest == Counts() else of_interest)


def seconds(value_s: float) -> str:
    """Two decimals below ten seconds, one below a hundred, none above."""
    decimals = 2 if abs(value_s) < 10 else 1 if abs(value_s) < 100 else 0
    return f"{value_s:.{decimals}f}"


def of(number: int, one: str, many: str = "") -> str:
    """`1 attempt`, `3 attempts`, `no attempts`."""
    return f"{number or 'no'} {one if number == 1 else many or one + 's'}"


def short(names: Sequence[str]) -> str:
    """Names in a row, those that differ in their last part only put in braces: `error_{502, 503}, hang`."""
    stems: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        stem, _, last = name.rpartition("_")
        stems.setdefault(f"{stem}_" if stem else "", []).append(last)
    return ", ".join(
        f"{stem}{{{', '.join(_in_order(lasts))}}}"
        if stem and len(lasts) > 1
        else ", ".join(stem + last for last in lasts)
        for stem, lasts in stems.items()
    )


def _in_order(lasts: list[str]) -> list[str]:
    return sorted(lasts) if all(last.isdigit() for last in lasts) else lasts


def heading(report: Report) -> str:
    """What was judged: the client and the provider it met."""
    return f"{report.client or 'the client'} against {report.provider}"


def sentence(observed: str, expected: str) -> str:
    """What was seen and what the rule asks, as one clause."""
    return f"{observed}; expected {expected}" if expected else observed


def cited(source: str) -> str:
    """The source without the URLs of what has a name: `RFC 9110 section 10.2.3` says enough where room is short."""
    return re.sub(r"(?<=\w), https?://[^\s;]+", "", source)


def parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text cut at its http and https URLs; each part with whether it is one."""
    place = 0
    for found in _URL.finditer(text):
        if found.start() > place:
            yield text[place : found.start()], False
        yield found.group(), True
        place = found.end()
    if place < len(text):
        yield text[place:], False

"""What a check saw, and what the judge makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

Sight = Literal["kept", "broken", "short"]
"""`kept`: the promise was put to the test and held. `broken`: it did not hold. `short`: it could not be told."""

VerdictName = Literal["pass", "fail", "inconclusive", "not_applicable"]


class Finding(msgspec.Struct, frozen=True):
    """One sight of one promise. `observed` and `expected` are whole clauses for a report line.

    `source` overrides the check's own source, where a provider's documented rule or the team's policy does.
    `attempts` are numbers of the exchanges that show it.
    """

    sight: Sight
    observed: str
    expected: str
    source: str = ""
    attempts: tuple[int, ...] = ()


def kept(observed: str, expected: str, *, source: str = "", attempts: tuple[int, ...] = ()) -> Finding:
    """The promise was put to the test and held."""
    return Finding("kept", observed, expected, source, attempts)


def broken(observed: str, expected: str, *, source: str = "", attempts: tuple[int, ...] = ()) -> Finding:
    """The promise did not hold."""
    return Finding("broken", observed, expected, source, attempts)


def short(observed: str, expected: str, *, source: str = "", attempts: tuple[int, ...] = ()) -> Finding:
    """There was too little evidence to tell."""
    return Finding("short", observed, expected, source, attempts)


class Verdict(msgspec.Struct, frozen=True):
    """The judge's word on one expectation of one scenario, with the command that shows it again.

    `exhibit`: what is to be shown with it, as text of several lines; empty where the attempts say it all.
    """

    check: str
    verdict: VerdictName
    observed: str
    expected: str
    source: str
    again: str = ""
    attempts: tuple[int, ...] = ()
    exhibit: str = ""


def weigh(findings: Iterable[Finding]) -> VerdictName:
    """Any broken promise fails; else any sight of it kept passes; else too little is inconclusive.

    No finding at all means that the promise does not concern this scenario.
    """
    sights = {finding.sight for finding in findings}
    if "broken" in sights:
        return "fail"
    if "kept" in sights:
        return "pass"
    return "inconclusive" if "short" in sights else "not_applicable"

"""What a night found: every change as it concerns one client, in the shape of the JSON file."""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.model.change import Change, Severity, Use

Outcome = Literal["pass", "fail", "inconclusive"]

Comparison = Literal["document", "live", "recording"]
"""What our contract was held against: another document, answers of the live provider; or a cassette against those."""

Status = Literal["", "new", "still"]
"""Since the night before; empty where no state is kept."""


class Side(msgspec.Struct, frozen=True):
    """One of the two sources of truth. `name`: a file, a URL without secrets, cassettes; `version`: as it calls
    itself; `date`: of its making, YYYY-MM-DD; empty where nobody knows."""

    name: str
    version: str = ""
    date: str = ""


class Accepted(msgspec.Struct, frozen=True):
    """Somebody has accepted a change. `until`: YYYY-MM-DD, the last day. `where`: file and line of the entry."""

    reason: str
    until: str
    where: str


class Drifted(msgspec.Struct, frozen=True):
    """One change, as it concerns one client.

    `id`: the same on another night for the same change. `evidence`: why it counts as used or not, as one clause.
    `since`: YYYY-MM-DD, the first night that it was seen; empty where no state is kept. `file`, `line` (1-based):
    where it stands in our document, as far as that is a file. `places_left`: how many of its places are left out.
    """

    id: str
    change: Change
    severity: Severity
    found_by: Comparison = "document"
    use: Use = "unknown"
    evidence: str = ""
    status: Status = ""
    since: str = ""
    accepted: Accepted | None = None
    file: str = ""
    line: int | None = None
    places_left: int = 0

    @property
    def weight(self) -> int:
        """What is worst is first: failures, warnings, risks, the rest, and what is accepted."""
        if self.accepted is not None:
            return 4
        return {"fail": 0, "warn": 1, "info": 2 if self.change.level == "risky" else 3}[self.severity]


class Gone(msgspec.Struct, frozen=True):
    """A change that was there the night before and is not any more. `severity`: what it had then."""

    id: str
    rule: str
    operation: str
    message: str
    since: str
    severity: Severity = "fail"


class DriftCounts(msgspec.Struct, frozen=True):
    """How many changes of each severity that nobody has accepted, and of `info` how many are risks; how many are
    accepted, new, there still and gone; `untold`: how many things could not be checked."""

    fail: int = 0
    warn: int = 0
    info: int = 0
    risky: int = 0
    accepted: int = 0
    new: int = 0
    still: int = 0
    gone: int = 0
    untold: int = 0


class DriftReport(msgspec.Struct, frozen=True):
    """A whole run of `harness drift`. `date`: of the night, YYYY-MM-DD. `used_by`: what told of the client's use.
    `untold`: what could not be checked, and why. `again`: the command that asks the same. `own_text`: the old side is
    a text of our own beside the published document: what differs has not moved, and fails nobody."""

    harness: str
    outcome: Outcome
    provider: str
    old: Side
    new: Side
    date: str
    counts: DriftCounts
    changes: tuple[Drifted, ...] = ()
    gone: tuple[Gone, ...] = ()
    untold: tuple[str, ...] = ()
    client: str = ""
    used_by: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    duration_s: float = 0.0
    again: str = ""
    own_text: bool = False


EXIT_CODES: dict[Outcome, int] = {"pass": 0, "fail": 1, "inconclusive": 3}
"""The exit code of a run by its outcome; 2 is kept for a mistake in the question."""


def outcome_of(changes: tuple[Drifted, ...], untold: tuple[str, ...]) -> Outcome:
    """A failure that nobody has accepted fails; else what could not be checked leaves it open."""
    if any(each.severity == "fail" and each.accepted is None for each in changes):
        return "fail"
    return "inconclusive" if untold else "pass"


def counts_of(changes: tuple[Drifted, ...], gone: tuple[Gone, ...], untold: tuple[str, ...]) -> DriftCounts:
    """How many there are of each."""
    open_ = [each for each in changes if each.accepted is None]
    return DriftCounts(
        fail=sum(each.severity == "fail" for each in open_),
        warn=sum(each.severity == "warn" for each in open_),
        info=sum(each.severity == "info" for each in open_),
        risky=sum(each.severity == "info" and each.change.level == "risky" for each in open_),
        accepted=len(changes) - len(open_),
        new=sum(each.status == "new" for each in open_),
        still=sum(each.status == "still" for each in open_),
        gone=len(gone),
        untold=len(untold),
    )

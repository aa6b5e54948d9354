"""What was found, judged for the client; and the report of it as it may be shown."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from harness import __version__
from harness.cli.nightly.compare import Found
from harness.cli.nightly.placed import placed
from harness.cli.nightly.tonight import Tonight, notes
from harness.drift.nights.night import Night, NightTold, report
from harness.drift.nights.state import Remembered
from harness.model.drift_report import DriftReport
from harness.redaction.known import Redaction

Told = TypeVar("Told", bound=msgspec.Struct)

_PLACED = ("fail", "warn")
"""Severities whose place in our document is looked up."""


def judged(tonight: Tonight, found: Found, before: Remembered | None, *, duration_s: float) -> NightTold:
    """The report, and what is to be remembered, both without the credential."""
    our = tonight.our
    night = report(
        Night(
            harness=__version__,
            provider=our.provider.name,
            client=our.client,
            old=our.side,
            new=found.new,
            today=tonight.today,
            again=tonight.asked.again(with_state=our.kept is not None),
            duration_s=duration_s,
            notes=tuple(notes(tonight, found)),
            own_text=our.is_own_text and found.their is not None,
        ),
        found.changes,
        found.untold,
        usage=tonight.usage,
        said=tonight.said,
        accepted=tonight.accepted,
        before=before,
        keeps_state=tonight.memory.keeps,
        looked_at=found.looked_at,
        operations=_operations(tonight, found),
    )
    return NightTold(_cleaned(night.report, found), _cleaned(night.remembered, found))


def shown(told: DriftReport, tonight: Tonight, found: Found) -> DriftReport:
    """With the file and line of what matters, where our document is a file."""
    path = tonight.our.path
    if path is None:
        return told
    matters = [each for each in told.changes if tonight.asked.reports or each.severity in _PLACED]
    known = {each.id: each for each in placed(path, matters)}
    with_places = tuple(known.get(each.id, each) for each in told.changes)
    return _cleaned(msgspec.structs.replace(told, changes=with_places), found)


def _operations(tonight: Tonight, found: Found) -> frozenset[str]:
    """The names of operations, on either side."""
    contracts = [tonight.our.provider.contract]
    contracts += [found.their.contract] if found.their is not None else []
    asked = [each for contract in contracts for each in contract.operations.values()]
    return frozenset(name for each in asked for name in (each.id, each.name))


def _cleaned(told: Told, found: Found) -> Told:
    """Without the credential, wherever the provider repeated it."""
    if found.credential is None:
        return told
    redaction = Redaction(found.credential.forms)
    return msgspec.convert(redaction.data(msgspec.to_builtins(told)), type(told))

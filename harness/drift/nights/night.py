"""A night's report: what was found, as the client uses it, beside what is accepted and what was there before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from harness.drift.nights.accepted import Entry, acceptance, stale
from harness.drift.nights.severity import severity
from harness.drift.nights.state import Remembered, compared, identities
from harness.drift.nights.usage import Usage
from harness.drift.nights.use import NOTHING_SAID, Said, use_of
from harness.model.change import Change
from harness.model.drift_report import (
    Comparison,
    Drifted,
    DriftReport,
    Gone,
    Side,
    counts_of,
    outcome_of,
)


class Night(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, and of whom. `today`: YYYY-MM-DD; the rest as in a DriftReport."""

    harness: str
    provider: str
    old: Side
    new: Side
    today: str
    client: str = ""
    again: str = ""
    duration_s: float = 0.0
    notes: tuple[str, ...] = ()
    own_text: bool = False


class NightTold(NamedTuple):
    """The report, and what is to be remembered of the night."""

    report: DriftReport
    remembered: Remembered


def report(
    night: Night,
    found: Mapping[Comparison, Sequence[Change]],
    untold: Mapping[Comparison, Sequence[str]],
    *,
    usage: Usage | None = None,
    said: Said = NOTHING_SAID,
    accepted: Sequence[Entry] = (),
    before: Remembered | None = None,
    keeps_state: bool = False,
    looked_at: Collection[str] | None = None,
    operations: Collection[str] = (),
) -> NightTold:
    """The report, the worst changes first, and what is to be remembered of the night.

    `found`: the changes of each comparison that was made; `untold`: what each could not check, and why. A comparison
    that found nothing is in `found`, too: so it is known that it was made. `looked_at`: the operations that the live
    provider answered, None where it was not asked. `operations`: the names by which an entry may mean one.
    """
    changes = [(by, change) for by, each in found.items() for change in each]
    names = identities([change for _, change in changes])
    drifted = []
    for (by, change), name in zip(changes, names, strict=True):
        use, evidence = use_of(change, usage, said)
        drifted.append(
            Drifted(
                name,
                change,
                severity(change.level, use, has_moved=not night.own_text),
                by,
                use,
                evidence,
                accepted=acceptance(change, accepted, today=night.today),
            )
        )
    ordered = tuple(sorted(drifted, key=_weight))
    said_untold = tuple(dict.fromkeys(text for each in untold.values() for text in each))
    outcome = outcome_of(ordered, said_untold)
    checked = [by for by in found if not untold.get(by)]
    moved = () if night.own_text else ordered
    told, gone, remembered = compared(
        moved, before, today=night.today, checked=checked, outcome=outcome, looked_at=looked_at
    )
    if not keeps_state or night.own_text:
        told, gone = ordered, ()
    notes = (
        *night.notes,
        *_of_use(usage),
        *stale(
            accepted,
            [change for _, change in changes],
            today=night.today,
            is_whole=not said_untold,
            operations=operations,
        ),
    )
    return NightTold(_assembled(night, told, gone, said_untold, usage, notes), remembered)


def _assembled(
    night: Night,
    told: tuple[Drifted, ...],
    gone: tuple[Gone, ...],
    untold: tuple[str, ...],
    usage: Usage | None,
    notes: tuple[str, ...],
) -> DriftReport:
    return DriftReport(
        harness=night.harness,
        outcome=outcome_of(told, untold),
        provider=night.provider,
        old=night.old,
        new=night.new,
        date=night.today,
        counts=counts_of(told, gone, untold),
        changes=told,
        gone=gone,
        untold=untold,
        client=night.client,
        used_by=usage.sources if usage is not None else (),
        notes=notes,
        duration_s=night.duration_s,
        again=night.again,
        own_text=night.own_text,
    )


def _weight(drifted: Drifted) -> tuple[int, str, str, str, str]:
    place = drifted.change.place
    return drifted.weight, place.operation, place.part, place.value, drifted.change.rule


def _of_use(usage: Usage | None) -> Iterable[str]:
    if usage is not None and usage.strays:
        many = f"{usage.strays} request{'' if usage.strays == 1 else 's'}"
        yield f"{many} in {', '.join(usage.sources)} for no operation of our document"

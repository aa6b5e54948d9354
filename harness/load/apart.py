"""Does one breaker guard several operations, so that those that are well are refused with the one that fails?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from harness.load.columns import Flag, Window
from harness.load.evidence import Evidence
from harness.load.guard import Spell
from harness.load.in_a_row import GOES_ON, gone_on, rows_of_failures
from harness.load.promise import BREAKER, UNKNOWN_OWNERS, promise
from harness.load.retries import failed
from harness.load.say import count
from harness.model.finding import Finding, broken, kept, short


class Beside(msgspec.Struct, frozen=True):
    """The calls of a name that was well, asked for while the breaker of `guarded` names was open, which failed:
    `number` of them, and how many were `refused`."""

    name: int
    guarded: frozenset[int]
    number: int
    refused: int

    @property
    def is_shared(self) -> bool:
        """More than a busy machine makes of calls that were let through."""
        return self.refused >= 5 and self.refused > 0.01 * self.number

    @property
    def is_apart(self) -> bool:
        """Enough came, and hardly any was refused."""
        return self.number >= GOES_ON and self.refused <= 0.01 * self.number


@promise(source=BREAKER)
def breaker_apart(evidence: Evidence) -> Iterator[Finding]:
    """When one operation fails, calls of the others are not refused: each has a breaker of its own.

    Looked at: the calls of others while a breaker of the failing one is open, 20 of them at least. Where none opens
    though enough calls failed, one for all that counts the successes of the others may be why: it is inconclusive.
    """
    expected = "calls of other operations go on"
    for index, window in enumerate(evidence.windows):
        failing, well = names_in(evidence, window)
        if not failing or not well:
            continue
        if not evidence.tells_calls:
            yield short(UNKNOWN_OWNERS, expected)
            continue
        others = beside(evidence, index)
        for other in others:
            said = f"{other.refused:,} of {count(other.number, 'call')} of {evidence.named((other.name,))}"
            guarded = evidence.named(other.guarded)
            make = broken if other.is_shared else kept if other.is_apart else short
            yield make(
                f"{said} were refused while the breaker for {guarded} was open, which alone failed", expected
            )
        if not others and evidence.targets.breaker_required:
            rows = rows_of_failures(evidence, window, evidence.targets.breaker_failures)
            if any(row.name in failing and row.later >= gone_on(evidence) for row in rows):
                yield short(
                    f"no breaker opened for {evidence.named(failing)}; {one_for_all(evidence, failing | well, well)}",
                    expected,
                )


def one_for_all(evidence: Evidence, names: Iterable[int], well: Iterable[int]) -> str:
    """How a breaker for all of these may come never to open."""
    return (
        f"there is none, or one for {evidence.named(names)} together, which counts the successes of "
        f"{evidence.named(well)}, too"
    )


def beside(evidence: Evidence, index: int) -> tuple[Beside, ...]:
    """In the window of this index; empty where no breaker of a failing name opened, or none was well."""
    failing, well = names_in(evidence, evidence.windows[index])
    spells = [spell for spell in evidence.spells if spell.window == index and spell.failures]
    guarded = failing & {name for spell in spells for name in spell.names}
    if not guarded:
        return ()
    within = _while_open(evidence, [spell for spell in spells if failing & set(spell.names)])
    return tuple(
        Beside(
            name,
            guarded,
            int(np.count_nonzero(within & (evidence.calls.name == name))),
            int(np.count_nonzero(within & (evidence.calls.name == name) & evidence.refused)),
        )
        for name in sorted(well)
    )


def names_in(evidence: Evidence, window: Window) -> tuple[frozenset[int], frozenset[int]]:
    """The names of calls whose operations fail in the window (nearly all attempts of them), and those of which none
    does. By the plan, where it says which operations; else by what their attempts got."""
    attempts, calls = evidence.run.attempts, evidence.calls
    known = attempts.call >= 0
    failing: set[int] = set()
    well: set[int] = set()
    name_of = np.full(len(attempts), -1, dtype=np.int32)
    name_of[known] = calls.name[attempts.call[known]]
    within = evidence.inside(attempts.at_s, window)
    wrong = failed(attempts.status) | (attempts.fault >= 0)
    for name in np.unique(name_of[name_of >= 0]):
        mine = name_of == name
        operations = {attempts.operations[o] for o in np.unique(attempts.operation[mine]) if o >= 0}
        if window.operations:
            hit = operations & set(window.operations)
            (failing if hit else well).add(int(name))
            continue
        number = int(np.count_nonzero(mine & within))
        share = np.count_nonzero(mine & within & wrong) / number if number else None
        if share is not None and share >= 0.9:
            failing.add(int(name))
        elif share is not None and share <= 0.05:
            well.add(int(name))
    return frozenset(failing), frozenset(well)


def _while_open(evidence: Evidence, spells: Iterable[Spell]) -> Flag:
    """The calls that were asked for in a process of which one of these breakers was open."""
    calls = evidence.calls
    found = np.zeros(len(calls), dtype=np.bool_)
    for spell in spells:
        found |= (
            (calls.worker == spell.worker)
            & (calls.began_s >= spell.first_s)
            & (calls.began_s <= spell.last_s)
        )
    return found

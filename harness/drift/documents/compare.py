"""Two documents compared: every change of the provider's promise, judged and proven."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from harness.contract.contract import Contract
from harness.contract.yaml import uncollected
from harness.drift.documents.answers import answers
from harness.drift.documents.bodies import bodies
from harness.drift.documents.comparing import Comparing
from harness.drift.documents.dangling import Dangling
from harness.drift.documents.finding import Found, found
from harness.drift.documents.groups import told
from harness.drift.documents.lifecycle import lifecycle, sunset
from harness.drift.documents.outgoing import callbacks, webhooks
from harness.drift.documents.pair import Pair, Side, pairing
from harness.drift.documents.parameters import parameters
from harness.drift.documents.schemes import schemes
from harness.drift.documents.security import security
from harness.drift.documents.servers import servers
from harness.drift.documents.within import Finding
from harness.drift.documents.witness import unknown
from harness.drift.schemas.projection import Sparing
from harness.model.change import Change, Level

_ORDER: dict[Level, int] = {"breaking": 0, "risky": 1, "info": 2}


class Comparison(msgspec.Struct, frozen=True):
    """What came of it. `changes`: the worst first, and then in the order of the old document.

    `operations`: how many both documents have; `looked_at`: in how many of them anything is written otherwise, or
    leads to what is. `untold`: what could not be compared, and why.
    """

    changes: tuple[Change, ...]
    operations: int
    looked_at: int
    untold: tuple[str, ...] = ()

    def count(self, level: Level) -> int:
        """How many changes are of that level."""
        return sum(change.level == level for change in self.changes)


def compare(old: Contract, new: Contract) -> Comparison:
    """Every change from the old document to the new one. What is merely written otherwise is none."""
    # Two large trees, and ever more findings: the collector would walk them all, again and again, and find nothing.
    with uncollected():
        return _compared(*(Contract(each.document, schemas=Sparing) for each in (old, new)))


def _compared(old: Contract, new: Contract) -> Comparison:
    comparing = Comparing(old, new)
    paired = pairing(old, new)
    looked = [pair for pair in paired.both if _may_differ(comparing, pair)]
    everywhere = _concerns_all(comparing)
    untold: list[str] = []

    def findings() -> Iterator[Finding]:
        yield from (_removed(comparing, side) for side in paired.removed)
        touched = {id(pair) for pair in looked}
        for pair in paired.both:
            if id(pair) in touched:
                try:
                    yield from list(_of_operation(comparing, pair))
                except RecursionError:
                    untold.append(f"{pair.old.operation.name}: nested too deeply to be compared")
            elif everywhere:
                yield from _around(comparing, pair)
        yield from webhooks(comparing)
        yield from schemes(comparing)
        yield from (found("operation.added", comparing.place_of(side, is_new=True)) for side in paired.added)

    dangling = Dangling(old.document, new.document)
    changes = sorted(told(dangling.sorted_out(findings())), key=lambda change: _ORDER[change.level])
    return Comparison(tuple(changes), len(paired.both), len(looked), (*untold, *dangling.told))


def _may_differ(comparing: Comparing, pair: Pair) -> bool:
    old, new = pair.old, pair.new
    return (
        # The order of a path's names says which of its parameters stands where.
        old.operation.template != new.operation.template
        or comparing.touched.may_differ(old.node, new.node)
        or comparing.touched.may_differ(old.item.get("parameters"), new.item.get("parameters"))
        or old.item.get("servers") != new.item.get("servers")
    )


def _concerns_all(comparing: Comparing) -> bool:
    """Did anything change that holds of operations which say nothing of it?"""
    old, new = comparing.old.document.root, comparing.new.document.root
    if any(old.get(key) != new.get(key) for key in ("security", "servers")):
        return True
    ours, theirs = (root.get("components") or {} for root in (old, new))
    return bool(ours.get("securitySchemes") != theirs.get("securitySchemes"))


def _of_operation(comparing: Comparing, pair: Pair) -> Iterator[Finding]:
    yield from lifecycle(comparing, pair)
    yield from parameters(comparing, pair)
    yield from bodies(comparing, pair)
    yield from answers(comparing, pair)
    yield from callbacks(comparing, pair)
    yield from security(comparing, pair)
    yield from servers(comparing, pair)


def _around(comparing: Comparing, pair: Pair) -> Iterator[Found]:
    """What may have changed of an operation that is written as before."""
    yield from lifecycle(comparing, pair)
    yield from security(comparing, pair)
    yield from servers(comparing, pair)


def _removed(comparing: Comparing, side: Side) -> Found:
    until = sunset(side.node)
    announced = f"deprecated, sunset {until}" if until else "deprecated" if side.operation.deprecated else ""
    return found(
        "operation.removed",
        comparing.place_of(side, is_new=False),
        proof=lambda: unknown(side, (comparing.old_says.asked(side),), comparing.new),
        old_side=announced,
    )

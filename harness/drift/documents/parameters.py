"""Parameters of requests: which are new, gone, required, moved or written otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from harness.contract.parameters import Parameter
from harness.contract.schema import Schema
from harness.drift.documents.comparing import Comparing, brief
from harness.drift.documents.declared import Declared, declared, matched, parted
from harness.drift.documents.finding import Found, Proof, found
from harness.drift.documents.lifecycle import is_deprecated
from harness.drift.documents.listed import listed, told
from harness.drift.documents.message import Asked, Named
from harness.drift.documents.pair import Pair
from harness.drift.documents.within import Finding, Meant, Prover, each_of, within
from harness.drift.documents.witness import Concerns, concerns, concerns_but, refused
from harness.drift.documents.written import is_written_otherwise, longer, serialization
from harness.model.change import Place, Witness


def parameters(comparing: Comparing, pair: Pair) -> Iterator[Finding]:
    """All that changed in an operation's parameters, but for their values."""
    old, new = parted(pair, declared(pair.old), declared(pair.new))
    both = matched(pair, old, new)
    gone = {key: each for key, each in old.items() if key not in both}
    added = {each.key: each for each in new.values() if each not in both.values()}
    for each in gone.values():
        moved = next((other for other in added.values() if _is_moved(each, other)), None)
        if moved is None:
            yield from _alike((_removed(comparing, pair, each),), each)
        else:
            del added[moved.key]
            yield from _alike((_moved(comparing, pair, each, moved),), each, moved)
    for each in added.values():
        yield from _alike((_added(comparing, pair, each),), each)
    for key, other in both.items():
        if comparing.touched.may_differ(old[key].node, other.node):
            yield from _alike(_changed(comparing, pair, old[key], other), old[key], other)


def _alike(findings: Iterable[Finding], *written: Declared) -> Iterator[Found]:
    """The findings, the same change wherever a parameter is written out in the same words."""
    words = [
        brief({key: value for key, value in each.node.items() if key != "description"}) for each in written
    ]
    for finding in each_of(findings):
        change, place = finding.change, finding.change.place
        if all(at.startswith("/paths/") for at in (place.old, place.new) if at):
            same = (written[0].part, *words, place.value, change.message)
            finding = msgspec.structs.replace(finding, same=same)
        # What stands in a component is the same change wherever that leads.
        yield finding


def _is_moved(old: Declared, new: Declared) -> bool:
    ours, theirs = old.parameter, new.parameter
    return ours.name.lower() == theirs.name.lower() and "path" not in (ours.where, theirs.where)


def _removed(comparing: Comparing, pair: Pair, each: Declared) -> Found:
    return found(
        "request.parameter.removed",
        comparing.place(pair, each.part, old=each.at, new=pair.new.at),
        old_side=brief(each.node),
        part=each.part,
    )


def _added(comparing: Comparing, pair: Pair, each: Declared) -> Found:
    place = comparing.place(pair, each.part, old=pair.old.at, new=each.at)
    if not each.need:
        return found("request.parameter.added", place, new_side=brief(each.node), part=each.part)
    return found(
        "request.parameter.added-required",
        place,
        proof=_without(comparing, pair, each),
        new_side=brief(each.node),
        part=each.part,
    )


def _moved(comparing: Comparing, pair: Pair, old: Declared, new: Declared) -> Found:
    return found(
        "request.parameter.moved",
        comparing.place(pair, old.part, old=old.at, new=new.at),
        proof=_without(comparing, pair, new, old),
        level="breaking" if new.parameter.required else "risky",
        old_side=brief(old.node),
        new_side=brief(new.node),
        part=old.part,
        new=new.parameter.where,
    )


def _changed(comparing: Comparing, pair: Pair, old: Declared, new: Declared) -> Iterator[Finding]:
    ours, theirs = old.parameter, new.parameter
    place = comparing.place(pair, old.part, old=old.at, new=new.at)
    sides: dict[str, Any] = {"old_side": brief(old.node), "new_side": brief(new.node)}
    if new.need > old.need:
        yield found(
            "request.parameter.became-required",
            place,
            proof=_without(comparing, pair, new, old),
            part=old.part,
            **sides,
        )
    elif new.need < old.need:
        yield found("request.parameter.became-optional", place, part=old.part, **sides)
    if is_written_otherwise(ours, theirs):
        yield found(
            "request.parameter.serialization.changed",
            place,
            proof=lambda: refused(pair, _with(comparing, pair, old), _of(pair, new), value=None),
            part=old.part,
            old=serialization(ours),
            new=serialization(theirs),
            **sides,
        )
    before = _as_list(comparing, ours, theirs)
    if before is not ours.schema:
        is_parted = "string" in ours.kinds and not theirs.explode
        yield told("request.parameter.type.changed", place, is_parted=is_parted, **sides)
    yield within(
        comparing,
        Meant(comparing.old, before, old.schema_at),
        Meant(comparing.new, theirs.schema, new.schema_at),
        direction="request",
        prefix="request.parameter.",
        place=place,
        prove=_saying(comparing, pair, old, new),
        as_texts=not theirs.media,
    )
    if ours.may_be_empty and not theirs.may_be_empty:
        yield found("request.parameter.empty.refused", place, part=old.part, **sides)
    elif theirs.may_be_empty and not ours.may_be_empty:
        yield found("request.parameter.empty.allowed", place, part=old.part, **sides)
    yield from _reserved(old, new, place, sides)
    was, is_now = is_deprecated(old.node), is_deprecated(new.node)
    if was != is_now:
        rule = "request.parameter.deprecated" if is_now else "request.parameter.reactivated"
        yield found(rule, place, part=old.part, **sides)


def _as_list(comparing: Comparing, old: Parameter, new: Parameter) -> Schema:
    """The schema of a single value, or of lists of it where it is now the only item of a list of the same name."""
    is_list_of_one = (
        bool(old.kinds)
        and old.bare
        and new.kinds - {"null"} == {"array"}
        and new.style in ("form", "simple", "cookie")
        and not new.media
    )
    made = (
        listed(old.schema, comparing.new.schemas("request").resolve(new.schema)) if is_list_of_one else None
    )
    return old.schema if made is None else made


def _reserved(old: Declared, new: Declared, place: Place, sides: dict[str, Any]) -> Iterator[Found]:
    """May reserved characters stand as they are in a query?"""
    had, has = (
        each.parameter.where == "query" and each.node.get("allowReserved") is True for each in (old, new)
    )
    if had != has:
        rule = "request.parameter.reserved.refused" if had else "request.parameter.reserved.allowed"
        yield found(rule, place, part=old.part, **sides)


def _without(comparing: Comparing, pair: Pair, missing: Declared, old: Declared | None = None) -> Proof:
    """A request without a parameter that is missed, or, where it moved, with it where it was."""

    def proof() -> Any:
        says = comparing.old_says
        if old is not None and old.key != missing.key:
            tries = [says.asked(pair.old, instead=_instead(comparing, old, says.value(old.parameter)))]
        else:
            others = _beside(comparing, pair, missing)
            tries = [
                says.asked(pair.old, instead=instead, without=(missing.key,))
                for instead in ({}, *([others] if others else []))
            ]
        is_part = missing.whole is not None
        about = _of(pair, missing) if is_part else concerns(missing.parameter.where, missing.parameter.name)
        return refused(pair, tries, about)

    return proof


def _beside(comparing: Comparing, pair: Pair, missing: Declared) -> dict[Named, object]:
    """The other members of its object, as the old document has them."""
    if missing.whole is None:
        return {}
    there = pair.old.compiled.parameters[missing.whole.where]
    return {
        (each.where, each.name): comparing.old_says.value(each)
        for each in there
        if each.name in missing.whole.members and each.name != missing.parameter.name
    }


def _instead(comparing: Comparing, old: Declared, value: object) -> dict[Named, object]:
    """That value of a parameter, in its object where it is a member of one."""
    if old.whole is None:
        return {old.key: value}
    whole = comparing.old_says.value(old.whole)
    others = whole if isinstance(whole, dict) else {}
    return {(old.whole.where, old.whole.name): {**others, old.parameter.name: value}}


def _with(comparing: Comparing, pair: Pair, old: Declared) -> Iterator[Asked]:
    """Requests with several values of a parameter."""
    for _ in range(8):
        value = comparing.old_says.value(old.parameter)
        for richer in (
            ([value, value], value) if not isinstance(value, dict | list) else (longer(value), value)
        ):
            yield comparing.old_says.asked(pair.old, instead=_instead(comparing, old, richer))


def _saying(comparing: Comparing, pair: Pair, old: Declared, new: Declared) -> Prover:
    """Requests with that value of a parameter."""

    def prove(value: object) -> Witness | str:
        outcome: Witness | str = ""
        for said in (value, longer(value)):
            asked = comparing.old_says.asked(pair.old, instead=_instead(comparing, old, said))
            outcome = refused(pair, (asked,), _of(pair, new), value=said)
            if isinstance(outcome, Witness) or said == longer(said):
                break
        return outcome

    return prove


def _of(pair: Pair, new: Declared) -> Concerns:
    """What is wrong with a parameter, whatever is with others: members of one may stand under names of their own."""
    where, name = new.key
    others = [each for each in pair.new.compiled.parameters[where] if each.name != name]
    names = {each.name for each in others}.union(*(each.members for each in others if each.spread))
    own = new.parameter.members if new.parameter.spread else frozenset()
    if new.whole is not None:
        own |= {name, new.whole.name}
    return concerns_but(where, names - own)

"""Resources that are said to be there: the provider has them though no client made them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import msgspec

from harness.contract.behaviour import Resource
from harness.contract.contract import Operation
from harness.errors import UnknownName, UsageError
from harness.mock.fields import Fields, dig, laid, settled, suited
from harness.mock.own_side import OwnSide
from harness.mock.shelf import items_field, key_of, made, replaced, shape_of, singular
from harness.mock.state import Kept
from harness.model.message import Response


def given(side: OwnSide, name: str, fields: Mapping[str, object]) -> Kept:
    """Put a resource where it is found, and what it stands below, too, where that is not there.

    `name`: its kind, in the singular or the plural. `fields`: fields of it, or path parameters that lead to it; what
    is not said is as the contract and behaviour.yaml have it, or as it was where there is one of that id already.

    Raises UnknownName for a kind or a field that there is not, UsageError for a value that the contract does not
    admit, and where the provider remembers nothing.
    """
    kind = _kind(side, name)
    resource = side.behaviour.resources[kind]
    turn = side.turn(side.place(kind))
    shape = shape_of(turn, resource, turn.operation)
    told = _own_fields(side, kind, shape, fields)
    above = _above(side, resource, fields)
    there = _there(side, kind, resource, told, above)
    if there is not None:
        kept = _changed(side, resource, shape, there, told, items=items_field(turn))
    else:
        kept = made(side.turn(side.place(kind), None, above), kind, resource, shape, told, above)
    for field, value in told.items():
        if not _says(kept.fields.get(field), value):
            raise UsageError(_refusal(side, kind, shape, kept.fields, field, value))
    if there is not None:
        replaced(turn, kind, resource, key_of(resource, there), kept)
    else:
        side.shelf(kind)[key_of(resource, kept)] = kept
    return kept


def _kind(side: OwnSide, name: str) -> str:
    kinds = side.behaviour.resources
    if not kinds:
        raise UsageError(
            f"no {name!r} can be given: the provider remembers nothing, and answers every id from its contract; "
            "`resources` in a behaviour.yaml say what it remembers"
        )
    found = next((kind for kind in kinds if name in (kind, singular(kind))), None)
    if found is None:
        raise UnknownName("kind of resource", name, map(singular, kinds))
    return found


def _own_fields(side: OwnSide, kind: str, shape: Operation, fields: Mapping[str, object]) -> Fields:
    """The fields of the resource itself, its id under its own name."""
    resource = side.behaviour.resources[kind]
    known = side.contract.properties(shape, side.contract.success(shape))
    told: Fields = {}
    for name, value in fields.items():
        if name in resource.path[:-1] and not isinstance(value, Mapping):
            continue
        if name in known or name == resource.id:
            told[name] = deepcopy(value)
        elif resource.path and name == resource.path[-1]:
            told[resource.id] = value
        else:
            raise UnknownName(f"field of {singular(kind)}", name, {*known, *resource.path, resource.id})
    return told


def _above(side: OwnSide, resource: Resource, fields: Mapping[str, object]) -> dict[str, str]:
    """The path parameters of what it stands below: as told, else the newest that there is, else a new one."""
    wanted = resource.path[:-1]
    told = {
        name: str(fields[name]) for name in wanted if name in fields and not isinstance(fields[name], Mapping)
    }
    # The outermost first: others stand below it.
    for kind, other in sorted(side.behaviour.resources.items(), key=lambda item: len(item[1].path)):
        if other is resource or not other.path or not set(other.path) <= set(wanted):
            continue
        fitting = [
            kept
            for kept in side.shelf(kind).values()
            if all(
                told.get(name, part) == part
                for name, part in zip(other.path, key_of(other, kept), strict=True)
            )
        ]
        kept = (
            fitting[-1]
            if fitting
            else given(side, singular(kind), {name: told[name] for name in other.path if name in told})
        )
        told |= dict(zip(other.path, key_of(other, kept), strict=True))
    return told


def _there(side: OwnSide, kind: str, resource: Resource, told: Fields, above: dict[str, str]) -> Kept | None:
    if not resource.path and not resource.create:
        return side.shelf(kind).get(())
    own = dig(told, resource.id)
    if own is None:
        return None
    return next(
        (
            kept
            for kept in side.shelf(kind).values()
            if kept.id == str(own) and all(kept.parents.get(name) == value for name, value in above.items())
        ),
        None,
    )


def _changed(
    side: OwnSide, resource: Resource, shape: Operation, there: Kept, told: Fields, *, items: str
) -> Kept:
    wanted = deepcopy(there.fields)
    for name, value in told.items():
        wanted[name] = laid(wanted.get(name), suited(wanted.get(name), value, items=items))
    fields = settled(side.contract, shape, side.contract.success(shape), there.fields, wanted)
    return Kept(str(dig(fields, resource.id)), fields, there.parents)


def _says(kept: Any, told: Any) -> bool:
    """Does a field say what it was told to, in whichever shape the answer has for it?"""
    if isinstance(told, Mapping) and isinstance(kept, dict):
        return all(name in kept and _says(kept[name], value) for name, value in told.items())
    if isinstance(told, list) and isinstance(kept, dict):
        return any(_says(value, told) for value in kept.values() if isinstance(value, list))
    if isinstance(told, list) and isinstance(kept, list):
        return len(told) == len(kept) and all(map(_says, kept, told))
    if isinstance(told, str) and isinstance(kept, dict):
        return bool(kept.get("id") == told)
    alike = type(kept) is type(told) or (_number(kept) and _number(told))
    return alike and bool(kept == told)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refusal(side: OwnSide, kind: str, shape: Operation, fields: Fields, field: str, value: object) -> str:
    status = side.contract.success(shape)
    answer = Response(
        status,
        (("content-type", side.contract.media_type(shape, status) or "application/json"),),
        msgspec.json.encode({**fields, field: value}),
    )
    why = next(
        (
            f": {deviation.pointer}: {deviation.message}"
            for deviation in side.contract.deviations(shape, answer)
            if deviation.where == "body" and f"{deviation.pointer}/".startswith(f"/{field}/")
        ),
        "",
    )
    return f"the contract admits no {singular(kind)} with {field}={value!r}{why}"

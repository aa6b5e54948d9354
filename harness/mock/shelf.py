"""Where resources are kept: how one is made so that the contract holds, and how a request finds it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from copy import deepcopy

from harness.contract.behaviour import Resource
from harness.contract.contract import Operation
from harness.contract.error_answer import iso, token
from harness.contract.template import filled
from harness.mock.fields import Fields, Names, dig, laid, put, settled, suited
from harness.mock.state import Kept, Key
from harness.mock.turn import Turn
from harness.model.message import Response


def singular(kind: str) -> str:
    """`customers` -> `customer`: how an effect and a message name one."""
    if kind.endswith("ies"):
        return kind[:-3] + "y"
    return kind[:-1] if kind.endswith("s") and not kind.endswith("ss") else kind


def made(
    turn: Turn,
    kind: str,
    resource: Resource,
    operation: Operation,
    given: Fields,
    parameters: Mapping[str, str],
) -> Kept:
    """A new one: sampled from the schema, then its defaults, then what was given, then its parents and its id."""
    shape = shape_of(turn, resource, operation)
    status = turn.contract.success(shape)
    value = turn.contract.value(shape, status, rng=turn.rng, now_s=turn.now_s)
    sampled: Fields = value if isinstance(value, dict) else {}
    typed = {name: turn.judged.path.get(name, text) for name, text in parameters.items()}
    above = {field: typed[name] for name, field in resource.parents.items() if field and name in typed}
    own = _own(turn, kind, resource, sampled, given, typed)
    names = names_for(turn, {**typed, **given, **above, **own}, fields := deepcopy(sampled))
    if resource.path:
        names[resource.path[-1]] = own.get(resource.id)
    for name, template in resource.defaults.items():
        default = filled(template, names)
        if default is not None or template is None:
            put(fields, name, laid(dig(fields, name), default))
    for name, each in given.items():
        fields[name] = suited(fields.get(name), each, items=items_field(turn))
    for name, each in {**above, **own}.items():
        put(fields, name, each)
    fields = settled(turn.contract, shape, status, sampled, fields)
    # A parent that the contract hides is remembered all the same.
    found = {name: parameters.get(name) or dig(fields, field) for name, field in resource.parents.items()}
    parents = {name: str(each) for name, each in {**parameters, **found}.items() if each is not None}
    return Kept(str(dig(fields, resource.id)), fields, parents)


def _own(
    turn: Turn, kind: str, resource: Resource, sampled: Fields, given: Fields, typed: Mapping[str, object]
) -> Fields:
    """The field that names a new one: as the path or the client says, else made. Nothing for the only one."""
    if resource.path and resource.path[-1] in typed:
        return {resource.id: typed[resource.path[-1]]}
    if resource.id in given:
        return {resource.id: given[resource.id]}
    if not resource.create and not resource.number:
        return {}
    parents = tuple(str(typed.get(name, "")) for name in resource.path[:-1])
    return {resource.id: _new_id(turn, kind, resource, sampled.get(resource.id), parents)}


def _new_id(turn: Turn, kind: str, resource: Resource, example: object, parents: Key) -> object:
    if resource.number or isinstance(example, int):
        taken = shelf_of(turn, kind)
        while (*parents, str(number := turn.state.next_number(kind, parents))) in taken:
            pass
        return number
    if not resource.prefix and isinstance(example, str) and _is_uuid(example):
        return str(uuid.UUID(int=turn.rng.getrandbits(128), version=4))
    return resource.prefix + token(turn.rng, resource.length)


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def given_fields(turn: Turn, resource: Resource) -> Fields:
    """The fields of the request body that become fields of the resource."""
    body = turn.judged.body
    if not isinstance(body, dict):
        return {}
    names: Collection[str] = resource.accept
    shape = shape_of(turn, resource, turn.operation)
    status = turn.contract.success(shape)
    if "*" in names:
        names = turn.contract.properties(shape, status)
    given = {name: value for name, value in body.items() if name in names}
    return turn.contract.cleared(shape, status, given) if turn.is_form else given


def shelf_of(turn: Turn, kind: str) -> dict[Key, Kept]:
    """All of a kind, in the order in which they were made; the seeds come first."""
    shelf = turn.state.resources.get(kind)
    if shelf is not None:
        return shelf
    turn.state.resources[kind] = {}
    shelf = turn.state.resources[kind]
    resource = turn.behaviour.resources[kind]
    alone = not resource.path and not resource.create
    for seed in resource.seeds or (({},) if alone else ()):
        operation = turn.contract.operation(next(iter((*resource.read, *resource.create, *resource.list))))
        kept = made(turn, kind, resource, operation, dict(seed), {})
        shelf[key_of(resource, kept)] = kept
    return shelf


def key_of(resource: Resource, kept: Kept) -> Key:
    if not resource.path:
        return (kept.id,) if resource.create else ()
    return (*(kept.parents.get(name, "") for name in resource.path[:-1]), kept.id)


def find(turn: Turn, kind: str, resource: Resource) -> Kept | None:
    shelf = shelf_of(turn, kind)
    parameters = turn.match.path_parameters
    if not resource.path and not resource.create:
        return shelf.get(())
    if resource.path and all(name in parameters for name in resource.path):
        return shelf.get(tuple(parameters[name] for name in resource.path))
    own = own_id(turn, resource)
    return next((kept for kept in shelf.values() if kept.id == own), None)


def own_id(turn: Turn, resource: Resource) -> str:
    parameters = turn.match.path_parameters
    if resource.path and resource.path[-1] in parameters:
        return parameters[resource.path[-1]]
    return next(reversed(parameters.values()), "") if parameters else ""


def replaced(turn: Turn, kind: str, resource: Resource, old_key: Key, kept: Kept) -> None:
    """Put the changed form of a resource where the old one was, also where it is now found by another key."""
    shelf = shelf_of(turn, kind)
    key = key_of(resource, kept)
    if key == old_key:
        shelf[key] = kept
        return
    turn.state.resources[kind] = {
        key if there == old_key else there: kept if there == old_key else each
        for there, each in shelf.items()
    }


def missing(turn: Turn, kind: str, resource: Resource, name: str) -> Response:
    """The provider's word that there is none of that name."""
    return turn.error(
        404,
        message=f"no {singular(kind)} {name!r}",
        param=resource.path[-1] if resource.path else "",
        template=resource.missing,
        fill={**turn.match.path_parameters, "id": name},
    )


def missing_parent(turn: Turn, kind: str) -> Response | None:
    """The refusal for a path that stands below a resource which is not there."""
    parameters = turn.match.path_parameters
    for other, resource in turn.behaviour.resources.items():
        if other == kind or not resource.path or not all(name in parameters for name in resource.path):
            continue
        place = next(iter((*resource.read, *resource.change, *resource.delete)), None)
        if place is None or not turn.operation.template.startswith(
            turn.contract.operation(place).template + "/"
        ):
            continue
        if tuple(parameters[name] for name in resource.path) not in shelf_of(turn, other):
            return missing(turn, other, resource, parameters[resource.path[-1]])
    return None


def shape_of(turn: Turn, resource: Resource, operation: Operation) -> Operation:
    """The operation whose answer is the resource itself: the asked one, else the one that reads or creates it."""
    if answers_with_fields(turn, operation):
        return operation
    for name in (*resource.read, *resource.create, *resource.change):
        other = turn.contract.operation(name)
        if answers_with_fields(turn, other):
            return other
    return operation


def answers_with_fields(turn: Turn, operation: Operation) -> bool:
    media_type = turn.contract.media_type(operation, turn.contract.success(operation))
    return media_type is not None and "json" in media_type


def items_field(turn: Turn) -> str:
    return turn.behaviour.paging.items if turn.behaviour.paging else ""


def names_for(turn: Turn, given: Mapping[str, object], fields: Fields) -> Names:
    times = {"now": int(turn.now_s), "now_iso": iso(turn.now_s), "base_url": turn.request.base_url}
    return Names({**times, **given}, fields)

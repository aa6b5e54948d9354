"""Resources that live between requests: created, read, listed, changed, deleted, as behaviour.yaml says."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import msgspec

from harness.contract.behaviour import Resource
from harness.contract.template import filled
from harness.mock.fields import Fields, dig, laid, put, settled, suited
from harness.mock.paginate import NoSuchCursor, page
from harness.mock.shelf import (
    answers_with_fields,
    find,
    given_fields,
    items_field,
    key_of,
    made,
    missing,
    missing_parent,
    names_for,
    own_id,
    replaced,
    shape_of,
    shelf_of,
    singular,
)
from harness.mock.state import Kept
from harness.mock.turn import Turn
from harness.model.message import Response


class Done(msgspec.Struct, frozen=True):
    """The answer, and what really happened: `create customer cus_1`, or None. `about`: the resource after that, or as
    it was when it was deleted; `before`: what it was before it changed."""

    response: Response
    effect: str | None = None
    about: Kept | None = None
    before: Kept | None = None


def act(turn: Turn) -> Done | None:
    """What the provider does with a request about a resource; None where it keeps none of that kind."""
    found = turn.behaviour.parts.get(turn.operation.id)
    if found is None:
        return None
    kind, resource, part = found
    orphan = missing_parent(turn, kind)
    if orphan is not None:
        return Done(orphan)
    match part:
        case "create":
            return _create(turn, kind, resource)
        case "list":
            return Done(_list(turn, kind, resource))
    kept = find(turn, kind, resource)
    if kept is None:
        return Done(missing(turn, kind, resource, own_id(turn, resource)))
    match part:
        case "read":
            return Done(_tagged(turn, resource, turn.json(kept.fields)))
        case "change" | "transition":
            return _change(turn, kind, resource, kept)
        case "delete":
            return _delete(turn, kind, resource, kept)


# -- one by one ---------------------------------------------------------------------------------------------------


def _create(turn: Turn, kind: str, resource: Resource) -> Done:
    if resource.path and resource.path[-1] in turn.match.path_parameters:
        # A PUT to its own place makes it, and the next one changes it.
        there = find(turn, kind, resource)
        if there is not None:
            return _change(turn, kind, resource, there)
    given = given_fields(turn, resource)
    kept = made(turn, kind, resource, turn.operation, given, turn.match.path_parameters)
    shelf = shelf_of(turn, kind)
    if resource.duplicate is not None and key_of(resource, kept) in shelf:
        message = f"a {singular(kind)} {kept.id!r} exists already"
        fill = {"id": kept.id, **turn.match.path_parameters}
        return Done(
            turn.error(
                resource.duplicate.status,
                message=message,
                param=resource.id,
                template=resource.duplicate,
                fill=fill,
            )
        )
    shelf[key_of(resource, kept)] = kept
    answer = turn.json(kept.fields) if answers_with_fields(turn, turn.operation) else turn.success()
    return Done(_tagged(turn, resource, answer), f"create {singular(kind)} {kept.id}", kept)


def _change(turn: Turn, kind: str, resource: Resource, kept: Kept) -> Done:
    old, before = kept, kept.fields
    wanted = deepcopy(before)
    for name, value in given_fields(turn, resource).items():
        if name in resource.merged and isinstance(value, dict):
            there = before.get(name)
            merged = {**(there if isinstance(there, dict) else {}), **value}
            wanted[name] = {key: entry for key, entry in merged.items() if entry != ""}
        else:
            wanted[name] = suited(before.get(name), value, items=items_field(turn))
    sets = resource.transitions.get(turn.operation.id, {})
    names = names_for(turn, turn.match.path_parameters, wanted)
    for name, template in sets.items():
        put(wanted, name, laid(dig(wanted, name), filled(template, names)))
    shape = shape_of(turn, resource, turn.operation)
    old_key = key_of(resource, kept)
    fields = settled(turn.contract, shape, turn.contract.success(shape), before, wanted)
    kept = Kept(str(fields.get(resource.id, kept.id)), fields, kept.parents)
    replaced(turn, kind, resource, old_key, kept)
    answer = turn.json(kept.fields) if answers_with_fields(turn, turn.operation) else turn.success()
    return Done(_tagged(turn, resource, answer), f"change {singular(kind)} {kept.id}", kept, old)


def _delete(turn: Turn, kind: str, resource: Resource, kept: Kept) -> Done:
    del shelf_of(turn, kind)[key_of(resource, kept)]
    gone = dict(zip(resource.path, key_of(resource, kept), strict=False))
    for other, shelf in turn.state.resources.items():
        # What stood below it goes with it.
        below = [
            key
            for key, each in shelf.items()
            if other != kind and gone and all(each.parents.get(name) == value for name, value in gone.items())
        ]
        for key in below:
            del shelf[key]
    effect = f"delete {singular(kind)} {kept.id}"
    if resource.deleted is not None:
        body = filled(resource.deleted, names_for(turn, {"id": kept.id}, kept.fields))
        return Done(turn.json(body), effect, kept)
    answer = turn.success()
    sampled = msgspec.json.decode(answer.body) if answers_with_fields(turn, turn.operation) else None
    if isinstance(sampled, dict) and resource.id in sampled:
        return Done(turn.json({**sampled, resource.id: kept.fields[resource.id]}), effect, kept)
    return Done(answer, effect, kept)


def _list(turn: Turn, kind: str, resource: Resource) -> Response:
    chosen = list(_chosen(turn, kind, resource))
    if resource.sort == "newest_first":
        chosen.reverse()
    asked = page(chosen, turn.behaviour.paging, turn.judged.query, url=lambda: _own_url(turn))
    if isinstance(asked, NoSuchCursor):
        errors = turn.behaviour.errors
        status = errors.invalid_request if errors else 400
        template = resource.missing
        if template is not None:
            template = msgspec.structs.replace(template, status=status)
        message = f"no {singular(kind)} {asked.id!r}"
        return turn.error(
            status, message=message, param=asked.param, template=template, fill={"id": asked.id}
        )
    items = [kept.fields for kept in asked.items]
    status = turn.contract.success(turn.operation)
    body = turn.contract.value(turn.operation, status, rng=turn.rng, now_s=turn.now_s)
    body = _enveloped(turn, body, items, more=asked.more) if isinstance(body, dict) else items
    return _tagged(turn, resource, turn.json(body).with_headers(*asked.headers))


def _enveloped(turn: Turn, body: Fields, items: list[Fields], *, more: bool) -> Fields:
    paging = turn.behaviour.paging
    name = paging.items if paging and paging.items in body else ""
    arrays = [field for field, value in body.items() if isinstance(value, list)]
    name = name or next(iter(arrays), "items")
    body = {**body, name: items}
    if paging is None:
        return body
    if paging.more:
        body[paging.more] = more
    names = names_for(turn, {"path": turn.request.path}, body)
    return {**body, **{field: filled(template, names) for field, template in paging.envelope.items()}}


# -- lists --------------------------------------------------------------------------------------------------------


def _chosen(turn: Turn, kind: str, resource: Resource) -> Iterator[Kept]:
    parameters = turn.match.path_parameters
    filters: list[tuple[str, object]] = []
    for name, field in resource.filters.items():
        wanted = turn.judged.query.get(name, resource.filter_defaults.get(name))
        if wanted is not None and wanted not in resource.filter_everything:
            filters.append((field, wanted))
    for kept in shelf_of(turn, kind).values():
        under = all(kept.parents.get(name, value) == value for name, value in parameters.items())
        if under and all(_selects(wanted, dig(kept.fields, field)) for field, wanted in filters):
            yield kept


_BOUNDS = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def _selects(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, dict) and wanted and wanted.keys() <= _BOUNDS.keys():
        return isinstance(value, int | float) and all(
            _BOUNDS[name](value, float(bound)) for name, bound in wanted.items()
        )
    if isinstance(value, dict) and "id" in value:
        value = value["id"]
    if isinstance(value, list):
        return wanted in value or str(wanted) in map(str, value)
    return bool(value == wanted) or (value is not None and str(value) == str(wanted))


def _own_url(turn: Turn) -> str:
    query = f"?{turn.request.query}" if turn.request.query else ""
    return f"{turn.request.base_url}{turn.request.path}{query}"


def _tagged(turn: Turn, resource: Resource, answer: Response) -> Response:
    """The answer with an entity tag, and 304 without a body where the client has it already (RFC 9110 13.1.2)."""
    if not resource.etag or not answer.body:
        return answer
    tag = f'"{hashlib.sha256(answer.body).hexdigest()}"'
    if not turn.operation.safe:
        return answer.with_headers(("etag", tag))
    known = [
        each.strip().removeprefix("W/") for each in (turn.request.header("if-none-match") or "").split(",")
    ]
    if tag in known or "*" in known:
        return Response(304, (("etag", tag),))
    return answer.with_headers(("etag", tag))

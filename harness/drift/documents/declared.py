"""The parameters that an operation declares: each as it is read, as it is written, and where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from harness.contract.match import names_in
from harness.contract.parameters import Parameter, compile_parameter
from harness.contract.yaml import pointer
from harness.drift.documents.headers import schema_at
from harness.drift.documents.message import Named
from harness.drift.documents.pair import Pair, Side
from harness.drift.schemas.flat import ANNOTATIONS

_OF_MEMBERS = frozenset(("type", "nullable", "properties", "required", "additionalProperties"))


class Declared(msgspec.Struct, frozen=True):
    """One parameter of one document.

    `whole`: the object whose members stand under their own names, of one of these; `beside`: must that one be there
    where another one is?
    """

    parameter: Parameter
    node: dict[str, Any]
    at: str
    whole: Parameter | None = None
    beside: bool = False

    @property
    def key(self) -> Named:
        """Where it stands, and its name."""
        return self.parameter.where, self.parameter.name

    @property
    def part(self) -> str:
        """`query parameter limit`."""
        return f"{self.parameter.where} parameter {self.parameter.name}"

    @property
    def schema_at(self) -> str:
        """Where its schema is written."""
        return schema_at(self.at, self.parameter) if self.whole is None else self.at

    @property
    def need(self) -> int:
        """How much it is needed: not at all, where there are others, always."""
        return 2 if self.parameter.required else int(self.beside)


def declared(side: Side) -> dict[Named, Declared]:
    """The parameters of an operation by place and name; its own override those of its path. A name in the path of
    which the document says no more is a text: whoever asks must put something there."""
    document = side.contract.document
    places = names_in(side.operation.template)
    out = {("path", name): _text(side, name) for name in places}
    for owner, at in ((side.item, side.above), (side.node, side.at)):
        nodes = owner.get("parameters")
        for index, raw in enumerate(nodes if isinstance(nodes, list) else ()):
            node = document.follow(raw)
            ref = raw.get("$ref") if isinstance(raw, dict) else None
            here = ref[1:] if isinstance(ref, str) else f"{at}/parameters/{index}"
            parameter = compile_parameter(side.contract.schemas("request"), node)
            if parameter is not None and (parameter.where != "path" or parameter.name in places):
                out[parameter.where, parameter.name] = Declared(parameter, node, here)
    return out


def _text(side: Side, name: str) -> Declared:
    node = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    parameter = compile_parameter(side.contract.schemas("request"), node)
    assert parameter is not None
    return Declared(parameter, node, side.at)


Declarations = Mapping[Named, Declared]


def parted(pair: Pair, ours: Declarations, theirs: Declarations) -> tuple[Declarations, Declarations]:
    """The parameters of both sides. Of an object whose members stand under their own names, these, where the other
    side declares one of them otherwise: on the wire they are the same."""
    keys = _otherwise(ours, theirs) | _otherwise(theirs, ours)
    return _apart(pair.old, ours, keys), _apart(pair.new, theirs, keys)


def _otherwise(mine: Declarations, others: Declarations) -> set[Named]:
    """Which of these objects have a member that the other side declares alone, or in another object."""
    found: set[Named] = set()
    for key, each in mine.items():
        for name in each.parameter.members if each.parameter.spread else ():
            named = (each.parameter.where, name)
            alone = others.get(named)
            is_alone = (
                alone is not None and not alone.parameter.spread and (named not in mine or named == key)
            )
            if is_alone or any(
                _has(other, named) and not _is_in(mine, at, named) for at, other in others.items()
            ):
                found.add(key)
    return found


def _has(each: Declared, named: Named) -> bool:
    """Is that a member of an object whose members stand under their own names?"""
    where, name = named
    return each.parameter.spread and each.parameter.where == where and name in each.parameter.members


def _is_in(all_of_them: Declarations, key: Named, named: Named) -> bool:
    each = all_of_them.get(key)
    return each is not None and _has(each, named)


def _apart(side: Side, mine: Declarations, keys: Collection[Named]) -> Declarations:
    """The parameters, the members of these objects in their place."""
    out: dict[Named, Declared] = {}
    for key, each in mine.items():
        members = _members(side, each) if key in keys and each.parameter.spread else {}
        if members:
            out |= {named: member for named, member in members.items() if named not in mine or named == key}
        else:
            out[key] = each
    return out


def _members(side: Side, each: Declared) -> dict[Named, Declared]:
    """The members of an object as parameters of their own; none where more is said of the object."""
    written = each.node.get("schema")
    schema = side.contract.document.follow(written)
    members = schema.get("properties")
    if not isinstance(members, dict) or schema.keys() - ANNOTATIONS - _OF_MEMBERS:
        return {}
    ref = written.get("$ref") if isinstance(written, dict) else None
    above = ref[1:] if isinstance(ref, str) else f"{each.at}/schema"
    demanded = schema.get("required")
    needed = frozenset(demanded if isinstance(demanded, list) else ())
    out: dict[Named, Declared] = {}
    for name, member in members.items():
        node = {
            "name": name,
            "in": each.parameter.where,
            "required": each.parameter.required and name in needed,
            "schema": member,
        }
        parameter = compile_parameter(side.contract.schemas("request"), node)
        if parameter is not None:
            here = above + pointer(["properties", name])
            is_beside = name in needed and len(members) > 1
            out[parameter.where, name] = Declared(parameter, node, here, each.parameter, is_beside)
    return out


def matched(pair: Pair, old: Declarations, new: Declarations) -> dict[Named, Declared]:
    """The new document's parameter for each of the old that it still has: those of a path by their position."""
    both = {key: new[key] for key in old if key in new and key[0] != "path"}
    names = zip(names_in(pair.old.operation.template), names_in(pair.new.operation.template), strict=False)
    for ours, theirs in names:
        if ("path", ours) in old and ("path", theirs) in new:
            both["path", ours] = new["path", theirs]
    return both

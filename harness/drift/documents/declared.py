"""The parameters that an operation declares: each as it is read, as it is written, and where."""

from __future__ import annotations

from collections.abc import Mapping
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


def parted(
    side: Side, mine: Mapping[Named, Declared], others: Mapping[Named, Declared]
) -> dict[Named, Declared]:
    """The parameters of a side. Of an object whose members stand under their own names, these, where the other side
    declares one of them otherwise: on the wire they are the same."""
    elsewhere = {key for key, each in others.items() if not each.parameter.spread}
    for key, each in others.items():
        if each.parameter.spread and key not in mine:
            elsewhere |= {(each.parameter.where, name) for name in each.parameter.members}
    out: dict[Named, Declared] = {}
    for key, each in mine.items():
        is_kept = key in others and others[key].parameter.spread
        members = _members(side, each) if each.parameter.spread and not is_kept else {}
        if any(named in elsewhere and (named not in mine or named == key) for named in members):
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


def matched(
    pair: Pair, old: Mapping[Named, Declared], new: Mapping[Named, Declared]
) -> dict[Named, Declared]:
    """The new document's parameter for each of the old that it still has: those of a path by their position."""
    both = {key: new[key] for key in old if key in new and key[0] != "path"}
    names = zip(names_in(pair.old.operation.template), names_in(pair.new.operation.template), strict=False)
    for ours, theirs in names:
        if ("path", ours) in old and ("path", theirs) in new:
            both["path", ours] = new["path", theirs]
    return both

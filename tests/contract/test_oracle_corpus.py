"""Requests to operations of documents that nobody here wrote, judged by the engine and by openapi-core."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.contract.contract import Contract, Operation
from harness.contract.document import Document, operations_of, parse
from harness.contract.operation import Compiled
from harness.contract.parameters import Parameter
from harness.contract.realistic import Luck
from harness.contract.sample import Sampler
from harness.contract.schema import Schemas
from harness.contract.slice import sliced
from harness.contract.unsent import read_only
from harness.model.message import Request
from tests.contract.asked import in_path, in_query, text_of
from tests.contract.build import NOW_S
from tests.contract.oracle import GAPS, Oracle, ours
from tests.contract.test_corpus import DOCUMENTS, with_corpus

FLAWS = ("none", "none", "absent", "member", "type", "not json", "parameter")


class Known:
    """One document, and its operations with what their requests need."""

    def __init__(self, path: Path) -> None:
        self.document: Document = parse(path.read_bytes(), name=path.name)
        self.contract = Contract(self.document)
        self.schemas = Schemas(self.document, "request")
        self.nodes: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        for template, item in self.document.root.get("paths", {}).items():
            item = self.document.follow(item)
            for method, node in operations_of(item):
                self.nodes[f"{method} /{template.lstrip('/')}"] = (item, node)
        self.operations = [
            op
            for op in self.contract.operations.values()
            if "#" not in op.template and "?" not in op.template
        ]

    def needs(self, operation: Operation) -> Compiled:
        item, node = self.nodes[operation.name]
        return Compiled(self.document, item, node, self.schemas, self.schemas)


@cache
def known(path: Path) -> Known:
    return Known(path)


class Asked(msgspec.Struct):
    request: Request
    fits: bool | None
    flaw: str


def asked(found: Known, operation: Operation, flaw: str, luck: random.Random) -> Asked | None:
    """A request to the operation with that flaw; None where it cannot have it."""
    needs = found.needs(operation)
    sampler, source = Sampler(found.schemas), Luck(luck, NOW_S)
    path, headers = operation.template, [("authorization", "Bearer t")]
    query: list[str] = []
    for scheme in (s for every in found.contract.security(operation) for s in every):
        if scheme.kind == "basic":
            headers[0] = ("authorization", "Basic eDp5")
        elif scheme.where == "query":
            query.append(f"{scheme.name}=k")
        elif scheme.where == "header" and scheme.name != "authorization":
            headers.append((scheme.name, "k"))
    required = [p for p in _all(needs) if p.required]
    optional = [p for p in _all(needs) if not p.required and luck.random() < 0.2]
    droppable = [p for p in required if p.where in ("query", "header")]
    breakable = [
        p for p in (*required, *optional) if p.where == "query" and p.kinds == {"integer"} and not p.media
    ]
    dropped = luck.choice(droppable) if flaw == "absent" and droppable else None
    broken = luck.choice(breakable) if flaw == "parameter" and breakable else None
    if (flaw == "absent" and dropped is None) or (flaw == "parameter" and broken is None):
        return None
    for parameter in (*required, *optional):
        if parameter is dropped:
            continue
        value, valid = sampler.valid_value(parameter.schema, source, name=parameter.name)
        if not valid or parameter.media or _unwritable(parameter, value):
            if parameter.required:
                return None
            continue
        value = "x" if parameter is broken else value
        if parameter.where == "path":
            text = in_path(value, parameter.style, parameter.explode, parameter.name)
            path = path.replace("{" + parameter.name + "}", text)
        elif parameter.where == "query":
            query += in_query(value, parameter.style, parameter.explode, parameter.name)
        elif parameter.where == "header" and isinstance(value, str | int):
            headers.append((parameter.name, text_of(value)))
    if "{" in path or "//" in path:
        return None
    body, fits = b"", flaw in ("none",)
    media = next((m for m in needs.body if m.type.partition(";")[0] == "application/json"), None)
    if media is None and (needs.body_required or flaw in ("member", "type", "not json")):
        return None
    if media is not None and media.schema is not None:
        value, valid = sampler.valid_value(media.schema, source)
        if not valid:
            return None
        if flaw == "member":
            value = _without_required(found.schemas, media.schema, value)
        elif flaw == "type":
            value = [value] if isinstance(value, dict) else {"x": value}
        if value is None:
            return None
        value = _sendable(found.schemas, media.schema, value)
        if flaw in ("member", "type") and found.schemas.valid(media.schema, value):
            return None
        body = b'{"x": ' if flaw == "not json" else msgspec.json.encode(value)
        headers.append(("content-type", "application/json"))
    joined = "&".join(query)
    target = f"{path}?{joined}" if joined else path
    return Asked(Request(operation.method, target, path, joined, tuple(headers), body), fits, flaw)


def _all(needs: Compiled) -> Iterator[Parameter]:
    for place in ("path", "query", "header"):
        yield from needs.parameters[place]


def _unwritable(parameter: Parameter, value: object) -> bool:
    """Is there no one way to write it: nothing at all, or something nested?"""
    inner = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    nested = any(isinstance(each, list | dict) for each in inner)
    deep = parameter.style == "deepObject" and not isinstance(value, dict)
    return (
        nested
        or deep
        or value in ("", [], {}, None)
        or (parameter.where == "header" and not text_of(value).isascii())
    )


def _sendable(schemas: Schemas, schema: dict[str, Any], value: Any) -> Any:
    """The value without what is the provider's to say, one such member after the other."""
    value = msgspec.json.decode(msgspec.json.encode(value))
    while wrong := next(read_only(schemas, schema, value), None):
        *path, last = (token.replace("~1", "/").replace("~0", "~") for token in wrong.pointer.split("/")[1:])
        node = value
        for token in path:
            node = node[int(token)] if isinstance(node, list) else node[token]
        del node[last]
    return value


def _without_required(schemas: Schemas, schema: dict[str, Any], value: object) -> object:
    names = schemas.resolve(schema).get("required", ())
    if not isinstance(value, dict) or not names or names[0] not in value:
        return None
    return {name: member for name, member in value.items() if name != names[0]}


def marks(found: Known, operation: Operation, told: list[str]) -> set[str]:
    """The gaps that the operation touches."""
    needs, marks = found.needs(operation), set[str]()
    for parameter in _all(needs):
        if parameter.style == "deepObject":
            marks.add("absent-deep-object" if "object" not in parameter.kinds else "deep-nesting")
        if parameter.spread:
            marks.add("exploded-members")
        if len(parameter.kinds - {"null"}) > 1:
            marks.add("casting")
    if any("raised error" in each or "raised PatternError" in each for each in told):
        marks.add("regex-dialect")
    return marks


def compared(*, examples: int, derandomize: bool) -> Counter[str]:
    """How often engine and oracle agreed, by verdict, and which gaps they parted at."""
    seen: Counter[str] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=derandomize,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(DOCUMENTS), st.integers(0, 10**6), st.sampled_from(FLAWS))
    def compare(path: Path, seed: int, flaw: str) -> None:
        found = known(path)
        if not found.operations:
            return
        luck = random.Random(seed)
        operation = luck.choice(found.operations)
        one = asked(found, operation, flaw, luck)
        if one is None:
            seen["no case"] += 1
            return
        said = ours(found.contract, one.request)
        place = f"{path.name} {operation.name}, {flaw}: {one.request}"
        assert (not said) == one.fits, f"{place}\nours: {said}"
        oracle = Oracle(sliced(found.document, [(operation.method, operation.template)]))
        told = oracle.errors(one.request)
        if (not said) == (not told):
            seen["refused" if said else "taken"] += 1
            return
        gaps = marks(found, operation, told)
        assert gaps, f"{place}\nours: {said}\nopenapi-core: {told}"
        seen.update(gaps)

    compare()
    return seen


@with_corpus
def test_requests_to_real_operations_are_judged_as_the_oracle_judges_them() -> None:
    seen = compared(examples=250, derandomize=True)
    assert min(seen["taken"], seen["refused"]) > 15
    assert seen.keys() - {"taken", "refused", "no case"} <= GAPS.keys()


@with_corpus
@pytest.mark.slow
def test_at_length_nothing_else_shows() -> None:
    seen = compared(examples=3000, derandomize=False)
    assert min(seen["taken"], seen["refused"]) > 200

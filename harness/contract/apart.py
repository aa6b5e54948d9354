"""Operations of one method and path that a document tells apart by more: `/#Action=SendEmail`, `/{Bucket}#acl`.

A path of OpenAPI has neither query nor fragment, so documents of providers that route by query, form or header write
what matters behind `?` or `#` of the path. What stands there is a mark: the name of a parameter, with its value where
one is meant. A name that the operation does not declare is a mark after `?`, and no more than a label after `#`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, unquote, unquote_plus

import msgspec

from harness.contract.body import choose, essence
from harness.contract.document import Document
from harness.contract.operation import Compiled
from harness.model.message import Request

T = TypeVar("T")

_LONGEST_FORM_BYTES = 1 << 20
_FORM = "application/x-www-form-urlencoded"


class Mark(msgspec.Struct, frozen=True):
    """What a request must carry. `value` is None where any will do."""

    name: str
    value: str | None = None


def divided(template: str) -> tuple[str, str, tuple[Mark, ...]]:
    """The path of a template, the sign that ends it (`?`, `#` or none) and the marks behind that."""
    places = [place for sign in "?#" if (place := template.find(sign)) >= 0]
    # `/send/#env/v1/partners` is a path with an odd segment.
    if not places or "/" in template[min(places) :]:
        return template, "", ()
    path, sign, tail = template[: min(places)], template[min(places)], template[min(places) + 1 :]
    return path, sign, tuple(mark for part in tail.split("&") if (mark := _mark(part)) is not None)


def _mark(part: str) -> Mark | None:
    name, equals, value = part.partition("=")
    if not name or name.endswith("!") or "{" in name:
        return None
    return Mark(unquote(name), None if not equals or "{" in value else unquote(value))


def in_query(
    document: Document, item: dict[str, Any], node: dict[str, Any], template: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A path item and an operation of a template with `?`, with all that stands behind it declared: a parameter of
    the path that has its place there is one of the query, and what nothing declares is one with that value."""
    _, _, tail = template.partition("?")
    places = {name: mark for mark, _, name in (part.partition("=") for part in tail.split("&"))}
    declared = [*_listed(document, item), *_listed(document, node)]
    moved = [
        {**each, "in": "query", "name": place}
        if each.get("in") == "path" and (place := places.get(f"{{{each.get('name')}}}")) is not None
        else each
        for each in declared
    ]
    known = {each.get("name") for each in moved if each.get("in") == "query"}
    added = [
        {
            "name": mark.name,
            "in": "query",
            "required": True,
            "schema": {"type": "string", "enum": [mark.value]},
        }
        for mark in divided(template)[2]
        if mark.value is not None and mark.name not in known
    ]
    return {}, {**node, "parameters": [*moved, *added]}


def _listed(document: Document, owner: dict[str, Any]) -> list[dict[str, Any]]:
    nodes = owner.get("parameters")
    return [document.follow(node) for node in nodes] if isinstance(nodes, list) else []


def with_form_in_query(request: Request, compiled: Compiled) -> Request:
    """The request as one without a body, its form in its query, where a form says what the operation reads there.

    So do clients of AWS' query protocol: `Action=SendEmail&...` in the body of a POST.
    """
    kind = request.header("content-type") or ""
    if essence(kind) != _FORM or not request.body or choose(compiled.body, kind) is not None:
        return request
    declared = {parameter.name for parameter in compiled.parameters["query"] if parameter.required}
    form = request.body.decode("utf-8", "replace").split("&")
    own = [pair for pair in form if unquote_plus(pair.partition("=")[0]) in declared]
    if not own:
        return request
    query = "&".join([*filter(None, [request.query]), *own])
    headers = tuple(pair for pair in request.headers if pair[0] != "content-type")
    return Request(request.method, request.target, request.path, query, headers)


class Carried:
    """What a request has beside its path: pairs of query and form, and headers."""

    def __init__(self, request: Request) -> None:
        self.content_type = request.header("content-type") or ""
        self.has_body = bool(request.body)
        self._headers = dict(request.headers)
        self._pairs: dict[str, list[str]] = {}
        pairs = parse_qsl(request.query, keep_blank_values=True)
        if essence(self.content_type) == _FORM and len(request.body) <= _LONGEST_FORM_BYTES:
            pairs += parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        for name, value in pairs:
            self._pairs.setdefault(name, []).append(value)

    def values(self, name: str) -> list[str]:
        """What stands under a name, in headers or else in query and form."""
        header = self._headers.get(name.lower())
        return [header] if header is not None else self._pairs.get(name, [])

    def has(self, mark: Mark, where: str) -> bool:
        """Is the mark there, in the headers or else in the query or form?"""
        if where == "header":
            value = self._headers.get(mark.name.lower())
            return value is not None and mark.value in (None, value)
        values = self._pairs.get(mark.name)
        return values is not None and (mark.value is None or mark.value in values)


class _Sibling(Generic[T]):
    """One operation of such a path."""

    def __init__(self, target: T, template: str, compiled: Compiled) -> None:
        self.target, self.template, self.compiled = target, template, compiled
        _, self.sign, self.marks = divided(template)

    @cached_property
    def declared(self) -> dict[str, tuple[str, bool, str | None]]:
        """Parameters of query and header by name: where, whether required, the value it is shown with. Headers in
        lower case."""
        found = {}
        for node in self.compiled.parameter_nodes:
            where, name = node.get("in"), str(node.get("name"))
            if where in ("query", "header"):
                shown = node.get("example")
                known = where, node.get("required") is True, shown if isinstance(shown, str) else None
                found[name.lower() if where == "header" else name] = known
        return found

    @cached_property
    def needs(self) -> tuple[tuple[Mark, str], ...]:
        """The marks that a request can carry, and where."""
        found = []
        for mark in self.marks:
            known = self.declared.get(mark.name) or self.declared.get(mark.name.lower())
            if known is not None or self.sign == "?":
                found.append((mark, known[0] if known else "query"))
        return tuple(found)

    def needs_beside(self, plain: _Sibling[Any] | None) -> tuple[tuple[Mark, str], ...]:
        """Its needs; for one that is only labelled, what it requires and the unmarked operation does not know, or
        knows and does not require: that in the value that the document shows, `fields=shared_link` of Box."""
        if self.needs or not self.marks or plain is None:
            return self.needs
        found = []
        for name, (where, required, shown) in self.declared.items():
            _, known, _ = plain.declared.get(name, (where, False, None))
            if required and not known and (shown is not None or name not in plain.declared):
                found.append((Mark(name, shown if name in plain.declared else None), where))
        return tuple(found)

    def takes(self, carried: Carried) -> bool:
        """Is the body of a type that it declares, or is there none where it takes none?"""
        declared = self.compiled.body
        if not carried.has_body:
            return not declared
        return bool(declared) and choose(declared, carried.content_type) is not None


class Siblings(Generic[T]):
    """The operations of one method and path, in the document's order."""

    def __init__(self) -> None:
        self._all: list[_Sibling[T]] = []

    def add(self, target: T, template: str, compiled: Compiled) -> None:
        """One more of them."""
        self._all.append(_Sibling(target, template, compiled))

    @cached_property
    def _plain(self) -> _Sibling[T] | None:
        return next((sibling for sibling in self._all if not sibling.sign), None)

    @cached_property
    def _by_value(self) -> dict[Mark | None, list[_Sibling[T]]]:
        """The operations by the first mark that wants a value; None for those that want none."""
        found: dict[Mark | None, list[_Sibling[T]]] = {None: []}
        for sibling in self._all:
            valued = (mark for mark, _ in sibling.needs_beside(self._plain) if mark.value is not None)
            found.setdefault(next(valued, None), []).append(sibling)
        return found

    def _candidates(self, carried: Carried) -> Iterator[_Sibling[T]]:
        """Those that the request may mean: of the hundreds of a path of AWS a few."""
        yield from self._by_value[None]
        for name in dict.fromkeys(mark.name for mark in self._by_value if mark is not None):
            for value in carried.values(name):
                yield from self._by_value.get(Mark(name, value), ())

    @property
    def default(self) -> T:
        """What a request is for of which only the path is known: the unmarked operation, else the first."""
        return (self._plain or self._all[0]).target

    def meant(self, request: Request) -> T | None:
        """The operation whose marks the request carries, the most of them; None where each wants a value that it
        does not carry. Among equals the type of the body decides, then what is unmarked, then the order."""
        carried = Carried(request)
        best: tuple[tuple[bool, int, bool, bool], _Sibling[T]] | None = None
        for sibling in self._candidates(carried):
            needs = sibling.needs_beside(self._plain)
            there = [mark for mark, where in needs if carried.has(mark, where)]
            fits = len(there) == len(needs)
            if not fits and (
                self._plain is not None or any(m.value is not None for m, _ in needs if m not in there)
            ):
                continue
            rank = (fits, len(there), sibling.takes(carried), not sibling.sign)
            if best is None or rank > best[0]:
                best = rank, sibling
        return None if best is None else best[1].target

    def nearest(self, request: Request, *, count: int = 3) -> Sequence[str]:
        """The templates of those that a request may have meant which carries no operation's marks, best first."""
        carried = Carried(request)
        names = {mark.name for sibling in self._all for mark in sibling.marks}
        said = [f"{name}={value}" for name in names for value in carried.values(name)]
        tails = {
            sibling.template: "&".join(f"{m.name}={m.value or ''}" for m in sibling.marks)
            for sibling in self._all
        }
        close = get_close_matches("&".join(said), tails.values(), n=count, cutoff=0.5)
        found = [template for tail in close for template, own in tails.items() if own == tail]
        return (found or [sibling.template for sibling in self._all])[:count]

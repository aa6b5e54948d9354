"""Requests to small made-up contracts: each valid, or wrong in exactly one place; strategies for Hypothesis."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st

from harness.model.message import Request

Strategy = st.SearchStrategy[Any]
LETTERS = "abcdefgXYZ019é &=+/?#,|;.%"
WORDS = st.text(LETTERS, min_size=1, max_size=6).filter(lambda text: text == text.strip())
PLAIN = st.text("abcdefgXYZ019é", min_size=1, max_size=6)


class Kind(NamedTuple):
    """A schema, values that fit it, and values that do not. `texts`: is each value told from its text alone?"""

    schema: dict[str, Any]
    good: Strategy
    bad: Strategy
    marks: frozenset[str] = frozenset()


class Case(NamedTuple):
    """A request to the one operation of a document. `fits`: is it valid? `marks`: gaps that it touches."""

    root: dict[str, Any]
    request: Request
    fits: bool
    marks: frozenset[str]
    what: str

    def __repr__(self) -> str:
        return f"{self.what}\n{self.request}\n{json.dumps(self.root, ensure_ascii=False)}"


@st.composite
def integers(draw: st.DrawFn) -> Kind:
    low = draw(st.integers(-50, 50))
    high = low + draw(st.integers(0, 50))
    return Kind(
        {"type": "integer", "minimum": low, "maximum": high},
        st.integers(low, high),
        st.one_of(
            st.integers(low - 99, low - 1),
            st.integers(high + 1, high + 99),
            st.sampled_from(["x", "1.5", "1e"]),
        ),
    )


@st.composite
def numbers(draw: st.DrawFn) -> Kind:
    low = draw(st.integers(-9, 9))
    return Kind(
        {"type": "number", "minimum": low},
        st.one_of(st.integers(low, 99), st.floats(low, 99, width=16)),
        st.one_of(st.integers(low - 99, low - 1), st.sampled_from(["x", "--1", "1e"])),
    )


def booleans() -> Strategy:
    return st.just(Kind({"type": "boolean"}, st.booleans(), st.sampled_from(["x", "tru", "2"])))


@st.composite
def strings(draw: st.DrawFn, letters: Strategy) -> Kind:
    how = draw(st.integers(0, 3))
    if how == 0:
        return Kind({"type": "string", "maxLength": 6}, letters, letters.map(lambda text: text + "x" * 7))
    if how == 1:
        options = draw(st.lists(letters, min_size=1, max_size=4, unique=True))
        return Kind(
            {"type": "string", "enum": options},
            st.sampled_from(options),
            letters.filter(lambda text: text not in options),
        )
    if how == 2:
        return Kind(
            {"type": "string", "pattern": "^[a-c]{2}$"},
            st.text("abc", min_size=2, max_size=2),
            st.text("xyz", min_size=1, max_size=4),
        )
    return Kind(
        {"type": "string", "format": "date"},
        st.dates().map(str),
        st.sampled_from(["today", "2020-13-01", "2020-1-1"]),
    )


def scalars(letters: Strategy = WORDS) -> Strategy:
    return st.one_of(integers(), numbers(), booleans(), strings(letters))


@st.composite
def arrays(draw: st.DrawFn, items: Strategy) -> Kind:
    """Of one or more items, so that there is something to write."""
    each: Kind = draw(items)
    top = draw(st.integers(1, 4))
    good = st.lists(each.good, min_size=1, max_size=top)
    wrong_item = st.tuples(st.lists(each.good, max_size=top - 1), each.bad).map(
        lambda both: [*both[0], both[1]]
    )
    too_many = st.lists(each.good, min_size=top + 1, max_size=top + 2)
    schema = {"type": "array", "items": each.schema, "maxItems": top}
    return Kind(schema, good, st.one_of(wrong_item, too_many), each.marks)


@st.composite
def objects(draw: st.DrawFn, members: Strategy) -> Kind:
    """Closed, of one to three members, the first required."""
    names = draw(
        st.lists(st.sampled_from(["R", "G", "B", "size", "n_1"]), min_size=1, max_size=3, unique=True)
    )
    kinds: dict[str, Kind] = {name: draw(members) for name in names}
    first = names[0]
    schema = {
        "type": "object",
        "properties": {name: kind.schema for name, kind in kinds.items()},
        "required": [first],
        "additionalProperties": False,
    }
    rest = {name: kind.good for name, kind in kinds.items() if name != first}
    good = st.fixed_dictionaries({first: kinds[first].good}, optional=rest)
    bad = st.fixed_dictionaries({first: kinds[first].bad}, optional=rest)
    marks = frozenset().union(*(kind.marks for kind in kinds.values()))
    return Kind(schema, good, bad, marks)


def text_of(value: object) -> str:
    """A scalar as a parameter has it."""
    return value if isinstance(value, str) else json.dumps(value)


def _joined(value: object, separator: str, encode: Callable[[str], str], *, explode: bool = False) -> str:
    if isinstance(value, list):
        return separator.join(encode(text_of(item)) for item in value)
    if isinstance(value, dict):
        between = "=" if explode else separator
        return separator.join(f"{encode(k)}{between}{encode(text_of(v))}" for k, v in value.items())
    return encode(text_of(value))


def _percent(text: str) -> str:
    return quote(text, safe="")


def in_path(value: object, style: str, explode: bool, name: str) -> str:
    """As RFC 6570 expands it."""
    if style == "simple":
        return _joined(value, ",", _percent, explode=explode)
    if style == "label":
        return "." + _joined(value, "." if explode else ",", _percent, explode=explode)
    if explode and isinstance(value, list):
        return "".join(f";{name}={_percent(text_of(item))}" for item in value)
    if explode and isinstance(value, dict):
        return ";" + _joined(value, ";", _percent, explode=True)
    return f";{name}={_joined(value, ',', _percent)}"


def in_query(value: object, style: str, explode: bool, name: str) -> list[str]:
    """The pairs of a query."""
    if style == "deepObject" and isinstance(value, dict):
        return [f"{name}[{key}]={quote_plus(text_of(v))}" for key, v in value.items()]
    if explode and isinstance(value, list):
        return [f"{name}={quote_plus(text_of(item))}" for item in value]
    if explode and isinstance(value, dict):
        return [f"{key}={quote_plus(text_of(v))}" for key, v in value.items()]
    separator = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(style, ",")
    return [f"{name}={_joined(value, separator, quote_plus)}"]


STYLES = {
    "path": tuple((style, explode) for style in ("simple", "matrix", "label") for explode in (False, True)),
    "query": (
        ("form", True),
        ("form", False),
        ("spaceDelimited", False),
        ("pipeDelimited", False),
        ("deepObject", True),
    ),
    "header": (("simple", False), ("simple", True)),
    "cookie": (("form", False), ("form", True)),
}
NAMES = {"path": "p1", "query": "q1", "header": "X-H1", "cookie": "c1"}
USUAL = {
    "path": ("simple", False),
    "query": ("form", True),
    "header": ("simple", False),
    "cookie": ("form", True),
}


class Sent(NamedTuple):
    """One parameter's node, how it stands in a request, and the gaps that it touches."""

    node: dict[str, Any]
    value: object
    marks: frozenset[str]


def _letters_for(where: str, style: str) -> Strategy:
    # What a place cannot carry, or what a style cannot tell from its separators, is no business of a judge.
    return WORDS if where == "query" and style == "form" else PLAIN


@st.composite
def parameters(draw: st.DrawFn, where: str, name: str, *, wrong: bool) -> Sent:
    """A parameter with a value of its kind, or with one that is none."""
    style, explode = draw(st.sampled_from(STYLES[where]))
    letters = _letters_for(where, style)
    each = scalars(letters if explode or where != "query" else PLAIN)
    if style == "label":
        each = st.one_of(integers(), booleans(), strings(PLAIN))
    choices = [] if style in ("deepObject", "spaceDelimited", "pipeDelimited") else [scalars(letters)]
    if style != "deepObject" and not (where == "cookie" and explode):
        choices.append(arrays(each))
    if not (where == "cookie" and explode):
        choices.append(objects(each))
    kind: Kind = draw(st.one_of(*choices))
    value = draw(kind.bad if wrong else kind.good)
    node = {
        "name": name,
        "in": where,
        "schema": kind.schema,
        "style": style,
        "explode": explode,
        "required": True,
    }
    if (style, explode) == USUAL[where] and draw(st.booleans()):
        del node["style"], node["explode"]
    marks = set(kind.marks)
    if style in ("matrix", "label"):
        marks.add("templated-style")
    if style == "spaceDelimited":
        marks.add("space-delimited")
    if style == "form" and explode and isinstance(value, dict):
        marks.add("exploded-members")
    return Sent(node, value, frozenset(marks))


SCHEMES: dict[str, tuple[dict[str, Any], tuple[str, str] | None]] = {
    "bearer": ({"type": "http", "scheme": "bearer"}, ("authorization", "Bearer t")),
    "basic": ({"type": "http", "scheme": "basic"}, ("authorization", "Basic eDp5")),
    "head": ({"type": "apiKey", "in": "header", "name": "X-Key"}, ("x-key", "k")),
    "query": ({"type": "apiKey", "in": "query", "name": "key"}, None),
    "cookie": ({"type": "apiKey", "in": "cookie", "name": "sid"}, ("cookie", "sid=1")),
    "oauth": ({"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://x.test", "scopes": {}}}},
              ("authorization", "Bearer t")),
    "oidc": ({"type": "openIdConnect", "openIdConnectUrl": "https://x.test"}, ("authorization", "Bearer t")),
}  # fmt: skip


@st.composite
def jsons(draw: st.DrawFn) -> Kind:
    """A kind of JSON value."""
    leaf = st.one_of(
        integers(), strings(WORDS), st.just(Kind({"type": "boolean"}, st.booleans(), st.integers()))
    )
    kind: Kind = draw(
        st.one_of(leaf, arrays(leaf), objects(leaf), objects(st.one_of(leaf, arrays(leaf), objects(leaf))))
    )
    return kind


def _version(root: dict[str, Any], modern: bool) -> dict[str, Any]:
    return {**root, "openapi": "3.1.0" if modern else "3.0.3"}


def _together(names: list[str]) -> bool:
    """Can one request show both? It has one Authorization header, of one scheme."""
    return "basic" not in names or not {"bearer", "oauth", "oidc"} & set(names)


FLAWS = ("none", "value", "absent", "body", "no body", "not json", "content type", "credential")


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A document of one operation and a request to it, as one flaw has it."""
    flaw = draw(st.sampled_from((*FLAWS, *["none"] * 6, "value", "value")))
    places = draw(st.lists(st.sampled_from(["path", "query", "header", "cookie"]), max_size=3, unique=True))
    if flaw == "value" and not places:
        places = ["query"]
    if flaw == "absent" and not set(places) - {"path"}:
        places = [*places, "header"]
    guilty = draw(st.sampled_from(places)) if flaw == "value" else None
    if flaw == "absent":
        guilty = draw(st.sampled_from([place for place in places if place != "path"]))
    with_body = flaw in ("body", "no body", "not json", "content type") or draw(st.booleans())
    needs: list[tuple[str, ...]] = []
    if flaw == "credential" or draw(st.integers(0, 3)) == 0:
        names = st.lists(st.sampled_from(sorted(SCHEMES)), min_size=1, max_size=2, unique=True)
        needs = draw(st.lists(names.filter(_together).map(tuple), min_size=1, max_size=2))
        if flaw != "credential" and draw(st.booleans()):
            needs.append(())

    sent = {
        place: draw(parameters(place, NAMES[place], wrong=flaw == "value" and place == guilty))
        for place in places
    }
    marks = frozenset().union(*(each.marks for each in sent.values())) if sent else frozenset()
    operation: dict[str, Any] = {
        "parameters": [each.node for each in sent.values()],
        "responses": {"200": {"description": ""}},
    }
    path, query, headers = "/a", [], []
    if "path" in sent:
        node = sent["path"].node
        style, explode = node.get("style", "simple"), node.get("explode", False)
        path += "/" + in_path(sent["path"].value, style, explode, node["name"])
    present = {place: each for place, each in sent.items() if not (flaw == "absent" and place == guilty)}
    if "query" in present:
        node = present["query"].node
        query += in_query(
            present["query"].value, node.get("style", "form"), node.get("explode", True), node["name"]
        )
    if "header" in present:
        node = present["header"].node
        headers.append(
            ("x-h1", _joined(present["header"].value, ",", str, explode=node.get("explode", False)))
        )
    cookies = []
    if "cookie" in present:
        node = present["cookie"].node
        cookies.append(f"{node['name']}={_joined(present['cookie'].value, ',', _percent)}")

    body = b""
    if with_body:
        kind: Kind = draw(jsons())
        body = json.dumps(draw(kind.bad if flaw == "body" else kind.good), ensure_ascii=False).encode()
        media = draw(st.sampled_from(["application/json", "application/json", "application/problem+json"]))
        operation["requestBody"] = {"required": True, "content": {media: {"schema": kind.schema}}}
        if media != "application/json":
            marks |= {"json-suffix"}
        kept = (
            "text/plain"
            if flaw == "content type"
            else draw(st.sampled_from([media, media + "; charset=utf-8"]))
        )
        if flaw == "not json":
            body = draw(st.sampled_from([b"{", b'{"a": }', b"\xff", b"[1,]", b"nope"]))
        if flaw == "no body":
            body = b""
        else:
            headers.append(("content-type", kept))

    if needs:
        operation["security"] = [{name: [] for name in need} for need in needs]
        held = set(draw(st.sampled_from(needs)))
        if flaw == "credential":
            held = set()
        for name in sorted(held):
            shown = SCHEMES[name][1]
            if shown is None:
                query.append("key=k")
            elif shown[0] == "cookie":
                cookies.append(shown[1])
            elif shown[0] not in dict(headers):
                headers.append(shown)
        if {"oauth", "oidc"} & {name for need in needs for name in need}:
            marks |= {"token-schemes"}
    if cookies:
        headers.append(("cookie", "; ".join(cookies)))

    root = _version(
        {
            "info": {"title": "T", "version": "1"},
            "paths": {"/a/{p1}" if "path" in sent else "/a": {"post": operation}},
            "components": {"securitySchemes": {name: node for name, (node, _) in SCHEMES.items()}},
        },
        draw(st.booleans()),
    )
    joined = "&".join(query)
    target = f"{path}?{joined}" if joined else path
    request = Request("POST", target, path, joined, tuple(headers), body)
    return Case(root, request, flaw == "none", marks, f"{flaw} {guilty or ''}")


TEXTS = st.one_of(
    st.text("0123456789-+.eE_ ", max_size=5),
    st.sampled_from(
        ["true", "false", "True", "yes", "on", "1", "0", "null", "nan", "inf", "0x1", "1e400", "\u0661"]
    ),
    st.text(LETTERS, max_size=5),
    st.text("1,|a= ", max_size=6),
)


@st.composite
def texts(draw: st.DrawFn) -> Case:
    """A query parameter of a simple kind, and any text for it. Nobody says whether it fits."""
    kind: Kind = draw(st.one_of(integers(), numbers(), booleans(), strings(WORDS), arrays(scalars(PLAIN))))
    explode = draw(st.booleans())
    text = draw(TEXTS)
    node = {"name": "p", "in": "query", "schema": kind.schema, "explode": explode}
    root = {
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {"parameters": [node], "responses": {"200": {"description": ""}}}}},
    }
    query = f"p={quote_plus(text, safe=',')}"
    request = Request("GET", f"/a?{query}", "/a", query)
    each = kind.schema.get("items", kind.schema)
    parts = text.split(",") if each is not kind.schema and not explode else [text]
    marks = {"empty-value"} if text == "" else set()
    if each["type"] in ("integer", "number") and any(_python_takes(part, each["type"]) for part in parts):
        marks.add("python-number")
    if each["type"] == "boolean" and any(part not in ("true", "false") for part in parts):
        marks.add("python-bool")
    return Case(_version(root, draw(st.booleans())), request, True, frozenset(marks), "text")


def _python_takes(text: str, kind: str) -> bool:
    """Does Python see a number where JSON sees none?"""
    try:
        (int if kind == "integer" else float)(text)
    except ValueError:
        return False
    try:
        # JSON's own reader takes blanks around a value.
        return text != text.strip() or math.isinf(json.loads(text))
    except ValueError:
        return True

"""Parameters in every style, against the "Style Examples" of the OpenAPI Specification and what surrounds them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from harness.contract.contract import Contract
from harness.contract.judge import Judged
from tests.contract.build import contract, judged, said, taking

LIST = ["blue", "black", "brown"]
MAP = {"R": 100, "G": 200, "B": 150}
KINDS: dict[str, Any] = {
    "text": {"type": "string"},
    "list": {"type": "array", "items": {"type": "string"}},
    "map": {
        "type": "object",
        "properties": {name: {"type": "integer"} for name in MAP},
        "additionalProperties": False,
    },
}
INTEGERS = {"type": "array", "items": {"type": "integer"}}


def taker(where: str, style: str | None, explode: bool | None, schema: Any, **more: Any) -> Contract:
    node = {"name": "color", "in": where, "schema": schema, **more}
    node |= {} if style is None else {"style": style}
    node |= {} if explode is None else {"explode": explode}
    if where == "path":
        return contract({"/a/{color}": {"get": taking({**node, "required": True})}})
    return contract({"/a": {"get": taking(node)}})


def sent(found: Contract, where: str, text: str) -> Judged:
    match where:
        case "path":
            return judged(found, "GET", f"/a/{text}")
        case "query":
            return judged(found, "GET", f"/a?{text}")
        case "cookie":
            return judged(found, "GET", "/a", cookie=text)
        case _:
            return judged(found, "GET", "/a", color=text)


def values(found: Judged, where: str) -> dict[str, object]:
    by_place = {"path": found.path, "query": found.query, "cookie": found.cookies, "header": found.headers}
    return by_place[where]


# Style, explode, where, then how the table writes the empty text, the text, the list and the object; None: n/a.
TABLE: list[tuple[str, bool, str, str | None, str | None, str | None, str | None]] = [
    ("matrix", False, "path", ";color", ";color=blue", ";color=blue,black,brown", ";color=R,100,G,200,B,150"),
    ("matrix", True, "path", ";color", ";color=blue",
     ";color=blue;color=black;color=brown", ";R=100;G=200;B=150"),
    ("label", False, "path", ".", ".blue", ".blue,black,brown", ".R,100,G,200,B,150"),
    ("label", True, "path", ".", ".blue", ".blue.black.brown", ".R=100.G=200.B=150"),
    ("simple", False, "path", None, "blue", "blue,black,brown", "R,100,G,200,B,150"),
    ("simple", True, "path", None, "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ("simple", False, "header", "", "blue", "blue,black,brown", "R,100,G,200,B,150"),
    ("simple", True, "header", "", "blue", "blue,black,brown", "R=100,G=200,B=150"),
    ("form", False, "query", "color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
    ("form", True, "query", "color=", "color=blue",
     "color=blue&color=black&color=brown", "R=100&G=200&B=150"),
    ("form", False, "cookie", "color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
    ("form", True, "cookie", "color=", "color=blue", None, None),
    ("cookie", False, "cookie", "color=", "color=blue", "color=blue,black,brown", "color=R,100,G,200,B,150"),
    ("cookie", True, "cookie", "color=", "color=blue",
     "color=blue; color=black; color=brown", "R=100; G=200; B=150"),
    ("spaceDelimited", False, "query", None, None,
     "color=blue%20black%20brown", "color=R%20100%20G%20200%20B%20150"),
    ("pipeDelimited", False, "query", None, None,
     "color=blue%7Cblack%7Cbrown", "color=R%7C100%7CG%7C200%7CB%7C150"),
    ("deepObject", True, "query", None, None, None,
     "color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
]  # fmt: skip

CELLS = [
    pytest.param(where, style, explode, kind, text, value, id=f"{style}-{explode}-{where}-{kind}-{value}")
    for style, explode, where, *texts in TABLE
    for (kind, value), text in zip(
        (("text", ""), ("text", "blue"), ("list", LIST), ("map", MAP)), texts, strict=True
    )
    if text is not None
]


@pytest.mark.parametrize(("where", "style", "explode", "kind", "text", "value"), CELLS)
def test_each_cell_of_the_table_is_its_value(
    where: str, style: str, explode: bool, kind: str, text: str, value: object
) -> None:
    found = sent(taker(where, style, explode, KINDS[kind]), where, text)
    assert (values(found, where)["color"], found.deviations) == (value, ())


def test_the_table_is_whole() -> None:
    assert len(CELLS) == 57


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (".blue.black.brown", LIST),  # as the tables of 3.0.0 to 3.0.3 and of 3.1.0 have it
        (".R.100.G.200.B.150", MAP),
    ],
)
def test_a_label_may_be_written_as_older_tables_have_it(text: str, value: object) -> None:
    schema = {**KINDS["list"], "minItems": 3} if isinstance(value, list) else KINDS["map"]
    found = sent(taker("path", "label", False, schema), "path", text)
    assert (found.path["color"], found.deviations) == (value, ())


@pytest.mark.parametrize(
    ("where", "style", "explode"),
    [
        ("path", "simple", False),
        ("header", "simple", False),
        ("query", "form", True),
        ("cookie", "form", True),
    ],
)
def test_each_place_has_its_own_usual_style(where: str, style: str, explode: bool) -> None:
    plain, said_so = (taker(where, s, e, KINDS["list"]) for s, e in ((None, None), (style, explode)))
    for text in ("color=a&color=b", "color=a,b", "a,b", "a"):
        assert values(sent(plain, where, text), where) == values(sent(said_so, where, text), where)


@pytest.mark.parametrize(
    ("where", "style", "explode", "text", "value"),
    [
        ("path", "simple", False, "a%2Cb,c", ["a,b", "c"]),
        ("path", "matrix", True, ";color=a%3Bb;color=c", ["a;b", "c"]),
        ("path", "label", True, ".a%2Eb.c", ["a.b", "c"]),
        ("path", "simple", False, "a+b,%C3%A9%25", ["a+b", "é%"]),
        ("path", "simple", False, "%2F,b", ["/", "b"]),
        ("query", "form", False, "color=a%2Cb,c", ["a,b", "c"]),
        ("query", "form", True, "color=a,b&color=c%26d", ["a,b", "c&d"]),
        ("query", "form", True, "color=a%3Db=c", ["a=b=c"]),
        ("query", "form", True, "color=a+b&color=c%20d&color=e%2Bf", ["a b", "c d", "e+f"]),
        ("query", "spaceDelimited", False, "color=a+b%20c", ["a", "b", "c"]),
        ("query", "pipeDelimited", False, "color=a|b%7Cc%7cd", ["a", "b", "c", "d"]),
        ("query", "pipeDelimited", True, "color=a&color=b", ["a", "b"]),
        ("header", "simple", False, "a , b,c", ["a", "b", "c"]),
        ("cookie", "form", False, "color=a%2Cb,c%3B", ["a,b", "c;"]),
        ("cookie", "cookie", False, "color=a%2Cb,c", ["a%2Cb", "c"]),
    ],
)
def test_only_a_bare_separator_separates(
    where: str, style: str, explode: bool, text: str, value: object
) -> None:
    found = sent(taker(where, style, explode, KINDS["list"]), where, text)
    assert (values(found, where)["color"], found.deviations) == (value, ())


@pytest.mark.parametrize(("where", "text"), [("path", "1%2C2"), ("query", "color=1%2C2")])
def test_an_encoded_separator_separates_where_nothing_else_makes_sense(where: str, text: str) -> None:
    found = sent(taker(where, None, False, INTEGERS), where, text)
    assert (values(found, where)["color"], found.deviations) == ([1, 2], ())


def test_a_path_with_an_encoded_literal_is_read_as_well() -> None:
    node = {"name": "p", "in": "path", "required": True, "schema": KINDS["list"]}
    found = judged(contract({"/a b/{p}": {"get": taking(node)}}), "GET", "/a%20b/x,y%20z")
    assert (found.path, found.deviations) == ({"p": ["x", "y z"]}, ())


@pytest.mark.parametrize(
    ("style", "explode", "schema", "text"),
    [
        ("matrix", False, {"type": "integer"}, "5"),
        ("matrix", False, {"type": "integer"}, ";colour=5"),
        ("matrix", True, INTEGERS, "1"),
        ("label", False, {"type": "integer"}, "5"),
    ],
)
def test_a_text_in_another_style_is_malformed(style: str, explode: bool, schema: Any, text: str) -> None:
    found = sent(taker("path", style, explode, schema), "path", text)
    assert said(found) == [("path", "/color", "malformed")]
    assert found.path == {"color": text}


@pytest.mark.parametrize(
    ("style", "explode", "schema", "text"),
    [
        ("matrix", True, INTEGERS, ";color=1;colour=2"),
        ("simple", False, KINDS["map"], "R,100,G"),
        ("simple", True, KINDS["map"], "R,100"),
    ],
)
def test_a_text_that_holds_no_list_or_object_is_a_text(
    style: str, explode: bool, schema: Any, text: str
) -> None:
    assert said(sent(taker("path", style, explode, schema), "path", text)) == [("path", "/color", "type")]


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"anyOf": [INTEGERS, {"enum": ["all"]}]}, "color=all", "all"),
        ({"anyOf": [INTEGERS, {"enum": ["all"]}]}, "color=5", [5]),
        ({"anyOf": [INTEGERS, {"type": "integer"}]}, "color=1&color=2", [1, 2]),
        (
            {"oneOf": [{"type": "integer", "minimum": 100}, {"type": "string", "maxLength": 2}]},
            "color=5",
            "5",
        ),
        ({"oneOf": [{"type": "boolean"}, {"type": "string"}]}, "color=true", True),
        ({"type": "string", "enum": ["5"]}, "color=5", "5"),
        ({"enum": ["5", 6]}, "color=6", 6),
        ({"enum": ["5", 6]}, "color=5", "5"),
    ],
)
def test_of_several_readings_the_one_that_fits_counts(schema: Any, text: str, value: object) -> None:
    found = sent(taker("query", None, None, schema), "query", text)
    assert (found.query["color"], found.deviations) == (value, ())


@pytest.mark.parametrize(
    ("schema", "text", "keyword"),
    [
        ({"type": "integer"}, "color=1.0", "type"),
        ({"type": "integer"}, "color=%2B5", "type"),
        ({"type": "integer"}, "color=05", "type"),
        ({"type": "integer"}, "color=1_000", "type"),
        ({"type": "integer"}, "color=", "type"),
        ({"type": "integer"}, "color", "type"),
        ({"type": "number"}, "color=nan", "type"),
        ({"type": "number"}, "color=.5", "type"),
        ({"type": "boolean"}, "color=True", "type"),
        ({"type": "boolean"}, "color=1", "type"),
        ({"type": "string", "minLength": 1}, "color=", "minLength"),
        (INTEGERS, "color=1,2", "type"),
    ],
)
def test_what_is_not_written_as_json_writes_it_is_not_the_type(schema: Any, text: str, keyword: str) -> None:
    pointer = "/color/0" if schema == INTEGERS else "/color"
    assert said(sent(taker("query", None, None, schema), "query", text)) == [("query", pointer, keyword)]


def test_an_empty_value_may_stand_for_none_at_all() -> None:
    found = sent(taker("query", None, None, {"type": "integer"}, allowEmptyValue=True), "query", "color=")
    assert (found.query, found.deviations) == ({}, ())
    wrong = sent(taker("query", None, None, {"type": "integer"}, allowEmptyValue=True), "query", "color=x")
    assert said(wrong) == [("query", "/color", "type")]


def test_an_empty_list_may_be_an_empty_text() -> None:
    assert sent(taker("query", None, None, INTEGERS), "query", "color=").query == {"color": []}
    assert sent(taker("query", None, None, KINDS["list"]), "query", "color=").query == {"color": [""]}
    some = {**INTEGERS, "minItems": 1}
    assert said(sent(taker("query", None, None, some), "query", "color=")) == [("query", "/color/0", "type")]


def test_reserved_characters_may_stand_bare() -> None:
    found = sent(
        taker("query", None, None, {"type": "string"}, allowReserved=True), "query", "color=a/b?c:d@e=f,g"
    )
    assert (found.query["color"], found.deviations) == ("a/b?c:d@e=f,g", ())


def test_a_scalar_that_is_repeated_is_what_was_said_last() -> None:
    assert sent(taker("query", None, None, {"type": "integer"}), "query", "color=1&color=2").query == {
        "color": 2
    }


STRIPE = {
    "type": "object",
    "properties": {
        "expand": {"type": "array", "items": {"type": "string"}},
        "items": {
            "type": "array",
            "items": {"type": "object", "required": ["price"], "properties": {"price": {"type": "integer"}}},
        },
        "created": {"anyOf": [{"type": "object", "properties": {"gt": {"type": "integer"}}}, {"type": "integer"}]},
        "meta": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("color[expand][0]=a&color[expand][1]=b", {"expand": ["a", "b"]}),
        ("color[expand][]=a&color[expand][]=b", {"expand": ["a", "b"]}),
        ("color[items][0][price]=1&color[items][1][price]=2", {"items": [{"price": 1}, {"price": 2}]}),
        ("color[items][][price]=1&color[items][][price]=2", {"items": [{"price": 1}, {"price": 2}]}),
        ("color[created][gt]=5", {"created": {"gt": 5}}),
        ("color[created]=5", {"created": 5}),
        ("color[meta][a%26b]=x%3Dy", {"meta": {"a&b": "x=y"}}),
        ("color%5Bmeta%5D%5B0%5D=x", {"meta": {"0": "x"}}),
        ("color[meta][0]=x&color[meta][1]=y", {"meta": {"0": "x", "1": "y"}}),
    ],
)
def test_deep_objects_nest(text: str, value: object) -> None:
    found = sent(taker("query", "deepObject", True, STRIPE), "query", text)
    assert (found.query["color"], found.deviations) == (value, ())


def test_what_is_wrong_deep_in_an_object_is_pointed_at() -> None:
    text = "color[items][0][price]=1&color[items][1][price]=x&color[items][2][a]=1"
    assert said(sent(taker("query", "deepObject", True, STRIPE), "query", text)) == [
        ("query", "/color/items/1/price", "type"),
        ("query", "/color/items/2/price", "required"),
    ]


def test_a_name_with_brackets_may_be_declared_as_it_stands() -> None:
    deep = {"name": "page", "in": "query", "style": "deepObject", "schema": {"type": "object"}}
    own = {"name": "page[size]", "in": "query", "schema": {"type": "integer"}}
    for nodes in ((deep, own), (own, deep)):
        found = judged(contract({"/a": {"get": taking(*nodes)}}), "GET", "/a?page[size]=5&page[x]=y")
        assert (found.query, found.deviations) == ({"page": {"x": "y"}, "page[size]": 5}, ())


@pytest.mark.parametrize("where", ["path", "query", "header", "cookie"])
def test_a_value_may_be_written_in_a_media_type(where: str) -> None:
    node: dict[str, Any] = {"name": "color", "in": where, "required": True}
    node["content"] = {"application/json": {"schema": KINDS["map"]}}
    found = contract({"/a/{color}" if where == "path" else "/a": {"get": taking(node)}})
    text = quote('{"R":1}', safe="") if where != "header" else '{"R":1}'
    prefix = "color=" if where in ("query", "cookie") else ""

    assert values(sent(found, where, prefix + text), where) == {"color": {"R": 1}}
    assert said(sent(found, where, prefix + "blue")) == [(where, "/color", "malformed")]
    assert said(sent(found, where, prefix + "1")) == [(where, "/color", "type")]


def test_a_text_is_no_json_even_where_any_value_will_do() -> None:
    node = {"name": "color", "in": "query", "content": {"application/json": {}}}
    (deviation,) = judged(contract({"/a": {"get": taking(node)}}), "GET", "/a?color=blue").deviations
    assert deviation.message.startswith("query parameter 'color' is not JSON")

"""Swagger 2.0 in its own words: media types, collection formats, forms, files, nulls, definitions, addresses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drift.build import Tree, between, changes, only

JSON, XML = "application/json", "application/xml"
FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"
TEXT: Tree = {"type": "string"}


def swagger(operation: Tree | None = None, **top: Any) -> Tree:
    """A document of one operation; `top`: what else stands at its top."""
    paths = {"/pets": {"post": {"responses": {"200": {"description": ""}}, **(operation or {})}}}
    return {"swagger": "2.0", "info": {"title": "Shop", "version": "1"}, "paths": paths, **top}


def taking(name: str, where: str, **more: Any) -> Tree:
    return {"parameters": [{"name": name, "in": where, **more}]}


def answering(schema: Tree) -> Tree:
    return {"responses": {"200": {"description": "", "schema": schema}}}


BODY = taking("pet", "body", schema={"type": "object", "properties": {"x": TEXT}})
LIST: Tree = {"type": "array", "items": TEXT}


def test_media_types_are_told_where_they_are_inherited() -> None:
    both, one = [JSON, XML], [JSON]
    change = only(swagger(BODY, consumes=both), swagger(BODY, consumes=one))
    assert (change.rule, change.level) == ("request.media-type.removed", "breaking")
    assert changes(swagger(BODY, consumes=one), swagger({**BODY, "consumes": both}, consumes=one)) == [
        ("request.media-type.added", "info")
    ]
    answer = answering(TEXT)
    assert changes(swagger(answer, produces=both), swagger(answer, produces=one)) == [
        ("response.media-type.removed", "breaking")
    ]
    assert changes(swagger(answer, produces=one), swagger(answer, produces=both)) == [
        ("response.media-type.added", "info")
    ]


@pytest.mark.parametrize("other", ["multi", "pipes", "ssv", "tsv"])
def test_another_collection_format_is_read_as_something_else(other: str) -> None:
    def listing(where: str, **more: Any) -> Tree:
        return swagger(taking("q", where, **LIST, **more), consumes=[FORM])

    usual = listing("query")
    assert changes(usual, listing("query", collectionFormat="csv")) == []
    assert changes(usual, listing("query", collectionFormat=other)) == [
        ("request.parameter.serialization.changed", "breaking")
    ]
    assert changes(listing("formData"), listing("formData", collectionFormat=other)) == [
        ("request.encoding.changed", "risky")
    ]


def test_a_form_that_is_a_body_now_is_another_media_type() -> None:
    form, body = swagger(taking("x", "formData", **TEXT), consumes=[FORM]), swagger(BODY, consumes=[JSON])
    for old, new in ((form, body), (body, form)):
        assert changes(old, new) == [
            ("request.media-type.removed", "breaking"),
            ("request.media-type.added", "info"),
        ]


def test_a_file_is_any_text() -> None:
    def uploading(kind: str) -> Tree:
        return swagger(taking("x", "formData", type=kind), consumes=[PARTS])

    assert changes(uploading("file"), uploading("string")) == [("request.format.removed", "info")]
    assert {level for _, level in changes(uploading("string"), uploading("file"))} == {"risky"}


def test_null_is_said_by_an_extension() -> None:
    def nullable(*, said: bool) -> Tree:
        member = {**TEXT, **({"x-nullable": True} if said else {})}
        return swagger(answering({"type": "object", "properties": {"x": member}}), produces=[JSON])

    change = only(nullable(said=False), nullable(said=True))
    assert (change.rule, change.level) == ("response.nullable.added", "breaking")
    assert change.place.new == "/paths/~1pets/post/responses/200/schema/properties/x"
    assert changes(nullable(said=True), nullable(said=False)) == [("response.nullable.removed", "info")]


def test_schemes_are_told_where_they_are_defined() -> None:
    def secured(**scheme: Any) -> Tree:
        return swagger({"security": [{"it": []}]}, securityDefinitions={"it": scheme})

    found = between(secured(type="basic"), secured(type="apiKey", name="key", **{"in": "query"})).changes
    assert [change.rule for change in found] == [
        "security.alternative.removed",
        "security.alternative.added",
        "security.scheme.changed",
    ]
    assert found[-1].place.old == "/securityDefinitions/it"
    oauth = {"type": "oauth2", "flow": "implicit", "scopes": {}}
    here, there = (secured(**oauth, authorizationUrl=f"https://{host}.test") for host in "ab")
    assert changes(here, there) == [("security.url.changed", "risky")]


def test_each_part_of_an_address_is_told_where_it_is_written() -> None:
    change = only(swagger(host="a.test"), swagger(host="b.test"))
    assert (change.rule, change.place.old) == ("server.replaced", "/host")
    change = only(swagger(host="a.test", basePath="/v1"), swagger(host="a.test", basePath="/v2"))
    assert (change.rule, change.place.old) == ("server.replaced", "/basePath")
    plain, safe = (swagger(host="a.test", schemes=[scheme]) for scheme in ("http", "https"))
    assert changes(plain, safe) == [("server.scheme.removed", "risky")]
    own = swagger({"schemes": ["http"]}, host="a.test", schemes=["https"])
    assert changes(safe, own) == [("server.scheme.removed", "risky")]
    assert changes(safe, swagger({"schemes": ["https"]}, host="a.test", schemes=["https"])) == []


def test_an_enumeration_of_nothing_proves_nothing() -> None:
    def enumerated(*values: str) -> Tree:
        return swagger(answering({**TEXT, "enum": list(values)}), produces=[JSON])

    assert changes(enumerated("a"), enumerated()) == [("response.enum.dropped", "risky")]
    assert changes(swagger(answering(TEXT), produces=[JSON]), enumerated()) == []

"""Encodings of forms: what is written otherwise, and what is merely said otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drift.build import Tree, changes, given, only, tree

FORM, PARTS, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
TEXT: Tree = {"type": "string"}
LIST: Tree = {"type": "array", "items": TEXT}
OBJECT: Tree = {"type": "object", "properties": {"x": TEXT}}


def form(media: str, schema: Tree, version: str = "3.1.0", **encoding: Any) -> Tree:
    """A document whose operation takes such a body with one member, and says how that is written."""
    node = given({media: {"type": "object", "properties": {"a": schema}}})
    if encoding:
        node["requestBody"]["content"][media]["encoding"] = {"a": encoding}
    return {**tree(node), "openapi": version}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (form(FORM, TEXT), form(FORM, TEXT, style="pipeDelimited")),
        (form(FORM, TEXT, explode=True), form(FORM, TEXT, explode=False)),
        (form(FORM, LIST), form(FORM, LIST, style="form", explode=True)),
        (form(FORM, OBJECT, style="deepObject", explode=True), form(FORM, OBJECT, style="deepObject")),
        (form(PARTS, TEXT), form(PARTS, TEXT, contentType="text/plain")),
        (form(FORM, TEXT), form(FORM, TEXT, contentType="text/plain")),
        (form(PARTS, OBJECT), form(PARTS, OBJECT, contentType="application/json")),
        (form(PARTS, LIST, "3.0.3"), form(PARTS, LIST, "3.0.3", style="pipeDelimited")),
        (form(PARTS, TEXT, contentType="image/png, image/gif"), form(PARTS, TEXT, contentType="IMAGE/GIF,image/png")),
        (form(PARTS, TEXT), form(PARTS, TEXT, headers={"Content-Type": {"schema": TEXT}})),
        (form(JSON, LIST), form(JSON, LIST, style="pipeDelimited")),
    ],
)  # fmt: skip
def test_what_is_written_alike_is_no_change(old: Tree, new: Tree) -> None:
    assert changes(old, new) == changes(new, old) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (form(FORM, LIST), form(FORM, LIST, style="pipeDelimited")),
        (form(FORM, LIST), form(FORM, LIST, explode=False)),
        (form(FORM, OBJECT), form(FORM, OBJECT, style="deepObject")),
        (form(FORM, OBJECT), form(FORM, OBJECT, contentType="application/json")),
        (form(PARTS, TEXT), form(PARTS, TEXT, contentType="image/png")),
        (form(PARTS, TEXT, contentType="image/png"), form(PARTS, TEXT, contentType="image/gif")),
        (form(PARTS, LIST), form(PARTS, LIST, style="pipeDelimited")),
    ],
)
def test_what_is_written_otherwise_is_a_risk(old: Tree, new: Tree) -> None:
    assert changes(old, new) == changes(new, old) == [("request.encoding.changed", "risky")]


def test_a_part_that_may_be_of_more_media_types_is_as_good_as_before() -> None:
    one, both, all_of = (
        form(PARTS, TEXT, contentType=kinds) for kinds in ("image/png", "image/png, image/gif", "image/*")
    )
    for narrow, wide in ((one, both), (both, all_of)):
        assert changes(narrow, wide) == [("request.encoding.changed", "info")]
        assert changes(wide, narrow) == [("request.encoding.changed", "risky")]


def test_a_header_of_a_part_is_followed_into_components() -> None:
    def shared(schema: Tree) -> Tree:
        root = form(PARTS, TEXT, headers={"X-Kind": {"$ref": "#/components/headers/Kind"}})
        return {**root, "components": {"headers": {"Kind": {"schema": schema}}}}

    few, many = {"enum": ["a"]}, {"enum": ["a", "b"]}
    change = only(shared(many), shared(few))
    assert (change.rule, change.level) == ("request.encoding.header.changed", "risky")
    assert "x-kind" in change.message
    assert changes(shared(few), shared(many)) == [("request.encoding.header.changed", "info")]

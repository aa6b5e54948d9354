"""The lines of parts of a document, in JSON and in YAML."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.contract.files import contracts_folder
from harness.contract.place import lines
from harness.contract.yaml import line_of

JSON = """{
  "openapi": "3.1.0",
  "paths": {
    "/a/{id}": {"get": {"x": "}]\\"{["},
      "put": {}
    },
    "\\u00fcber": [
      1, {"deep":
        true}
    ]
  }
}
"""
YAML = """\
openapi: 3.1.0
paths:
  /a/{id}: {get: {}, # a comment: {
    put: {}}
  200:
    - one
    - deep: true
"""


@pytest.mark.parametrize(
    ("tokens", "line"),
    [
        ((), 1),
        (("openapi",), 2),
        (("paths", "/a/{id}"), 4),
        (("paths", "/a/{id}", "get", "x"), 4),
        (("paths", "/a/{id}", "put"), 5),
        (("paths", "über", "1", "deep"), 8),
    ],
)
def test_lines_of_json(tokens: tuple[str, ...], line: int) -> None:
    assert lines(JSON, [tokens]) == {tokens: line}


@pytest.mark.parametrize(
    ("tokens", "line"),
    [(("openapi",), 1), (("paths", "/a/{id}", "put"), 4), (("paths", "200", "1", "deep"), 7)],
)
def test_lines_of_yaml(tokens: tuple[str, ...], line: int) -> None:
    assert lines(YAML, [tokens]) == {tokens: line}


@pytest.mark.parametrize("text", [JSON, YAML])
def test_what_is_not_there_has_the_line_of_what_is_around_it(text: str) -> None:
    wanted = ("paths", "/a/{id}", "put", "responses", "200")
    assert lines(text, [wanted])[wanted] == lines(text, [wanted[:3]])[wanted[:3]]


def test_many_are_found_at_one_reading_as_each_by_itself() -> None:
    text = (contracts_folder() / "github" / "openapi.yaml").read_text("utf-8")
    pointers = ["/openapi", "/info/title", "/servers/0/url", "/components/schemas", "/components/responses"]
    found = lines(text, [tuple(pointer.split("/")[1:]) for pointer in pointers])
    assert sorted(found.values()) == sorted(line_of(text, pointer) or 0 for pointer in pointers)


def test_compact_json_has_one_line() -> None:
    text = json.dumps({"a": [{"b": 1}]})
    assert lines(text, [("a", "0", "b")]) == {("a", "0", "b"): 1}


def test_a_text_that_cannot_be_read_has_a_first_line(tmp_path: Path) -> None:
    assert lines("a: [", [("a",)]) == {("a",): 1}
    assert lines("{", [("a",)]) == {("a",): 1}

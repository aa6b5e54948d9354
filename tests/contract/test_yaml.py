"""YAML: scalars as YAML 1.2 has them, and every mistake with its line."""

from __future__ import annotations

import gc
from typing import Literal

import msgspec
import pytest

from harness.contract import yaml
from harness.errors import FileError


class Colour(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    tone: Literal["light", "dark"] = "light"


class Box(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    size: int = 0
    colours: tuple[Colour, ...] = ()
    by_name: dict[str, Colour] = {}
    best: Colour | None = None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-01-02", "2024-01-02"),
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("yes", "yes"),
        ("off", "off"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("010", 10),
        ("0x1f", 31),
        ("0o17", 15),
        ("12:30", "12:30"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1_000", "1_000"),
        ("=", "="),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    read = yaml.load(text, path="a.yaml")
    assert read == value
    assert type(read) is type(value)


def test_keys_are_always_strings() -> None:
    assert yaml.load("200: a\non: b\ntrue: c\n1.0: d\n", path="a.yaml") == {
        "200": "a",
        "on": "b",
        "true": "c",
        "1.0": "d",
    }


def test_anchors_and_merge_keys_work() -> None:
    text = "base: &b {x: 1, y: 2}\nmore:\n  <<: *b\n  y: 3\n"
    assert yaml.load(text, path="a.yaml") == {"base": {"x": 1, "y": 2}, "more": {"x": 1, "y": 3}}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "duplicate key 'a', first on line 1"),
        ("a: [1, 2\nb: 3\n", 2, "','"),
        ("a: &x\n  b: *x\n", None, "recursive"),
        ("a: *nowhere\n", 1, "undefined alias"),
        ("? [a, b]\n: 1\n", 1, "a key must be a scalar"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
    ],
)
def test_unusable_text_is_a_file_error_with_its_line(text: str, line: int | None, words: str) -> None:
    with pytest.raises(FileError) as caught:
        yaml.load(text, path="a.yaml")
    assert words in str(caught.value)
    assert line is None or caught.value.line == line


def test_a_struct_is_read_whole() -> None:
    box = yaml.convert("title: a\ncolours:\n  - {name: red, tone: dark}\n", Box, path="b.yaml")
    assert box == Box(title="a", colours=(Colour(name="red", tone="dark"),))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: a\nsise: 2\n", "b.yaml:2: unknown field 'sise'; did you mean 'size'?"),
        (
            "title: a\ncolours:\n  - name: red\n    tone: drak\n",
            "b.yaml:4: colours/0/tone: 'drak' is none of light, dark; did you mean 'dark'?",
        ),
        ("title: a\nbest:\n  nmae: x\n", "b.yaml:3: unknown field 'nmae'; did you mean 'name'?"),
        ("title: a\nsize: big\n", "b.yaml:2: size: expected a whole number, found a text"),
        ("size: 1\n", "b.yaml:1: missing required field 'title'"),
        (
            "title: a\nby_name:\n  x: {name: r}\n  y:\n    tone: dark\n    name: 3\n",
            "b.yaml:6: by_name/y/name: expected",
        ),
        (
            "title: a\nby_name:\n  x: {name: r}\n  y:\n    tone: drak\n    name: r\n",
            "b.yaml:5: by_name/y/tone: 'drak'",
        ),
        (
            "title: a\nby_name:\n  x: {name: r}\n  y:\n    naem: r\n",
            "b.yaml:5: unknown field 'naem'; did you mean 'name'?",
        ),
    ],
)
def test_a_wrong_field_is_named_with_line_and_nearest(text: str, message: str) -> None:
    with pytest.raises(FileError) as caught:
        yaml.convert(text, Box, path="b.yaml")
    assert str(caught.value).startswith(message)


def test_the_line_of_a_pointer_is_that_of_its_key() -> None:
    text = "paths:\n  /a/b:\n    get:\n      tags:\n        - one\n        - two\n"
    assert yaml.line_of(text, "/paths/~1a~1b/get") == 3
    assert yaml.line_of(text, "/paths/~1a~1b/get/tags/1") == 6
    assert yaml.line_of(text, "/paths/~1c") is None


def test_json_text_has_lines_too() -> None:
    assert yaml.line_of('{\n\t"a": {\n\t\t"b": 1\n\t}\n}', "/a/b") == 3


def test_a_large_document_is_read_without_collecting_garbage() -> None:
    text = "\n".join(f"key{n}: {{a: [1, 2, {{b: {n}}}]}}" for n in range(2000))
    collections: list[str] = []
    gc.callbacks.append(lambda phase, _: collections.append(phase))
    try:
        yaml.load(text, path="large.yaml")
    finally:
        gc.callbacks.pop()
    assert collections.count("start") <= 1, "but for the one that was put off"
    assert gc.isenabled()


def test_garbage_is_collected_again_after_a_document_that_is_wrong() -> None:
    with pytest.raises(FileError):
        yaml.load("a: 1\na: 2\n", path="wrong.yaml")
    assert gc.isenabled()

"""Documents: read in any form, refused only when there is nothing to read, warned about otherwise."""

from __future__ import annotations

import json

import pytest

from harness.contract.document import Document, parse
from harness.errors import FileError

MINIMAL = b'{"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {}}'


def messages(document: Document) -> dict[str, str]:
    return {warning.pointer: warning.message for warning in document.warnings}


def of(**more: object) -> Document:
    return parse(
        json.dumps({"openapi": "3.0.3", "info": {"title": "t"}, "paths": {}, **more}).encode(), name="a.json"
    )


def test_json_and_yaml_give_the_same_tree() -> None:
    text = b"openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths: {}\n"
    assert parse(text, name="a.yaml").root == parse(MINIMAL, name="a.json").root


def test_a_version_written_as_a_number_is_understood() -> None:
    assert parse(b"openapi: 3.1\npaths: {}\n", name="a.yaml").version == "3.1"


def test_the_digest_is_of_the_bytes() -> None:
    assert parse(MINIMAL, name="a").digest == parse(MINIMAL, name="b").digest
    assert parse(MINIMAL, name="a").digest != parse(MINIMAL + b" ", name="a").digest


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"openapi": "3.1.0",\n "paths": {,}}', "a.json:2:"),
        (b'{"openapi": "3.1.0",\n "paths": {\n', "a.json:2: input data was truncated"),
        (b"hello", "a.json: not an OpenAPI document: it is a plain text"),
        (b"", "a.json: not an OpenAPI document: it is empty"),
        (b"[1, 2]", "a.json: not an OpenAPI document: it is a list"),
        (b'{"name": "x"}', "a.json:1: not an OpenAPI document: no 'openapi' at the top (there is name)"),
        (
            b"openapi: 4.0.0\npaths: {}\n",
            "a.json:1: OpenAPI '4.0.0' is not supported; 3.0.x, 3.1.x, 3.2.x and",
        ),
        (b"openapi: 3.1.0\ninfo: {}\npaths: []\n", "a.json:3: 'paths' must be an object, not list"),
        (b"openapi: 3.1.0\npath: {}\n", "a.json:2: unknown top-level key 'path'; did you mean 'paths'?"),
        (b"openapi: 3.1.0\ninfo: {}\n", "a.json:1: no 'paths'"),
        (b"\xff\xfe\x00", "a.json:1: neither JSON nor YAML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_place_and_remedy(data: bytes, message: str) -> None:
    with pytest.raises(FileError) as caught:
        parse(data, name="a.json")
    assert str(caught.value).startswith(message)


def test_a_misspelt_key_at_the_top_is_a_warning_where_there_is_something_to_play() -> None:
    document = of(component={})
    assert messages(document) == {
        "/component": "unknown top-level key 'component' is ignored; did you mean 'components'?"
    }


@pytest.mark.parametrize("key", ["info", "components", "webhooks", "paths"])
def test_an_empty_part_at_the_top_is_a_warning(key: str) -> None:
    root: dict[str, object] = {"openapi": "3.1.0", "paths": {}, key: None}
    document = parse(json.dumps(root).encode(), name="a.json")
    assert document.root[key] == {}
    assert messages(document) == {f"/{key}": f"'{key}' must be an object, not null; read as an empty one"}


@pytest.mark.parametrize(
    "data",
    [
        b'{"openapi": "3.1.0",\n "paths": {\n  "/a": {"get": {}},\n  "/a": {"put": {"responses": {}}}}}',
        b"openapi: 3.1.0\npaths:\n  /a: {get: {}}\n  /a:\n    put: {responses: {}}\n",
        b"openapi: 3.1.0\nx-a: &a {b: 1}\nx-c: *a\npaths:\n  /a: {get: {}}\n  /a:\n    put: {responses: {}}\n",
    ],
)
def test_of_a_key_that_comes_twice_the_last_one_is_read_and_a_warning_says_so(data: bytes) -> None:
    document = parse(data, name="a")
    assert document.root["paths"] == {"/a": {"put": {"responses": {}}}}
    assert messages(document) == {"/paths/~1a": "this key stands twice in one object; the last one is read"}


SHOP = '{"openapi": "3.1.0", "info": {"title": "Caf\u00e9"}, "paths": {"/a": {"$ref": "#/x-a"}}, "x-a": {}}'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_every_encoding_of_unicode_is_read(encoding: str) -> None:
    document = parse(SHOP.encode(encoding), name="a.json")
    assert (document.title, document.warnings) == ("Caf\u00e9", ())


def test_what_is_not_unicode_is_taken_for_the_encoding_of_old_windows_machines() -> None:
    document = parse(SHOP.encode("cp1252"), name="a.json")
    assert document.title == "Caf\u00e9"
    assert messages(document) == {
        "": "not UTF-8 text (line 1: invalid continuation byte); read as Windows-1252"
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('{"n": NaN, "i": -Infinity}', {"n": None, "i": None}),
        ('{"t": "a\tb"}', {"t": "a\tb"}),
        (r'{"t": "\ud83d\ude00 \ud83d! \ude00"}', {"t": "\U0001f600 \ufffd! \ufffd"}),
        ('{t: 1, "u": [2,],}', {"t": 1, "u": [2]}),
        (r'{"u": "http:\/\/x.io"}', {"u": "http://x.io"}),
    ],
)
def test_json_as_other_readers_let_it_pass_is_read(written: str, read: object) -> None:
    text = '{"openapi": "3.1.0", "paths": {}, "x": ' + written + "}"
    assert parse(text.encode(), name="a.json").root["x"] == read


def test_json_that_is_nested_beyond_reason_is_refused_plainly() -> None:
    deep = b'{"openapi": "3.1.0", "paths": {}, "x-a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    with pytest.raises(FileError, match="nested too deeply"):
        parse(deep, name="a.json")
    for many in (b"[" * 100_000, b"{a: " * 100_000, b"\n  " + b"- " * 100_000):
        with pytest.raises(FileError, match="nested too deeply"):
            parse(b"openapi: 3.1.0\npaths: " + many, name="a.yaml")


def test_what_is_odd_is_only_looked_for_when_somebody_asks() -> None:
    asked: list[str] = []

    def again() -> bytes:
        asked.append("again")
        return MINIMAL

    document = parse(MINIMAL, name="a.json", again=again)
    assert asked == []
    assert document.warnings == ()
    assert document.warnings == ()
    assert asked == ["again"]


def test_colons_inside_strings_are_no_duplicate_keys() -> None:
    data = (
        b'{"openapi": "3.1.0", "info": {"title": "a \\":b\\": c", "x": "say \\\\"}, "paths": {}, "x-y" : 1}'
    )
    assert parse(data, name="a.json").text("info", "title") == 'a ":b": c'


def test_a_dangling_reference_is_a_warning_at_its_place() -> None:
    document = of(components={"schemas": {"A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}}}})
    assert list(messages(document)) == ["/components/schemas/A/properties/b"]
    assert "'#/components/schemas/B' dangles" in messages(document)["/components/schemas/A/properties/b"]


def test_a_remote_reference_is_never_fetched() -> None:
    asked: list[str] = []
    data = b'{"openapi": "3.1.0", "paths": {"/a": {"$ref": "https://example.com/a.json#/a"}}}'
    document = parse(data, name="a.json", read=lambda path: asked.append(path) or b"")  # type: ignore[func-returns-value]
    assert asked == []
    assert "never fetched" in messages(document)["/paths/~1a"]


def test_the_word_ref_in_an_example_or_as_a_property_is_no_reference() -> None:
    schema = {
        "example": {"$ref": "nowhere"},
        "properties": {"$ref": {"type": "string"}, "example": {"type": "string"}},
    }
    assert messages(of(components={"schemas": {"A": schema}})) == {}


def test_a_property_called_example_is_still_looked_into() -> None:
    schema = {"properties": {"example": {"$ref": "#/nowhere"}}}
    assert list(messages(of(components={"schemas": {"A": schema}}))) == [
        "/components/schemas/A/properties/example"
    ]


def test_stray_nullable_in_3_1_is_a_warning() -> None:
    document = parse(
        b'{"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"A": {"type": "string", "nullable": true}}}}',
        name="a.json",
    )
    assert "'nullable' has no meaning" in messages(document)["/components/schemas/A"]


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "string", "pattern": "(?<broken"}, "/pattern"),
        ({"type": "integer", "default": "5"}, "/default"),
        ({"type": "boolean", "default": 1}, "/default"),
        ({"type": "integer", "default": True}, "/default"),
        ({"type": "string", "enum": ["a"], "default": "b"}, "/default"),
        ({"type": ["string", "null"]}, "/type"),
    ],
)
def test_what_a_schema_gets_wrong_about_itself_is_a_warning(schema: dict[str, object], pointer: str) -> None:
    document = of(components={"schemas": {"A": {"properties": {"p": schema}}}})
    assert list(messages(document)) == ["/components/schemas/A/properties/p" + pointer]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "default": None},
        {"type": "number", "default": 5},
        {"default": {"any": "thing"}},
        {"type": "string", "pattern": "^[a-z]+(?=x)"},
    ],
)
def test_what_a_schema_gets_right_is_not(schema: dict[str, object]) -> None:
    assert messages(of(components={"schemas": {"A": {"properties": {"p": schema}}}})) == {}


def test_a_list_of_types_is_right_since_3_1() -> None:
    schema = {"type": ["string", "null"], "default": "x"}
    assert messages(of(openapi="3.1.0", components={"schemas": {"A": schema}})) == {}


def test_wrong_path_items_are_warnings() -> None:
    document = of(paths={"/a": [], "b": {}, "/c": {"get": 1, "GET": {}, "put": {}}})
    assert set(messages(document)) == {
        "/paths/~1a",
        "/paths/b",
        "/paths/~1c/get",
        "/paths/~1c/GET",
        "/paths/~1c/put",
    }


def test_other_files_are_hung_in_with_their_own_references() -> None:
    files = {
        "schemas/pet.yaml": (
            b"Pet: {properties: {tag: {$ref: '#/Tag'}, owner: {$ref: ../owner.json}}}\nTag: {type: string}\n"
        ),
        "owner.json": b'{"type": "object", "properties": {"pets": {"$ref": "schemas/pet.yaml#/Pet"}}}',
    }
    data = b'{"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"P": {"$ref": "./schemas/pet.yaml#/Pet"}}}}'
    document = parse(data, name="docs/a.json", read=files.__getitem__)
    pet = document.follow(document.at("#/components/schemas/P"))
    assert document.follow(pet["properties"]["tag"]) == {"type": "string"}
    owner = document.follow(pet["properties"]["owner"])
    assert document.follow(owner["properties"]["pets"]) is pet
    assert document.warnings == ()


def test_a_missing_or_broken_file_is_a_warning() -> None:
    data = b'{"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"P": {"$ref": "pet.yaml#/Pet"}}}}'

    def nothing(path: str) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", path)

    assert "pet.yaml: No such file" in parse(data, name="a.json", read=nothing).warnings[0].message
    (broken,) = parse(data, name="docs/a.json", read=lambda path: b"a: [").warnings
    assert broken.pointer == "/components/schemas/P"
    assert "dangles: docs/pet.yaml:2: did not find expected node content" in broken.message


def test_a_chain_of_references_that_never_ends_leads_to_nothing() -> None:
    document = of(components={"schemas": {"A": {"$ref": "#/components/schemas/A"}}})
    assert document.follow({"$ref": "#/components/schemas/A"}) == {}


def test_pointers_are_unescaped() -> None:
    document = of(paths={"/a/{b}": {"get": {"responses": {}}}})
    assert document.at("#/paths/~1a~1%7Bb%7D/get") == {"responses": {}}

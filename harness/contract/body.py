"""Bodies by media type: which declared one a content type means, and what the bytes say in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from harness.contract import multipart, shape, xml
from harness.contract.schema import Schema, Schemas
from harness.model.exchange import Deviation


class Media(msgspec.Struct, frozen=True):
    """One declared media type of a body. `schema` is None where none is declared: anything is accepted."""

    type: str
    schema: Schema | None
    node: dict[str, Any] = {}

    @property
    def is_stream(self) -> bool:
        """Does it say what each of many items is, as OpenAPI 3.2 has it? Then the schema is of the list of them."""
        return "itemSchema" in self.node

    @property
    def rules(self) -> dict[str, Any]:
        """How the members of a form are written: the encoding that is declared beside the schema."""
        encoding = self.node.get("encoding")
        return encoding if isinstance(encoding, dict) else {}


class Malformed(Exception):
    """The bytes are not what their media type says; `pointer` is always the whole body."""


def essence(content_type: str) -> str:
    """`application/json` of `Application/JSON; charset=utf-8`."""
    return content_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """`application/json`, whatever ends in `+json`, and what AWS calls it: `application/x-amz-json-1.1`."""
    kind = essence(media_type)
    return kind.endswith("/json") or kind.endswith("+json") or kind.startswith("application/x-amz-json-")


def is_xml(media_type: str) -> bool:
    """`application/xml`, `text/xml`, and whatever ends in `+xml` and is no picture."""
    kind = essence(media_type)
    return kind.endswith(("/xml", "+xml")) and not kind.startswith("image/")


def is_open(media_type: str) -> bool:
    """A range that JSON falls under (`*/*`): what generators write when they do not know. Answered with JSON."""
    return essence(media_type) in ("*/*", "*", "application/*")


_XML = ("application/xml", "text/xml")
_LINES = ("application/jsonl", "application/x-ndjson", "application/ndjson", "application/x-jsonlines")
_EVENTS = "text/event-stream"
_RETRY = re.compile(r"[0-9]{1,18}")


def is_lines(media_type: str) -> bool:
    """A JSON value on each line."""
    return essence(media_type) in _LINES


def is_events(media_type: str) -> bool:
    """Server-sent events."""
    return essence(media_type) == _EVENTS


def is_stream(media_type: str) -> bool:
    """A media type of many items, one after the other: JSON lines, JSON sequences (RFC 7464), server-sent events."""
    kind = essence(media_type)
    return is_lines(kind) or is_events(kind) or kind.endswith(("/json-seq", "+json-seq"))


def choose(declared: Iterable[Media], content_type: str) -> Media | None:
    """The declared media type that a content type falls under: exact, JSON for JSON, then ranges.

    `text/xml` is another name of `application/xml`: RFC 7303 section 9.2.
    """
    kind = essence(content_type)
    options = list(declared)
    for media in options:
        if essence(media.type) == kind:
            return media
    if is_json(kind):
        for media in options:
            if is_json(media.type):
                return media
    if kind in _XML:
        for media in options:
            if essence(media.type) in _XML:
                return media
    major = kind.partition("/")[0]
    for wanted in (f"{major}/*", "*/*", "*"):
        for media in options:
            if essence(media.type) == wanted:
                return media
    return None


def decode(
    schemas: Schemas, schema: Schema | None, content_type: str, body: bytes, *, encoding: object = None
) -> object:
    """The body as a value of its schema: JSON, forms, text, streams as lists; other types stay bytes.

    `encoding`: the media type's own, which says how the lists in a form are written. Raises Malformed.
    """
    kind = essence(content_type)
    if is_json(kind):
        return decode_json(body)
    if kind == "application/x-www-form-urlencoded":
        return _form(schemas, schema, body, encoding)
    if kind == "multipart/form-data":
        return _multipart(schemas, schema, content_type, body, encoding)
    if is_xml(kind) and schema is not None:
        try:
            return xml.read(schemas, schema, body)
        except xml.NotXml as error:
            raise Malformed(str(error)) from None
    if is_stream(kind):
        return _items(kind, body)
    if kind.startswith("text/"):
        return _decoded(content_type, body)
    return body


def decode_json(body: bytes) -> object:
    """The JSON value; Malformed says what is wrong at which byte."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        problem = str(error)
        at = re.search(r"byte (\d+)", problem)
        if "truncated" in problem:
            problem = f"it ends too early (byte {len(body)})"
        elif at:
            problem = re.sub(r"^JSON is malformed: ", "", problem)
        raise Malformed(f"the body is not JSON: {problem}") from None


def _items(kind: str, body: bytes) -> list[object]:
    """The items of a stream."""
    if kind == _EVENTS:
        text = body.decode(errors="replace").replace("\r\n", "\n")
        return [event for block in text.split("\n\n") if (event := _event(block))]
    mark = b"\n" if kind in _LINES else b"\x1e"
    return [decode_json(part) for part in body.split(mark) if part.strip()]


def _event(block: str) -> dict[str, object]:
    """One server-sent event by its fields; several lines of data are one text."""
    found: dict[str, object] = {}
    for line in block.split("\n"):
        name, _, text = line.partition(":")
        text = text.removeprefix(" ")
        if name == "data" and "data" in found:
            found["data"] = f"{found['data']}\n{text}"
        elif name:
            found[name] = int(text) if name == "retry" and _RETRY.fullmatch(text) else text
    return found


def _form(schemas: Schemas, schema: Schema | None, body: bytes, encoding: object) -> object:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"the form is not UTF-8 at byte {error.start}") from None
    pairs = []
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((unquote_plus(name), unquote_plus(value)))
    return _shaped(schemas, schema, pairs, encoding)


def _shaped(
    schemas: Schemas, schema: Schema | None, pairs: list[tuple[str, str]], encoding: object
) -> object:
    """Pairs as a value: a name that is declared with its brackets is taken as it stands."""
    declared = shape.members(schemas, schema) if schema is not None else {}
    literal = [pair for pair in pairs if pair[0] in declared]
    tree = shape.nest([pair for pair in pairs if pair[0] not in declared])
    for name, text in literal:
        known = tree.get(name)
        if known is None:
            tree[name] = text
        else:
            tree[name] = [*known, text] if isinstance(known, list) else [known, text]
    for name, rule in encoding.items() if isinstance(encoding, dict) else ():
        whole = tree.get(name)
        if isinstance(whole, str) and isinstance(rule, dict) and not _is_exploded(rule):
            tree[name] = [*shape.divide(whole, str(rule.get("style")))]
    if schema is None:
        return tree
    return {
        name: _member(schemas, declared.get(name) or _other(schemas, schema, name), value, name, encoding)
        for name, value in tree.items()
    }


def _is_exploded(rule: dict[str, Any]) -> bool:
    explode = rule.get("explode")
    return explode if isinstance(explode, bool) else rule.get("style", "form") in ("form", "deepObject")


def _member(schemas: Schemas, schema: Schema, tree: shape.Tree, name: str, encoding: object) -> object:
    """One member of a form. An object, or what the encoding says so of, is written as JSON."""
    rule = encoding.get(name) if isinstance(encoding, dict) else None
    if isinstance(tree, str):
        if is_json(multipart.declared_type(rule)):
            return _json_member(name, tree.encode())
        kinds = shape.types(schemas, schema)
        if tree.startswith("{") and "object" in kinds and "string" not in kinds:
            return _json_member(name, tree.encode())
    return shape.coerce(schemas, schema, tree)


def _json_member(name: str, octets: bytes) -> object:
    try:
        return decode_json(octets)
    except Malformed as error:
        raise Malformed(str(error).replace("the body", f"the member {name!r}", 1)) from None


_TEXT: Schema = {"type": "string"}


def _other(schemas: Schemas, schema: Schema, name: str) -> Schema:
    return shape.member(schemas, schema, name) or _TEXT


def _multipart(
    schemas: Schemas, schema: Schema | None, content_type: str, body: bytes, encoding: object
) -> object:
    found = multipart.parts(content_type, body)
    if found is None:
        raise Malformed("the body is not multipart: no boundary of the content type stands in it")
    texts: list[tuple[str, str]] = []
    made: dict[str, list[object]] = {}
    for part in found:
        rule = encoding.get(part.name) if isinstance(encoding, dict) else None
        kind = part.type or multipart.declared_type(rule).partition(",")[0]
        if part.is_file and not is_json(kind):
            # JSON Schema knows no bytes: a file stands as text, so that `type: string` holds.
            made.setdefault(part.name, []).append(part.octets.decode("latin-1"))
        elif is_json(kind):
            made.setdefault(part.name, []).append(_json_member(part.name, part.octets))
        else:
            texts.append((part.name, _decoded(part.headers.get("content-type", ""), part.octets)))
    value = _shaped(schemas, schema, texts, encoding)
    members = {} if schema is None else shape.members(schemas, schema)
    whole = {name: _one_or_all(schemas, members.get(name), values) for name, values in made.items()}
    return {**value, **whole} if isinstance(value, dict) else whole


def _one_or_all(schemas: Schemas, schema: Schema | None, values: list[object]) -> object:
    """Parts of one name: the items of a list where one is declared, or where there are several."""
    if schema is None:
        return values[0] if len(values) == 1 else values
    kinds = shape.types(schemas, schema)
    is_list = "array" in kinds and (len(values) > 1 or "string" not in kinds)
    return values if is_list and not (len(values) == 1 and isinstance(values[0], list)) else values[-1]


def _decoded(content_type: str, octets: bytes) -> str:
    """The text in the charset that the content type names, else in UTF-8."""
    charset = re.search(r"charset=\"?([^\s\";]+)", content_type, re.IGNORECASE)
    try:
        return octets.decode(charset[1] if charset else "utf-8", errors="replace")
    except (LookupError, ValueError):  # a charset that nobody knows, or that is none of a text, like `idna`
        return octets.decode(errors="replace")


def content_deviation(message: str, keyword: str = "content_type") -> Deviation:
    """A deviation of the content type, which is a header."""
    return Deviation("header", "/content-type", message, keyword)

"""Values as bytes of a media type: JSON, XML, forms, CSV, streams, MessagePack, text; and files for what is none."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import msgspec

from harness.contract import shape, xml
from harness.contract.body import Media, essence, is_events, is_json, is_lines, is_open, is_stream, is_xml
from harness.contract.schema import Schemas
from harness.contract.specimen import named, specimen

_BOUNDARY = "part-of-the-answer"
_EVENT = frozenset(("data", "event", "id", "retry"))
_FIELD = re.compile(r"(data|event|id|retry)?:")
_MESSAGE_PACK = ("application/msgpack", "application/x-msgpack", "application/vnd.msgpack")
_TREES = (
    "application/yaml",
    "application/x-yaml",
    "text/yaml",
    "text/x-yaml",
    "text/json",
    "text/javascript",
)


def holds_values(media_type: str) -> bool:
    """Can any JSON value be told in it, so that examples and sampled values are good for it?"""
    kind = essence(media_type)
    return (
        is_json(kind) or is_open(kind) or is_xml(kind) or is_stream(kind)
        or kind in _TREES or kind in _MESSAGE_PACK or "form" in kind
    )  # fmt: skip


def content_type(media_type: str) -> str:
    """What an answer of a declared media type is called: a range by one type of it, with what reading it needs."""
    kind = essence(media_type)
    if is_open(kind):
        return "application/json"
    if kind.startswith("multipart/") and "boundary" not in media_type:
        return f"{kind}; boundary={_BOUNDARY}"
    return named(kind) if "*" in kind else media_type


def encode(schemas: Schemas, media: Media, value: object) -> bytes:
    """A value in a declared media type. Text that is already written in it is kept."""
    kind = essence(content_type(media.type))
    if is_json(kind):
        return msgspec.json.encode(value)
    if is_stream(kind) and not (isinstance(value, str) and (not is_events(kind) or _FIELD.match(value))):
        return b"".join(_item(kind, item) for item in (value if isinstance(value, list) else [value]))
    if is_xml(kind):
        if isinstance(value, str) and value.lstrip().startswith("<"):
            return value.encode()
        return xml.written(schemas, media.schema or shape.OPEN, value).encode()
    if kind in _MESSAGE_PACK:
        return msgspec.msgpack.encode(value)
    if isinstance(value, dict) and kind == "application/x-www-form-urlencoded":
        return "&".join(_pairs(value)).encode()
    if isinstance(value, dict) and kind.startswith("multipart/"):
        return b"".join(_parts(value))
    if isinstance(value, str):
        return value.encode()
    if kind.endswith("/csv"):
        return _table(value)
    text = msgspec.json.encode(value)
    file = None if kind in _TREES or kind == "text/plain" else specimen(kind, text.decode())
    return text if file is None else file


def _item(kind: str, item: object) -> bytes:
    """One item of a stream. An event that is no object of an event's fields is its data."""
    if not is_events(kind):
        return (b"" if is_lines(kind) else b"\x1e") + msgspec.json.encode(item) + b"\n"
    fields = item if isinstance(item, dict) and item.keys() <= _EVENT and "data" in item else {"data": item}
    lines = []
    for name, value in fields.items():
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        lines += [f"{name}: {line}\n" for line in text.split("\n")]
    return "".join((*lines, "\n")).encode()


def numbered(value: dict[str, Any]) -> bytes:
    """A form with each item of a list under its number: `a[0]=b` is a list where `a=b` may be a text."""
    return "&".join(_pairs(value, by_number=True)).encode()


def _pairs(value: object, name: str = "", *, by_number: bool = False) -> Iterator[str]:
    """The pairs of a form: members in brackets, items by number where they have members, else side by side."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _pairs(child, f"{name}[{key}]" if name else str(key), by_number=by_number)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            own = by_number or isinstance(item, dict | list)
            yield from _pairs(item, f"{name}[{number}]" if own else name, by_number=by_number)
    else:
        yield f"{quote_plus(name, safe='[]')}={quote_plus(_text(value))}"


def _parts(value: dict[str, Any]) -> Iterator[bytes]:
    for name, child in value.items():
        typed = "" if isinstance(child, str) else "Content-Type: application/json\r\n"
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n{typed}\r\n'
        yield f"{head}{_text(child)}\r\n".encode()
    yield f"--{_BOUNDARY}--\r\n".encode()


def _table(value: object) -> bytes:
    """Rows with a header of every name, RFC 4180; what is no object is a row of its own."""
    rows = value if isinstance(value, list) else [value]
    names = list(dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row))
    out = _Written()
    writer = csv.writer(out)
    if names:
        writer.writerow(names)
    for row in rows:
        cells = [row.get(name) for name in names] if isinstance(row, dict) else row
        writer.writerow([_text(cell) for cell in (cells if isinstance(cells, list) else [cells])])
    return "".join(out).encode()


class _Written(list[str]):
    """What was written to it, as csv wants it."""

    write = list.append


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

"""Multipart bodies, part by part: its name, what it is said to be, and whether that is what was declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from harness.contract import shape
from harness.contract.deviate import deviations
from harness.contract.schema import Schemas
from harness.contract.yaml import pointer
from harness.model.exchange import Deviation


class Part(msgspec.Struct, frozen=True):
    """One part. `type`: the media type that it names itself, lower case; empty where it names none. `is_file`: it has
    a file's name. `headers`: by lower case name."""

    name: str
    type: str
    is_file: bool
    octets: bytes
    headers: dict[str, str] = {}


def parts(content_type: str, body: bytes) -> list[Part] | None:
    """The parts of a body; None where it has none, as no boundary of the content type stands in it."""
    # Imported here: a first answer seldom waits for a multipart body, and these take long.
    from email import policy
    from email.message import EmailMessage
    from email.parser import BytesParser

    head = b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=policy.HTTP).parsebytes(head + body)
    if not message.is_multipart() or not isinstance(message, EmailMessage):
        return None
    return [_part(part) for part in message.iter_parts()]


def _part(part: Any) -> Part:
    disposition = part.get("content-disposition")
    known = disposition.params if disposition is not None else {}
    payload = part.get_payload(decode=True)
    return Part(
        known.get("name", ""),
        part.get_content_type() if "content-type" in part else "",
        "filename" in known,
        payload if isinstance(payload, bytes) else b"",
        {name.lower(): str(text) for name, text in part.items()},
    )


def declared_type(rule: object) -> str:
    """The media types that an encoding wants of a part (`image/png, image/*`); none where it has a style."""
    if not isinstance(rule, dict) or "style" in rule or "explode" in rule:
        return ""
    wanted = rule.get("contentType")
    return wanted.lower() if isinstance(wanted, str) else ""


def judged(schemas: Schemas, found: list[Part], encoding: Mapping[str, Any]) -> Iterator[Deviation]:
    """Each part that is not of its encoding's media type, or lacks a header of it or has a wrong one.

    A part that names no media type is taken for what it should be.
    """
    for part in found:
        rule = encoding.get(part.name)
        wanted = [kind.strip().partition(";")[0] for kind in declared_type(rule).split(",") if kind.strip()]
        if part.type and wanted and not any(fnmatchcase(part.type, kind) for kind in wanted):
            message = f"the part {part.name!r} is {part.type!r}; expected {', '.join(wanted)}"
            yield Deviation("body", pointer([part.name]), message, "content_type")
        headers = rule.get("headers") if isinstance(rule, dict) else None
        for name, node in headers.items() if isinstance(headers, dict) else ():
            yield from _judged_header(schemas, part, name.lower(), schemas.document.follow(node))


def _judged_header(schemas: Schemas, part: Part, name: str, node: dict[str, Any]) -> Iterator[Deviation]:
    text = part.headers.get(name)
    if name == "content-type":  # which contentType tells
        return
    if text is None:
        if node.get("required") is True:
            message = f"the part {part.name!r} lacks the header {name!r}"
            yield Deviation("body", pointer([part.name]), message, "required")
        return
    schema = schemas.convert(node.get("schema"))
    value = shape.coerce(schemas, schema, text)
    for wrong in deviations(schemas, schema, value, where="body", at=(part.name,)):
        message = f"the header {name!r} of the part {part.name!r}: {wrong.message}"
        yield msgspec.structs.replace(wrong, message=message)

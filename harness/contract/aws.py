"""What the documents of AWS have lost: AWS publishes models of its own, and aws2openapi makes the documents of them.

In those of apis.guru, 354 documents, this is not said, and every SDK of AWS relies on it: that the answers of the
query protocol are wrapped; that a body is the bytes of an object itself; that it may be left out; that XML comes
without a content type; that an object has an ETag; and that lists are wrapped, which `xml.py` heeds. A document by
itself is taken at its word; `dialect: aws` in a provider.yaml, which `harness contract add` writes, puts this back.
Source: https://smithy.io/2.0/aws/protocols/ (AWS query, REST XML).
"""

from __future__ import annotations

from typing import Any

from harness.contract.apart import divided
from harness.contract.body import is_xml
from harness.contract.document import Document

_BYTES = ("Body", "Policy")
"""Members of a body that are the body, as the models of S3 have them."""

_METADATA: dict[str, Any] = {
    "type": "object",
    "required": ["RequestId"],
    "properties": {"RequestId": {"type": "string", "format": "uuid"}},
}

Node = dict[str, Any]


def mended(document: Document, template: str, node: Node) -> Node:
    """The operation of a document that was converted, with what is lost; what the document has is not changed."""
    made = dict(node)
    action = next((mark.value for mark in divided(template)[2] if mark.name == "Action"), None)
    body = document.follow(node.get("requestBody"))
    if body and not action:
        made["requestBody"] = _request(document, body)
    responses = node.get("responses")
    if isinstance(responses, dict):
        answers = {status: document.follow(answer) for status, answer in responses.items()}
        made["responses"] = {
            status: _answer(document, action, answer) if status.startswith("2") else answer
            for status, answer in answers.items()
        }
    return made


def other_slash(path: str) -> str:
    """The path with a slash at its end, or without the one it has: SDKs of AWS differ in it."""
    return path.rstrip("/") if path.endswith("/") else path + "/"


def _request(document: Document, body: Node) -> Node:
    content = body.get("content")
    if not isinstance(content, dict):
        return body
    schemas = [document.follow(media.get("schema")) for media in content.values() if isinstance(media, dict)]
    if any(_is_bytes(document, schema) for schema in schemas):
        return {"content": {"*/*": {}}}
    required = body.get("required") is True and any(schema.get("required") for schema in schemas)
    xml = next((media for kind, media in content.items() if is_xml(kind)), None)
    return {**body, "required": required, "content": {**content, "*/*": xml} if xml else content}


def _answer(document: Document, action: str | None, answer: Node) -> Node:
    content = answer.get("content")
    media = content.get("text/xml") if isinstance(content, dict) else None
    if action and document.text("info", "x-serviceName") != "ec2" and (media or not content):
        return {**answer, "content": {"text/xml": {"schema": _wrapped(action, media)}}}
    schema = document.follow(media.get("schema")) if media else {}
    if _tag_of(schema):
        tag = {"required": True, "schema": {"type": "string"}, "example": _tag_of(schema)}
        answer = {**answer, "headers": {"ETag": tag}}
    return {**answer, "content": {"application/octet-stream": {}}} if _is_bytes(document, schema) else answer


def _tag_of(schema: Node) -> str:
    """The ETag in the example of an answer: what is no member of its body is a header. Uploads are put together by
    it."""
    example = schema.get("example")
    tag = example.get("ETag") if isinstance(example, dict) else None
    return tag if isinstance(tag, str) and "ETag" not in schema.get("properties", {}) else ""


def _wrapped(action: str, media: Node | None) -> Node:
    """`<ListUsersResponse><ListUsersResult>...</ListUsersResult><ResponseMetadata>...`."""
    result = {f"{action}Result": media["schema"]} if media and "schema" in media else {}
    return {
        "type": "object",
        "xml": {"name": f"{action}Response"},
        "required": [*result, "ResponseMetadata"],
        "properties": {**result, "ResponseMetadata": _METADATA},
    }


def _is_bytes(document: Document, schema: Node) -> bool:
    """Is the body one of `_BYTES`, with nothing beside it but maps, which are told in headers?"""
    members = schema.get("properties")
    if not isinstance(members, dict) or not any(name in members for name in _BYTES):
        return False
    return all(name in _BYTES or name.lower() in ("metadata", "x-amz-meta-") for name in members)

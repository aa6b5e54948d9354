"""Answers made of what a document declares: its own examples where they are valid, else sampled values; headers."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract import shape, xml
from harness.contract.body import Media, essence, is_stream, is_xml
from harness.contract.document import Warning
from harness.contract.encode import content_type, encode, holds_values
from harness.contract.operation import Answers
from harness.contract.realistic import Luck
from harness.contract.sample import Sampler
from harness.contract.schema import Schema, Schemas
from harness.contract.specimen import specimen

_NOTHING: tuple[object, ...] = (None, {}, [])
_NARROW = ("enum", "const", "pattern", "maxLength", "example", "examples", "default")
_STEERING = (
    *("connection", "content-encoding", "content-length", "etag", "last-modified", "link", "location"),
    *("retry-after", "set-cookie", "transfer-encoding", "www-authenticate"),
)


class Maker:
    """Makes the bodies and the headers of one document's answers. `warnings` tell of those that are doubtful."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.sampler = Sampler(schemas)
        self.warnings: dict[str, Warning] = {}

    def value(self, where: str, media: Media, luck: Luck, *, fresh: bool = False) -> object:
        """A valid value for a media type, made where the document has no example of it, or where it is to be `fresh`.

        `where` is for warnings.
        """
        for example in () if fresh else self.examples(media):
            if media.schema is None:
                return example
            if example not in _NOTHING and self.schemas.valid(media.schema, example):
                told = self.sampler.named(media.schema, example)
                if told is not None:
                    return told
        if media.schema is None:
            return {} if holds_values(media.type) else luck.words(3)
        value, valid = self.sampler.valid_value(media.schema, luck)
        if not valid:
            message = f"{where}: no valid answer was found for its schema"
            self.warnings.setdefault(where, Warning("", message))
        return value

    def body(self, where: str, media: Media, luck: Luck, *, example: str = "", fresh: bool = False) -> bytes:
        """A value as bytes; a whole small file where the media type is of files and the schema only says text.

        The example of the given name, if there is one, is told as it stands, valid or not; a `fresh` value is none.
        """
        named = self.named(media) if example else {}
        if example in named:
            return encode(self.schemas, media, named[example])
        written = None if fresh else self._written_example(media)
        if written is not None:
            return written
        if not holds_values(media.type) and self._is_open_text(media):
            file = specimen(essence(content_type(media.type)), luck.words(3))
            if file is not None:
                return file
        return encode(self.schemas, media, self.value(where, media, luck, fresh=fresh))

    def headers(
        self, answer: Answers, luck: Luck, *, redirects: bool = False, every: bool = False
    ) -> Iterator[tuple[str, str]]:
        """The required headers of an answer, and those that the document has an example of (or `every` one), unless a
        client acts on them; the content type goes with the body. An answer that `redirects` says where to."""
        for name, header in answer.headers.items():
            must = header.required or (redirects and name == "location")
            if name == "content-type" or not (must or every or header.example is not None):
                continue
            if not must and _steers(name):
                continue
            value = header.example
            if value is None or not self.schemas.valid(header.schema, value):
                value, _ = self.sampler.valid_value(header.schema, luck, name=name.replace("-", "_"))
            yield name, _header_text(value)

    def examples(self, media: Media) -> Iterator[object]:
        """The values that the document gives for a media type, in its order, valid or not."""
        if "example" in media.node:
            yield media.node["example"]
        yield from self.named(media).values()

    def named(self, media: Media) -> dict[str, object]:
        """The examples that the document gives under a name, valid or not; an `externalValue` is not fetched."""
        named = media.node.get("examples")
        nodes = named.items() if isinstance(named, dict) else ()
        followed = ((str(name), self.schemas.document.follow(node)) for name, node in nodes)
        return {
            name: node.get("dataValue", node.get("value"))
            for name, node in followed
            if "dataValue" in node or "value" in node
        }

    def _written_example(self, media: Media) -> bytes | None:
        """The first example that is given as a text already written in the media type: XML that fits the schema, or
        what no schema can judge (a stream, a table)."""
        if not is_xml(media.type):
            if holds_values(media.type) and not is_stream(media.type):
                return None
            texts = (example for example in self.examples(media) if isinstance(example, str) and example)
            return next((text.encode() for text in texts if self._may_be_written(media, text)), None)
        for example in self.examples(media):
            if not isinstance(example, str) or not example.lstrip().startswith("<"):
                continue
            try:
                value = xml.read(self.schemas, media.schema or shape.OPEN, example)
            except xml.NotXml:
                continue
            if media.schema is None or self.schemas.valid(media.schema, value):
                return example.encode()
        return None

    def _may_be_written(self, media: Media, text: str) -> bool:
        """Can it stand as it is? Where the schema is of texts, it is judged by it."""
        if media.schema is None or "string" not in shape.types(self.schemas, media.schema):
            return True
        return self.schemas.valid(media.schema, text)

    def _is_open_text(self, media: Media) -> bool:
        """Is any text or file good for it, and no example given?"""
        if any(example not in _NOTHING for example in self.examples(media)):
            return False
        if media.schema is None:
            return True
        schema = self.sampler.merger.merged(media.schema)
        return (
            schema.get("type", "string") == "string"
            and not any(key in schema for key in _NARROW)
            and not (_is_composed(schema))
        )


def _is_composed(schema: Schema) -> bool:
    return any(key in schema for key in ("oneOf", "anyOf", "properties", "items", "not"))


def _steers(header: str) -> bool:
    """Does a client act on that header? Then the example of a document would lead it astray."""
    return header in _STEERING or "ratelimit" in header.replace("-", "")


def _header_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_header_text(item) for item in value)
    return str(value)

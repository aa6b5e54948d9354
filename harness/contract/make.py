"""Answers made of what a document declares: its own examples where they are valid, else sampled values; headers."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract import shape, xml
from harness.contract.body import Media, essence
from harness.contract.document import Warning
from harness.contract.encode import content_type, encode, holds_values, is_xml
from harness.contract.operation import Answers
from harness.contract.realistic import Luck
from harness.contract.sample import Sampler
from harness.contract.schema import Schema, Schemas
from harness.contract.specimen import specimen

_NOTHING: tuple[object, ...] = (None, {}, [])
_NARROW = ("enum", "const", "pattern", "maxLength", "example", "examples", "default")


class Maker:
    """Makes the bodies and the headers of one document's answers. `warnings` tell of those that are doubtful."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.sampler = Sampler(schemas)
        self.warnings: dict[str, Warning] = {}

    def value(self, where: str, media: Media, luck: Luck) -> object:
        """A valid value for a media type, fresh where the document has no example of it. `where` is for warnings."""
        for example in self.examples(media):
            if media.schema is None or (
                example not in _NOTHING and self.schemas.valid(media.schema, example)
            ):
                return example
        if media.schema is None:
            return {} if holds_values(media.type) else luck.words(3)
        value, valid = self.sampler.valid_value(media.schema, luck)
        if not valid:
            message = f"{where}: no valid answer was found for its schema"
            self.warnings.setdefault(where, Warning("", message))
        return value

    def body(self, where: str, media: Media, luck: Luck) -> bytes:
        """A value as bytes; a whole small file where the media type is of files and the schema only says text."""
        written = self._written_example(media)
        if written is not None:
            return written
        if not holds_values(media.type) and self._is_open_text(media):
            file = specimen(essence(content_type(media.type)), luck.words(3))
            if file is not None:
                return file
        return encode(self.schemas, media, self.value(where, media, luck))

    def headers(self, answer: Answers, luck: Luck) -> Iterator[tuple[str, str]]:
        """The required headers of an answer; the content type goes with the body."""
        for name, header in answer.headers.items():
            if header.required and name != "content-type":
                value = header.example
                if value is None or not self.schemas.valid(header.schema, value):
                    value, _ = self.sampler.valid_value(header.schema, luck, name=name.replace("-", "_"))
                yield name, _header_text(value)

    def examples(self, media: Media) -> Iterator[object]:
        """The values that the document gives for a media type, in its order, valid or not."""
        if "example" in media.node:
            yield media.node["example"]
        named = media.node.get("examples")
        for node in named.values() if isinstance(named, dict) else ():
            node = self.schemas.document.follow(node)
            yield node.get("dataValue", node.get("value"))

    def _written_example(self, media: Media) -> bytes | None:
        """The first example that is given as the text of its XML document, if that fits the schema."""
        if not is_xml(media.type):
            return None
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


def _header_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_header_text(item) for item in value)
    return str(value)

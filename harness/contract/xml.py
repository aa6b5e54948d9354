"""Values as XML and back, by the xml keywords of a schema: name, attribute, namespace, prefix, wrapped, nodeType.

Source: the XML Object of OpenAPI 3.0 to 3.2. Beyond what it says: a document is one element, so a list that is the
whole body is wrapped; so is a list in a list; null is an element with `xsi:nil`. In the documents of AWS that were
converted, `wrapped: false` says which lists are not wrapped; items without a name are called `member`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from harness.contract import shape
from harness.contract.schema import Schema, Schemas

PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NIL = f"{{{_XSI}}}nil"
_ANYWHERE = {"xml": "http://www.w3.org/XML/1998/namespace"}
_KNOWN = {"xsi": _XSI}
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_IN_NAMES = re.compile(r"[^\w.\-]")

Scope = dict[str, str]
"""Namespaces by prefix; the default one has the prefix ''."""


class NotXml(Exception):
    """The text is no XML document."""


class _Keywords:
    """How one schema is written. `name` is None where the place decides, `node` is 3.2's nodeType."""

    __slots__ = ("name", "namespace", "node", "prefix", "wrapped")

    def __init__(self, given: dict[str, Any], *, wraps: bool) -> None:
        named, prefix, namespace = given.get("name"), given.get("prefix"), given.get("namespace")
        self.name = named if isinstance(named, str) and named else None
        self.prefix = prefix if isinstance(prefix, str) else ""
        self.namespace = namespace if isinstance(namespace, str) else ""
        node = given.get("nodeType")
        self.node = "attribute" if given.get("attribute") is True else node
        self.wrapped = given.get("wrapped", wraps) is True or node == "element"


def keywords(schemas: Schemas, schema: Schema) -> _Keywords:
    """The xml keywords of a converted schema, seen through references, allOf, and a choice between it and null."""
    wraps = schemas.document.dialect == "aws"
    return schemas.fact("xml", schema, lambda: _Keywords(_gathered(schemas, schema, 8), wraps=wraps))


def _gathered(schemas: Schemas, schema: Schema, depth: int) -> dict[str, Any]:
    schema = schemas.resolve(schema)
    found: dict[str, Any] = {}
    for part in _parts(schema) if depth else ():
        found |= _gathered(schemas, part, depth - 1)
    own = schema.get("xml")
    return found | own if isinstance(own, dict) else found


def _parts(schema: Schema) -> list[Schema]:
    parts = [part for part in schema.get("allOf", ()) if isinstance(part, dict)]
    for key in ("anyOf", "oneOf"):
        options = [o for o in schema.get(key, ()) if isinstance(o, dict) and o.get("type") != "null"]
        parts += options if len(options) == 1 else []
    return parts


def root_name(schemas: Schemas, schema: Schema) -> str:
    """What the outermost element is called: by the schema's keywords, else by its name in the document."""
    return keywords(schemas, schema).name or _component(schemas, schema) or "response"


def _component(schemas: Schemas, schema: Schema) -> str | None:
    key = schemas.key_of(schema)
    return None if key is None else schemas.name_of(key)


def written(schemas: Schemas, schema: Schema, value: object) -> str:
    """The XML document of a value."""
    return PROLOG + _Writer(schemas).root(schema, value)


def read(schemas: Schemas, schema: Schema, text: str | bytes) -> object:
    """The value that an XML document stands for, in the types of its schema. Raises NotXml."""
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise NotXml(f"the body is not XML: {error}") from None
    return _Reader(schemas).root(schema, root)


class _Writer:
    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas

    def root(self, schema: Schema, value: object) -> str:
        """The outermost element, whatever the value."""
        name = root_name(self.schemas, schema)
        if isinstance(value, list):
            return self.list_in_element(schema, value, name, dict(_ANYWHERE), whole=True)
        return self.element(schema, value, name, dict(_ANYWHERE))

    def member(self, schema: Schema, value: object, name: str, scope: Scope) -> str:
        """A property or an item: an element, or several side by side for a list that is not wrapped."""
        found = keywords(self.schemas, schema)
        if isinstance(value, list):
            if found.wrapped:
                each = "member" if self.schemas.document.dialect == "aws" else ""
                return self.list_in_element(schema, value, found.name or name, scope, each=each)
            return self.items(schema, value, found.name or name, scope)
        if found.node in ("text", "cdata", "none"):
            return self.content(schema, value, found, scope)
        return self.element(schema, value, found.name or name, scope)

    def items(
        self, schema: Schema, values: list[Any], name: str, scope: Scope, *, whole: bool = False
    ) -> str:
        each = shape.item(self.schemas, schema)
        own = keywords(self.schemas, each).name or (_component(self.schemas, each) if whole else None) or name
        return "".join(
            self.list_in_element(each, item, own, scope)
            if isinstance(item, list)
            else self.member(each, item, own, scope)
            for item in values
        )

    def list_in_element(
        self,
        schema: Schema,
        values: list[Any],
        name: str,
        scope: Scope,
        *,
        whole: bool = False,
        each: str = "",
    ) -> str:
        tag, declared, scope = self.tag(keywords(self.schemas, schema), name, scope)
        return f"<{tag}{declared}>{self.items(schema, values, each or name, scope, whole=whole)}</{tag}>"

    def element(self, schema: Schema, value: object, name: str, scope: Scope) -> str:
        found = keywords(self.schemas, schema)
        tag, declared, scope = self.tag(found, name, scope)
        if value is None:
            return f'<{tag}{declared} xmlns:xsi="{_XSI}" xsi:nil="true"/>'
        if isinstance(value, dict):
            declared += "".join(self.attributes(schema, value, scope))
        return f"<{tag}{declared}>{self.content(schema, value, found, scope)}</{tag}>"

    def content(self, schema: Schema, value: object, found: _Keywords, scope: Scope) -> str:
        """What stands between the tags."""
        if isinstance(value, dict):
            return "".join(
                self.member(member, child, name, scope)
                for name, child in value.items()
                if not self.is_attribute(member := self.declared(schema, name), child)
            )
        if isinstance(value, list):
            return self.items(schema, value, found.name or "item", scope)
        text = _text(value)
        return (
            f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
            if found.node == "cdata"
            else escaped(text)
        )

    def attributes(self, schema: Schema, value: dict[str, Any], scope: Scope) -> Iterator[str]:
        for name, child in value.items():
            member = self.declared(schema, name)
            if child is not None and self.is_attribute(member, child):
                found = keywords(self.schemas, member)
                tag, declared, _ = self.tag(found, found.name or name, scope, attribute=True)
                yield f"{declared} {tag}={_quoted(_text(child))}"

    def is_attribute(self, member: Schema, value: object) -> bool:
        return not isinstance(value, dict | list) and keywords(self.schemas, member).node == "attribute"

    def declared(self, schema: Schema, name: str) -> Schema:
        return shape.member(self.schemas, schema, name) or shape.OPEN

    def tag(
        self, found: _Keywords, name: str, scope: Scope, *, attribute: bool = False
    ) -> tuple[str, str, Scope]:
        """A name as it may stand there, the declarations that it needs, and the namespaces known within."""
        prefix, _, local = name.rpartition(":")
        prefix = prefix or found.prefix
        namespace = found.namespace or scope.get(prefix) or _KNOWN.get(prefix, "")
        # A prefix that nothing declares would make the document unreadable, and a default one means no attribute.
        if (prefix and not namespace) or (attribute and not prefix):
            return _named(local if prefix == found.prefix else name), "", scope
        tag = f"{_named(prefix)}:{_named(local)}" if prefix else _named(local)
        if not namespace or scope.get(prefix) == namespace:
            return tag, "", scope
        mark = f"xmlns:{_named(prefix)}" if prefix else "xmlns"
        return tag, f" {mark}={_quoted(namespace)}", {**scope, prefix: namespace}


# xml.sax.saxutils has these, too, and an HTTP client behind it, which takes long to import.
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_QUOTES = _MARKUP | str.maketrans({'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def escaped(text: str) -> str:
    """The text as it stands between tags."""
    return text.translate(_MARKUP)


def _quoted(text: str) -> str:
    return f'"{text.translate(_IN_QUOTES)}"'


class _Reader:
    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas

    def root(self, schema: Schema, element: ElementTree.Element) -> object:
        """What the outermost element stands for: one of a nameless object's members where it is called like that."""
        if keywords(self.schemas, schema).name is None and _component(self.schemas, schema) is None:
            own = _local(element.tag)
            within = {_local(child.tag) for child in element}
            for name, member in shape.members(self.schemas, schema).items():
                known = keywords(self.schemas, member)
                if known.node is None and _local(known.name or name) == own and own not in within:
                    return {name: self.value(member, element)}
        return self.value(schema, element)

    def value(self, schema: Schema, element: ElementTree.Element) -> object:
        """What one element stands for."""
        kinds = shape.types(self.schemas, schema)
        if element.get(_NIL) in ("true", "1"):
            return None
        children = list(element)
        if "array" in kinds and "object" not in kinds:
            each = shape.item(self.schemas, schema)
            return [self.value(each, child) for child in children]
        if "object" in kinds and (children or len(kinds) == 1 or self.has_attributes(schema)):
            return self.object(schema, element)
        return shape.scalar(kinds, element.text or "")

    def has_attributes(self, schema: Schema) -> bool:
        members = shape.members(self.schemas, schema).values()
        return any(
            keywords(self.schemas, member).node in ("attribute", "text", "cdata") for member in members
        )

    def object(self, schema: Schema, element: ElementTree.Element) -> dict[str, object]:
        left = list(element)
        found: dict[str, object] = {}
        for name, member in shape.members(self.schemas, schema).items():
            known = keywords(self.schemas, member)
            own = _local(known.name or name)
            kinds = shape.types(self.schemas, member)
            if known.node == "attribute":
                texts = [text for key, text in element.attrib.items() if _local(key) == own]
                if texts:
                    found[name] = shape.scalar(kinds, texts[0])
            elif known.node in ("text", "cdata"):
                found[name] = shape.scalar(kinds, element.text or "")
            elif "array" in kinds and "object" not in kinds and not known.wrapped:
                each = shape.item(self.schemas, member)
                own = _local(keywords(self.schemas, each).name or own)
                taken = [child for child in left if _local(child.tag) == own]
                if taken or name in _required(self.schemas, schema):
                    found[name] = [self.value(each, child) for child in taken]
                left = [child for child in left if _local(child.tag) != own]
            else:
                taken = [child for child in left if _local(child.tag) == own]
                if taken:
                    found[name] = self.value(member, taken[0])
                    left.remove(taken[0])
        for child in left:
            name = _local(child.tag)
            found.setdefault(name, self.value(shape.member(self.schemas, schema, name) or shape.OPEN, child))
        return found


def _required(schemas: Schemas, schema: Schema) -> set[str]:
    return {name for branch in shape.branches(schemas, schema) for name in branch.get("required", ())}


def _local(name: str) -> str:
    """A name without its namespace or prefix, as it stands in XML."""
    return _named(name.rpartition("}")[2].rpartition(":")[2])


def _named(name: str) -> str:
    """The nearest name that XML allows."""
    name = _NOT_IN_NAMES.sub("_", name)
    return name if name and (name[0].isalpha() or name[0] == "_") else f"_{name}"


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_IN_XML.sub("", str(value))

"""A fresh valid value of a schema: seeded, small, and as realistic as names, formats and examples allow.

The sampler guesses well and is then checked: `Sampler.valid_value` validates what it made and tries again in
leaner or other ways, and says when none of them was valid.
"""

from __future__ import annotations

from typing import Any

from harness.contract import realistic, scalar, shape, unsent
from harness.contract.forked import Fork
from harness.contract.merge import Merger
from harness.contract.prune import pruned
from harness.contract.realistic import Luck
from harness.contract.schema import TYPES, Schema, Schemas
from harness.contract.ways import WAYS, Way

_DEEPEST = 14
_TEXT: Schema = {"type": "string"}
_LIMIT_NODES = 4000


class _Unworkable(Exception):
    """No value here within the bounds: the caller takes another branch, or leaves the place empty."""


_EXAMPLES = frozenset(("example", "examples", "default", "x-extensible-enum"))
_TOLD = frozenset(("const", "enum", "example", "examples", "default"))
_OF_EACH_KIND: tuple[object, ...] = (0, "", False, None, [], {})


class Sampler:
    """Makes values of the schemas of one document. What it learns about a schema (which way works) is kept.

    Everything kept is keyed by the identity of a schema of the document, never of one made for a single value, so
    what is kept is bounded by the document.
    """

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self.merger = Merger(schemas)
        self._usable: dict[int, tuple[Schema, list[Any]]] = {}
        self._ways: dict[int, tuple[Schema, int]] = {}

    def valid_value(self, schema: Schema, luck: Luck, *, name: str = "") -> tuple[object, bool]:
        """A value and whether it is valid: the first valid one of all ways, else the first one made.

        An empty object is only taken where nothing was made that is fuller, or can be saved of it.
        """
        known = self._ways.get(id(schema))
        # Each way has luck of its own: what was found before decides where to begin, and must not decide the value.
        fork = Fork(luck.rng)
        first: list[object] = []
        empty = False
        for number in (*(() if known is None else (known[1],)), *range(2 * len(WAYS))):
            try:
                value = self._made(schema, Luck(fork.numbered(number), luck.now_s), name, number)
            except (_Unworkable, RecursionError):
                continue
            if not self.schemas.valid(schema, value):
                first.append(value)
            elif value == {} and first:
                empty = True
            else:
                self._ways[id(schema)] = (schema, number)
                return value, True
        return ({}, True) if empty else (first[0] if first else None, False)

    def _made(self, schema: Schema, luck: Luck, name: str, number: int) -> object:
        """A value made in the way of that number, or, beyond the last way, what is right of one made so."""
        value = _Run(self, luck, WAYS[number % len(WAYS)]).value(schema, name, 0)
        if number < len(WAYS):
            return value
        left = pruned(self.schemas.validator(schema), value)
        if left is None:
            raise _Unworkable
        return left

    def named(self, schema: Schema, value: object) -> object | None:
        """A valid value of a schema, with the discriminator's word for the branch that it is of, where that is left
        out; None where the word that stands there names another branch, or none does."""
        merged = self.merger.merged(schema)
        discriminator = merged.get("discriminator")
        name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
        options = [*merged.get("oneOf", ()), *merged.get("anyOf", ())]
        keys = [
            key for option in options if isinstance(option, dict) and (key := self.schemas.key_of(option))
        ]
        if not isinstance(discriminator, dict) or name is None or not keys or not isinstance(value, dict):
            return value
        for key in keys:
            for word in words(self.schemas, discriminator, key):
                told = {**value, name: word}
                if value.get(name, word) == word and self.schemas.valid(self.schemas.definition(key), told):
                    return told if self.schemas.valid(schema, told) else None
        return None

    def usable_examples(self, schema: Schema) -> list[Any]:
        """The examples and the default of a merged schema that are valid; null and `{}` say too little."""
        known = self._usable.get(id(schema))
        if known is None:
            given = [schema[key] for key in ("example", "default") if key in schema]
            examples = schema.get("examples")
            if isinstance(examples, list):
                given[:0] = examples
            given += schema.get("x-extensible-enum", ())
            usable = [
                told
                for value in given
                if value is not None and value not in ({}, []) and self.schemas.valid(schema, value)
                if (told := self.named(schema, value)) is not None
            ]
            known = self._usable[id(schema)] = (schema, usable)
        return known[1]


class _Run:
    """The making of one value in one way."""

    def __init__(self, sampler: Sampler, luck: Luck, way: Way) -> None:
        self.sampler, self.schemas, self.merger = sampler, sampler.schemas, sampler.merger
        self.luck, self.way = luck, way
        self.names: list[str] = []
        self.nodes = 0

    def value(self, schema: Schema, name: str, depth: int) -> object:
        """A value of a schema that may be a reference; recursion is bounded."""
        key = self.schemas.key_of(schema)
        if key is None:
            return self._value(schema, name, depth)
        if self.names.count(key) >= self.way.repeat or depth > _DEEPEST:
            raise _Unworkable
        self.names.append(key)
        try:
            return self._value(schema, name, depth)
        finally:
            self.names.pop()

    def _value(self, schema: Schema, name: str, depth: int) -> object:
        self.nodes += 1
        if depth > _DEEPEST * 2 or self.nodes > _LIMIT_NODES * 4:
            raise _Unworkable
        schema = self.merger.merged(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema and shape.types(self.schemas, schema):
            return self._enum(schema)
        if self.way.examples and not _EXAMPLES.isdisjoint(schema):
            usable = self.sampler.usable_examples(schema)
            if usable:
                return usable[0]
        if schema.get("discriminator"):
            made = self._of_mapping(schema, name, depth)
            if made is not None:
                return made
        for combined in ("oneOf", "anyOf"):
            if schema.get(combined):
                return self._branch(schema, combined, name, depth)
        kind = self._kind(schema)
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "string":
                return scalar.text(self.schemas, schema, name, self.luck)
            case "integer" | "number":
                return scalar.number(schema, name, self.luck, whole=kind == "integer")
            case "boolean":
                return realistic.flag(name)
            case _:
                return None

    def _enum(self, schema: Schema) -> object:
        for value in schema["enum"]:
            if (
                value is not None
                and (value != "" or len(schema["enum"]) == 1)
                and self.schemas.valid(schema, value)
            ):
                return value
        return schema["enum"][0]

    def _kind(self, schema: Schema) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((k for k in kind if k != "null"), "null")
        if isinstance(kind, str):
            return kind
        for key, implied in (
            ("properties", "object"),
            ("additionalProperties", "object"),
            ("required", "object"),
            ("items", "array"),
            ("prefixItems", "array"),
            ("minimum", "number"),
            ("maximum", "number"),
        ):
            if key in schema:
                return implied
        return (
            "string"
            if any(k in schema for k in ("pattern", "format", "minLength", "maxLength"))
            else "object"
        )

    def _branch(self, schema: Schema, key: str, name: str, depth: int) -> object:
        """The first branch that can be made, merged with what stands beside it."""
        options: list[Schema] = [option for option in schema[key] if isinstance(option, dict)]
        order = [(index + self.way.branch) % len(options) for index in range(len(options))]
        if depth > 4 or self.nodes > _LIMIT_NODES:
            # Deep down an id is preferred to the object that it stands for.
            order.sort(key=lambda index: shape.types(self.schemas, options[index]) >= {"object"})
        order.sort(key=lambda index: options[index].get("type") == "null")
        ambiguous: list[object] = []
        for index in order:
            option = options[index]
            ref = self.schemas.key_of(option)
            try:
                made = self._of_branch(schema, key, index, ref, name, depth)
            except _Unworkable:
                continue
            if ref is not None and isinstance(made, dict):
                self._discriminate(schema, ref, made)
            # Branches that overlap: a value may be of two of them, which oneOf forbids.
            if key == "anyOf" or len(options) == 1 or self.schemas.valid(schema, made):
                return made
            if self.way.apart and isinstance(made, dict):
                made = self._told_apart(schema, index, made)
                if self.schemas.valid(schema, made):
                    return made
            ambiguous.append(made)
        if ambiguous:
            return ambiguous[0]
        raise _Unworkable

    def _of_mapping(self, schema: Schema, name: str, depth: int) -> object | None:
        """A value of one of the schemas that a base's discriminator maps to; None where it names none that works."""
        options = self.merger.derived(schema)
        for index in range(len(options)):
            try:
                made = self.value(options[(index + self.way.branch) % len(options)], name, depth + 1)
            except _Unworkable:
                continue
            if self.schemas.valid(schema, made):
                return made
        return None

    def _told_apart(self, schema: Schema, index: int, made: dict[str, object]) -> dict[str, object]:
        """An object of one branch of a oneOf, made unfit for the others by members of theirs, of a wrong kind."""
        made = dict(made)
        options = [option for option in schema["oneOf"] if isinstance(option, dict)]
        own = shape.members(self.schemas, options[index])
        for option in options:
            if option is options[index] or not self.schemas.valid(option, made):
                continue
            for name, member in shape.members(self.schemas, option).items():
                wrong = [value for value in _OF_EACH_KIND if not self.schemas.valid(member, value)]
                if name not in own and name not in made and wrong:
                    made[name] = wrong[0]
                    break
        return made

    def _of_branch(
        self, schema: Schema, key: str, index: int, ref: str | None, name: str, depth: int
    ) -> object:
        if ref is not None and self.names.count(ref) >= self.way.repeat:
            raise _Unworkable
        self.names.append(ref or "")
        try:
            return self._value(self.merger.branch(schema, key, index), name, depth + 1)
        finally:
            self.names.pop()

    def _discriminate(self, schema: Schema, key: str, made: dict[str, object]) -> None:
        """Put the discriminator's word for the branch `key` into an object made of it."""
        discriminator = schema.get("discriminator")
        if not isinstance(discriminator, dict):
            return
        name = discriminator.get("propertyName")
        if not isinstance(name, str):
            return
        declared = shape.member(self.schemas, self.schemas.definition(key), name)
        called = words(self.schemas, discriminator, key)
        made[name] = next(
            (word for word in called if declared is None or self.schemas.valid(declared, word)),
            made.get(name, called[0]),
        )

    def _object(self, schema: Schema, depth: int) -> dict[str, object]:
        properties: dict[str, Any] = schema.get("properties", {})
        required = schema.get("required", [])
        made: dict[str, object] = {}
        for name, member in properties.items():
            must = name in required
            if not must and not self._wanted(member, bool(required), depth):
                continue
            if not isinstance(member, dict):
                if must and member is True:
                    made[name] = None
                continue
            if realistic.goes_on(name) and not _TOLD.intersection(member):
                self._end(member, name, made, must=must)
                if not must or name in made:
                    continue
            try:
                made[name] = self.value(member, name, depth + 1)
            except _Unworkable:
                if must:
                    if "null" not in shape.types(self.schemas, member):
                        raise
                    made[name] = None
        more = schema.get("additionalProperties")
        for name in required:
            if name not in made:
                made[name] = self.value(more if isinstance(more, dict) else _TEXT, name, depth + 1)
        least = schema.get("minProperties", 0)
        if len(made) < least:
            self._fill(schema, made, least, depth)
        if "x-name" in schema:
            self._discriminate(schema, schema["x-name"], made)
        return made

    def _end(self, member: Schema, name: str, made: dict[str, object], *, must: bool) -> None:
        """What says that no other page follows, where it can be said: a client that follows a list that was made up
        must come to its end. Null where it is declared, nothing where it may be left out, else an empty text."""
        kinds = shape.types(self.schemas, member)
        if "null" in kinds and len(kinds) < len(TYPES):
            made[name] = None
        elif must and self.schemas.valid(member, ""):
            made[name] = ""

    def _fill(self, schema: Schema, made: dict[str, object], least: int, depth: int) -> None:
        """Properties until there are at least so many: declared ones, then invented ones."""
        for name, member in schema.get("properties", {}).items():
            if len(made) < least and name not in made and isinstance(member, dict):
                try:
                    made[name] = self.value(member, name, depth + 1)
                except _Unworkable:
                    continue
        more = schema.get("additionalProperties")
        names = schema.get("propertyNames", _TEXT)
        for _ in range(4 * least):
            if len(made) >= least:
                break
            key = self.value(names if isinstance(names, dict) else _TEXT, "", depth + 1)
            made[str(key)] = self.value(more if isinstance(more, dict) else _TEXT, str(key), depth + 1)

    def _wanted(self, member: Any, some_required: bool, depth: int) -> bool:
        """Is an optional property made? Scalars are; objects and arrays only where nothing would be left without.

        What is writeOnly SHOULD NOT be sent in an answer, however it is declared (OpenAPI 3.0.4, Schema Object).
        """
        if not self.way.optional or not isinstance(member, dict) or self.nodes > _LIMIT_NODES:
            return False
        if unsent.is_marked(self.schemas, member, self.schemas.unsent):
            return False
        if shape.types(self.schemas, member) & {"object", "array"}:
            if self.way.full:
                return depth < 2
            return not some_required and depth < 3
        return depth < 6

    def _array(self, schema: Schema, name: str, depth: int) -> list[object]:
        least = schema.get("minItems", 0)
        made: list[object] = []
        prefix = schema.get("prefixItems", [])
        some = schema.get("contains")
        each = schema.get("items", {} if not prefix or some else False)
        singular = name[:-1] if name.endswith("s") else name
        wanted = schema.get("minContains", 1) if isinstance(some, dict) and isinstance(each, dict) else 0
        fitting = {"allOf": [each, some]} if wanted else each
        count = max(least, 1, len(prefix) + wanted)
        count = min(count, schema.get("maxItems", count))
        for attempt in range(count * 4):
            if len(made) >= count:
                break
            place = len(made) - len(prefix)
            one = prefix[len(made)] if place < 0 else fitting if place < wanted else each
            if not isinstance(one, dict):
                break
            try:
                if attempt and schema.get("uniqueItems"):
                    item = self._another(one, singular, depth, attempt)
                else:
                    item = self.value(one or _TEXT, singular, depth + 1)
            except _Unworkable:
                if len(made) >= least:
                    return made
                raise
            if not (schema.get("uniqueItems") and item in made):
                made.append(item)
        return made

    def _another(self, schema: Schema, name: str, depth: int, attempt: int) -> object:
        """A value unlike the ones before: another of the enum, or one drawn without examples."""
        merged = self.merger.merged(schema)
        if "enum" in merged:
            return merged["enum"][attempt % len(merged["enum"])]
        way, self.way = self.way, Way(optional=self.way.optional, examples=False, branch=attempt)
        try:
            return self.value(schema, name, depth + 1)
        finally:
            self.way = way


def words(schemas: Schemas, discriminator: dict[str, Any], key: str) -> list[str]:
    """What a discriminator may call the schema of a `$defs` key: by its mapping, else by the schema's own name."""
    mapping = discriminator.get("mapping")
    own = schemas.name_of(key)
    mapped = [
        str(word)
        for word, target in (mapping.items() if isinstance(mapping, dict) else ())
        if isinstance(target, str) and (schemas.key_meant(target) == key or target.rsplit("/", 1)[-1] == own)
    ]
    return mapped or [own]

"""A fresh valid value of a schema: seeded, small, and as realistic as names, formats and examples allow.

The sampler guesses well and is then checked: `Sampler.valid_value` validates what it made and tries again in
leaner or other ways, and says when none of them was valid.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

from harness.contract import pattern, realistic, shape
from harness.contract.forked import Fork
from harness.contract.realistic import Luck
from harness.contract.schema import Schema, Schemas

_DEEPEST = 14
_ABOUT = ("x-name", "example", "examples", "default")
_TEXT: Schema = {"type": "string"}
_LIMIT_NODES = 4000


class _Unworkable(Exception):
    """No value here within the bounds: the caller takes another branch, or leaves the place empty."""


class Way:
    """One way to make a value: `optional` properties or not, examples or not, which branch is taken first.

    `apart`: what fits several branches of a oneOf gets a member that all but one of them refuse.
    """

    __slots__ = ("apart", "branch", "examples", "optional", "repeat")

    def __init__(
        self,
        *,
        optional: bool = True,
        examples: bool = True,
        branch: int = 0,
        repeat: int = 1,
        apart: bool = False,
    ) -> None:
        self.optional, self.examples, self.branch, self.repeat = optional, examples, branch, repeat
        self.apart = apart


WAYS = (
    Way(),
    Way(examples=False),
    Way(optional=False),
    Way(optional=False, examples=False),
    Way(branch=1),
    Way(optional=False, examples=False, branch=1),
    Way(optional=False, examples=False, branch=2, repeat=2),
    Way(optional=False, examples=False, branch=3),
    Way(optional=False, examples=False, repeat=3),
    Way(apart=True),
    Way(optional=False, examples=False, apart=True),
)
"""What is tried, in this order, until the value is valid."""

_OF_EACH_KIND: tuple[object, ...] = (0, "", False, None, [], {})


class Sampler:
    """Makes values of the schemas of one document. What it learns about a schema (which way works) is kept.

    Everything kept is keyed by the identity of a schema of the document, never of one made for a single value, so
    what is kept is bounded by the document.
    """

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._merged: dict[int, tuple[Schema, Schema]] = {}
        self._branches: dict[tuple[int, str, int], tuple[Schema, Schema]] = {}
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
        return value if number < len(WAYS) else self._pruned(schema, value)

    def _pruned(self, schema: Schema, value: object) -> object:
        """The value without what is wrong in it, and what misses that, however far; _Unworkable if that is all of it.

        Some schemas admit no value at all, and an object does well without a member of such a one.
        """
        validator = self.schemas.validator(schema)
        left = copy.deepcopy(value)  # examples of the document may be part of it
        for _ in range(_DEEPEST):
            paths = {path for error in validator.iter_errors(left) for path in _wrong_places(error)}
            if not paths:
                return left
            if () in paths:
                break
            # From the end of lists, so that the places before stay what they are.
            for path in sorted(paths, key=lambda path: [str(token).zfill(9) for token in path], reverse=True):
                _take_out(left, path)
        raise _Unworkable

    def merged(self, schema: Schema) -> Schema:
        """The schema with its reference resolved and its allOf parts merged into it."""
        known = self._merged.get(id(schema))
        if known is None:
            known = self._merged[id(schema)] = (schema, self._merge(schema, 0))
        return known[1]

    def branch(self, schema: Schema, key: str, index: int) -> Schema:
        """One branch of a merged schema's anyOf or oneOf, with what stands beside it merged in."""
        known = self._branches.get((id(schema), key, index))
        if known is None:
            option = [option for option in schema[key] if isinstance(option, dict)][index]
            beside = {k: v for k, v in schema.items() if k not in (key, "discriminator", *_ABOUT)}
            made = combine(self.merged(option), beside) if beside else option
            known = self._branches[id(schema), key, index] = (schema, made)
        return known[1]

    def usable_examples(self, schema: Schema) -> list[Any]:
        """The examples and the default of a merged schema that are valid; null and `{}` say too little."""
        known = self._usable.get(id(schema))
        if known is None:
            given = [schema[key] for key in ("example", "default") if key in schema]
            examples = schema.get("examples")
            if isinstance(examples, list):
                given[:0] = examples
            usable = [
                value
                for value in given
                if value is not None and value not in ({}, []) and self.schemas.valid(schema, value)
            ]
            known = self._usable[id(schema)] = (schema, usable)
        return known[1]

    def _merge(self, schema: Schema, depth: int) -> Schema:
        key = self.schemas.key_of(schema)
        schema = self.schemas.resolve(schema)
        if depth > 24:
            return schema
        parts = schema.get("allOf")
        if key is not None and ("discriminator" in schema or parts):
            schema = {**schema, "x-name": key}
        if not parts:
            return schema
        out = {k: v for k, v in schema.items() if k != "allOf"}
        for part in parts:
            if isinstance(part, dict):
                out = combine(out, self._merge(part, depth + 1))
        return out


def _wrong_places(error: Any) -> Iterator[tuple[str | int, ...]]:
    """What to take out for one validation error: the value itself, or of an object just what may not be there."""
    path = tuple(error.instance_path)
    for name in getattr(error.kind, "unexpected", ()):
        yield (*path, name)
    if not getattr(error.kind, "unexpected", ()):
        yield path


def _take_out(value: Any, path: tuple[str | int, ...]) -> None:
    for token in path[:-1]:
        try:
            value = value[token]
        except (KeyError, IndexError):
            return  # gone with what was around it
    if isinstance(value, dict):
        value.pop(path[-1], None)
    elif isinstance(value, list) and isinstance(path[-1], int) and path[-1] < len(value):
        del value[path[-1]]


def combine(one: Schema, other: Schema) -> Schema:
    """One schema that admits what both admit, as far as generating goes; `one` wins where they only annotate."""
    out = dict(other)
    for key, value in one.items():
        theirs: Any = out.get(key)
        if key not in out:
            out[key] = value
        elif key == "properties":
            out[key] = dict(theirs)
            for name, member in value.items():
                known = out[key].get(name)
                both = isinstance(known, dict) and isinstance(member, dict) and known != member
                out[key][name] = {"allOf": [member, known]} if both else member
        elif key == "required":
            out[key] = list(dict.fromkeys([*value, *theirs]))
        elif key == "type":
            mine = [value] if isinstance(value, str) else value
            others = [theirs] if isinstance(theirs, str) else theirs
            both_types = [k for k in mine if k in others or (k == "integer" and "number" in others)]
            both_types += [k for k in others if k == "integer" and "number" in mine and k not in both_types]
            out[key] = both_types[0] if len(both_types) == 1 else both_types or mine
        elif key == "enum":
            out[key] = [v for v in value if v in theirs] or value
        elif key.startswith("min") or key == "exclusiveMinimum":
            out[key] = max(value, theirs)
        elif key.startswith("max") or key == "exclusiveMaximum":
            out[key] = min(value, theirs)
        elif key in ("anyOf", "oneOf"):
            spare = "oneOf" if key == "anyOf" else "anyOf"
            if spare not in out and spare not in one:
                out[spare] = theirs
            out[key] = value
        else:
            out[key] = value
    return out


class _Run:
    """The making of one value in one way."""

    def __init__(self, sampler: Sampler, luck: Luck, way: Way) -> None:
        self.sampler, self.schemas, self.luck, self.way = sampler, sampler.schemas, luck, way
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
        schema = self.sampler.merged(schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema and shape.types(self.schemas, schema):
            return self._enum(schema)
        if self.way.examples and ("example" in schema or "examples" in schema or "default" in schema):
            usable = self.sampler.usable_examples(schema)
            if usable:
                return usable[0]
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
                return self._string(schema, name)
            case "integer" | "number":
                return self._number(schema, name, whole=kind == "integer")
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
            return self._value(self.sampler.branch(schema, key, index), name, depth + 1)
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
        word = self._word(discriminator, key)
        if declared is None or self.schemas.valid(declared, word):
            made[name] = word

    def _word(self, discriminator: dict[str, Any], key: str) -> str:
        mapping = discriminator.get("mapping")
        own = self.schemas.name_of(key)
        for word, ref in (mapping if isinstance(mapping, dict) else {}).items():
            if isinstance(ref, str) and (ref == own or ref.rsplit("/", 1)[-1] == own):
                return str(word)
        return own

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
        """Is an optional property made? Scalars are; objects and arrays only where nothing would be left without."""
        if not self.way.optional or not isinstance(member, dict) or self.nodes > _LIMIT_NODES:
            return False
        if shape.types(self.schemas, member) & {"object", "array"}:
            return not some_required and depth < 3
        return depth < 6

    def _array(self, schema: Schema, name: str, depth: int) -> list[object]:
        least = schema.get("minItems", 0)
        most = schema.get("maxItems", max(least, 1))
        made: list[object] = []
        prefix = schema.get("prefixItems", [])
        each = schema.get("items", {} if not prefix else False)
        singular = name[:-1] if name.endswith("s") else name
        count = min(max(least, 1, len(prefix)), most)
        for attempt in range(count * 4):
            if len(made) >= count:
                break
            one = prefix[len(made)] if len(made) < len(prefix) else each
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
        merged = self.sampler.merged(schema)
        if "enum" in merged:
            return merged["enum"][attempt % len(merged["enum"])]
        way, self.way = self.way, Way(optional=self.way.optional, examples=False, branch=attempt)
        try:
            return self.value(schema, name, depth + 1)
        finally:
            self.way = way

    def _string(self, schema: Schema, name: str) -> str:
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        wanted = schema.get("pattern")
        format_ = schema.get("format")
        if wanted is not None:
            for make in (realistic.FORMATS.get(format_ or ""), lambda luck: realistic.by_name(name, luck)):
                text = make(self.luck) if make is not None else None
                if text is not None and self.schemas.valid(schema, text):
                    return text
            text = pattern.matching(wanted, self.luck.rng, shortest=least, longest=most)
            if text is not None:
                return text
        if format_ in realistic.FORMATS:
            text = realistic.FORMATS[format_](self.luck)
            if format_ == "date-time" and len(text) < least:
                # Where 25 characters are the least, the provider writes its zone out; more are fractions.
                text = text[:-1] + ("." + "0" * max(least - 26, 1) if least > 25 else "") + "+00:00"
            if format_ not in ("binary", "byte", "password", "base64"):
                return text
        else:
            text = realistic.by_name(name, self.luck) or realistic.plain(self.luck)
        if len(text) < least:
            text += self.luck.text(least - len(text))
        return text if most is None else text[:most]

    def _number(self, schema: Schema, name: str, *, whole: bool) -> int | float:
        low, high = _bounds(schema, whole=whole)
        step = schema.get("multipleOf")
        wanted: float = realistic.integer(name, self.luck)
        if not whole and step is None and low is None and high is None:
            return wanted if wanted > 1e6 else wanted + 0.5
        if (low is not None and wanted < low) or (high is not None and wanted > high):
            if low is not None and high is not None:
                wanted = low + (high - low) * (self.luck.rng.random() if high - low < 1e6 else 0.0)
            else:
                wanted = low if low is not None else high if high is not None else 0
        if step:
            wanted = math.ceil(wanted / step) * step if low is not None else math.floor(wanted / step) * step
            if high is not None and wanted > high:
                wanted = math.floor(high / step) * step
        if whole:
            return math.ceil(wanted) if high is None or math.ceil(wanted) <= high else math.floor(wanted)
        return wanted


def _bounds(schema: Schema, *, whole: bool) -> tuple[float | None, float | None]:
    """The least and the greatest number allowed; exclusive bounds are moved inwards a little."""
    nudge = 1 if whole else 0.001
    lows = [schema[k] + add for k, add in (("minimum", 0), ("exclusiveMinimum", nudge)) if k in schema]
    highs = [schema[k] - add for k, add in (("maximum", 0), ("exclusiveMaximum", nudge)) if k in schema]
    return (max(lows) if lows else None), (min(highs) if highs else None)

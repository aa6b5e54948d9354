"""The normal form of a schema: the kinds of value that it takes, each with the keywords that count for that kind.

What is merely written in another way has the same form: references followed, allOf merged, `nullable` and lists of
types, anyOf and oneOf, `const`, keywords that say nothing. Members and items stay as they are written, so a form is
made of one level only, on first use.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from harness.contract.schema import Schema, Schemas
from harness.drift.schemas.alternatives import Alternative, by_kind, chosen
from harness.drift.schemas.flat import ANNOTATIONS, Flat, combined, evaluated, intern_key, tidied
from harness.drift.schemas.kinds import ALL_KINDS, ANY, kinds_of, of_kind

_DEEPEST = 24
_DEEPEST_CHOICE = 8
_MOST_ALTERNATIVES = 200
_MOST_TOGETHER = 64


class Form(msgspec.Struct, frozen=True, eq=False):
    """What a schema takes. `choice`: `anyOf` or `oneOf` where it was written as one, for the names of rules.
    `words`: what it says for all of its alternatives, annotations too."""

    alternatives: tuple[Alternative, ...]
    nullable: bool
    choice: str
    words: Schema
    at: str

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its values without null, each once."""
        return tuple(dict.fromkeys(each.kind for each in self.alternatives))

    @property
    def is_anything(self) -> bool:
        """Does it say nothing of what is valid?"""
        return self.kinds == (ANY,) and self.alternatives[0].is_plain

    @property
    def is_of_all_kinds(self) -> bool:
        """Does it take some values of every kind, null too?"""
        return self.kinds == (ANY,) or (self.nullable and {*self.kinds, "null"} >= set(ALL_KINDS))


def alike(old: Form, new: Form) -> tuple[Form, Form]:
    """Both forms. Where one says nothing and the other one takes values of every kind, they differ in what is said of
    some kind alone."""
    if old.is_of_all_kinds and new.is_of_all_kinds and old.is_anything != new.is_anything:
        return _by_kinds(old), _by_kinds(new)
    return old, new


def but_null(old: Form, new: Form) -> tuple[Form, Form]:
    """Both forms without null, as if neither said it."""
    return msgspec.structs.replace(old, nullable=False), msgspec.structs.replace(new, nullable=False)


def _by_kinds(form: Form) -> Form:
    """The form, kind by kind where it says nothing."""
    if not form.is_anything:
        return form
    each = tuple(each for each in by_kind(form.alternatives[0]) if each.kind != "null")
    return msgspec.structs.replace(form, alternatives=each, nullable=True)


class Forms:
    """The forms of the schemas of one document in one direction, each made once."""

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas
        self._forms: dict[int, tuple[Schema, Form]] = {}
        self._made: dict[bytes, Schema] = {}
        self._busy: set[str] = set()

    def of(self, schema: Schema, at: str) -> Form:
        """The form of a converted schema that stands at that pointer."""
        known = self._forms.get(id(schema))
        if known is None:
            known = self._forms[id(schema)] = (schema, self._form(schema, at))
        return known[1]

    def key_of(self, schema: Schema) -> str | None:
        """The definition that a schema is, where it says nothing more of what is valid."""
        return self.schemas.key_of(schema) if schema.keys() - ANNOTATIONS == {"$ref"} else None

    def pointer_of(self, key: str) -> str:
        """Where in the document stands what a `$defs` key means."""
        return self.schemas.ref_of(key).removeprefix("#")

    def says_null_by_half(self, form: Form) -> bool:
        """Does the document name null beside the values that are enumerated, and not among them?

        By the letter of OpenAPI 3.0.3 and of JSON Schema null is refused; by what 3.0's writers mean it is taken, and
        so it is read there.
        """
        node = self.schemas.document.at(f"#{form.at}")
        if not isinstance(node, dict) or not isinstance(node.get("enum"), list) or None in node["enum"]:
            return False
        kinds = node.get("type")
        return node.get("nullable") is True or (isinstance(kinds, list) and "null" in kinds)

    def interned(self, schema: Any) -> Any:
        """The one object for all schemas that say the same, of those that were merged here of several."""
        if not isinstance(schema, dict) or schema.keys() != {"allOf"}:
            return schema
        return self._made.setdefault(intern_key(schema), schema)

    def is_made(self, schema: Schema) -> bool:
        """Was it made here, of parts of the document?"""
        return schema.keys() == {"allOf"} and self._made.get(intern_key(schema)) is schema

    def _form(self, schema: Schema, at: str) -> Form:
        key = self.key_of(schema)
        flat = self._flat(schema, at, 0)
        made = self._alternatives(flat, 0)
        if key is not None:
            made = _keyed(made, key)
        alternatives = tuple(each for each in made if each.kind != "null")
        nullable = len(alternatives) < len(made)
        choice = next((name for name in ("anyOf", "oneOf") if name in flat.words), "")
        return Form(alternatives, nullable, choice if len(alternatives) > 1 else "", flat.words, flat.at)

    def _flat(self, schema: Schema | bool, at: str, depth: int) -> Flat:
        """The keywords of a schema, of what it refers to and of all its allOf parts, in one."""
        if isinstance(schema, bool):
            return Flat({} if schema else {"not": {}}, at)
        key = self.schemas.key_of(schema)
        own = Flat(tidied({k: v for k, v in schema.items() if k not in ("$ref", "allOf")}), at)
        if depth > _DEEPEST:
            return own
        if key is not None:
            target = self._flat(self.schemas.definition(key), self.pointer_of(key), depth + 1)
            if own.words:
                target = Flat(evaluated(target.words), target.at, target.origins)
            own = combined(own, target, self.interned) if own.words else target
        for index, part in enumerate(schema.get("allOf", ())):
            inner = self._flat(part, f"{at}/allOf/{index}", depth + 1)
            beside = Flat(evaluated(inner.words), inner.at, inner.origins)
            own = (
                combined(own, beside, self.interned)
                if own.words
                else Flat(beside.words, at, beside.everything())
            )
        return own

    def _alternatives(self, flat: Flat, depth: int) -> list[Alternative]:
        """What merged keywords take, those of null among them."""
        words = flat.words
        choice = next((name for name in ("anyOf", "oneOf") if name in words), None)
        if choice is None or depth > _DEEPEST_CHOICE:
            return list(_by_kind(flat))
        base = Flat(_beside(words, choice), flat.at, flat.origins)
        branches: list[list[Alternative]] = []
        for index, branch in enumerate(words[choice]):
            branches.append(self._branch(branch, f"{flat.origin(choice)}/{index}", base, depth))
            if sum(map(len, branches)) > _MOST_ALTERNATIVES:
                break
        return chosen(branches, choice)

    def _branch(self, branch: Schema | bool, at: str, base: Flat, depth: int) -> list[Alternative]:
        """What one branch of a choice takes, with what stands beside the choice; nothing of what is being looked at
        already."""
        is_bare = not base.words.keys() - ANNOTATIONS
        key = self.key_of(branch) if is_bare and isinstance(branch, dict) else None
        if key is None:
            inner = self._flat(branch, at, depth + 1)
            return self._alternatives(inner if is_bare else combined(inner, base, self.interned), depth + 1)
        if key in self._busy:
            return []
        self._busy.add(key)
        try:
            return _keyed(self._alternatives(self._flat(branch, at, depth + 1), depth + 1), key)
        finally:
            self._busy.discard(key)


def _keyed(made: list[Alternative], key: str) -> list[Alternative]:
    """The alternatives of a definition: of several, the one that says something is called by its key."""
    told = [each for each in made if each.kind != "null"]
    if len(told) > 1:
        told = [each for each in told if not each.is_plain]
    if len(told) != 1:
        return made
    return [msgspec.structs.replace(each, key=key) if each is told[0] else each for each in made]


def _beside(words: Schema, choice: str) -> Schema:
    """What stands beside a choice; where several are to hold at once, the next one of them as well."""
    out = {word: value for word, value in words.items() if word != choice}
    left = words.get("allOf", [])
    choices = [part for part in left if part.keys() == {choice}]
    together = math.prod(len(part[choice]) for part in (words, *choices))
    if choices and together <= _MOST_TOGETHER:
        again = choices[0]
        out |= again
        out["allOf"] = [part for part in left if part is not again]
        if not out["allOf"]:
            del out["allOf"]
    return out


def _by_kind(flat: Flat) -> Iterator[Alternative]:
    words = evaluated(flat.words)
    for kind in kinds_of(words):
        kept = of_kind(words, kind)
        if kept is not None:
            yield Alternative(kind, kept, flat.at, None, flat.origins)

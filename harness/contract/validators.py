"""Validators of converted schemas, made on first use and held in bounded memory.

A validator holds its own copy of every definition that its schema leads to: in documents where nearly all leads to
nearly all, one each for a thousand schemas would take gigabytes. So they are made one by one only until they hold
`MOST_DEFINITIONS` between them. Then one validator takes the place of them all, which holds each definition once: an
object with a property for every schema, in which a value is judged under its schema's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, Protocol

import jsonschema_rs

MOST_DEFINITIONS = 1500
"""How many copies of definitions are held beside the shared ones: some 5 to 10 kB each."""

MOST_SHARED = 4000
"""How many schemas the shared validator judges; the oldest are forgotten, and made anew when they come again."""

MOST_RECENT = 4
"""How many of the shared ones are held as validators of their own, too, because their errors were asked for."""


class Validator(Protocol):
    """What is asked of a validator, in the words of jsonschema-rs."""

    def is_valid(self, instance: Any) -> bool: ...

    def iter_errors(self, instance: Any) -> Iterator[Any]: ...


class Definitions(Protocol):
    """The definitions that schemas refer to by `<base>#/$defs/<key>`."""

    base: str

    def definition(self, key: str) -> dict[str, Any]: ...

    def mentions(self, key: str) -> Iterable[str]:
        """The keys to which that definition itself refers."""
        ...


class Validators:
    """The validators of schemas that share definitions. `doubt` is told why a schema cannot be compiled; it accepts
    anything then."""

    def __init__(self, definitions: Definitions, doubt: Callable[[str], None]) -> None:
        self._definitions, self._doubt = definitions, doubt
        self._prefix = f"{definitions.base}#/$defs/"
        # A schema is kept beside its validator: an id is only good while its object lives.
        self._known: dict[int, tuple[dict[str, Any], Validator]] = {}
        self._own: dict[int, int] = {}
        self._held = 0
        self._shared: dict[str, dict[str, Any]] = {}
        self._whole: Any = None
        self._recent: dict[str, Any] = {}
        self._names = count()

    def of(self, schema: dict[str, Any]) -> Validator:
        """The validator of a converted schema, the same for the same object."""
        known = self._known.get(id(schema))
        if known is None:
            known = self._known[id(schema)] = (schema, self._make(schema))
            if self._held > MOST_DEFINITIONS:
                self._share()
                known = self._known[id(schema)]
        return known[1]

    def judges(self, name: str, value: object) -> bool:
        """Does the value fit the schema of that name among the shared ones?"""
        return bool(self._whole.is_valid({name: value}))

    def errors(self, name: str, value: object) -> Iterator[Any]:
        """What is wrong with the value by the schema of that name among the shared ones."""
        # Errors name places in the schema and the value; those of a validator of its own need no translation.
        single = self._recent.pop(name, None)
        if single is None:
            schema = self._shared[name]
            single = self._compiled(schema, self._closure(schema))
        self._recent[name] = single
        if len(self._recent) > MOST_RECENT:
            del self._recent[next(iter(self._recent))]
        yield from single.iter_errors(value)

    def _make(self, schema: dict[str, Any]) -> Validator:
        closure = self._closure(schema)
        try:
            made: Validator = self._compiled(schema, closure)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            self._doubt(str(error).splitlines()[0])
            made = jsonschema_rs.Draft202012Validator({})
        else:
            self._own[id(schema)] = 1 + len(closure)
            self._held += 1 + len(closure)
        return made

    def _compiled(self, schema: dict[str, Any], closure: Iterable[str]) -> Any:
        definitions = {key: self._definitions.definition(key) for key in closure}
        if not definitions:
            return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        registry = jsonschema_rs.Registry([(self._definitions.base, {"$defs": definitions})])
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, registry=registry)

    def _closure(self, schema: dict[str, Any]) -> dict[str, None]:
        """The keys of all definitions that a schema leads to."""
        found: dict[str, None] = {}
        pending = list(self._keys_in(schema))
        while pending:
            key = pending.pop()
            if key not in found:
                found[key] = None
                pending.extend(self._definitions.mentions(key))
        return found

    def _keys_in(self, node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            ref = node.get("$ref")
            if isinstance(ref, str) and ref.startswith(self._prefix):
                yield ref[len(self._prefix) :]
        elif not isinstance(node, list):
            return
        for child in node.values() if isinstance(node, dict) else node:
            if type(child) in (dict, list):
                yield from self._keys_in(child)

    def _share(self) -> None:
        """Let one validator judge all that have one of their own."""
        for own in self._own:
            self._shared[f"{next(self._names)}"] = self._known[own][0]
        while len(self._shared) > MOST_SHARED:
            oldest = self._shared.pop(next(iter(self._shared)))
            self._known.pop(id(oldest), None)
        whole = {"properties": self._shared}
        self._whole = self._compiled(whole, self._closure(whole))
        for name, schema in self._shared.items():
            self._known[id(schema)] = (schema, _Shared(self, name))
        self._own.clear()
        self._held = 0


class _Shared:
    """A schema's place in the shared validator."""

    __slots__ = ("_name", "_validators")

    def __init__(self, validators: Validators, name: str) -> None:
        self._validators, self._name = validators, name

    def is_valid(self, instance: Any) -> bool:
        return self._validators.judges(self._name, instance)

    def iter_errors(self, instance: Any) -> Iterator[Any]:
        return self._validators.errors(self._name, instance)

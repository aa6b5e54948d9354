"""Is a value refused for what it is to show, and for nothing else? Other changes are kept out of an example."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from harness.contract import shape
from harness.contract.schema import Schema
from harness.drift.schemas.found import Found
from harness.drift.schemas.values import Values

Path: TypeAlias = "tuple[str | None, ...]"
"""Names of members on the way to a change; None for any item, and for any member that is not declared."""

At: TypeAlias = "tuple[str | int, ...]"
"""Where something stands in a value."""

_ROUNDS = 4
_CHOICES = ("AnyOf", "OneOfNotValid")
_OF_THE_WHOLE = ("OneOfMultipleValid", "Not", "FalseSchema", "PropertyNames", "UnevaluatedItems")
"""Errors that do not say which of the members or items is in the way."""
_UNKNOWN_MEMBERS = ("AdditionalProperties", "UnevaluatedProperties")


class Refusal(msgspec.Struct, frozen=True):
    """Why a value is refused. `shows`: for the change; `others`: for what is beside it."""

    shows: bool
    others: bool

    @property
    def is_of_change_alone(self) -> bool:
        """Is it refused for the change, and for nothing else?"""
        return self.shows and not self.others

    @property
    def is_taken(self) -> bool:
        """Is it not refused at all?"""
        return not self.shows and not self.others


def path_to(found: Found) -> Path:
    """The way to what a change is about."""
    names = tuple(
        step.name if step.kind == "member" else None for step in found.steps if step.kind != "choice"
    )
    return names if found.member is None else (*names, found.member)


def refusal(errors: Sequence[Any], path: Path) -> Refusal:
    """What the errors of a validator say of the change at the end of that way."""
    told = [_of_error(error, path) for error in errors]
    return Refusal(any(each.shows for each in told), any(each.others for each in told))


def _of_error(error: Any, path: Path) -> Refusal:
    kind = type(error.kind).__name__
    if _is_above(error, path) and kind in _CHOICES:
        branches = [refusal(branch, path) for branch in error.kind.context]
        return Refusal(
            any(each.shows for each in branches), not any(each.is_of_change_alone for each in branches)
        )
    if _is_above(error, path) and kind in _OF_THE_WHOLE:
        return Refusal(shows=True, others=False)
    met = [_leads(at, path) for at in _places(error)]
    return Refusal(any(met), not all(met))


def _places(error: Any) -> list[At]:
    """Where an error is; of members that lack, or that should not be there, the place of each."""
    at = tuple(error.instance_path)
    kind = type(error.kind).__name__
    if kind == "Required":
        return [(*at, error.kind.property)]
    return [(*at, name) for name in error.kind.unexpected] if kind in _UNKNOWN_MEMBERS else [at]


def _leads(at: At, path: Path) -> bool:
    """Is that the end of the way, or beyond it?"""
    return len(at) >= len(path) and _is_on(at, path)


def _is_above(error: Any, path: Path) -> bool:
    return len(error.instance_path) < len(path) and _is_on(tuple(error.instance_path), path)


def _is_on(at: At, path: Path) -> bool:
    return all(name is None or token == name for token, name in zip(at, path, strict=False))


class Clearing(msgspec.Struct, frozen=True):
    """Takes out of values of `gives` what `takes` refuses beside a change."""

    giver: Values
    refuser: Values
    gives: Schema
    takes: Schema

    def cleared(self, value: object, path: Path) -> object:
        """The value, refused for the change alone; UNSET where that cannot be had."""
        for _ in range(_ROUNDS):
            errors = self.refuser.errors(self.takes, value)
            said = refusal(errors, path)
            if said.is_of_change_alone:
                return value
            if not said.others:
                break
            for error in _others(errors, path):
                for at in _places(error):
                    value = self._mended(value, at)
        return msgspec.UNSET

    def _mended(self, value: object, at: At) -> object:
        """The value without the member that stands there, or with one that both sides take, if there is such."""
        while at and isinstance(at[-1], int):
            at = at[:-1]
        if not at:
            return value
        schema = self._schema_at(at)
        for replacement in (msgspec.UNSET, *(self.refuser.samples(schema, 2) if schema else ())):
            made = _with(value, at, replacement)
            if made != value and self.giver.fits(self.gives, made):
                return made
        return value

    def _schema_at(self, at: At) -> Schema | None:
        here: Schema | None = self.takes
        schemas = self.refuser.schemas
        for token in at:
            if here is None:
                break
            inner = (
                shape.item(schemas, here) if isinstance(token, int) else shape.member(schemas, here, token)
            )
            here = inner
        return here


def _others(errors: Sequence[Any], path: Path) -> Iterator[Any]:
    """The errors that say nothing of the change; of a choice above it, those of the branch that comes nearest."""
    for error in errors:
        if not _of_error(error, path).others:
            continue
        branches = error.kind.context if type(error.kind).__name__ in _CHOICES else ()
        near = [branch for branch in branches if refusal(branch, path).shows]
        if near:
            yield from _others(min(near, key=len), path)
        else:
            yield error


def _with(value: object, at: At, replacement: object) -> object:
    """The value with another member there, or without it; as it is where nothing bears it."""
    made = copy.deepcopy(value)
    here: Any = made
    for token in at[:-1]:
        try:
            here = here[token]
        except (KeyError, IndexError, TypeError):
            return value
    if isinstance(here, dict) and replacement is msgspec.UNSET:
        here.pop(at[-1], None)
    elif isinstance(here, dict):
        here[at[-1]] = replacement
    return made

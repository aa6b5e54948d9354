"""What schemas say beside what is valid: defaults, deprecation, words of open enumerations, discriminators, and what
texts hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.contract.schema import Direction
from harness.drift.schemas.form import Form
from harness.drift.schemas.found import Found, Way, found, shown
from harness.model.change import Level


def notes(direction: Direction, old: Form, new: Form, way: Way) -> Iterator[Found]:
    """What is said beside validity: defaults, deprecation, words of an open enumeration, discriminators."""
    had, has = old.words, new.words
    if had.get("default") != has.get("default") or ("default" in had) != ("default" in has):
        action = "added" if "default" not in had else "removed" if "default" not in has else "changed"
        level: Level = "info" if direction == "response" or action == "added" else "risky"
        sides = (
            {"default": had["default"]} if "default" in had else None,
            {"default": has["default"]} if "default" in has else None,
        )
        told = f"{shown(had.get('default'))} and is {shown(has.get('default'))}"
        message = {
            "added": f"has a default now: {shown(has.get('default'))}",
            "changed": f"default was {told}",
        }
        yield found(
            way, f"default.{action}", level, message.get(action, "has no default any more"), sides=sides
        )
    if bool(had.get("deprecated")) != bool(has.get("deprecated")):
        rule = "deprecated" if has.get("deprecated") else "reactivated"
        yield found(way, rule, "info", f"is {rule}")
    known, knows = had.get("x-extensible-enum"), has.get("x-extensible-enum")
    if isinstance(known, list) and isinstance(knows, list):
        for value in (value for value in known if value not in knows):
            gone: Level = "risky" if direction == "request" else "info"
            yield found(
                way,
                "known-value.removed",
                gone,
                f"{shown(value)} is not named any more",
                subject=str(value),
            )
        for value in (value for value in knows if value not in known):
            yield found(way, "known-value.added", "info", f"{shown(value)} is named now", subject=str(value))
    yield from _content(direction, had.get("contentSchema"), has.get("contentSchema"), way)
    yield from _discriminator(direction, had.get("discriminator"), has.get("discriminator"), way)


def _content(direction: Direction, had: Any, has: Any, way: Way) -> Iterator[Found]:
    """What a text holds is told now, or no longer: no validator looks into it."""
    if (had is None) == (has is None):
        return
    action, told = ("added", "told now") if had is None else ("removed", "no longer told")
    level: Level = "info" if (direction, action) in _KNOWN_CONTENT else "risky"
    sides = [None if each is None else {"contentSchema": each} for each in (had, has)]
    message = f"what the text holds is {told}: {shown(has if had is None else had)}"
    yield found(way, f"content-schema.{action}", level, message, sides=(sides[0], sides[1]))


_KNOWN_CONTENT = (("request", "removed"), ("response", "added"))
"""What takes, or gives, nothing that could not be taken or come before."""


def _discriminator(direction: Direction, had: Any, has: Any, way: Way) -> Iterator[Found]:
    if had == has:
        return
    sides = (had, has)
    if not isinstance(had, dict) or not isinstance(has, dict):
        rule = "discriminator.added" if not isinstance(had, dict) else "discriminator.removed"
        yield found(way, rule, "info", rule.replace(".", " is "), sides=sides)
        return
    if had.get("propertyName") != has.get("propertyName"):
        message = f"the discriminator was {had.get('propertyName')!r} and is {has.get('propertyName')!r}"
        yield found(way, "discriminator.changed", "risky", message, sides=sides)
    before, after = _mapping(had), _mapping(has)
    for word in dict.fromkeys((*before, *after)):
        if before.get(word, word) == after.get(word, word):
            continue  # without a mapping, a word stands for the schema of its name
        if word not in after:
            level: Level = "risky" if direction == "request" else "info"
            yield found(
                way,
                "discriminator.mapping.removed",
                level,
                f"{word!r} is no longer mapped",
                subject=str(word),
            )
        elif word not in before:
            yield found(
                way, "discriminator.mapping.added", "info", f"{word!r} is mapped now", subject=str(word)
            )
        else:
            message = f"{word!r} stood for {before[word]} and stands for {after[word]}"
            yield found(
                way, "discriminator.mapping.changed", "risky", message, sides=sides, subject=str(word)
            )


def _mapping(discriminator: dict[str, Any]) -> dict[str, str]:
    """Each word's schema, by its name where it is a component of the same document."""
    mapping = discriminator.get("mapping")
    told = mapping.items() if isinstance(mapping, dict) else ()
    return {str(word): str(target).removeprefix("#/components/schemas/") for word, target in told}

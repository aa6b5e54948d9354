"""Templates of behaviour.yaml: JSON values in whose strings `{name}` is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_.]*)\}")

_LEFT_OUT = object()


def filled(template: object, known: Mapping[str, object]) -> object:
    """The template with what is `known` in its place.

    A string that is nothing but one placeholder takes the value's own type; a member whose value is such a
    placeholder with nothing to say (None or "") is left out of its object or array. Unknown names stay as they are.
    """
    value = _filled(template, known)
    return None if value is _LEFT_OUT else value


class HeaderTemplates:
    """Header fields as templates, taken apart once: names in lower case, texts between names to fill in."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        # Every other part is a placeholder's name.
        self._parts = tuple((name.lower(), _PLACEHOLDER.split(text)) for name, text in templates.items())

    def __bool__(self) -> bool:
        return bool(self._parts)

    def filled(self, known: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
        """The fields, in order. One that would say nothing, or has an unknown name in it, is left out."""
        found = []
        for name, parts in self._parts:
            text = parts[0] if len(parts) == 1 else _joined(parts, known)
            if text is not None:
                found.append((name, text))
        return tuple(found)


def filled_headers(templates: Mapping[str, str], known: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Header fields with lower case names. One that would say nothing, or has an unknown name in it, is left out."""
    return HeaderTemplates(templates).filled(known)


def _joined(parts: list[str], known: Mapping[str, object]) -> str | None:
    texts = []
    for index, part in enumerate(parts):
        if index % 2 == 0:
            texts.append(part)
            continue
        try:
            value = known[part]
        except KeyError:
            return None
        texts.append("" if value is None else str(value))
    text = "".join(texts)
    # Nothing but one placeholder, and nothing to fill it with.
    return text if text or len(parts) > 3 or parts[0] or parts[2] else None


def _filled(template: object, known: Mapping[str, object]) -> object:
    match template:
        case str():
            return _filled_text(template, known)
        case dict():
            members = ((name, _filled(value, known)) for name, value in template.items())
            return {name: value for name, value in members if value is not _LEFT_OUT}
        case list() | tuple():
            return [value for value in (_filled(item, known) for item in template) if value is not _LEFT_OUT]
        case _:
            return template


def _filled_text(text: str, known: Mapping[str, object]) -> object:
    if "{" not in text:
        return text
    whole = _PLACEHOLDER.fullmatch(text)
    if whole and whole[1] in known:
        value = known[whole[1]]
        return _LEFT_OUT if value is None or value == "" else value
    return _PLACEHOLDER.sub(lambda found: _written(found, known), text)


def _written(found: re.Match[str], known: Mapping[str, object]) -> str:
    value = known.get(found[1], found[0])
    return "" if value is None else str(value)

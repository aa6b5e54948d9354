"""The styles in which OpenAPI writes lists and objects into one text, taken apart (its "Style Examples" table).

Each function yields readings, the likelier first: a label was written with dots before OpenAPI 3.0.4 and 3.1.1.
The parts still stand as they were sent, percent-encoded or not.
"""

from __future__ import annotations

from collections.abc import Iterator

_SEPARATORS = {
    "spaceDelimited": (" ", "%20", "+"),
    "pipeDelimited": ("|", "%7C", "%7c"),
    "tabDelimited": ("\t", "%09"),
}
"""What may stand between two parts, the plain one first: it and its encoding say the same."""


def scalar(style: str, name: str, raw: str) -> str | None:
    """The text without what the style puts before it; None where that is missing."""
    if style == "label":
        return raw[1:] if raw.startswith(".") else None
    if style == "matrix":
        head, _, rest = raw.partition("=")
        return rest if head == f";{name}" else None
    return raw


def lists(style: str, explode: bool, name: str, raw: str) -> Iterator[list[str]]:
    """The text as a list of parts; an empty one has none."""
    if style == "matrix" and explode:
        pairs = [part.partition("=") for part in raw.split(";")]
        if pairs[0][0] == "" and all(key == name for key, _, _ in pairs[1:]):
            yield [value for _, _, value in pairs[1:]]
        return
    rest = scalar(style, name, raw)
    if rest is None:
        return
    for separator in _between(style, explode):
        yield _split(style, rest, separator)


def objects(style: str, explode: bool, name: str, raw: str) -> Iterator[dict[str, str]]:
    """The text as an object: names and values in turn, or joined by `=` where it is exploded."""
    bare = style == "matrix" and explode  # the name is left out: `;R=100;G=200`
    rest = (raw[1:] if raw.startswith(";") else None) if bare else scalar(style, name, raw)
    if rest is None:
        return
    for separator in ";" if bare else _between(style, explode):
        parts = _split(style, rest, separator)
        if explode and style in ("simple", "label", "matrix"):
            pairs = [part.partition("=") for part in parts]
            if all(equals for _, equals, _ in pairs):
                yield {key: value for key, _, value in pairs}
        elif len(parts) % 2 == 0:
            yield dict(zip(parts[::2], parts[1::2], strict=True))


def _between(style: str, explode: bool) -> str:
    """What separates the parts, each a reading of its own."""
    if style == "label":
        return "." if explode else ",."
    return _SEPARATORS.get(style, ",")[0]


def _split(style: str, raw: str, separator: str) -> list[str]:
    for written in _SEPARATORS.get(style, ("",))[1:]:
        raw = raw.replace(written, separator)
    return raw.split(separator) if raw else []

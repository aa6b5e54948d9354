"""Which media type of one document is meant by one of the other."""

from __future__ import annotations

from collections.abc import Iterator

from harness.contract.body import Media, choose, essence, is_json, is_xml


def same_media(old: Media, new: tuple[Media, ...]) -> Media | None:
    """The new document's media type that is meant by one of the old: the very same, what it falls under, or, of a
    range, the first that falls under it."""
    exact = next((media for media in new if media.type == old.type), None)
    under = (media for media in new if "*" in old.type and covers(old, media))
    return exact or choose(new, old.type) or next(under, None)


def covers(wide: Media, narrow: Media) -> bool:
    """Does all that is said to be of the narrow media type fall under the wide one?"""
    ours, theirs = essence(wide.type), essence(narrow.type)
    return ours in (theirs, "*/*", "*", f"{theirs.partition('/')[0]}/*")


def is_kept(media: Media, other: Media) -> bool:
    """Is what is said to be of the one still said by the other: the same, or a range on either side?"""
    ours, theirs = essence(media.type), essence(other.type)
    return ours == theirs or "*" in ours or "*" in theirs


def is_special(media: Media, other: Media) -> bool:
    """Is the other one a kind of this: `application/problem+json` of `application/json`?"""
    plain, kind = essence(media.type), essence(other.type)
    if kind == plain:
        return False
    return (plain == "application/json" and is_json(kind)) or (
        plain in ("application/xml", "text/xml") and is_xml(kind)
    )


def is_akin(media: Media, other: Media) -> bool:
    """Are both read in the same way, whatever they are called: as JSON, as XML?"""
    ours, theirs = media.type, other.type
    return (is_json(ours) and is_json(theirs)) or (is_xml(ours) and is_xml(theirs))


def altered(old: Media, new: Media) -> Iterator[tuple[str, str, str, str]]:
    """What became of the parameters of a media type: the last word of the rule, the name, and both values.

    JSON that says nothing of its `charset` is UTF-8 (RFC 8259 section 8.1).
    """
    if essence(old.type) != essence(new.type):
        return
    had, has = _parameters(old.type), _parameters(new.type)
    for name in dict.fromkeys((*had, *has)):
        before, after = had.get(name, ""), has.get(name, "")
        if before != after:
            yield (
                "added" if name not in had else "removed" if name not in has else "changed",
                name,
                before,
                after,
            )


def _parameters(kind: str) -> dict[str, str]:
    """By lower-case name; `version: 1` of `application/json; version=1`."""
    pairs = (part.partition("=") for part in kind.split(";")[1:])
    told = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    if is_json(kind) or "charset" in told:
        told["charset"] = told.get("charset", "utf-8").lower()
    return {name: value for name, value in told.items() if name not in ("q", "boundary", "")}


def is_generalized(media: Media, other: Media) -> bool:
    """Is the other one a range that this falls under, and more than this?"""
    return "*" in essence(other.type) and essence(media.type) != essence(other.type) and covers(other, media)


def became(media: Media, new: tuple[Media, ...], old: tuple[Media, ...]) -> str:
    """What became of a media type in which the provider sends, as its rule says it; "" of one that is kept."""
    other = same_media(media, new)
    if other is None:
        return "removed"
    if is_generalized(media, other):
        return "generalized"
    if is_kept(media, other):
        return ""
    is_fresh = all(each.type != other.type for each in old)
    return "specialized" if is_fresh and is_special(media, other) else "renamed"


UNREAD = "validators look at the type alone"
"""Why there is no example of what its parameters say."""

_OTHERS = (("text/plain", b"word"), ("application/octet-stream", b"word"), ("image/png", b"\x89PNG"))


def under(media: Media) -> Iterator[tuple[str, bytes]]:
    """Media types that fall under a range, each with a body."""
    major = essence(media.type).partition("/")[0]
    yield from (each for each in _OTHERS if major == "*" or each[0].startswith(f"{major}/"))
    if major != "*":
        yield f"{major}/x-other", b"word"


def is_form(media: Media) -> bool:
    """Are its members written as texts, so that a number and its digits are the same?"""
    kind = essence(media.type)
    return kind in ("application/x-www-form-urlencoded", "multipart/form-data")

"""How long an operation will last: deprecation, the date of its end, how stable it is, whom it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from harness.drift.documents.comparing import Comparing, brief
from harness.drift.documents.finding import Found, found
from harness.drift.documents.pair import Pair
from harness.model.change import Level, Place

_SUNSETS = ("x-sunset", "x-sunset-date", "x-sunset-at", "sunset")
_LEVELS = ("draft", "alpha", "beta", "preview", "stable")
"""The least stable first. oasdiff knows draft, alpha, beta and stable; others say preview or experimental."""
_LIMIT = re.compile(r"x-(rate-?limit|throttl|quota)", re.IGNORECASE)
_STABLE = _LEVELS.index("stable")
_STABILITY = ("x-stability-level", "x-stability", "x-api-status")
_MARKS = {"x-alpha": "alpha", "x-beta": "beta", "x-preview": "preview", "x-experimental": "preview"}


def lifecycle(comparing: Comparing, pair: Pair) -> Iterator[Found]:
    """All that changed in how long an operation will last, and in what it is called."""
    place = comparing.place(pair, old=pair.old.at, new=pair.new.at)
    yield from said(pair.old.node, pair.new.node, place)
    ours, theirs = pair.old.operation.template, pair.new.operation.template
    if ours.endswith("/") != theirs.endswith("/"):
        yield found("operation.path.slash-changed", place, old=ours, new=theirs)


def said(old: dict[str, Any], new: dict[str, Any], place: Place) -> Iterator[Found]:
    """What is said of an operation as a whole, whoever sends its requests."""
    before, after = sunset(old), sunset(new)
    if not is_deprecated(old) and is_deprecated(new):
        until = f", and will be gone on {after}" if after else ""
        yield found("operation.deprecated", place, until=until)
    elif is_deprecated(old) and not is_deprecated(new):
        yield found("operation.reactivated", place)
    if before != after:
        yield found(_rule_of_sunset(before, after), place, old=before, new=after)
    yield from _stability(old, new, place)
    hidden = [node.get("x-internal") is True for node in (old, new)]
    if hidden[0] != hidden[1]:
        yield found("operation.hidden" if hidden[1] else "operation.published", place)
    yield from _limits(old, new, place)
    ids = [node.get("operationId") for node in (old, new)]
    if all(ids) and ids[0] != ids[1]:
        yield found("operation.id.changed", place, old=str(ids[0]), new=str(ids[1]))


def _limits(old: dict[str, Any], new: dict[str, Any], place: Place) -> Iterator[Found]:
    """How much may be asked, as extensions say it: `x-ratelimit-limit`, `x-rate-limit`, `x-throttling`."""
    ours, theirs = ({key: each for key, each in node.items() if _LIMIT.match(key)} for node in (old, new))
    for name in dict.fromkeys((*ours, *theirs)):
        before, after = ours.get(name), theirs.get(name)
        if before == after:
            continue
        sides = [brief(each) if each is not None else "" for each in (before, after)]
        facts: dict[str, Any] = {"old_side": sides[0], "new_side": sides[1], "name": name}
        if before is None or after is None:
            rule = "operation.limit.added" if before is None else "operation.limit.removed"
            yield found(rule, place, told=sides[before is None], **facts)
        else:
            is_more = _is_number(before) and _is_number(after) and after > before
            level: Level | None = "info" if is_more else None
            yield found("operation.limit.changed", place, level=level, old=sides[0], new=sides[1], **facts)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _stability(old: dict[str, Any], new: dict[str, Any], place: Place) -> Iterator[Found]:
    was, now = stability(old), stability(new)
    if was == now or (None in (was, now) and _STABLE in (was, now)):
        return
    # What nothing was said of was as stable as it is; only what is said of it is new.
    direction = "decreased" if was is None or (now is not None and now < was) else "increased"
    words = ["not marked" if each is None else _LEVELS[each] for each in (was, now)]
    level: Level | None = "info" if was is None else None
    yield found(f"operation.stability.{direction}", place, level=level, old=words[0], new=words[1])


def is_deprecated(node: dict[str, Any]) -> bool:
    """Is it said to be? Swagger 2.0 has no word for it but in operations, so extensions say it."""
    return node.get("deprecated") is True or node.get("x-deprecated") not in (None, False, "", "false")


def sunset(node: dict[str, Any]) -> str:
    """The date of the end as it is written; empty where none is."""
    return next((str(node[key]) for key in _SUNSETS if node.get(key)), "")


def stability(node: dict[str, Any]) -> int | None:
    """How stable it is said to be, as a number; None where nothing is said, or what nobody knows."""
    said = next((str(node[key]).casefold() for key in _STABILITY if node.get(key)), "")
    said = said or next((level for key, level in _MARKS.items() if node.get(key) is True), "")
    return _LEVELS.index(said) if said in _LEVELS else None


def _rule_of_sunset(before: str, after: str) -> str:
    if not before:
        return "operation.sunset.set"
    if not after:
        return "operation.sunset.removed"
    dates = _date(before), _date(after)
    # Dates that cannot be read are taken for the worse.
    is_later = None not in dates and dates[1] > dates[0]  # type: ignore[operator]
    return "operation.sunset.later" if is_later else "operation.sunset.earlier"


def _date(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).date()
    except ValueError:
        return None

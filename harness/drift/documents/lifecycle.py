"""How long an operation will last: deprecation, the date of its end, how stable it is, whom it is for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from harness.drift.documents.comparing import Comparing
from harness.drift.documents.finding import Found, found
from harness.drift.documents.pair import Pair

_SUNSETS = ("x-sunset", "x-sunset-date", "x-sunset-at", "sunset")
_LEVELS = ("draft", "alpha", "beta", "preview", "stable")
"""The least stable first. oasdiff knows draft, alpha, beta and stable; others say preview or experimental."""
_STABILITY = ("x-stability-level", "x-stability", "x-api-status")


def lifecycle(comparing: Comparing, pair: Pair) -> Iterator[Found]:
    """All that changed in how long an operation will last."""
    old, new = pair.old.node, pair.new.node
    place = comparing.place(pair, old=pair.old.at, new=pair.new.at)
    before, after = sunset(old), sunset(new)
    if old.get("deprecated") is not True and new.get("deprecated") is True:
        until = f", and will be gone on {after}" if after else ""
        yield found("operation.deprecated", place, until=until)
    elif old.get("deprecated") is True and new.get("deprecated") is not True:
        yield found("operation.reactivated", place)
    if before != after:
        yield found(_rule_of_sunset(before, after), place, old=before, new=after)
    was, now = stability(old), stability(new)
    if was is not None and now is not None and was != now:
        direction = "decreased" if now < was else "increased"
        yield found(f"operation.stability.{direction}", place, old=_LEVELS[was], new=_LEVELS[now])
    hidden = [node.get("x-internal") is True for node in (old, new)]
    if hidden[0] != hidden[1]:
        yield found("operation.hidden" if hidden[1] else "operation.published", place)
    if pair.old.operation.id != pair.new.operation.id and old.get("operationId") and new.get("operationId"):
        yield found("operation.id.changed", place, old=str(old["operationId"]), new=str(new["operationId"]))
    ours, theirs = pair.old.operation.template, pair.new.operation.template
    if ours.endswith("/") != theirs.endswith("/"):
        yield found("operation.path.slash-changed", place, old=ours, new=theirs)


def sunset(node: dict[str, Any]) -> str:
    """The date of the end as it is written; empty where none is."""
    return next((str(node[key]) for key in _SUNSETS if node.get(key)), "")


def stability(node: dict[str, Any]) -> int | None:
    """How stable it is said to be, as a number; None where nothing is said, or what nobody knows."""
    said = next((str(node[key]).casefold() for key in _STABILITY if node.get(key)), "")
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

"""What was there the nights before, so that a report says what is new, what is there still, and what is gone."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date as Day
from typing import Any

import msgspec

from harness.drift.nights.counts import Kept
from harness.drift.nights.published import Published
from harness.errors import FileError
from harness.model.change import Change, Severity
from harness.model.drift_report import Comparison, Drifted, Gone, Outcome

VERSION = 1

QUIET_NIGHTS = 3
"""What only answers show may hide for a night: it is gone when so many have passed without it."""


class Known(msgspec.Struct, frozen=True):
    """A change of a night before. `since`: the first night, YYYY-MM-DD; `missed`: how many nights it was looked for
    since then in vain."""

    rule: str
    operation: str
    message: str
    since: str
    found_by: Comparison = "document"
    missed: int = 0
    severity: Severity = "fail"


class Remembered(msgspec.Struct, frozen=True):
    """What is known of one question, as `stripe against live`. `date`, `outcome`: of the last night; `since`: the
    first night of that outcome. `unsent`: was there news of it that nobody could be told? `troubles`: what could not
    be checked of late, and when that was last told (`news.py`). `pool`: what answers had and lacked (`pool.py`).
    `published`: what the provider had published, where our document is no copy of it (`published.py`)."""

    date: str = ""
    outcome: Outcome = "pass"
    since: str = ""
    unsent: bool = False
    troubles: Mapping[str, Day] = {}
    changes: Mapping[str, Known] = {}
    pool: Mapping[str, Kept] = {}
    published: Published | None = None


class State(msgspec.Struct, frozen=True):
    """The whole file: the nights of several questions."""

    version: int = VERSION
    questions: Mapping[str, Remembered] = {}


def parse_state(text: str, *, path: str) -> State:
    """What a file holds. FileError where it is none of ours."""
    try:
        state = msgspec.json.decode(text.encode(), type=State)
        for question in state.questions.values():
            for kept in question.pool.values():
                Day.fromisoformat(kept.last)
    except (msgspec.DecodeError, msgspec.ValidationError, ValueError) as error:
        raise FileError(path, f"no state of harness drift: {error}; remove it to begin anew") from None
    if state.version != VERSION:
        message = f"a state of version {state.version}; this harness reads {VERSION}. Remove it to begin anew"
        raise FileError(path, message)
    return state


def written(state: State) -> str:
    """The text of the file, in an order that does not change by itself."""
    return msgspec.json.format(msgspec.json.encode(state, order="deterministic"), indent=2).decode() + "\n"


def identities(changes: Sequence[Change]) -> list[str]:
    """An id for each change: the same on another night, however the change is worded and wherever it stands in the
    list. Where two changes would have the same, what stood on their sides tells them apart."""
    plain = [_digest(_kind(change)) for change in changes]
    met = Counter(plain)
    found = []
    for name, change in zip(plain, changes, strict=True):
        if met[name] > 1:
            name = _digest((*_kind(change), _ordered(change.old_side), _ordered(change.new_side)))
        found.append(name)
    again: Counter[str] = Counter()
    for index, name in enumerate(found):
        again[name] += 1
        if again[name] > 1:
            found[index] = f"{name}-{again[name]}"
    return found


def compared(
    changes: Sequence[Drifted],
    before: Remembered | None,
    *,
    today: str,
    checked: Iterable[Comparison],
    outcome: Outcome,
    looked_at: Collection[str] | None = None,
) -> tuple[tuple[Drifted, ...], tuple[Gone, ...], Remembered]:
    """The changes with their status, those that are gone, and what is to be remembered.

    `checked`: what could be checked wholly; `looked_at`: of what answers tell, the operations that were asked, None
    for all. What nobody looked for tonight is neither there nor gone.
    """
    known = dict(before.changes) if before is not None else {}
    told, now = [], {}
    for each in changes:
        old = known.pop(each.id, None)
        since = old.since if old is not None else today
        told.append(msgspec.structs.replace(each, status="still" if old else "new", since=since))
        change = each.change
        now[each.id] = Known(
            change.rule,
            change.place.operation,
            change.message,
            since,
            each.found_by,
            severity=each.severity,
        )
    gone, whole = [], frozenset(checked)
    for name, old in known.items():
        by_answers = old.found_by != "document"
        is_looked = old.found_by in whole
        if by_answers and looked_at is not None:
            is_looked = old.operation in looked_at
        missed = old.missed + is_looked
        if is_looked and (not by_answers or missed >= QUIET_NIGHTS):
            gone.append(Gone(name, old.rule, old.operation, old.message, old.since, old.severity))
        else:
            now[name] = msgspec.structs.replace(old, missed=missed)
    is_same = before is not None and before.outcome == outcome
    began = before.since or before.date if before is not None and is_same else today
    return tuple(told), tuple(gone), Remembered(today, outcome, began, changes=now)


def _kind(change: Change) -> tuple[str, ...]:
    first = min(change.places, key=lambda place: (place.operation, place.part, place.value))
    # Of an enumeration each value is a change of its own, and which one is said by the sides alone.
    value = (change.old_side, change.new_side) if ".enum." in change.rule else ()
    return change.rule, first.operation, first.part, first.value, *value


def _ordered(side: str) -> str:
    """A side without the order of its lists and names: another order is no other change."""
    try:
        return json.dumps(_sorted(json.loads(side)), sort_keys=True)
    except (ValueError, RecursionError):
        return " ".join(sorted(side.split()))


def _sorted(value: Any) -> Any:
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, dict):
        return {key: _sorted(inner) for key, inner in value.items()}
    return value


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]

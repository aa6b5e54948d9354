"""Changes that somebody has looked at and accepted, each with a reason and a last day. Data in YAML:

accepted:
  - rule: response.enum.added            # an id of the catalogue, or a glob; absent: any
    operation: GetCharges                # an id, or as "GET /v1/charges", or a glob; absent: any
    value: /data/*/status                # a pointer or a glob; absent: any
    reason: we show unknown states as they are
    until: 2027-03-31
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase

import msgspec

from harness.contract.yaml import convert, line_of
from harness.errors import FileError, did_you_mean
from harness.model.change import Change, Place
from harness.model.drift_report import Accepted

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Entry(msgspec.Struct, frozen=True):
    """One entry. An empty glob is for anything. `where`: its file and line."""

    rule: str
    operation: str
    value: str
    reason: str
    until: str
    where: str

    def accepts(self, change: Change) -> bool:
        """Is the change meant, at each of its places?"""
        return self.places(change) == len(change.places)

    def places(self, change: Change) -> int:
        """At how many of its places the change is meant."""
        return sum(map(self._is_at, change.places)) if fnmatchcase(change.rule, self.rule or "*") else 0

    def _is_at(self, place: Place) -> bool:
        if self.operation and not self.names_any((place.operation, place.operation_id)):
            return False
        return not self.value or fnmatchcase(place.value, self.value)

    @property
    def is_of_requests(self) -> bool:
        """Does it name an operation that is asked, and none that the provider asks itself?"""
        return bool(self.operation) and not self.operation.startswith(("webhook ", "callback "))

    def names_any(self, operations: Iterable[str]) -> bool:
        """Is any of them the operation that is meant?"""
        return any(fnmatchcase(name, self.operation) for name in operations)

    def holds_on(self, day: str) -> bool:
        """Is it in force on that day, YYYY-MM-DD?"""
        return day <= self.until


class _EntryText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: str
    until: str
    rule: str = ""
    operation: str = ""
    value: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    accepted: tuple[_EntryText, ...]


def parse_accepted(text: str, *, path: str, rules: Collection[str] = ()) -> tuple[Entry, ...]:
    """The entries of a file. A FileError with its line for a mistake; `rules`: the ids that there are."""
    entries = []
    for index, entry in enumerate(convert(text, _File, path=path).accepted):
        pointer = f"/accepted/{index}"
        line = line_of(text, pointer) or None
        if not entry.reason.strip():
            raise FileError(path, "an entry has a reason, for whoever reads it next", line=line)
        if not (entry.rule or entry.operation or entry.value):
            message = "an entry without a rule, an operation or a value would accept whatever comes"
            raise FileError(path, message, line=line)
        _require_rule(entry.rule, rules, path, line_of(text, f"{pointer}/rule"))
        _require_day(entry.until, path, line_of(text, f"{pointer}/until"))
        entries.append(
            Entry(entry.rule, entry.operation, entry.value, entry.reason, entry.until, f"{path}:{line}")
        )
    return tuple(entries)


def _require_rule(rule: str, rules: Collection[str], path: str, line: int | None) -> None:
    if rule and rules and not any(fnmatchcase(known, rule) for known in rules):
        raise FileError(path, f"no rule {rule!r}; {did_you_mean(rule, rules)}", line=line)


def _require_day(text: str, path: str, line: int | None) -> None:
    try:
        if _DAY.fullmatch(text):
            date.fromisoformat(text)
            return
    except ValueError:
        pass
    raise FileError(path, f"until is {text!r}; expected the last day, as 2027-03-31", line=line)


def acceptance(change: Change, entries: Iterable[Entry], *, today: str) -> Accepted | None:
    """By which entry a change is accepted on that day; None by none."""
    for entry in entries:
        if entry.holds_on(today) and entry.accepts(change):
            return Accepted(entry.reason, entry.until, entry.where)
    return None


def stale(
    entries: Sequence[Entry],
    changes: Sequence[Change],
    *,
    today: str,
    is_whole: bool,
    operations: Collection[str] = (),
) -> list[str]:
    """What is to be said of entries: those that have run out, and those that mean nothing any more. `is_whole`: could
    everything be checked? Else an entry that means nothing may mean something tomorrow. `operations`: by what names
    there are any."""
    told = []
    for entry in entries:
        met = [(entry.places(change), change) for change in changes]
        is_meant = any(number == len(change.places) for number, change in met)
        partly = max(met, key=lambda each: each[0], default=None)
        if is_meant and not entry.holds_on(today):
            told.append(f"{entry.where}: accepted until {entry.until} ({entry.reason}); it counts again")
        elif not is_meant and partly is not None and partly[0]:
            number, change = partly
            told.append(
                f"{entry.where}: accepts {number} of the {len(change.places)} places of {change.rule}, "
                "and so not the change; a glob may name them all"
            )
        elif not is_meant and operations and entry.is_of_requests and not entry.names_any(operations):
            nearest = did_you_mean(entry.operation, operations)
            told.append(f"{entry.where}: no operation {entry.operation!r}; {nearest}")
        elif not is_meant and is_whole:
            told.append(f"{entry.where}: no change is meant by it any more; it can go")
    return told

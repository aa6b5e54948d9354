"""What of a night is told to a team by itself, and what it has been told of already.

A change is told when it comes, and one that mattered when it is gone; whether the whole fails is told when it turns.
What could not be checked is told on its first night, and again after REMIND_DAYS as long as it lasts, whichever
operations it hits; that it can be checked again is told where it was told that it could not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date

from harness.drift.nights.state import Remembered
from harness.model.drift_report import DriftReport

REMIND_DAYS = 7

_OPERATIONS = re.compile(r"(GET|PUT|POST|DELETE|OPTIONS|HEAD|PATCH|TRACE|QUERY) /.*?: ")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_STATUS = re.compile(r"(?<![\d.])[1-5]\d\d(?![\d.])")


def is_news(report: DriftReport, before: Remembered | None) -> bool:
    """Is there anything to tell? Also news of the night before that nobody could be told."""
    if any(each.severity != "info" for each in report.gone) or _due(report, before):
        return True
    if not report.own_text and any(
        each.status != "still" and each.severity != "info" and each.accepted is None
        for each in report.changes
    ):
        return True
    return before is not None and (before.unsent or _turned(report, before))


def troubles(report: DriftReport, before: Remembered | None, *, is_told: bool) -> dict[str, date]:
    """What could not be checked, by kind, and when it was last told. `is_told`: news were, tonight."""
    today = date.fromisoformat(report.date)
    known = {name: day for name, day in _known(before).items() if not _is_old(day, today)}
    return known | dict.fromkeys(_kinds(report), today) if is_told else known


def _due(report: DriftReport, before: Remembered | None) -> bool:
    today, known = date.fromisoformat(report.date), _known(before)
    return any(name not in known or _is_old(known[name], today) for name in _kinds(report))


def _turned(report: DriftReport, before: Remembered) -> bool:
    """Is the outcome another, and worth a word? That something could not be checked is told by itself."""
    if before.outcome == report.outcome:
        return False
    if "fail" in (before.outcome, report.outcome):
        return True
    return report.outcome == "pass" and any(f"{day}" >= before.since for day in before.troubles.values())


def _known(before: Remembered | None) -> Mapping[str, date]:
    return before.troubles if before is not None else {}


def _kinds(report: DriftReport) -> set[str]:
    """One night it hits these operations, another night those, and for other numbers of seconds: it is the same."""
    return {_digest(_OPERATIONS.sub("", text, count=1)) for text in report.untold}


def _digest(text: str) -> str:
    statuses = " ".join(sorted(set(_STATUS.findall(text))))
    return hashlib.sha256(f"{_NUMBER.sub('#', text)} {statuses}".encode()).hexdigest()[:12]


def _is_old(day: date, today: date) -> bool:
    return (today - day).days >= REMIND_DAYS

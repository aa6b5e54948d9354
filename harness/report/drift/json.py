"""Drift as JSON: the one form that other programs may rely on. Fields are added, never renamed."""

from __future__ import annotations

import msgspec

from harness.model.drift_report import Drifted, DriftReport
from harness.report.clean import cleaned

MOST_PLACES = 100
"""Of one change: a component may show in thousands."""


def render(report: DriftReport) -> str:
    """The whole report as one JSON object, in the order of its fields, indented by two."""
    short = msgspec.structs.replace(report, changes=tuple(map(_short, report.changes)))
    return msgspec.json.format(msgspec.json.encode(cleaned(short)), indent=2).decode() + "\n"


def _short(each: Drifted) -> Drifted:
    places = each.change.places
    if len(places) <= MOST_PLACES:
        return each
    change = msgspec.structs.replace(each.change, places=places[:MOST_PLACES])
    return msgspec.structs.replace(each, change=change, places_left=len(places) - MOST_PLACES)

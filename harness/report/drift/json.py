"""Drift as JSON: the one form that other programs may rely on. Fields are added, never renamed."""

from __future__ import annotations

import msgspec

from harness.model.drift_report import DriftReport
from harness.report.clean import cleaned


def render(report: DriftReport) -> str:
    """The whole report as one JSON object, in the order of its fields, indented by two."""
    return msgspec.json.format(msgspec.json.encode(cleaned(report)), indent=2).decode() + "\n"

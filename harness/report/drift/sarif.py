"""Drift as SARIF, for code scanning: the changes that stand in a file of ours, at their line."""

from __future__ import annotations

from harness.model.change import Severity
from harness.model.drift_report import Drifted, DriftReport
from harness.report.drift.words import where
from harness.report.sarif import Level, Located
from harness.report.sarif import render as render_located

LEVELS: dict[Severity, Level] = {"fail": "error", "warn": "warning", "info": "note"}


def render(report: DriftReport) -> str:
    """One SARIF log; what is accepted, and what stands in no file of ours, is left out."""
    return render_located(_located(each) for each in report.changes if each.file and each.accepted is None)


def _located(each: Drifted) -> Located:
    change = each.change
    message = f"{change.message} ({where(change.place)})"
    return Located(change.rule, message, each.file, each.line, LEVELS[each.severity], change.place.old)

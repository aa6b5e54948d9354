"""Drift as one HTML page that needs nothing else: the two sides of each change side by side, and its witness."""

from __future__ import annotations

from harness.model.drift_report import DriftReport
from harness.report.clean import cleaned
from harness.report.drift.excerpt import excerpt, whole
from harness.report.drift.words import (
    decided,
    heading,
    places,
    proof,
    side_by_side,
    sides,
    tags,
    titles,
    verdict,
    where,
    whose,
)
from harness.report.html import page

IN_FULL = 12
"""So many failures are open at once; the others are folded."""


def render(report: DriftReport) -> str:
    """The whole report on one page: what fails first is open, the rest folded."""
    report = cleaned(report)
    opened = {each.id for each in report.changes[:IN_FULL] if each.weight == 0}
    sections = [
        (weight, title, [each for each in report.changes if each.weight == weight])
        for weight, title in enumerate(titles(report))
    ]
    return page(
        "drift.html",
        report=report,
        opened=opened,
        groups_of_changes=sections,
        drift_heading=heading(report),
        whose=whose(report),
        sides=sides(report),
        drift_verdict=verdict(report),
        decided=decided,
        excerpt=excerpt,
        places=places,
        side_by_side=side_by_side,
        proof=proof,
        tags=tags,
        where=where,
        whole=whole,
    )

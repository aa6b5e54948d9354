"""Drift as one HTML page that needs nothing else: the two sides of each change side by side, and its witness."""

from __future__ import annotations

from harness.model.drift_report import DriftReport
from harness.report.clean import cleaned
from harness.report.drift.words import (
    decided,
    heading,
    places,
    pretty,
    proof,
    side,
    tags,
    titles,
    verdict,
    where,
)
from harness.report.html import page


def render(report: DriftReport) -> str:
    """The whole report on one page: what fails is open, the rest folded."""
    report = cleaned(report)
    sections = [
        (weight, title, [each for each in report.changes if each.weight == weight])
        for weight, title in enumerate(titles(report))
    ]
    return page(
        "drift.html",
        report=report,
        groups_of_changes=sections,
        drift_heading=heading(report),
        drift_verdict=verdict(report),
        decided=decided,
        places=places,
        pretty=pretty,
        proof=proof,
        side=side,
        tags=tags,
        where=where,
    )

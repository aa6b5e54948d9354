"""A run under load as one HTML page that needs nothing else: no script, no file beside it, no network."""

from __future__ import annotations

import harness.report.load.words as words
from harness.model.load_report import LoadReport
from harness.report.clean import cleaned
from harness.report.html import page
from harness.report.load.panels import histograms, panels, shades, span


def render(report: LoadReport) -> str:
    """The whole report on one page: what came out, the time line, targets, verdicts, and what to make of them."""
    report = cleaned(report)
    shown = span(report.timeline)
    columns, rows = words.measured(report)
    return page(
        "load.html",
        report=report,
        say=words,
        panels=panels(report),
        shades=shades(report.windows, shown),
        ticks=shown.ticks(),
        histograms=histograms(report),
        columns=columns,
        rows=rows,
    )

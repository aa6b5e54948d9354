"""Reporters of drift: a DriftReport in, a text out."""

from __future__ import annotations

from collections.abc import Callable

from harness.model.drift_report import DriftReport
from harness.report.drift import html, json, junit, markdown, sarif, terminal
from harness.report.registry import chosen

REPORTERS: dict[str, Callable[[DriftReport], str]] = {
    ".html": html.render,
    ".json": json.render,
    ".md": markdown.render,
    ".sarif": sarif.render,
    ".txt": terminal.render,
    ".xml": junit.render,
}


def by_ending(path: object) -> Callable[[DriftReport], str]:
    """The reporter for a file of that name (a text or a path); UsageError where its ending is none of ours."""
    return chosen(path, REPORTERS)

"""Reporters of runs under load: a LoadReport in, a text out."""

from __future__ import annotations

from collections.abc import Callable

from harness.model.load_report import LoadReport
from harness.report.load import html, json, junit, markdown, terminal
from harness.report.registry import chosen

REPORTERS: dict[str, Callable[[LoadReport], str]] = {
    ".html": html.render,
    ".json": json.render,
    ".md": markdown.render,
    ".txt": terminal.render,
    ".xml": junit.render,
}


def by_ending(path: object) -> Callable[[LoadReport], str]:
    """The reporter for a file of that name (a text or a path); UsageError where its ending is none of ours."""
    return chosen(path, REPORTERS)

"""Reporters: a Report in, a text out. Importing this package enters all of ours in the registry."""

from harness.report import html, json, junit, markdown, terminal
from harness.report.registry import REPORTERS, by_ending, endings, reporter
from harness.report.several import compare, index

__all__ = [
    "REPORTERS",
    "by_ending",
    "compare",
    "endings",
    "html",
    "index",
    "json",
    "junit",
    "markdown",
    "reporter",
    "terminal",
]

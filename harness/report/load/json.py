"""A run under load as JSON: what other programs may rely on, and what `--baseline` reads. Fields are added, never
renamed."""

from __future__ import annotations

import re

import msgspec

from harness.model.load_report import LoadReport
from harness.report.clean import cleaned

_NUMBERS = re.compile(r"\[\n[\s\d.,+eE-]*(?:null[\s\d.,+eE-]*)*\]")
"""An array of nothing but numbers and nulls; a text holds no line end, so this is never within one."""


def render(report: LoadReport) -> str:
    """The whole report as one JSON object, in the order of its fields; a series is a line."""
    text = msgspec.json.format(msgspec.json.encode(cleaned(report)), indent=2).decode()
    return _NUMBERS.sub(lambda found: " ".join(found.group().split()), text) + "\n"

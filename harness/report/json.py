"""The report as JSON: the one form that other programs may rely on. Fields are added, never renamed."""

from __future__ import annotations

import msgspec

from harness.model.report import Report
from harness.report.clean import cleaned
from harness.report.registry import reporter


@reporter(ending=".json")
def render(report: Report) -> str:
    """The whole report as one JSON object, in the order of its fields, indented by two.

    `status` is null where no status line was sent; a number that JSON has no form for (infinity) is null.
    """
    return msgspec.json.format(msgspec.json.encode(cleaned(report)), indent=2).decode() + "\n"

"""A run under load as JUnit XML: a case for each promise, so that a CI shows which of them is broken since when.

JUnit knows no inconclusive: such a verdict is a skipped case whose message begins with `inconclusive:`.
"""

from __future__ import annotations

from xml.etree import ElementTree

from harness.model.finding import Verdict
from harness.model.load_report import LoadReport
from harness.report.clean import cleaned
from harness.report.load.words import counts, heading, size, trust, window
from harness.report.scorecard import family
from harness.report.words import NAMES, sentence


def render(report: LoadReport) -> str:
    """One `testsuites` element with one suite; the seed and the command that runs it again are its properties."""
    report = cleaned(report)
    tallied = counts(report)
    shared = {
        "tests": str(len(report.verdicts)),
        "failures": str(tallied.fail),
        "errors": "0",
        "time": f"{report.duration_s:.3f}",
    }
    root = ElementTree.Element("testsuites", {"name": heading(report), **shared})
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        {"name": heading(report), **shared, "skipped": str(tallied.inconclusive + tallied.not_applicable)},
    )
    properties = ElementTree.SubElement(suite, "properties")
    facts = {
        "provider": report.provider,
        "client": report.client,
        "scenario": report.scenario,
        "seed": str(report.seed),
        "calls": str(report.counts.calls),
        "attempts": str(report.counts.attempts),
        "bottleneck": report.honesty.bottleneck,
        "again": report.again,
    }
    for name, value in facts.items():
        if value:
            ElementTree.SubElement(properties, "property", name=name, value=value)
    met: dict[str, int] = {}
    for verdict in report.verdicts:
        met[verdict.check] = met.get(verdict.check, 0) + 1
        suite.append(_case(report, verdict, met[verdict.check]))
    lines = [size(report), trust(report), *map(window, report.windows), *report.notes, *report.honesty.notes]
    ElementTree.SubElement(suite, "system-out").text = "\n".join(lines)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _case(report: LoadReport, verdict: Verdict, occurrence: int) -> ElementTree.Element:
    # GitLab keys a case by its class name and name over all suites of a job, so the name says the run, too.
    name = f"{verdict.check} in {heading(report)}" + (f" #{occurrence}" if occurrence > 1 else "")
    case = ElementTree.Element("testcase", classname=family(verdict.check), name=name)
    said = sentence(verdict.observed, verdict.expected)
    if verdict.verdict == "fail":
        failure = ElementTree.SubElement(case, "failure", message=said, type=verdict.check)
        again = verdict.again or report.again
        failure.text = "\n".join(
            [
                f"{said} [{verdict.source}]",
                *verdict.exhibit.splitlines(),
                *([f"again: {again}"] if again else []),
            ]
        )
    elif verdict.verdict != "pass":
        message = f"{NAMES[verdict.verdict]}: {said}"
        ElementTree.SubElement(case, "skipped", type=verdict.verdict, message=message)
    return case

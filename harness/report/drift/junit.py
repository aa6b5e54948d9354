"""Drift as JUnit XML: a case for each change, so that a CI shows which of them are new.

A warning and an accepted change are cases that passed, with their words on stdout; what could not be checked is a
skipped case, as JUnit knows no inconclusive.
"""

from __future__ import annotations

from xml.etree import ElementTree

from harness.model.drift_report import Drifted, DriftReport
from harness.report.clean import cleaned
from harness.report.drift.words import heading, places, proof, side, where


def render(report: DriftReport) -> str:
    """One `testsuites` element with one suite. A night without drift has one case, which passed."""
    report = cleaned(report)
    shown = [each for each in report.changes if each.severity != "info" or each.accepted is not None]
    cases = max(len(shown) + len(report.untold), 1)
    counts = {
        "tests": str(cases),
        "failures": str(report.counts.fail),
        "errors": "0",
        "time": f"{report.duration_s:.3f}",
    }
    root = ElementTree.Element("testsuites", {"name": heading(report), **counts})
    named = {"name": f"drift of {report.provider}", **counts, "skipped": str(len(report.untold))}
    suite = ElementTree.SubElement(root, "testsuite", named)
    properties = ElementTree.SubElement(suite, "properties")
    facts = {
        "provider": report.provider,
        "client": report.client,
        "old": side(report.old),
        "new": side(report.new),
        "date": report.date,
        "again": report.again,
    }
    for name, value in facts.items():
        if value:
            ElementTree.SubElement(properties, "property", name=name, value=value)
    for each in shown:
        suite.append(_case(each))
    for text in report.untold:
        case = _named(suite, "drift.could_not_check", text)
        ElementTree.SubElement(case, "skipped", type="inconclusive", message=f"inconclusive: {text}")
    if not shown and not report.untold:
        _named(suite, "drift", "no drift that matters")
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _named(suite: ElementTree.Element, family: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=family, name=name)


def _case(each: Drifted) -> ElementTree.Element:
    change = each.change
    case = ElementTree.Element(
        "testcase", classname=change.rule, name=f"{change.rule} at {where(change.place)} [{each.id}]"
    )
    lines = [change.message, *([each.evidence] if each.evidence else [])]
    if other := places(change):
        lines.append(f"also in {other}")
    if each.accepted is not None:
        told = each.accepted
        lines.append(f"accepted until {told.until}: {told.reason} ({told.where})")
    elif each.severity == "fail":
        if change.witness is not None:
            lines += ["", proof(change), "", change.witness.text]
        failure = ElementTree.SubElement(case, "failure", message=change.message, type=change.rule)
        failure.text = "\n".join(lines)
        return case
    ElementTree.SubElement(case, "system-out").text = "\n".join(lines)
    return case

"""The report as JUnit XML, as Jenkins and GitLab read it: a suite per run, a case per verdict.

The shape is that of Jenkins' junit-10.xsd. JUnit knows no inconclusive: such a verdict is a skipped case whose
message begins with `inconclusive:`, and each suite counts them in its properties.
"""

from __future__ import annotations

from xml.etree import ElementTree

from harness.model.finding import Verdict
from harness.model.report import Report, ScenarioReport
from harness.report.clean import cleaned, excerpt
from harness.report.registry import reporter
from harness.report.scorecard import family, tally
from harness.report.timeline import lines, told
from harness.report.words import NAMES, heading, sentence


@reporter(ending=".xml")
def render(report: Report) -> str:
    """One `testsuites` element; the seed and the command that runs it again stand in the properties."""
    report = cleaned(report)
    root = ElementTree.Element(
        "testsuites",
        name=heading(report),
        tests=str(sum(len(run.verdicts) for run in report.scenarios)),
        failures=str(report.counts.fail),
        errors="0",
        time=f"{report.duration_s:.3f}",
    )
    root.extend(_suite(report, run) for run in report.scenarios)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(report: Report, run: ScenarioReport) -> ElementTree.Element:
    counts = tally(run.verdicts)
    suite = ElementTree.Element(
        "testsuite",
        name=f"{run.id}, {run.call}",
        tests=str(len(run.verdicts)),
        failures=str(counts.fail),
        errors="0",
        skipped=str(counts.inconclusive + counts.not_applicable),
        time=f"{_duration_s(run):.3f}",
    )
    facts = {
        "provider": report.provider,
        "client": report.client,
        "scenario": run.id,
        "call": run.call,
        "title": run.title,
        "seed": str(report.seed),
        "fault_fired": "true" if run.fault_fired else "false",
        "inconclusive": str(counts.inconclusive),
        "not_applicable": str(counts.not_applicable),
        "again": report.again,
    }
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in facts.items():
        if value:
            ElementTree.SubElement(properties, "property", name=name, value=value)
    met: dict[str, int] = {}
    for verdict in run.verdicts:
        met[verdict.check] = met.get(verdict.check, 0) + 1
        suite.append(_case(run, verdict, met[verdict.check]))
    for name, text in (
        ("system-out", _output(run)),
        ("system-err", "".join(call.stderr for call in run.calls)),
    ):
        if text:
            ElementTree.SubElement(suite, name).text = excerpt(text)
    return suite


def _case(run: ScenarioReport, verdict: Verdict, occurrence: int) -> ElementTree.Element:
    # GitLab keys a case by its class name and name over all suites of a job, so the name says the run too.
    name = f"{verdict.check} in {run.id}, {run.call}" + (f" #{occurrence}" if occurrence > 1 else "")
    case = ElementTree.Element("testcase", classname=family(verdict.check), name=name)
    said = sentence(verdict.observed, verdict.expected)
    if verdict.verdict == "fail":
        failure = ElementTree.SubElement(case, "failure", message=said, type=verdict.check)
        failure.text = "\n".join(
            [
                f"{said} [{verdict.source}]",
                *verdict.exhibit.splitlines(),
                f"again: {verdict.again}",
                *lines(run, verdict),
            ],
        )
    elif verdict.verdict != "pass":
        word = NAMES[verdict.verdict]
        ElementTree.SubElement(case, "skipped", type=verdict.verdict, message=f"{word}: {said}")
    return case


def _output(run: ScenarioReport) -> str:
    return "".join(f"{told(call)}\n{call.stdout}" for call in run.calls)


def _duration_s(run: ScenarioReport) -> float:
    if not run.calls:
        return 0.0
    return max(call.ended_s for call in run.calls) - min(call.began_s for call in run.calls)

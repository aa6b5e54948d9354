"""The JUnit file: the shape that CI servers read."""

from __future__ import annotations

from xml.etree import ElementTree

from harness.model.report import Report
from harness.report.junit import render
from tests.report.factory import attempt, battery, call, report, run, verdict

# Jenkins' junit-10.xsd: the attributes of each element, and its children in the order in which they must stand.
SHAPE: dict[str, tuple[set[str], list[str]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "disabled", "errors"}, ["testsuite"]),
    "testsuite": (
        {
            "name",
            "tests",
            "failures",
            "errors",
            "time",
            "disabled",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
        },
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "properties": (set(), ["property"]),
    "property": ({"name", "value"}, []),
    "testcase": (
        {"name", "assertions", "time", "classname", "status"},
        ["skipped", "error", "failure", "system-out", "system-err"],
    ),
    "failure": ({"type", "message"}, []),
    "skipped": ({"type", "message"}, []),
    "system-out": (set(), []),
    "system-err": (set(), []),
}


def misfits(element: ElementTree.Element) -> list[str]:
    """Where a document leaves the shape."""
    attributes, children = SHAPE[element.tag]
    found = [f"{element.tag} {name}" for name in element.attrib if name not in attributes]
    places = [children.index(child.tag) if child.tag in children else -1 for child in element]
    if -1 in places or places != sorted(places):
        found.append(f"children of {element.tag}: {[child.tag for child in element]}")
    return found + [misfit for child in element for misfit in misfits(child)]


def tree(of: Report) -> ElementTree.Element:
    return ElementTree.fromstring(render(of))


def test_a_whole_battery_has_the_shape_that_jenkins_reads() -> None:
    assert misfits(tree(battery(careful=False))) == []


def test_the_shape_is_strict_enough_to_catch_a_stranger() -> None:
    stranger = '<testsuite name="a" mood="b"><testcase name="c" classname="d"/><properties/></testsuite>'
    assert len(misfits(ElementTree.fromstring(stranger))) == 2


def test_a_suite_is_a_run_and_a_case_is_a_verdict() -> None:
    suite = tree(report(run("hang", "read", verdicts=[verdict("retry.bounded"), verdict("deadline.call")])))[
        0
    ]
    assert suite.get("name") == "hang, read"
    assert [(case.get("classname"), case.get("name")) for case in suite.iter("testcase")] == [
        ("retry", "retry.bounded in hang, read"),
        ("deadline", "deadline.call in hang, read"),
    ]


def test_a_failure_says_what_was_seen_what_was_expected_the_source_and_the_attempts() -> None:
    one = run(
        calls=[call(attempt(0.0, 503), attempt(0.404, 200))],
        verdicts=[
            verdict("retry.bounded", "fail", observed="5 retries", expected="at most 3", source="policy")
        ],
    )
    failure = next(tree(report(one)).iter("failure"))
    assert failure.attrib == {"message": "5 retries; expected at most 3", "type": "retry.bounded"}
    assert failure.text is not None
    assert "[policy]\nagain: harness verify" in failure.text
    assert failure.text.endswith("0.00 GET 503 | +0.40 GET 200 -> ok")


def test_an_inconclusive_verdict_is_skipped_and_seen_to_be_inconclusive() -> None:
    suite = tree(
        report(
            run(
                verdicts=[
                    verdict(word="inconclusive", observed="saw 2, needs 5", expected="open after 5"),
                    verdict(word="not_applicable", observed="never retried", expected=""),
                ]
            )
        )
    )[0]
    assert [skipped.attrib for skipped in suite.iter("skipped")] == [
        {"type": "inconclusive", "message": "inconclusive: saw 2, needs 5; expected open after 5"},
        {"type": "not_applicable", "message": "not applicable: never retried"},
    ]
    facts = {one.get("name"): one.get("value") for one in suite.iter("property")}
    assert (facts["inconclusive"], facts["not_applicable"], facts["seed"]) == ("1", "1", "7")


def test_the_numbers_of_a_suite_add_up() -> None:
    whole = tree(battery(careful=False))
    for suite in whole:
        cases = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(len(list(suite.iter("failure"))))
        assert suite.get("skipped") == str(len(list(suite.iter("skipped"))))
    assert whole.get("failures") == str(battery(careful=False).counts.fail)


def test_no_two_cases_have_the_same_name_since_gitlab_would_keep_one_of_them() -> None:
    whole = tree(report(run("twice", verdicts=[verdict(), verdict()]), *battery(careful=True).scenarios))
    names = [(case.get("classname"), case.get("name")) for case in whole.iter("testcase")]
    assert len(names) == len(set(names))


def test_what_xml_forbids_is_replaced_and_what_it_reserves_is_escaped() -> None:
    one = run(
        'a"<b>',
        calls=[call(stdout="\x00\x1b[31m<&]]>\ud800", stderr="\x0b")],
        verdicts=[verdict("x.<y>", "fail")],
    )
    text = render(report(one, client="<&>\x08"))
    whole = ElementTree.fromstring(text.encode())
    assert whole.get("name") == "<&>\ufffd against stripe"
    assert "\ufffd<&]]>\ufffd" in (whole[0].findtext("system-out") or "")


def test_what_the_client_printed_is_kept() -> None:
    suite = tree(report(run(calls=[call(attempt(), stdout="12 customers\n", stderr="a warning\n")])))[0]
    assert (suite.findtext("system-out") or "").endswith("12 customers\n")
    assert suite.findtext("system-err") == "a warning\n"

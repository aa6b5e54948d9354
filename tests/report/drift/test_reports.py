"""Drift as a terminal, Markdown, JUnit, JSON, SARIF and a page show it."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import msgspec
import pytest

from harness.drift.nights.accepted import Entry
from harness.drift.nights.night import report
from harness.errors import UsageError
from harness.model.change import Change, Place
from harness.model.drift_report import DriftReport
from harness.report.clean import cleaned
from harness.report.drift import REPORTERS, by_ending, markdown, terminal
from tests.drift.nights import DECLINED, NIGHT, STATUS_ADDED, change, night

REQUIRED = change(witness=DECLINED, old_side='{"required":[]}', new_side='{"required":["customer"]}')
RISK = change("response.property.removed", "risky", message="livemode does not come any more")
MORE = change("request.parameter.added", "info", message="a parameter limit may be sent")
ALL = night(REQUIRED, STATUS_ADDED, RISK, MORE, untold=("GET /v1/refunds: the provider answered 503",))


def text(told: DriftReport, **how: object) -> str:
    return terminal.render(told, **how)  # type: ignore[arg-type]


def test_a_failure_is_told_with_its_sides_and_its_proof() -> None:
    shown = text(ALL)
    assert "✘ request.property.became-required  customer must be sent from now on" in shown
    assert "this request is valid by the old side, and is not valid by the new one" in shown
    assert '{"amount": 2000, "currency": "eur"}' in shown
    assert 'old  {"required":[]}' in shown


def test_the_title_says_what_it_comes_to() -> None:
    assert text(ALL, width=120).startswith(
        "✘ fail  drift of shop\n  contracts/shop/openapi.yaml 2.1 against https://shop.example/openapi.yaml 2.2\n"
    )
    assert "2 breaking changes; 1 risk; 1 harmless; 1 thing could not be checked" in text(ALL)


def test_what_harms_nobody_is_counted_and_shown_on_demand() -> None:
    assert "1 request.parameter.added  (-v shows them)" in text(ALL)
    assert "a parameter limit may be sent" not in text(ALL)
    assert "a parameter limit may be sent" in text(ALL, verbose=True)


def test_what_could_not_be_checked_is_never_silent() -> None:
    told = night(untold=("the provider refused the credential (401)",))
    assert told.outcome == "inconclusive"
    for ending, render in REPORTERS.items():
        if ending != ".sarif":
            assert "refused the credential" in render(told), ending


@pytest.mark.parametrize("width", [80, 120])
def test_lines_are_no_wider_than_the_terminal(width: int) -> None:
    shown = text(ALL, width=width)
    assert max(map(len, shown.splitlines())) <= width


def test_it_is_plain_where_the_encoding_is() -> None:
    assert text(ALL, ascii_only=True).isascii()


def test_a_quiet_night_is_short() -> None:
    assert text(night()).splitlines()[0].startswith("✔ pass  drift of shop")
    assert len(text(night()).splitlines()) <= 4


def test_every_report_is_made_of_a_night_without_and_with_drift() -> None:
    for render in REPORTERS.values():
        assert render(night())
        assert render(ALL)


def test_the_json_is_the_report() -> None:
    read = msgspec.json.decode(by_ending("drift.json")(ALL), type=DriftReport)
    assert read == cleaned(ALL)


def test_of_a_change_that_shows_in_thousands_of_places_the_json_has_some() -> None:
    also = tuple(Place(f"GET /{number}") for number in range(5000))
    read = json.loads(by_ending("drift.json")(night(change(also=also))))
    (told,) = read["changes"]
    assert (len(told["change"]["places"]), told["places_left"]) == (100, 4901)


def test_junit_has_a_failure_for_each_failure() -> None:
    root = ElementTree.fromstring(by_ending("drift.xml")(ALL))
    cases = {case.get("classname"): case for case in root.iter("testcase")}
    assert root.get("failures") == "2"
    assert cases["request.property.became-required"].find("failure") is not None
    skipped = cases["drift.could_not_check"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "inconclusive: GET /v1/refunds: the provider answered 503"


def test_markdown_lays_the_sides_out_and_escapes_what_others_wrote() -> None:
    odd = change(message="<b>| *this*", old_side="```\nx\n```")
    shown = by_ending("summary.md")(night(odd))
    assert "&lt;b&gt;" in shown
    assert "````text\n```\nx\n```\n````" in shown


def test_an_issue_is_found_again_by_its_first_line_and_does_not_change_by_itself() -> None:
    first = markdown.issue(ALL)
    assert first.splitlines()[0] == "<!-- harness drift: shop -->"
    assert markdown.issue(ALL) == first
    assert markdown.title(ALL) == "Drift: shop"


def test_an_issue_fits_into_what_github_takes() -> None:
    many = [change(operation=f"GET /{number}", old_side="x" * 500) for number in range(300)]
    shown = markdown.issue(night(*many))
    assert len(shown) <= markdown.LONGEST
    assert "more, which the report has" in shown


def test_a_page_shows_both_sides_and_runs_nothing() -> None:
    page = by_ending("drift.html")(
        night(change(message="<script>alert(1)</script>", new_side='"<img src=x>"'))
    )
    assert "<script>" not in page
    assert "&lt;img src=x&gt;" in page
    assert "default-src 'none'" in page


def test_sarif_has_what_stands_in_a_file_of_ours() -> None:
    told = night(REQUIRED, RISK)
    placed = msgspec.structs.replace(told.changes[0], file="contracts/shop/openapi.yaml", line=12)
    log = json.loads(
        by_ending("drift.sarif")(msgspec.structs.replace(told, changes=(placed, told.changes[1])))
    )
    (result,) = log["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("request.property.became-required", "error")
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 12}


def test_what_is_accepted_is_told_with_its_reason() -> None:
    entry = Entry("response.*", "", "", "we show them as they are", "2027-03-31", "accepted.yaml:2")
    changes: dict[str, list[Change]] = {"document": [STATUS_ADDED]}
    told = report(NIGHT, changes, {}, accepted=[entry]).report  # type: ignore[arg-type]
    assert told.outcome == "pass"
    assert "accepted until 2027-03-31: we show them as they are (accepted.yaml:2)" in " ".join(
        text(told).split()
    )


@pytest.mark.parametrize("unfit", ["\x07", "\x1b[31m", "\u202e", "\ud800", "\x9b", "\r", "\uffff"])
def test_what_others_wrote_does_not_move_the_cursor(unfit: str) -> None:
    shown = text(night(change(message=f"odd {unfit} name")))
    assert unfit not in shown
    assert "odd" in shown


def test_of_many_failures_the_first_are_told_in_full() -> None:
    many = night(*(change(operation=f"GET /{number}", old_side='"old"') for number in range(40)))
    shown = text(many)
    assert shown.count('old  "old"') == terminal.IN_FULL
    assert shown.count("customer must be sent from now on") == 40
    assert "28 proofs more: -v, or a report" in shown
    assert text(many, verbose=True).count('old  "old"') == 40


def test_an_unknown_ending_is_told_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"did you mean '\.sarif'"):
        by_ending("drift.sarf")

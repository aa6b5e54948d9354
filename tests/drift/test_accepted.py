"""What is accepted, until when, and what is said of entries that mean nothing."""

from __future__ import annotations

import pytest

from harness.drift.nights.accepted import Entry, acceptance, parse_accepted, stale
from harness.errors import FileError
from harness.model.drift_report import Accepted
from tests.drift.nights import STATUS_ADDED, change

RULES = ("request.property.became-required", "response.enum.added")

FILE = """\
accepted:
  - rule: response.enum.added
    operation: "* /v1/charges"
    value: /data/*/status
    reason: we show unknown states as they are
    until: 2027-03-31
"""


def entries(text: str = FILE) -> tuple[Entry, ...]:
    return parse_accepted(text, path="accepted.yaml", rules=RULES)


def test_an_entry_accepts_what_it_names() -> None:
    told = acceptance(STATUS_ADDED, entries(), today="2027-03-31")
    assert told == Accepted("we show unknown states as they are", "2027-03-31", "accepted.yaml:2")


def test_another_change_is_not_meant() -> None:
    assert acceptance(change(), entries(), today="2026-11-21") is None


def test_after_its_last_day_an_entry_accepts_nothing_and_says_so() -> None:
    assert acceptance(STATUS_ADDED, entries(), today="2027-04-01") is None
    assert stale(entries(), [STATUS_ADDED], today="2027-04-01", is_whole=True) == [
        "accepted.yaml:2: accepted until 2027-03-31 (we show unknown states as they are); it counts again"
    ]


def test_an_entry_that_means_nothing_any_more_can_go() -> None:
    assert stale(entries(), [], today="2026-11-21", is_whole=True) == [
        "accepted.yaml:2: no change is meant by it any more; it can go"
    ]


def test_where_not_all_could_be_checked_an_entry_may_yet_mean_something() -> None:
    assert stale(entries(), [], today="2026-11-21", is_whole=False) == []


def test_a_change_that_shows_elsewhere_too_is_not_accepted_for_one_place() -> None:
    one = entries(FILE.replace("* /v1", "POST /v1"))
    assert acceptance(STATUS_ADDED, one, today="2026-11-21") is None
    assert stale(one, [STATUS_ADDED], today="2026-11-21", is_whole=True) == [
        "accepted.yaml:2: accepts 1 of the 2 places of response.enum.added, and so not the change; "
        "a glob may name them all"
    ]


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (("response.enum.added", "response.enum.aded"), "accepted.yaml:2: no rule 'response.enum.aded'; did"),
        (("2027-03-31", "next year"), "accepted.yaml:6: until is 'next year'; expected the last day"),
        (("2027-03-31", "2027-02-30"), "accepted.yaml:6: until is '2027-02-30'; expected the last day"),
        (("    until: 2027-03-31\n", ""), "accepted.yaml:2: accepted/0: missing required field 'until'"),
        (("we show unknown states as they are", "' '"), "accepted.yaml:2: an entry has a reason"),
        (("    value:", "    vale:"), "accepted.yaml:4: unknown field 'vale'; did you mean 'value'?"),
    ],
)
def test_a_mistake_is_told_with_its_line(written: tuple[str, str], complaint: str) -> None:
    with pytest.raises(FileError) as caught:
        entries(FILE.replace(*written))
    assert str(caught.value).startswith(complaint)


def test_an_entry_for_whatever_comes_is_a_mistake() -> None:
    with pytest.raises(FileError, match="would accept whatever comes"):
        entries("accepted: [{reason: tired, until: 2027-01-01}]")


def test_an_entry_for_no_operation_says_the_nearest() -> None:
    def said(operation: str) -> list[str]:
        text = f"accepted:\n- {{operation: '{operation}', reason: fine, until: 2027-01-01}}\n"
        one = parse_accepted(text, path="a.yaml")
        return stale(one, [], today="2026-11-21", is_whole=True, operations=("GetCharges", "GET /v1/charges"))

    assert said("GetChargs") == ["a.yaml:2: no operation 'GetChargs'; did you mean 'GetCharges'?"]
    for known in ("GetCharges", "GET /v1/*", "webhook invoice.paid"):
        assert said(known) == ["a.yaml:2: no change is meant by it any more; it can go"]

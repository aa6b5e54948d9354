"""What is new, there still, gone; and who a change is on another night."""

from __future__ import annotations

import msgspec
import pytest

from harness.drift.nights.news import is_news
from harness.drift.nights.night import NightTold, report
from harness.drift.nights.state import QUIET_NIGHTS, State, identities, parse_state, written
from harness.errors import FileError
from harness.model.change import Change
from harness.model.drift_report import Comparison
from tests.drift.nights import NIGHT, STATUS_ADDED, change


def night(
    *changes: Change,
    after: NightTold | None = None,
    today: str = "2026-11-21",
    by: Comparison = "document",
    untold: tuple[str, ...] = (),
) -> NightTold:
    asked = msgspec.structs.replace(NIGHT, today=today)
    before = after.remembered if after is not None else None
    return report(asked, {by: changes}, {by: untold}, before=before, keeps_state=True)


def test_a_change_is_new_then_there_still_then_gone() -> None:
    first = night(STATUS_ADDED)
    second = night(STATUS_ADDED, after=first, today="2026-11-22")
    third = night(after=second, today="2026-11-23")
    assert [each.status for each in first.report.changes] == ["new"]
    assert [(each.status, each.since) for each in second.report.changes] == [("still", "2026-11-21")]
    assert [(gone.rule, gone.since) for gone in third.report.gone] == [("response.enum.added", "2026-11-21")]
    assert not night(after=third, today="2026-11-24").report.gone


def test_what_harmed_nobody_is_gone_without_a_word() -> None:
    grown = change("seen.enum.grown", "info")
    for each, tells in ((grown, False), (STATUS_ADDED, True)):
        first = night(each)
        last = night(after=first)
        before = msgspec.structs.replace(first.remembered, outcome=last.report.outcome)
        assert len(last.report.gone) == 1
        assert is_news(last.report, before) is tells


def test_what_could_not_be_checked_is_not_gone() -> None:
    first = night(STATUS_ADDED, by="live")
    out = night(after=first, by="live", untold=("the provider was down",))
    assert out.report.gone == ()
    assert [each.status for each in night(STATUS_ADDED, after=out, by="live").report.changes] == ["still"]


def test_what_was_asked_of_others_makes_nothing_gone() -> None:
    told = night(STATUS_ADDED, by="live")
    for _ in range(QUIET_NIGHTS + 1):
        told = report(
            NIGHT, {"live": ()}, {}, before=told.remembered, keeps_state=True, looked_at=["GET /v1/refunds"]
        )
        assert told.report.gone == ()
    assert STATUS_ADDED.rule in {known.rule for known in told.remembered.changes.values()}


def test_what_another_comparison_found_is_not_gone() -> None:
    first = night(STATUS_ADDED, by="live")
    assert night(after=first, by="document").report.gone == ()


def test_what_answers_show_may_hide_for_some_nights() -> None:
    told = night(STATUS_ADDED, by="live")
    for _ in range(QUIET_NIGHTS - 1):
        told = night(after=told, by="live")
        assert told.report.gone == ()
    assert len(night(after=told, by="live").report.gone) == 1


def test_a_change_is_known_again_in_other_words_and_another_order() -> None:
    reworded = msgspec.structs.replace(
        STATUS_ADDED,
        message="in other words",
        places=STATUS_ADDED.places[::-1],
    )
    other = change()
    assert identities([STATUS_ADDED, other]) == identities([other, reworded])[::-1]


def test_two_changes_at_one_place_are_told_apart_by_their_sides() -> None:
    lower, upper = (change("request.property.type-changed", new_side=side) for side in ('"a"', '"b"'))
    names = identities([lower, upper])
    assert len(set(names)) == 2
    assert identities([upper, lower]) == names[::-1]


def test_a_second_value_does_not_make_another_change_of_the_first() -> None:
    first, second = (change("seen.enum.undeclared", new_side=side) for side in ('"disputed"', '"held"'))
    assert identities([first, second])[0] == identities([first])[0]


def test_two_that_nothing_tells_apart_have_names_of_their_own() -> None:
    assert len(set(identities([STATUS_ADDED, STATUS_ADDED]))) == 2


def test_the_file_is_read_as_it_was_written() -> None:
    state = State(questions={"shop": night(STATUS_ADDED).remembered})
    assert parse_state(written(state), path="state.json") == state


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", '{"version": 2}', '{"version": 1, "questions": {"a": 1}}'),
        '{"questions": {"a": {"pool": {"GET /pets": {"stamp": "1", "last": "yesterday"}}}}}',
    ],
)
def test_a_file_that_is_no_state_says_what_to_do(text: str) -> None:
    with pytest.raises(FileError, match=r"state\.json: .*emove it to begin anew"):
        parse_state(text, path="state.json")

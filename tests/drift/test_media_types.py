"""Which media types are the same, read in the same way, or more than before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.drift.build import Tree, answering, changes, given, only, tree

BOOK: Tree = {"type": "object", "properties": {"title": {"type": "string"}}}
JSON, HAL = "application/json", "application/hal+json"


def sent(*kinds: str) -> Tree:
    return tree(given(dict.fromkeys(kinds, BOOK)))


def got(*kinds: str) -> Tree:
    return tree(answering(dict.fromkeys(kinds, BOOK)))


@pytest.mark.parametrize("wide", ["application/*", "*/*"])
def test_an_answer_that_may_be_of_any_media_type_now_may_be_one_that_could_not_come(wide: str) -> None:
    change = only(got(JSON), got(wide))
    assert (change.rule, change.level) == ("response.media-type.generalized", "breaking")
    assert change.witness is not None
    assert "content type" in change.witness.refusal


def test_a_request_of_any_media_type_was_taken_and_is_refused() -> None:
    change = only(sent("application/*"), sent(JSON))
    assert (change.rule, change.level) == ("request.media-type.removed", "breaking")
    assert change.witness is not None
    assert change.witness.fits_old


@pytest.mark.parametrize(("make", "side"), [(sent, "request"), (got, "response")])
def test_what_is_read_in_the_same_way_under_another_name_is_a_risk(
    make: Callable[..., Tree], side: str
) -> None:
    change = only(make(HAL), make(JSON))
    assert (change.rule, change.level) == (f"{side}.media-type.renamed", "risky")
    assert change.message.count(HAL) == change.message.count(JSON) == 1


def test_a_range_that_is_narrowed_in_answers_takes_nothing_away() -> None:
    assert changes(got("application/*"), got(JSON)) == []
    assert changes(sent(JSON), sent("application/*")) == [("request.media-type.added", "info")]


def test_parameters_of_a_media_type_are_no_part_of_its_name() -> None:
    assert changes(got(JSON), got(f"{JSON}; charset=utf-8")) == []

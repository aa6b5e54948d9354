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


def test_json_is_utf_8_unless_it_says_otherwise() -> None:
    assert changes(got(JSON), got(f"{JSON}; charset=utf-8")) == []
    assert changes(sent(f"{JSON};charset=UTF-8"), sent(JSON)) == []
    assert changes(got(JSON), got(f"{JSON}; charset=utf-16")) == [
        ("response.media-type.parameter.changed", "breaking")
    ]


def test_what_a_parameter_of_a_media_type_says_is_promised_as_the_type_is() -> None:
    plain, first, second = JSON, f"{JSON}; version=1", f'{JSON}; Version="2"'
    parameter = "media-type.parameter"
    assert changes(got(first), got(second)) == [(f"response.{parameter}.changed", "breaking")]
    assert changes(got(first), got(plain)) == [(f"response.{parameter}.removed", "breaking")]
    assert changes(got(plain), got(first)) == [(f"response.{parameter}.added", "info")]
    assert changes(sent(first), sent(second)) == [(f"request.{parameter}.changed", "breaking")]
    assert changes(sent(plain), sent(first)) == [(f"request.{parameter}.added", "risky")]
    assert changes(sent(first), sent(plain)) == [(f"request.{parameter}.removed", "info")]
    assert changes(got(first), got(f"{JSON};version=1")) == []

"""Answers where nothing is kept."""

from __future__ import annotations

from tests.mock.shop import bare, decoded


def test_the_answer_is_about_the_id_that_was_asked_for() -> None:
    assert decoded(bare()("GET", "/parcels/41"))["id"] == 41
    assert decoded(bare()("GET", "/orders/or_9"))["id"] == "or_9"


def test_the_answer_has_what_was_sent() -> None:
    parcel = decoded(bare()("POST", "/parcels", {"weight": 3, "to": "Rome", "unknown": 1}))

    assert (parcel["weight"], parcel["to"]) == (3, "Rome")
    assert "unknown" not in parcel


def test_what_the_answer_may_not_hold_is_left_as_sampled() -> None:
    parcel = decoded(bare()("POST", "/parcels", {"weight": 3, "to": "Constantinople"}))

    assert parcel["weight"] == 3
    assert parcel["to"] != "Constantinople"


def test_an_answer_that_is_not_json_is_sampled_as_it_is() -> None:
    answered = bare()("GET", "/health")

    assert answered.response.status == 200
    assert answered.response.header("content-type") == "text/plain"

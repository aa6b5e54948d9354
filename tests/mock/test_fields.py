"""Laying new values over old ones."""

from __future__ import annotations

from harness.mock.fields import Names, dig, laid, put, suited


def test_objects_merge_and_anything_else_replaces() -> None:
    assert laid({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": [2]}) == {
        "a": {"b": 3, "c": 2},
        "d": [2],
    }


def test_an_empty_object_says_that_there_is_nothing() -> None:
    assert laid({"a": 1}, {}) == {}


def test_dotted_names_reach_inside() -> None:
    fields = {"owner": {"login": "ada"}}
    put(fields, "owner.id", 1)
    put(fields, "new.way", 2)

    assert fields == {"owner": {"login": "ada", "id": 1}, "new": {"way": 2}}
    assert dig(fields, "owner.login") == "ada"
    assert dig(fields, "owner.login.more") is None


def test_names_are_the_given_ones_then_the_fields() -> None:
    names = Names({"id": "x"}, {"id": "y", "owner": {"login": "ada"}})

    assert names["id"] == "x"
    assert names["owner.login"] == "ada"
    assert names.get("nobody", "as it is") == "as it is"


def test_a_string_for_an_object_with_an_id_names_it() -> None:
    assert suited({"id": "old", "kind": "price"}, "new", items="data") == {"id": "new", "kind": "price"}


def test_an_array_fills_an_envelope_over_a_sample_of_one() -> None:
    envelope = {"data": [{"id": "s", "price": {"id": "p"}, "count": 1}], "more": False}

    filled = suited(envelope, [{"price": "q"}, {"count": 2}], items="data")

    assert filled == {
        "data": [
            {"id": "s", "price": {"id": "q"}, "count": 1},
            {"id": "s", "price": {"id": "p"}, "count": 2},
        ],
        "more": False,
    }

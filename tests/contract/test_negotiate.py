"""Which of the offered media types an Accept header asks for."""

from __future__ import annotations

import pytest

from harness.contract.negotiate import Range, best, ranges

JSON, XML, TEXT, VENDOR = "application/json", "application/xml", "text/plain", "application/vnd.api+json"


@pytest.mark.parametrize(
    ("accept", "offered", "chosen"),
    [
        ("application/json", [XML, JSON], JSON),
        ("APPLICATION/JSON", [XML, JSON], JSON),
        ("application/xml, application/json", [JSON, XML], XML),
        ("application/json;q=0.8, application/xml", [JSON, XML], XML),
        ("application/json;q=0.8, application/xml;q=0.9", [JSON, XML], XML),
        ("application/json;q=0.8, application/xml, text/plain;q=0.5", [TEXT], TEXT),
        ("application/*", [TEXT, JSON, XML], JSON),
        ("*/*", [TEXT, JSON], TEXT),
        ("text/html, *; q=.2, */*; q=.2", [JSON], JSON),
        ("application/json, text/plain, */*", [TEXT, JSON], JSON),
        ("*/*, text/plain", [JSON, TEXT], TEXT),
        ("*/*;q=0.1, text/plain;q=0.1, application/*;q=0.5", [TEXT, JSON], JSON),
        ("application/xml", [JSON], None),
        ("inv/alid", [JSON], None),
        ("application/json;q=0, */*", [JSON], None),
        ("application/json;q=0, */*", [JSON, TEXT], TEXT),
        ("application/json;q=0", [JSON], None),
        ("text/*;q=0.3, text/html;q=0.7", ["text/html", "text/csv"], "text/html"),
    ],
)
def test_the_weightiest_then_the_closest_then_the_clients_first_is_chosen(
    accept: str, offered: list[str], chosen: str | None
) -> None:
    assert best(offered, accept) == chosen


@pytest.mark.parametrize(
    ("accept", "offered", "chosen"),
    [
        ("application/vnd.api+json", [JSON, VENDOR], VENDOR),
        ("application/vnd.api+json", [JSON], JSON),
        ("application/json", [VENDOR], VENDOR),
        ("application/vnd.api+json;q=0, */*;q=0.5", [JSON], JSON),
        ("text/xml", [XML], XML),
        ("application/xhtml+xml", [XML], None),
    ],
)
def test_json_is_json_whatever_its_suffix_says_it_is_about(
    accept: str, offered: list[str], chosen: str | None
) -> None:
    assert best(offered, accept) == chosen


@pytest.mark.parametrize(
    ("accept", "offered", "chosen"),
    [
        ("a/b; version=1", ["a/b"], "a/b"),
        ("a/b; version=1", ["a/b; version=2", "a/b; version=1"], "a/b; version=1"),
        ("a/b; version=1", ["a/b; version=2"], None),
        ("a/b", ["a/b; version=2"], "a/b; version=2"),
        ('a/b; title="x, y"; q=0.1, c/d', ["a/b", "c/d"], "c/d"),
        (
            "application/json; charset=latin1",
            ["application/json; charset=utf-8"],
            "application/json; charset=utf-8",
        ),
    ],
)
def test_parameters_tell_types_apart_where_both_sides_name_them(
    accept: str, offered: list[str], chosen: str | None
) -> None:
    assert best(offered, accept) == chosen


@pytest.mark.parametrize("accept", ["garbage", ",,", "text plain", "; q=1"])
def test_a_header_without_any_media_type_asks_for_nothing_in_particular(accept: str) -> None:
    assert best([XML, JSON], accept) == XML


def test_a_declared_range_covers_what_is_asked_for() -> None:
    assert best(["*/*"], "application/pdf") == "*/*"
    assert best(["image/*"], "image/png") == "image/*"
    assert best(["image/*"], "text/plain") is None


def test_a_weight_that_cannot_be_read_is_as_none() -> None:
    assert ranges("a/b;q=high, c/d;q=7") == (Range("a/b"), Range("c/d"))


def test_nothing_offered_is_nothing_chosen() -> None:
    assert best([], "*/*") is None

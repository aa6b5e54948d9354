"""What is an id, a date, a choice, a map: by how it is written and what it is called."""

from __future__ import annotations

import pytest

from harness.drift.seen.noise import epoch_of, format_of, is_map, may_be_choice, names_a_thing, passes


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2026-01-01T10:00:00Z", "date-time"),
        ("2026-01-01T10:00:00.123456+02:00", "date-time"),
        ("2026-13-01T10:00:00Z", ""),
        ("2026-01-01 10:00:00", ""),
        ("2026-02-28", "date"),
        ("2026-02-30", ""),
        ("9b2c1d6e-1111-4222-8333-444455556666", "uuid"),
        ("a@example.com", "email"),
        ("https://example.com/x", "uri"),
        ("10.0.0.1", "ipv4"),
        ("10.0.0.256", ""),
        ("word", ""),
    ],
)
def test_formats_are_those_that_no_text_has_by_chance(text: str, form: str) -> None:
    assert format_of(text) == form


@pytest.mark.parametrize(
    ("name", "number", "form"),
    [
        ("created", 1767225600, "epoch-s"),
        ("created_at", 1767225600000, "epoch-ms"),
        ("amount", 1767225600, ""),
        ("created", 12, ""),
    ],
)
def test_a_number_is_a_time_by_its_name_and_size(name: str, number: float, form: str) -> None:
    assert epoch_of(name, number) == form


@pytest.mark.parametrize(
    "segment",
    ["17", "cus_NffrFeUfNV2Hib", "9b2c1d6e-1111-4222-8333-444455556666", "deadbeef01", "%3Credacted:id-1%3E"],
)
def test_what_is_written_like_an_id_names_a_thing(segment: str) -> None:
    assert names_a_thing(segment)


@pytest.mark.parametrize("segment", ["orders", "v1", "2.0", "search", "payment_intents", "oauth2", "s3"])
def test_words_and_versions_name_nothing(segment: str) -> None:
    assert not names_a_thing(segment)


@pytest.mark.parametrize(
    ("text", "does"), [("ord_17x", True), ("2026-01", True), ("open", False), ("10", True)]
)
def test_what_may_be_good_today_and_not_tomorrow(text: str, does: bool) -> None:
    assert passes(text) is does


@pytest.mark.parametrize(
    ("name", "values", "may"),
    [
        ("status", {"open": 1}, True),
        ("colour", {"red": 5, "blue": 6}, True),
        ("colour", {"red": 5, "blue": 1}, False),
        ("locale", {"de": 9, "en": 9}, False),
        ("status", {"batch 17": 9}, False),
        ("status", {}, False),
    ],
)
def test_choices(name: str, values: dict[str, int], may: bool) -> None:
    assert may_be_choice(name, values) is may


def test_maps() -> None:
    assert is_map("metadata", 1, 1, 1, 0)
    assert is_map("rates", 4, 2, 8, 4)
    assert is_map("words", 40, 10, 60, 0)
    assert not is_map("order", 40, 10, 390, 0)

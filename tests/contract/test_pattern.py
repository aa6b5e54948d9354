"""Strings made of regular expressions."""

from __future__ import annotations

import re

import pytest

from harness.contract.pattern import matching
from tests.contract.build import luck


@pytest.mark.parametrize(
    "pattern",
    [
        "^[a-z]{3,5}$",
        "^cus_[A-Za-z0-9]{14}$",
        "^(?:a|b)+c?$",
        r"^\d{4}-\d{2}-\d{2}$",
        r"^\+[1-9]\d{1,14}$",
        r"^\w+@\w+\.com$",
        "[^x]",
        "^[^a-z]+$",
        "^(a+)-\\1$",
        "^.{2}$",
        "x*",
        r"^(?!foo)[a-z]{4}$",
        r"^https:\/\/.+$",
        r"^[\w.-]+$",
        "^$",
        "(?i)^abc$",
        "^#[0-9a-fA-F]{6}$",
        r"^\S+\s\S+$",
    ],
)
def test_what_is_made_matches(pattern: str) -> None:
    for seed in range(20):
        text = matching(pattern, luck(seed))
        assert text is not None
        assert re.search(pattern, text)


def test_lengths_are_kept() -> None:
    for seed in range(20):
        text = matching("^[a-z]+$", luck(seed), shortest=12, longest=14)
        assert text is not None
        assert 12 <= len(text) <= 14


def test_the_same_luck_makes_the_same_string() -> None:
    assert matching("^[a-z]{9}$", luck(3)) == matching("^[a-z]{9}$", luck(3))
    assert matching("^[a-z]{9}$", luck(3)) != matching("^[a-z]{9}$", luck(4))


def test_unicode_classes_of_other_dialects_are_met_with_letters() -> None:
    assert re.fullmatch("[a-zA-Z]{3}", matching(r"^\p{L}{3}$", luck()) or "")


@pytest.mark.parametrize("pattern", ["(", "^a$b", r"^(?=b)a$"])
def test_what_cannot_be_made_is_none(pattern: str) -> None:
    assert matching(pattern, luck()) is None


def test_lengths_that_cannot_be_kept_are_none() -> None:
    assert matching("^[a-z]{9}$", luck(), longest=3) is None
    assert matching("^[a-z]{3}$", luck(), shortest=9) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("pattern", "letters"),
    [("^[a-c[]+$", "abc["), ("^[a&&b]+$", "ab&"), ("^[a||b]+$", "ab|"), ("^[~~]$", "~")],
)
def test_what_other_dialects_do_in_classes_is_taken_as_it_stands_without_a_warning(
    pattern: str, letters: str
) -> None:
    text = matching(pattern, luck())
    assert text
    assert set(text) <= set(letters)


def test_a_long_pattern_is_matched_at_its_own_length() -> None:
    text = matching("^arn:(aws|aws-cn):kms:[a-z]{2}-south-[0-9]:[0-9]{12}:key/[0-9a-f]{64}$", luck())
    assert text is not None
    assert len(text) > 64

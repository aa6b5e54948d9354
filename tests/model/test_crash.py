"""Errors told apart by their words: crashes, misreadings, and what a client declares."""

from __future__ import annotations

import pytest

from harness.model.crash import is_crash, is_misread, type_of


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("KeyError: 'name'", "KeyError"),
        ("exit status 1: KeyError: 'name'", "KeyError"),
        ("exit status 1: TypeError: Cannot read properties of undefined (reading 'id')", "TypeError"),
        ("exit status 1: json.decoder.JSONDecodeError: Expecting value", "JSONDecodeError"),
        ("AssertionError", "AssertionError"),
        ("java.lang.NullPointerException", "NullPointerException"),
        ("status 500", ""),
        (None, ""),
    ],
)
def test_the_type_is_the_first_word(error: str | None, kind: str) -> None:
    assert type_of(error) == kind


@pytest.mark.parametrize(
    "error",
    [
        "IndexError: list index out of range",
        "exit status 1: ReferenceError: x is not defined",
        "exit status 2: panic: runtime error: index out of range [0] with length 0",
        "exit status 101: thread 'main' panicked at src/main.rs:4:5",
        "ValueError: 'new' is not a valid Status",
        "ValueError: invalid literal for int() with base 10: 'a'",
        "ValueError: not enough values to unpack (expected 2, got 1)",
    ],
)
def test_errors_of_the_language_are_crashes(error: str) -> None:
    assert is_crash(error)


@pytest.mark.parametrize(
    "error",
    [
        "ShopError: no such customer",
        "ValueError: the customer has no email",
        "RuntimeError: not ready",
        "TypeError: fetch failed",
        "failed",
        None,
    ],
)
def test_what_an_author_wrote_is_none(error: str | None) -> None:
    assert not is_crash(error)


def test_parsers_and_models_say_that_an_answer_is_not_what_it_should_be() -> None:
    assert is_misread("pydantic_core.ValidationError: 1 validation error")
    assert is_misread("exit status 1: SyntaxError: Unexpected token '<'")
    assert not is_misread("KeyError: 'id'")

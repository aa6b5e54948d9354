"""Drift in words."""

from __future__ import annotations

import json

from harness.model.change import Change, Place, Witness
from harness.report.drift.words import proof, side_by_side


def change(old: object, new: object) -> Change:
    sides = ("" if each is None else json.dumps(each) for each in (old, new))
    old_side, new_side = sides
    return Change("r", "breaking", "", (Place(),), old_side, new_side)


def test_the_lines_that_differ_are_marked_on_both_sides() -> None:
    old = {
        "type": "object",
        "required": ["id", "status", "created"],
        "properties": {"id": {"type": "string"}},
    }
    new = {**old, "required": ["id", "created", "currency"]}
    was, now = side_by_side(change(old, new))
    assert [text.strip() for text, differs in was if differs] == ['"status",']
    assert [text.strip() for text, differs in now if differs] == ['"currency"']
    assert (len(was), len(now)) == (13, 13)


def test_nothing_is_marked_where_one_side_has_nothing_or_a_line() -> None:
    long = {"enum": ["some", "more", "values", "than", "fit", "on", "one", "line", "of", "the", "page"]}
    for old, new in ((None, long), (long, None), (long, {"type": "string"})):
        assert not any(differs for lines in side_by_side(change(old, new)) for _, differs in lines)
    assert side_by_side(change(None, None)) == ([], [])


def test_what_a_provider_sends_by_itself_is_a_request() -> None:
    texts = {"POST /your-receiver HTTP/1.1": "this request", "HTTP/1.1 200": "this answer"}
    for text, word in texts.items():
        shown = Witness("answer", text, None, fits_old=False, fits_new=True, refusal="'id' is required")
        said = proof(Change("r", "breaking", "", (Place(),), witness=shown))
        assert said.startswith(f"{word} is not valid by the old side, and is valid by the new one: 'id'")

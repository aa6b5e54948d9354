"""Templates of behaviour.yaml."""

from __future__ import annotations

from harness.contract.template import filled, filled_headers


def test_placeholders_are_filled_wherever_they_stand() -> None:
    assert filled({"a": ["{x} and {y}"]}, {"x": 1, "y": "two"}) == {"a": ["1 and two"]}


def test_a_string_that_is_one_placeholder_takes_the_values_own_type() -> None:
    assert filled({"at": "{now}"}, {"now": 5}) == {"at": 5}


def test_a_member_with_nothing_to_say_is_left_out() -> None:
    assert filled({"code": "{code}", "message": "m{code}", "none": None}, {"code": ""}) == {
        "message": "m",
        "none": None,
    }


def test_unknown_names_and_other_braces_stay() -> None:
    assert filled("{x}{/path} {other}", {"x": 1}) == "1{/path} {other}"


def test_headers_are_lower_case_and_leave_out_what_is_not_known() -> None:
    templates = {"X-Left": "{remaining}", "X-Limit": "{limit}", "X-Kind": "core"}

    assert filled_headers(templates, {"remaining": 0}) == (("x-left", "0"), ("x-kind", "core"))

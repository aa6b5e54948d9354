"""The smallest answer in words, with its place marked, and what is pasted from it."""

from __future__ import annotations

import msgspec
import pytest
import yaml

from harness.model.message import Response
from harness.tolerance import tell
from harness.tolerance.variation import Base, Variation, varied

JSON = (("content-type", "application/json"),)


def base(value: object) -> Base:
    return Base(Response(200, JSON, msgspec.json.encode(value)), value, is_json=True)


CUSTOMER = base({"id": "7", "tags": ["a"], "address": {"city": "Oslo"}})


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Variation("left_out", ("address", "city"), drops=True), "/address/city is left out"),
        (Variation("null", ("id",)), '/id is null instead of "7"'),
        (Variation("empty_list", ("tags",), []), "/tags is []"),
        (Variation("many", ("tags",), ["a"] * 100), "/tags has 100 items"),
        (Variation("long_text", ("id",), "x" * 5000), "/id is a text of 5,000 characters"),
        (Variation("html", value="<html>", where="text"), "the body is HTML"),
        (Variation("header_left_out", ("x-id",), drops=True, where="header"), "header x-id is left out"),
    ],
)
def test_a_difference_is_told_in_a_clause(one: Variation, said: str) -> None:
    assert tell.difference(one, CUSTOMER) == said


def shown(*variations: Variation, of: Base = CUSTOMER) -> list[str]:
    return tell.shown(varied(of, variations), variations).splitlines()


def test_the_place_is_marked() -> None:
    assert shown(Variation("null", ("address", "city"))) == [
        "HTTP 200, application/json",
        "{",
        '  "id": "7",',
        '  "tags": [',
        '    "a"',
        "  ],",
        '  "address": {',
        '    "city": null    <-- /address/city',
        "  }",
        "}",
    ]


def test_so_is_the_place_of_what_is_left_out() -> None:
    lines = shown(Variation("left_out", ("address", "city"), drops=True))
    assert "        <-- /address/city is left out here" in lines


def test_of_a_long_list_two_items_are_shown_and_of_a_long_answer_what_is_around() -> None:
    assert "    ... 98 more" in shown(Variation("many", ("tags",), ["a"] * 100))
    wide = base({f"field{number}": number for number in range(200)})
    lines = shown(Variation("null", ("field100",)), of=wide)
    assert len(lines) < 16
    assert '  "field100": null,    <-- /field100' in lines


def test_what_is_no_json_is_shown_as_it_is() -> None:
    assert (
        shown(Variation("html", value="<html>", where="text"))[1] == "<html>    <-- the whole body, 6 bytes"
    )


def test_a_scenario_file_can_be_read_again() -> None:
    rule = tell.rule(CUSTOMER.response, "getCustomer", is_broken=True)
    text = tell.scenario("broken_one", 'it is "odd": really', [rule], "tolerance.x", {"whole": False})
    (scenario,) = yaml.safe_load(text)["scenarios"]
    assert scenario["plan"] == [
        {
            "fault": "answer.broken",
            "operation": "getCustomer",
            "with": {"status": 200, "body": CUSTOMER.value},
        }
    ]
    assert scenario["expect"] == [{"check": "tolerance.x", "with": {"whole": False}}]


@pytest.mark.parametrize(("is_async", "must_fail"), [(False, False), (True, True)])
def test_a_python_test_is_python(is_async: bool, must_fail: bool) -> None:
    rule = tell.rule(base({"data": [{"a": 1}] * 100, "name": "x" * 300}).response, "list", is_broken=False)
    text = tell.python_test(
        "of_many",
        "shop",
        rule,
        target="shop.client:read",
        asks=("base_url", "credentials"),
        is_async=is_async,
        must_fail=must_fail,
    )
    compile(text, "test_pasted.py", "exec")
    assert "read(base_url=provider.url, credentials=provider.credentials)" in text
    assert "'data': [{'a': 1}] * 100" in text
    assert "'x' * 300" in text


def test_a_test_beside_a_decorated_one_calls_its_body() -> None:
    rule = tell.rule(CUSTOMER.response, "get", is_broken=True)
    text = tell.same_test(
        "test_shop_null",
        "shop",
        rule,
        test="test_shop",
        takes=("base_url", "tmp_path"),
        raises=("ShopError",),
    )
    compile(text, "test_pasted.py", "exec")
    assert "def test_shop_null(mock_provider, tmp_path):" in text
    assert "test_shop.__wrapped__(base_url=provider.url, tmp_path=tmp_path)" in text
    assert "with pytest.raises(ShopError):" in text

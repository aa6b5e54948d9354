"""The ways in which an answer may differ, and be broken, and how it is put together again."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.contract.files import load_provider
from harness.contract.realistic import Luck
from harness.model.message import Response
from harness.tolerance.lean import spare
from harness.tolerance.places import places
from harness.tolerance.spoil import spoilings
from harness.tolerance.variation import Base, Variation, varied
from harness.tolerance.vary import variations

SHOP = load_provider(str(Path(__file__).parent / "openapi.yaml")).contract
CUSTOMER = SHOP.operation("getCustomer")

ADA: dict[str, Any] = {
    "id": "cus_1",
    "name": "Ada",
    "email": "ada@shop.test",
    "phone": "123",
    "balance": 250,
    "rate": 1.5,
    "status": "active",
    "created": "2026-01-02T03:04:05Z",
    "source": {"kind": "card", "last4": "4242"},
    "tags": ["new"],
}


def base(value: object = ADA) -> Base:
    headers = (("content-type", "application/json"), ("x-request-id", "req_1"))
    return Base(Response(200, headers, msgspec.json.encode(value)), value, is_json=True)


def allowed(value: object = ADA) -> list[Variation]:
    schema = SHOP.schema(CUSTOMER, 200)
    return list(variations(SHOP.sampler, schema, base(value), Luck(random.Random(1), 1.7e9)))


def fits(one: Variation) -> bool:
    return not SHOP.deviations(CUSTOMER, varied(base(), (one,)))


def at(found: list[Variation], pointer: str) -> dict[str, list[Any]]:
    """The values by kind that are tried in one place."""
    kinds: dict[str, list[Any]] = {}
    for one in found:
        if one.at == pointer:
            kinds.setdefault(one.kind, []).append(None if one.drops else one.value)
    return kinds


def test_every_place_has_the_schema_that_holds_there() -> None:
    schema = SHOP.schema(CUSTOMER, 200)
    assert schema is not None
    found = {place.pointer: place for place in places(SHOP.sampler, schema, ADA)}
    assert found["email",].optional
    assert not found["name",].optional
    assert found["source", "last4"].holds["type"] == "string"
    assert ("tags", 0) in found


@pytest.mark.parametrize(
    ("pointer", "kinds"),
    [
        ("/email", {"left_out", "empty_text", "other_text", "non_ascii", "long_text"}),
        (
            "/phone",
            {"left_out", "null", "empty_text", "other_text", "non_ascii", "long_text", "other_branch"},
        ),
        ("/balance", {"number", "large_number"}),
        ("/status", {"other_enum", "new_enum"}),
        ("/created", {"date_form"}),
        ("/source", {"other_branch"}),
        ("/tags", {"left_out", "empty_list", "many"}),
        ("/a_new_field", {"unknown_field"}),
        ("/x-request-id", {"header_left_out"}),
        ("/content-type", {"content_type"}),
    ],
)
def test_what_is_tried_in_each_place(pointer: str, kinds: set[str]) -> None:
    assert set(at(allowed(), pointer)) - {"other_branch"} == kinds - {"other_branch"}


def test_numbers_keep_to_what_a_double_and_an_integer_may_be() -> None:
    balance, rate = at(allowed(), "/balance"), at(allowed(), "/rate")
    assert 2**53 + 1 in balance["large_number"]
    assert all(type(number) is int for numbers in balance.values() for number in numbers)
    assert 1e308 in rate["number"]


def test_lists_grow_by_items_of_other_ids() -> None:
    orders = SHOP.operation("listOrders")
    page = {"data": [{"id": "or_1", "total": 5}], "has_more": False}
    found = variations(SHOP.sampler, SHOP.schema(orders, 200), base(page), Luck(random.Random(1), 1.7e9))
    many = at(list(found), "/data")["many"]
    assert [len(items) for items in many] == [2, 10, 100, 1000]
    assert len({item["id"] for item in many[-1]}) == 1000


def test_most_ways_to_differ_are_allowed_and_most_ways_to_break_are_not() -> None:
    found = allowed()
    assert sum(fits(one) for one in found) >= 0.9 * len(found)
    broken = list(spoilings(SHOP.sampler, SHOP.schema(CUSTOMER, 200), base()))
    assert sum(not fits(one) for one in broken) >= 0.7 * len(broken)


def test_a_closed_list_of_words_is_not_opened() -> None:
    """`kind` is a const: no other word is allowed there, and one is a way to break it."""
    broken = list(spoilings(SHOP.sampler, SHOP.schema(CUSTOMER, 200), base()))
    assert "new_enum" not in at(allowed(), "/source/kind")
    assert not fits(next(one for one in broken if one.at == "/source/kind" and one.kind == "not_in_enum"))


@pytest.mark.parametrize(
    ("pointer", "kinds"),
    [
        ("", {"truncated_json", "html", "empty_body", "wrong_type"}),
        ("/name", {"wrong_type", "missing", "null_not_allowed"}),
        ("/email", {"wrong_type", "null_not_allowed"}),
        ("/created", {"wrong_type", "missing", "null_not_allowed", "wrong_format"}),
    ],
)
def test_each_place_is_broken_in_its_own_ways(pointer: str, kinds: set[str]) -> None:
    assert set(at(list(spoilings(SHOP.sampler, SHOP.schema(CUSTOMER, 200), base())), pointer)) == kinds


def test_differences_are_put_together_from_the_outside_to_the_inside() -> None:
    longer = Variation("many", ("tags",), ["a", "b"])
    inner = Variation("other_text", ("tags", 0), "c")
    gone = Variation("left_out", ("email",), drops=True)
    under_gone = Variation("other_text", ("email", "x"), "d")
    answer = msgspec.json.decode(varied(base(), (inner, under_gone, longer, gone)).body)
    assert answer["tags"] == ["c", "b"]
    assert "email" not in answer
    assert ADA["tags"] == ["new"], "the normal answer stays as it is"


def test_a_header_is_changed_or_left_out() -> None:
    gone = Variation("header_left_out", ("x-request-id",), drops=True, where="header")
    assert varied(base(), (gone,)).headers == (("content-type", "application/json"),)
    assert varied(base(), ()).body == base().response.body


def test_what_is_needed_is_not_left_out() -> None:
    schema = SHOP.schema(CUSTOMER, 200)
    assert schema is not None
    needed = Variation("other_text", ("tags", 0), "x")
    names = [one.at for one in spare(SHOP.sampler, schema, base(), [needed])]
    assert names == ["/email", "/phone"]


WAYS = """
openapi: 3.0.3
info: {title: Ways, version: "1"}
paths:
  /one:
    get:
      operationId: getOne
      responses:
        "200":
          description: one
          content:
            application/json:
              schema:
                type: object
                required: [price, labels, last]
                properties:
                  price: {type: string, pattern: '^[0-9]+([.][0-9]+)?$'}
                  labels: {type: object, additionalProperties: {type: string}}
                  last:
                    oneOf:
                      - {type: object, required: [hub], properties: {hub: {type: string}}, maxProperties: 1}
                      - {type: object, required: [by], properties: {by: {type: string, nullable: true}}}
"""


@pytest.mark.parametrize(
    ("pointer", "kind", "value"),
    [
        ("/price", "matching_text", "0"),
        ("/price", "matching_text", "0.5"),
        ("/labels", "empty_map", {}),
        ("/last", "other_branch", {"by": None}),
    ],
)
def test_texts_of_a_pattern_empty_maps_and_branches_with_null(
    pointer: str, kind: str, value: object, tmp_path: Path
) -> None:
    (tmp_path / "openapi.yaml").write_text(WAYS)
    contract = load_provider(str(tmp_path / "openapi.yaml")).contract
    schema = contract.schema(contract.operation("getOne"), 200)
    one = {"price": "14.50", "labels": {"a": "b", "c": "d"}, "last": {"hub": "north"}}
    found = list(variations(contract.sampler, schema, base(one), Luck(random.Random(1), 1.7e9)))
    assert value in at(found, pointer)[kind]

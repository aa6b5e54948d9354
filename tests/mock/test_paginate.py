"""Lists a page at a time: whatever was created is listed exactly once, whichever way one walks."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.contract.behaviour import Paging
from tests.mock.shop import Shop, decoded, shop_behaviour

NUMBERED = Paging(source="", style="link", page="page", limit="limit", default_limit=3, max_limit=5)


def numbered() -> Shop:
    return Shop(msgspec.structs.replace(shop_behaviour(), paging=NUMBERED, rate_limit=None))


def by_cursor() -> Shop:
    return Shop(msgspec.structs.replace(shop_behaviour(), rate_limit=None))


def page(shop: Shop, **query: object) -> Any:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    return decoded(shop("GET", f"/orders?{text}"))


@settings(max_examples=40, deadline=None)
@given(
    totals=st.lists(st.integers(1, 9), max_size=12),
    limit=st.integers(1, 5),
    gone=st.sets(st.integers(0, 11), max_size=4),
)
def test_what_was_created_is_read_and_listed_exactly_once(
    totals: list[int], limit: int, gone: set[int]
) -> None:
    shop = by_cursor()
    made = [shop.order(total=total) for total in totals]
    for index in gone & set(range(len(made))):
        shop("DELETE", f"/orders/{made[index]['id']}")
    there = [order for index, order in enumerate(made) if index not in gone]

    listed: list[Any] = []
    more, pages = True, 0
    while more:
        pages += 1
        found = page(shop, limit=limit, **({"after": listed[-1]["id"]} if listed else {}))
        listed += found["items"]
        more = found["more"]

    assert listed == there[::-1]
    assert pages == max(1, -(-len(there) // limit))
    assert all(decoded(shop("GET", f"/orders/{order['id']}")) == order for order in there)


def test_a_walk_backwards_gives_the_page_before() -> None:
    shop = by_cursor()
    ids = [shop.order()["id"] for _ in range(5)][::-1]

    before = page(shop, limit=2, before=ids[4])

    assert [order["id"] for order in before["items"]] == ids[2:4]
    assert before["more"]
    assert not page(shop, limit=2, before=ids[2])["more"]


def test_the_limit_has_a_default_and_a_most() -> None:
    shop = by_cursor()
    for _ in range(7):
        shop.order()

    assert len(page(shop)["items"]) == 3
    assert len(page(shop, limit=100)["items"]) == 5


def test_the_envelope_says_what_the_provider_says() -> None:
    found = page(by_cursor())

    assert found == {"object": "list", "url": "/orders", "items": [], "more": False}


def test_a_cursor_that_is_nowhere_is_an_error_in_the_providers_words() -> None:
    answered = by_cursor()("GET", "/orders?after=or_none")

    assert answered.response.status == 422
    assert decoded(answered) == {"error": {"message": "no order or_none"}}


def links(shop: Shop, target: str) -> dict[str, str]:
    header = shop("GET", target).response.header("link") or ""
    return {relation: url for url, relation in re.findall(r'<([^>]+)>; rel="(\w+)"', header)}


@pytest.mark.parametrize("count", [0, 1, 3, 4, 7])
def test_following_next_meets_each_exactly_once(count: int) -> None:
    shop = numbered()
    order = shop.order()["id"]
    made = [decoded(shop("POST", f"/orders/{order}/notes", {"text": "t"})) for _ in range(count)]

    listed: list[Any] = []
    target = f"/orders/{order}/notes?limit=3"
    while target:
        listed += decoded(shop("GET", target))
        target = links(shop, target).get("next", "").removeprefix("http://shop.test")

    assert listed == made


def test_links_lead_both_ways_and_keep_the_query() -> None:
    shop = numbered()
    order = shop.order()["id"]
    for _ in range(7):
        shop("POST", f"/orders/{order}/notes", {"text": "t"})
    at = f"http://shop.test/orders/{order}/notes?limit=3&page="

    assert links(shop, f"/orders/{order}/notes?limit=3") == {"next": at + "2", "last": at + "3"}
    assert links(shop, f"/orders/{order}/notes?page=2&limit=3") == {
        "prev": at + "1",
        "next": at + "3",
        "last": at + "3",
        "first": at + "1",
    }
    assert set(links(shop, f"/orders/{order}/notes?page=3&limit=3")) == {"prev", "first"}


def test_all_on_one_page_has_no_links() -> None:
    shop = numbered()
    order = shop.order()["id"]
    shop("POST", f"/orders/{order}/notes", {"text": "t"})

    assert shop("GET", f"/orders/{order}/notes").response.header("link") is None

"""Resources that live between requests."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.contract.behaviour import Resource, Template
from tests.mock.shop import NOW_S, Shop, decoded, shop_behaviour


def with_orders(**changes: Any) -> Shop:
    return with_resource("orders", **changes)


def with_resource(kind: str, **changes: Any) -> Shop:
    behaviour = shop_behaviour()
    resource: Resource = msgspec.structs.replace(behaviour.resources[kind], **changes)
    return Shop(msgspec.structs.replace(behaviour, resources={**behaviour.resources, kind: resource}))


def test_a_new_one_starts_from_its_defaults_and_takes_what_was_sent() -> None:
    order = Shop().order(note="hi", tags={"a": "b"})

    assert order["id"].startswith("or_")
    assert len(order["id"]) == len("or_") + 8
    assert (order["total"], order["note"], order["tags"]) == (5, "hi", {"a": "b"})
    assert (order["status"], order["paid"], order["created"]) == ("open", 0, int(NOW_S))
    assert order["url"] == f"http://shop.test/orders/{order['id']}/{{other}}"


def test_fields_that_the_answer_does_not_declare_are_not_kept() -> None:
    assert "gift" not in Shop().order(gift=True)


def test_only_accepted_fields_are_kept() -> None:
    order = with_orders(accept=("total",)).order(note="hi")

    assert (order["total"], order["note"]) == (5, None)


def test_what_the_answers_schema_forbids_is_not_kept() -> None:
    order = Shop().order(note="much longer than ten", tags={"a": "b"})

    assert order["note"] != "much longer than ten"
    assert order["tags"] == {"a": "b"}


def test_an_array_that_was_sent_fills_the_envelope_that_the_answer_has() -> None:
    lines = Shop().order(lines=[{"sku": "x"}, {"sku": "y"}])["lines"]

    assert [line["sku"] for line in lines["items"]] == ["x", "y"]
    assert all(isinstance(line["count"], int) for line in lines["items"])


def test_what_was_created_can_be_read() -> None:
    shop = Shop()
    order = shop.order()

    assert decoded(shop("GET", f"/orders/{order['id']}")) == order


def test_what_was_never_created_is_missing_in_the_providers_words() -> None:
    answered = Shop()("GET", "/orders/or_none")

    assert answered.response.status == 404
    assert decoded(answered) == {"error": {"message": "no order or_none"}}


def test_a_change_is_kept_and_the_rest_stays() -> None:
    shop = Shop()
    order = shop.order(note="a", tags={"a": "1", "b": "2"})

    changed = decoded(shop("PATCH", f"/orders/{order['id']}", {"tags": {"b": "", "c": "3"}, "note": "b"}))

    assert changed == {**order, "note": "b", "tags": {"a": "1", "c": "3"}}
    assert decoded(shop("GET", f"/orders/{order['id']}")) == changed


def test_a_change_that_the_answers_schema_forbids_leaves_the_field() -> None:
    shop = Shop()
    order = shop.order(note="a")

    changed = decoded(shop("PATCH", f"/orders/{order['id']}", {"status": "odd", "note": "b"}))

    assert (changed["status"], changed["note"]) == ("open", "b")


def test_an_object_that_lacks_what_the_schema_requires_is_laid_over_the_one_before() -> None:
    shop = Shop()
    order = shop.order(lines=[{"sku": "x"}])

    lines = decoded(shop("PATCH", f"/orders/{order['id']}", {"lines": {"more": True}}))["lines"]

    assert lines == {**order["lines"], "more": True}


def test_a_transition_sets_its_fields() -> None:
    shop = Shop()
    order = shop.order(total=7)

    paid = decoded(shop("POST", f"/orders/{order['id']}/pay"))

    assert paid == {**order, "status": "paid", "paid": 7}


def test_what_was_deleted_is_gone_with_what_stood_below_it() -> None:
    shop = Shop()
    order = shop.order()["id"]
    shop("POST", f"/orders/{order}/notes", {"text": "a"})

    assert shop("DELETE", f"/orders/{order}").response.status == 204
    assert shop("GET", f"/orders/{order}").response.status == 404
    assert shop("DELETE", f"/orders/{order}").response.status == 404
    assert shop("GET", f"/orders/{order}/notes").response.status == 404
    assert shop.state.snapshot()["resources"] == {"orders": [], "notes": []}


def test_numbers_count_within_their_parent() -> None:
    shop = Shop()
    one, two = shop.order()["id"], shop.order()["id"]
    made = [decoded(shop("POST", f"/orders/{order}/notes", {"text": "t"})) for order in (one, one, two)]

    assert [(note["order"], note["number"]) for note in made] == [(one, 1), (one, 2), (two, 1)]
    assert decoded(shop("GET", f"/orders/{one}/notes/2")) == made[1]
    assert shop("GET", f"/orders/{two}/notes/2").response.status == 404
    assert decoded(shop("GET", f"/orders/{one}/notes")) == made[:2]


def test_what_stands_below_something_missing_is_missing() -> None:
    shop = Shop()

    assert shop("POST", "/orders/or_none/notes", {"text": "t"}).response.status == 404
    assert shop.state.effects == 0


def test_a_put_makes_what_is_not_there_and_changes_what_is() -> None:
    shop = Shop()

    assert shop("PUT", "/pages/home", {"text": "a"}).effect == "create page home"
    changed = shop("PUT", "/pages/home", {"text": "b"})

    assert changed.effect == "change page home"
    assert decoded(changed) == {"slug": "home", "text": "b"}


def test_the_only_one_of_its_kind_is_there_from_the_start() -> None:
    assert decoded(Shop()("GET", "/me"))["name"] == "Ada"


def test_seeds_are_there_from_the_start_on_top_of_the_defaults() -> None:
    shop = with_orders(seeds=({"id": "or_one", "total": 3}, {"id": "or_two", "note": "n"}))

    assert [order["id"] for order in decoded(shop("GET", "/orders"))["items"]] == ["or_two", "or_one"]
    assert decoded(shop("GET", "/orders/or_one"))["total"] == 3
    assert decoded(shop("GET", "/orders/or_two"))["status"] == "open"


def test_a_taken_id_is_replaced_unless_the_provider_refuses_it() -> None:
    named = {"id": "note", "accept": ("*",)}
    lenient = with_orders(**named)
    strict = with_orders(
        **named, duplicate=Template(status=409, body={"error": {"message": "{id} is taken"}})
    )
    for shop in (lenient, strict):
        shop.order(note="n1", total=1)

    assert lenient.order(note="n1", total=2)["total"] == 2
    assert len(lenient.state.resources["orders"]) == 1
    refused = strict("POST", "/orders", {"note": "n1", "total": 2})
    assert refused.response.status == 409
    assert decoded(refused) == {"error": {"message": "n1 is taken"}}
    assert refused.effect is None


def test_a_renamed_one_is_found_by_its_new_name() -> None:
    shop = with_orders(id="note")
    shop.order(note="old")
    shop("PATCH", "/orders/old", {"note": "new"})

    assert decoded(shop("GET", "/orders/new"))["note"] == "new"
    assert shop("GET", "/orders/old").response.status == 404


@pytest.mark.parametrize(
    ("query", "totals"),
    [
        ("", [3, 2, 1]),
        ("?status=open", [3, 1]),
        ("?status=paid", [2]),
        ("?status=all", [3, 2, 1]),
        ("?total[gte]=2", [3, 2]),
        ("?total[gt]=1&total[lt]=3", [2]),
    ],
)
def test_a_list_is_filtered_newest_first(query: str, totals: list[int]) -> None:
    shop = Shop()
    ids = [shop.order(total=total)["id"] for total in (1, 2, 3)]
    shop("POST", f"/orders/{ids[1]}/pay")

    assert [order["total"] for order in decoded(shop("GET", f"/orders{query}"))["items"]] == totals


def test_a_filter_may_have_a_default() -> None:
    shop = with_orders(filter_defaults={"status": "paid"})
    shop.order()

    assert decoded(shop("GET", "/orders"))["items"] == []
    assert len(decoded(shop("GET", "/orders?status=all"))["items"]) == 1


def test_a_delete_answers_as_the_provider_words_it() -> None:
    behaviour = shop_behaviour()
    pages = msgspec.structs.replace(
        behaviour.resources["pages"],
        create=("createOrder",),
        delete=("putPage",),
        deleted={"slug": "{id}", "text": "gone"},
    )
    shop = Shop(
        msgspec.structs.replace(behaviour, resources={"pages": msgspec.structs.replace(pages, id="note")})
    )
    shop.order(note="x")

    assert decoded(shop("PUT", "/pages/x", {})) == {"slug": "x", "text": "gone"}


def test_a_client_that_has_the_current_one_gets_304_without_a_body() -> None:
    shop = Shop()
    order = shop.order()["id"]
    tag = shop("GET", f"/orders/{order}").response.header("etag")
    assert tag is not None

    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        same = shop("GET", f"/orders/{order}", if_none_match=known).response
        assert (same.status, same.body, same.header("etag")) == (304, b"", tag)

    shop("PATCH", f"/orders/{order}", {"note": "new"})
    changed = shop("GET", f"/orders/{order}", if_none_match=tag).response
    assert changed.status == 200
    assert changed.header("etag") != tag


def test_a_write_is_never_304() -> None:
    shop = Shop()
    order = shop.order()["id"]

    assert shop("PATCH", f"/orders/{order}", {"note": "x"}, if_none_match="*").response.status == 200

"""Idempotency keys: one effect, the same answer, and no other use of the key."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.mock.shop import Shop, bare, decoded, shop_behaviour


def with_rules(**changes: Any) -> Shop:
    behaviour = shop_behaviour()
    assert behaviour.idempotency is not None
    return Shop(
        msgspec.structs.replace(
            behaviour, idempotency=msgspec.structs.replace(behaviour.idempotency, **changes)
        )
    )


def test_the_same_key_and_request_get_the_same_answer_and_one_effect() -> None:
    shop = Shop()
    first = shop("POST", "/orders", {"total": 5, "note": "x"}, idempotency_key="k")
    again = shop("POST", "/orders", {"note": "x", "total": 5}, idempotency_key="k")

    assert again.response.body == first.response.body
    assert again.response.status == first.response.status == 201
    assert (first.replayed, again.replayed) == (False, True)
    assert (first.response.header("x-replayed"), again.response.header("x-replayed")) == (None, "yes")
    assert again.effect is None
    assert shop.state.effects == 1
    assert len(decoded(shop("GET", "/orders"))["items"]) == 1


def test_no_key_means_a_new_effect_each_time() -> None:
    shop = Shop()

    assert shop.order()["id"] != shop.order()["id"]
    assert shop.state.effects == 2


def test_a_key_may_not_be_used_for_another_request() -> None:
    shop = Shop()
    shop("POST", "/orders", {"total": 5}, idempotency_key="k")

    other = shop("POST", "/orders", {"total": 6}, idempotency_key="k")

    assert other.response.status == 409
    assert decoded(other) == {"error": {"message": "another request used k"}}
    assert shop.state.effects == 1


def test_a_key_may_not_be_used_for_another_path() -> None:
    shop = Shop()
    one, two = shop.order()["id"], shop.order()["id"]
    shop("POST", f"/orders/{one}/pay", idempotency_key="k")

    assert shop("POST", f"/orders/{two}/pay", idempotency_key="k").response.status == 409


def test_a_key_is_forgotten_after_its_retention() -> None:
    shop = Shop()
    first = decoded(shop("POST", "/orders", {"total": 5}, idempotency_key="k"))
    shop.now_s += 99
    assert shop("POST", "/orders", {"total": 5}, idempotency_key="k").replayed
    shop.now_s += 1

    assert decoded(shop("POST", "/orders", {"total": 5}, idempotency_key="k"))["id"] != first["id"]


def test_a_key_on_a_method_that_knows_none_means_nothing() -> None:
    shop = Shop()
    order = shop.order()["id"]
    shop("PATCH", f"/orders/{order}", {"note": "a"}, idempotency_key="k")

    assert not shop("PATCH", f"/orders/{order}", {"note": "b"}, idempotency_key="k").replayed


def test_a_request_that_was_refused_as_invalid_may_be_mended() -> None:
    shop = Shop()
    assert shop("POST", "/orders", {}, idempotency_key="k").response.status == 422

    assert shop("POST", "/orders", {"total": 1}, idempotency_key="k").response.status == 201


def test_an_error_is_saved_where_the_provider_saves_errors() -> None:
    shop = Shop()
    shop("POST", "/orders/none/pay", idempotency_key="k")
    assert shop("POST", "/orders/none/pay", idempotency_key="k").replayed

    forgetful = with_rules(saves_errors=False)
    forgetful("POST", "/orders/none/pay", idempotency_key="k")
    assert not forgetful("POST", "/orders/none/pay", idempotency_key="k").replayed


def test_a_key_is_asked_for_where_it_is_required() -> None:
    shop = with_rules(required=True)

    refused = shop("POST", "/orders", {"total": 1})

    assert refused.response.status == 422
    assert "Idempotency-Key" in decoded(refused)["error"]["message"]
    assert refused.deviations[0].pointer == "/idempotency-key"
    assert shop("POST", "/orders", {"total": 1}, idempotency_key="k").response.status == 201


def test_a_provider_without_keys_acts_each_time() -> None:
    shop = bare()
    for _ in range(2):
        assert not shop("POST", "/orders", {"total": 1}, idempotency_key="k").replayed

    assert shop.state.effects == 2

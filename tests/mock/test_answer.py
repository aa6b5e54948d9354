"""The pipeline: which step answers, in what order, and what every answer carries."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.contract.contract import Operation
from harness.model.exchange import Deviation
from tests.mock.shop import CONTRACT, Shop, bare, decoded


def test_a_path_that_is_not_there_names_the_nearest_operation() -> None:
    answered = Shop()("GET", "/order/or_1")

    assert answered.response.status == 404
    assert "GET /orders/{order}" in decoded(answered)["error"]["message"]
    assert answered.deviations[0].where == "operation"
    assert answered.deviations[0].keyword == "unknown"


def test_a_method_that_is_not_there_names_those_that_are() -> None:
    answered = Shop()("PUT", "/orders")

    assert answered.response.status == 405
    assert answered.response.header("allow") == "GET, POST"
    assert answered.deviations[0].keyword == "method"


def test_a_document_alone_answers_404_in_the_shape_of_its_nearest_operation() -> None:
    answered = bare()("GET", "/order/or_1")

    assert answered.response.status == 404
    assert "did you mean" in decoded(answered)["error"]["message"]


def test_head_is_answered_as_get() -> None:
    shop = Shop()
    order = shop.order()

    head = shop("HEAD", f"/orders/{order['id']}").response
    get = shop("GET", f"/orders/{order['id']}").response

    assert head.status == 200
    assert head.header("etag") == get.header("etag")


def test_who_may_not_ask_does_not_learn_what_is_wrong_with_the_request() -> None:
    shop = Shop()

    answered = shop("POST", "/orders", {"totl": 1}, authorization=None)

    assert answered.response.status == 401
    assert [d.where for d in answered.deviations] == ["security", "body", "body"]
    assert shop.state.effects == 0


def test_every_answer_carries_the_standing_headers() -> None:
    shop = Shop()
    answers = [
        shop("GET", "/me"),
        shop("GET", "/nowhere"),
        shop("POST", "/orders", {}),
        shop("GET", "/orders/no"),
    ]

    ids = [answered.response.header("x-request") for answered in answers]

    assert all(name and name.startswith("r_") for name in ids)
    assert len(set(ids)) == len(ids)


def test_effects_are_told_and_counted() -> None:
    shop = Shop()
    order = shop.order()["id"]

    assert shop("PATCH", f"/orders/{order}", {"note": "x"}).effect == f"change order {order}"
    assert shop("GET", f"/orders/{order}").effect is None
    assert shop("POST", f"/orders/{order}/pay").effect == f"change order {order}"
    assert shop("DELETE", f"/orders/{order}").effect == f"delete order {order}"
    assert shop.state.effects == 4


def test_without_resources_a_write_is_an_effect_by_the_name_of_its_operation() -> None:
    shop = bare()

    assert shop("POST", "/orders", {"total": 1}).effect == "createOrder"
    assert shop("POST", "/orders", {}).effect is None
    assert shop("GET", "/orders").effect is None
    assert shop.state.effects == 1


def test_the_same_seed_gives_the_same_answers() -> None:
    def life(seed: int) -> list[bytes]:
        shop = Shop(seed=seed)
        return [shop("POST", "/orders", {"total": n}).response.body for n in (1, 2)]

    assert life(4) == life(4)
    assert life(4) != life(5)


def test_reading_says_what_was_asked() -> None:
    shop = Shop()
    shop("POST", "/orders?limit=1", {"totl": 1}, idempotency_key="k1")

    assert shop.reading is not None
    assert shop.reading.operation == "createOrder"
    assert shop.reading.idempotency_key == "k1"
    assert Deviation("body", "/total", "'total' is required", "required") in shop.reading.deviations


def test_a_key_is_read_even_where_the_provider_knows_none() -> None:
    shop = bare()
    shop("POST", "/orders", {"total": 1}, idempotency_key="k1")

    assert shop.reading is not None
    assert shop.reading.idempotency_key == "k1"


WORDS = st.sampled_from(["total", "note", "tags", "lines", "id", "limit", "after", "before", "status", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    operation=st.sampled_from(list(CONTRACT.operations.values())),
    parts=st.lists(
        st.text(min_size=1, max_size=4) | st.sampled_from(["or_one", "1"]), min_size=2, max_size=2
    ),
    query=st.dictionaries(WORDS, st.text(max_size=4), max_size=2),
    body=JSON,
    key=st.none() | st.sampled_from(["k", "l"]),
)
def test_whatever_is_asked_is_answered_within_the_contract(
    operation: Operation, parts: list[str], query: dict[str, str], body: object, key: str | None
) -> None:
    shop = Shop()
    shop.order(total=1)
    path = operation.template.format(
        order=quote(parts[0], safe=""), number=quote(parts[1], safe=""), slug="s", id=quote(parts[1], safe="")
    )
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    for _ in range(2):
        # The shop holds every answer against the contract.
        answered = shop(operation.method, f"{path}?{text}", body, idempotency_key=key)
        assert answered.response.status < 500
    assert (answered.effect is None) or answered.response.status < 300


def test_an_answer_that_mentions_nothing_random_takes_no_luck() -> None:
    shop = bare()
    before = shop.rng.getstate()

    assert shop("DELETE", "/orders/or_1").response.status == 204
    assert shop.rng.getstate() == before

"""Quotas: fixed windows on the lane's clock, told on every answer, refused when exceeded."""

from __future__ import annotations

import msgspec

from harness.contract.behaviour import UNKNOWN, Quota
from harness.mock.ratelimit import narrowed
from tests.mock.shop import NOW_S, Shop, decoded, shop_behaviour


def with_quotas(*quotas: Quota) -> Shop:
    behaviour = shop_behaviour()
    assert behaviour.rate_limit is not None
    limits = msgspec.structs.replace(behaviour.rate_limit, quotas=quotas)
    return Shop(msgspec.structs.replace(behaviour, rate_limit=limits))


def test_every_answer_tells_how_the_quota_stands() -> None:
    shop = Shop()
    first, second = shop("GET", "/me").response, shop("GET", "/orders/none").response

    assert (first.header("x-limit"), first.header("x-left")) == ("50", "49")
    assert second.header("x-left") == "48"
    assert second.header("x-reset") == str(int(NOW_S) + 10)


def test_one_too_many_is_refused_until_the_window_ends() -> None:
    shop = Shop()
    answers = [shop("GET", "/me").response.status for _ in range(50)]
    shop.now_s += 7.5

    refused = shop("GET", "/me")

    assert answers == [200] * 50
    assert refused.response.status == 429
    assert decoded(refused) == {"error": {"message": "slow down"}}
    assert refused.response.header("retry-after") == "3"
    assert refused.response.header("x-left") == "0"
    assert refused.response.header("x-reset") == str(int(NOW_S) + 10)
    shop.now_s = NOW_S + 10
    assert shop("GET", "/me").response.status == 200


def test_a_refused_request_has_no_effect() -> None:
    shop = with_quotas(Quota(requests=4, window_s=10))
    order = shop.order()["id"]
    paid = [shop("POST", f"/orders/{order}/pay") for _ in range(4)]

    assert [answered.response.status for answered in paid] == [200, 200, 200, 429]
    assert paid[-1].effect is None
    assert shop.state.effects == 4


def test_a_quota_of_an_operation_leaves_the_others_alone() -> None:
    shop = with_quotas(Quota(requests=3, window_s=10, scope="operation"))
    order = shop.order()["id"]
    paid = [shop("POST", f"/orders/{order}/pay").response.status for _ in range(4)]

    assert paid == [200, 200, 200, 429]
    assert shop("GET", f"/orders/{order}").response.status == 200


def test_what_is_granted_for_a_time_is_counted_and_told_beside_the_quotas_that_there_are() -> None:
    shop = Shop()
    before = shop("GET", "/me").response
    shop.behaviour = narrowed(shop_behaviour(), Quota(requests=2, window_s=4, name="planned"))
    answers = [shop("GET", "/me").response for _ in range(3)]

    assert (before.header("x-limit"), before.header("x-left")) == ("50", "49")
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert (answers[0].header("x-limit"), answers[0].header("x-left")) == ("2", "1")
    assert answers[2].header("retry-after") == "4"
    shop.behaviour = shop_behaviour()
    assert shop("GET", "/me").response.header("x-left") == "45"


def test_a_provider_without_words_for_a_limit_tells_it_as_the_norms_do() -> None:
    shop = Shop(narrowed(UNKNOWN, Quota(requests=1, window_s=4, name="planned")))
    granted, refused = (shop("GET", "/me").response for _ in range(2))

    assert granted.header("ratelimit-policy") == '"planned";q=1;w=4'
    assert granted.header("ratelimit") == '"planned";r=0;t=4'
    assert refused.status == 429
    assert refused.header("retry-after") == "4"

"""Evidence pooled over nights, on a provider whose answers are drawn by a seed: few things a night, some rare.

A hundred healthy nights tell nothing, and what vanishes is told; how many nights later, is printed by
`python -m tests.drift.test_pool`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

import msgspec
import pytest

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.drift.nights.counts import FEWEST_NIGHTS, MOST_NIGHTS, Kept
from harness.drift.nights.pool import Pooled, pooled
from harness.drift.nights.state import Remembered, State, parse_state, written
from harness.model.exchange import Exchange

NIGHTS = 100
RATES = {"always": 1.0, "often": 0.7, "half": 0.5, "seldom": 0.1, "rare": 0.02, "once": 0.002}
FIRST = date(2026, 1, 1)
LIST, ACCOUNT = "GET /orders", "GET /account"

Members = dict[str, Any]


def document(*names: str, title: str = "Shop") -> Contract:
    """Orders with these members, none of them required, in a list; and an account, of which there is one."""
    members = {name: {"type": "string"} for name in ("id", *names)}
    order = {"type": "object", "required": ["id"], "properties": members}
    page = {"type": "object", "properties": {"data": {"type": "array", "items": order}}}

    def answering(schema: dict[str, Any]) -> dict[str, Any]:
        content = {"application/json": {"schema": schema}}
        return {"get": {"responses": {"200": {"description": "", "content": content}}}}

    tree = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "paths": {"/orders": answering(page), "/account": answering(order)},
    }
    return Contract(parse(json.dumps(tree).encode(), name="shop.json"))


KNOWN = document(*RATES)


def answer(value: object, path: str = "/orders") -> Exchange:
    return Exchange(
        1,
        1,
        0.0,
        ended_s=0.1,
        outcome="sent",
        method="GET",
        path=path,
        status=200,
        response_headers=(("content-type", "application/json"),),
        response_body=json.dumps(value).encode(),
    )


class Shop:
    """Shows some orders each night. `fresh`: others each night, as where customers buy; else always the same."""

    def __init__(
        self, seed: int, *, orders: int = 5, fresh: bool = True, drops: str = "", from_night: int = 0
    ):
        self._seed, self._orders, self._fresh = seed, orders, fresh
        self._drops, self._from_night = drops, from_night

    def __call__(self, number: int) -> list[Exchange]:
        first = number * self._orders if self._fresh else 0
        return [answer({"data": [self._order(number, first + n) for n in range(self._orders)]})]

    def _order(self, number: int, order: int) -> Members:
        chance = Random(f"{self._seed} {order}")
        members = {name: "x" for name, rate in RATES.items() if chance.random() < rate}
        if number >= self._from_night:
            members.pop(self._drops, None)
        return {"id": f"ord_{order}", **members}


def nights(
    shop: Callable[[int], list[Exchange]],
    numbers: Iterable[int] = range(NIGHTS),
    *,
    contract: Contract = KNOWN,
    recorded: list[Exchange] | None = None,
    before: dict[str, Kept] | None = None,
) -> list[Pooled]:
    """What each night told, one after the other."""
    told: list[Pooled] = []
    for number in numbers:
        kept = told[-1].kept if told else before or {}
        today = (FIRST + timedelta(days=number)).isoformat()
        told.append(pooled(contract, kept, recorded or [], shop(number), asked={LIST, ACCOUNT}, today=today))
    return told


def gone(told: Iterable[Pooled]) -> dict[int, list[str]]:
    """What was told as gone, by night."""
    found = {number: [each.place.value for each in night.changes] for number, night in enumerate(told)}
    return {number: places for number, places in found.items() if places}


def first_told(shop: Callable[[int], list[Exchange]], place: str) -> int | None:
    """The first night on which that alone was told as gone."""
    found = gone(nights(shop))
    assert {name for places in found.values() for name in places} <= {place}
    return min(found, default=None)


@pytest.mark.parametrize("fresh", [True, False], ids=["other orders each night", "the same orders"])
@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_healthy_nights_with_rare_members_tell_nothing(seed: int, fresh: bool) -> None:
    assert gone(nights(Shop(seed, fresh=fresh))) == {}


@pytest.mark.parametrize(
    ("name", "within"),
    [("always", 6), ("often", 8), ("half", 10), ("seldom", 45)],
    ids=lambda value: f"{value}",
)
def test_what_vanishes_after_a_month_is_told_within_so_many_nights(name: str, within: int) -> None:
    for seed in range(3):
        told = first_told(Shop(seed, drops=name, from_night=30), f"/data/*/{name}")
        assert told is not None
        assert FEWEST_NIGHTS <= told + 1 - 30 <= within


def test_what_vanishes_of_things_that_stay_is_told_by_its_nights() -> None:
    told = first_told(Shop(1, orders=1, fresh=False, drops="always", from_night=30), "/data/*/always")
    assert told is not None
    assert told + 1 - 30 <= 6


@pytest.mark.parametrize("name", ["rare", "once"])
def test_what_is_rare_is_never_missed(name: str) -> None:
    assert first_told(Shop(3, drops=name, from_night=20), f"/data/*/{name}") is None


def test_the_confidence_grows_and_what_was_told_stays_told() -> None:
    told = nights(Shop(1, orders=2, drops="always", from_night=20))
    said = [each.unsure for each in told[20:]]
    assert any("too few to be sure that it is gone" in text for texts in said for text in texts)
    first = min(gone(told))
    assert set(gone(told)) == set(range(first, NIGHTS))
    sure = [each.changes[0].confidence or 0.0 for each in told[first:]]
    assert sure == sorted(sure)
    assert told[first].changes[0].message == (
        "answer 200: /data/*/always came in all of 40 on 20 nights, and in none of 6 on the last 3 nights: "
        "it is gone"
    )
    assert told[first].changes[0].level == "risky"


def test_what_is_met_again_is_not_gone() -> None:
    def shop(number: int) -> list[Exchange]:
        return Shop(1, drops="always" if 30 <= number < 50 else "")(number)

    assert max(gone(nights(shop))) == 49


def test_what_came_but_once_is_no_promise() -> None:
    def account(number: int) -> list[Exchange]:
        return [answer({"id": "acct", **({} if number else {"always": "x"})}, "/account")]

    told = nights(account)
    assert gone(told) == {}
    assert not any(each.unsure for each in told)


def test_a_recording_is_the_first_night_and_promises_what_no_document_does() -> None:
    recorded = [answer({"data": [{"id": f"ord_{n}", "secret": "x"} for n in range(60)]})]

    def without(number: int) -> list[Exchange]:
        return [answer({"data": [{"id": f"ord_{number * 2 + n}"} for n in (0, 1)]})]

    found = gone(nights(without, recorded=recorded))
    assert min(found) < 12
    assert {name for places in found.values() for name in places} == {"/data/*/secret"}


def test_another_contract_or_recording_begins_anew() -> None:
    drops = Shop(1, drops="always", from_night=30)
    told = nights(drops, range(60))
    assert gone(told[-1:])
    other = document(*RATES, "tip")
    assert not nights(drops, range(60, 90), contract=other, before=dict(told[-1].kept))[-1].changes
    renamed = document(*RATES, title="Shop of another name")
    assert not nights(drops, [60], contract=renamed, before=dict(told[-1].kept))[-1].changes
    assert not nights(drops, [60], recorded=drops(0), before=dict(told[-1].kept))[-1].changes


def test_a_night_that_is_told_twice_is_one_night() -> None:
    drops = Shop(1, orders=1, drops="always", from_night=30)
    once = nights(drops, range(32))[-1]
    again = nights(drops, [31] * 20, before=dict(once.kept))[-1]
    assert again.kept == once.kept


def test_an_operation_that_was_not_asked_is_kept_as_it_was() -> None:
    before = nights(Shop(1), range(3))[-1].kept
    today = "2026-01-04"
    out = pooled(KNOWN, before, [], Shop(1)(3), asked=(), today=today)
    assert out.kept == before
    old = (FIRST + timedelta(days=3 + MOST_NIGHTS)).isoformat()
    assert pooled(KNOWN, before, [], [], asked=(), today=old).kept == {}


def test_the_file_has_no_values_and_is_small() -> None:
    last = nights(Shop(1, orders=30))[-1]
    text = written(State(questions={"shop": Remembered(pool=last.kept)}))
    assert "ord_" not in text
    assert len(text) < 20_000
    assert msgspec.to_builtins(parse_state(text, path="s").questions["shop"].pool) == msgspec.to_builtins(
        last.kept
    )


def main() -> None:
    """Print after how many nights a vanished member is told, by how often it came and how many orders a night has."""
    print("orders  " + "  ".join(f"{name:>8}" for name in RATES))
    for orders in (1, 2, 5, 20):
        after = []
        for name in RATES:
            told = [
                first_told(Shop(seed, orders=orders, drops=name, from_night=30), f"/data/*/{name}")
                for seed in range(5)
            ]
            known = sorted(each + 1 - 30 for each in told if each is not None)
            after.append(
                f"{known[0]}-{known[-1]}" if len(known) == len(told) else f"{len(known)}/{len(told)}"
            )
        print(f"{orders:6}  " + "  ".join(f"{text:>8}" for text in after))


if __name__ == "__main__":
    main()

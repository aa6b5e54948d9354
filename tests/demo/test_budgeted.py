"""The clients of the load demo, with a provider and a clock of ours: budget, breaker and jitter, and none of them."""

from __future__ import annotations

import time

import httpx
import pytest

from harness.demo import naive
from harness.demo.budgeted import Breaker, Budget, BudgetedStripe, StripeError

CUSTOMERS = {"object": "list", "data": [{"id": "cus_1"}, {"id": "cus_2"}]}


class World:
    """A clock that moves by being slept on, and a provider that answers as it is told."""

    def __init__(self) -> None:
        self.now_s, self.waits_s, self.attempts = 100.0, list[float](), 0
        self.is_down = False

    def sleep(self, wait_s: float) -> None:
        self.waits_s.append(wait_s)
        self.now_s += wait_s

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.attempts += 1
        return httpx.Response(503) if self.is_down else httpx.Response(200, json=CUSTOMERS)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setattr(time, "sleep", made.sleep)
    monkeypatch.setattr(time, "monotonic", lambda: made.now_s)
    return made


@pytest.fixture
def client(world: World) -> BudgetedStripe:
    made = BudgetedStripe("http://stripe.example", "sk_test")
    made.http = httpx.Client(base_url="http://stripe.example", transport=httpx.MockTransport(world.answer))
    return made


def failed_calls(client: BudgetedStripe, number: int) -> None:
    for _ in range(number):
        with pytest.raises(StripeError):
            client.list_customers()


def test_a_healthy_provider_is_asked_once_a_call(client: BudgetedStripe, world: World) -> None:
    assert [client.list_customers() for _ in range(3)] == [2, 2, 2]
    assert (world.attempts, world.waits_s) == (3, [])


def test_an_outage_costs_few_attempts_however_many_call(client: BudgetedStripe, world: World) -> None:
    world.is_down = True
    failed_calls(client, 1000)
    assert world.attempts == 5


def test_one_probe_a_second_goes_to_see_and_closes_it(client: BudgetedStripe, world: World) -> None:
    world.is_down = True
    failed_calls(client, 10)
    world.now_s += 1.1
    failed_calls(client, 10)
    assert world.attempts == 6
    world.is_down = False
    world.now_s += 1.1
    assert client.list_customers() == client.list_customers() == 2


def test_others_do_not_go_while_a_probe_is_on_its_way(world: World) -> None:
    breaker = Breaker(failures=1, open_s=1.0)
    breaker.failed()
    world.now_s += 1.1
    assert [breaker.lets_through() for _ in range(3)] == [True, False, False]


def test_retries_end_where_the_budget_does() -> None:
    budget = Budget(most=2, calls_a_retry=2)
    assert [budget.allows_a_retry() for _ in range(3)] == [True, True, False]
    budget.succeeded()
    assert not budget.allows_a_retry()
    budget.succeeded()
    assert budget.allows_a_retry()


def test_waits_are_spread_over_all_of_their_time(client: BudgetedStripe, world: World) -> None:
    for _ in range(200):
        world.is_down = True
        client.breaker, client.budget = Breaker(), Budget()
        failed_calls(client, 1)
    first = sorted(world.waits_s[::2])
    assert first[0] < 0.01
    assert 0.09 < first[-1] <= 0.1
    assert max(world.waits_s) <= 0.2


def test_a_lost_connection_counts_as_a_failure(client: BudgetedStripe) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    client.http = httpx.Client(base_url="http://stripe.example", transport=httpx.MockTransport(refuse))
    failed_calls(client, 6)
    assert client.breaker.is_open


def test_the_naive_client_sends_every_failure_five_times_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naive, "http", httpx.Client(transport=httpx.MockTransport(world.answer)))
    world.is_down = True
    for _ in range(10):
        with pytest.raises(RuntimeError, match="does not work"):
            naive.read("http://stripe.example", {"api_key": "sk_test"})
    assert world.attempts == 60
    assert set(world.waits_s) == {0.1}
    world.is_down = False
    assert naive.read("http://stripe.example", {"api_key": "sk_test"}) == 2

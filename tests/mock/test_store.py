"""A memory in common: two servers that answer from copies are as one that answers alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
import pytest

from harness.contract.behaviour import Behaviour, Quota
from harness.mock.answer import Answer
from harness.mock.store import Committed, SharedState
from tests.fakes import draw
from tests.mock.shop import NOW_S, Shop, decoded, shop_behaviour


class FakeStore:
    """Values in a dict, with a log of what was written when."""

    joined = 0

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.log: list[dict[str, bytes | None]] = []
        self.name = "first"
        self.commits = 0
        self.meanwhile: Callable[[], object] | None = None

    def commit(self, version: str, writes: Mapping[str, bytes | None]) -> Committed:
        self.commits += 1
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        now = f"{self.name}:{len(self.log)}"
        if version == now:
            if writes:
                self.log.append(dict(writes))
            for name, value in writes.items():
                if value is None:
                    self.values.pop(name, None)
                else:
                    self.values[name] = value
            return Committed(True, f"{self.name}:{len(self.log)}")
        name, _, seen = version.partition(":")
        anew = name != self.name
        changed = {name for writes in self.log[0 if anew else int(seen) :] for name in writes}
        return Committed(False, now, {each: self.values.get(each) for each in changed}, anew)

    def empty(self) -> None:
        self.values.clear()
        self.log.clear()
        self.name = "second"


class Server:
    """A shop whose memory is its own, or one in a store. The luck of a request is that of its number."""

    def __init__(self, store: FakeStore | None = None, behaviour: Behaviour | None = None) -> None:
        self.shop = Shop(behaviour)
        self.state = self.shop.state if store is None else SharedState(store, draw)
        self.shop.state = self.state
        self.number = 0

    def __call__(self, method: str, target: str, body: object = None, **headers: str) -> Answer:
        self.number += 1
        if not isinstance(self.state, SharedState):
            return self._answer(method, target, body, headers)
        return self.state.turn(lambda: self._answer(method, target, body, headers))

    def _answer(self, method: str, target: str, body: object, headers: dict[str, Any]) -> Answer:
        self.shop.rng = random.Random(self.number)
        return self.shop(method, target, body, **headers)


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def here(store: FakeStore) -> Server:
    return Server(store)


@pytest.fixture
def there(store: FakeStore) -> Server:
    server = Server(store)
    server.number = 1000
    return server


def kept(server: Server) -> dict[str, Any]:
    resources: Any = server.state.snapshot()["resources"]
    return dict(resources)


def test_what_one_server_made_another_reads_changes_and_deletes(here: Server, there: Server) -> None:
    made = decoded(here("POST", "/orders", {"total": 5}))
    assert decoded(there("GET", f"/orders/{made['id']}")) == made
    assert there("PATCH", f"/orders/{made['id']}", {"total": 6}).response.status == 200
    assert decoded(here("GET", f"/orders/{made['id']}"))["total"] == 6
    assert here("DELETE", f"/orders/{made['id']}").effect == f"delete order {made['id']}"
    assert there("GET", f"/orders/{made['id']}").response.status == 404


def test_a_key_has_one_effect_whoever_is_asked(here: Server, there: Server) -> None:
    first = here("POST", "/orders", {"total": 5}, idempotency_key="k")
    again = there("POST", "/orders", {"total": 5}, idempotency_key="k")
    other = there("POST", "/orders", {"total": 6}, idempotency_key="k")
    assert again.replayed
    assert again.response.body == first.response.body
    assert other.response.status == 409
    assert here.state.snapshot()["effects"] == 1


def test_a_request_that_another_server_forestalled_is_answered_anew(
    store: FakeStore, here: Server, there: Server
) -> None:
    here("GET", "/orders")
    store.meanwhile = lambda: there("POST", "/orders", {"total": 5}, idempotency_key="k")
    answered = here("POST", "/orders", {"total": 5}, idempotency_key="k")
    assert answered.replayed
    assert len(kept(here)["orders"]) == 1
    assert here.state.snapshot()["effects"] == 1


def test_a_quota_is_one_for_all(store: FakeStore) -> None:
    limit = shop_behaviour().rate_limit
    assert limit is not None
    narrow = msgspec.structs.replace(limit, quotas=(Quota(requests=7, window_s=60),))
    behaviour = shop_behaviour(rate_limit=narrow)
    servers = [Server(store, behaviour) for _ in range(3)]
    statuses = [servers[number % 3]("GET", "/orders").response.status for number in range(30)]
    assert statuses == [200] * 7 + [429] * 23


def test_a_server_that_fails_in_the_middle_leaves_nothing(
    store: FakeStore, here: Server, there: Server
) -> None:
    here("POST", "/orders", {"total": 5})
    before, values = kept(here), dict(store.values)

    def fail() -> None:
        raise OSError("the line is dead")

    store.meanwhile = fail
    with pytest.raises(OSError, match="dead"):
        here("POST", "/orders", {"total": 6}, idempotency_key="k")
    assert store.values == values
    assert kept(here) == kept(there) == before
    assert not here("POST", "/orders", {"total": 6}, idempotency_key="k").replayed


def test_a_store_that_was_emptied_begins_anew(store: FakeStore, here: Server, there: Server) -> None:
    made = decoded(here("POST", "/orders", {"total": 5}))
    store.empty()
    there("GET", "/orders")
    assert here("GET", f"/orders/{made['id']}").response.status == 404
    assert here.state.snapshot()["effects"] == there.state.snapshot()["effects"] == 0


def test_a_request_that_changes_nothing_writes_nothing(store: FakeStore) -> None:
    here = Server(store, shop_behaviour(rate_limit=None))
    here("GET", "/orders")
    commits, length = store.commits, len(store.log)
    here("GET", "/orders")
    assert (store.commits, len(store.log)) == (commits + 1, length)


def told(server: Server) -> dict[str, Any]:
    """The snapshot. In which order keys came is of no account."""
    snapshot: dict[str, Any] = server.state.snapshot()
    return {**snapshot, "idempotency_keys": sorted(snapshot["idempotency_keys"])}


def script(luck: random.Random) -> Iterator[tuple[str, str, object, dict[str, str]]]:
    """Requests about everything that the shop remembers."""
    orders = [f"or_{number}" for number in range(3)]
    pages = ["about", "terms", "jobs"]
    for _ in range(120):
        order, page, key = luck.choice(orders), luck.choice(pages), luck.choice("abcdefgh")
        other = luck.choice(pages)
        yield luck.choice(
            [
                ("POST", "/orders", {"total": luck.randrange(4)}, {}),
                ("POST", "/orders", {"total": luck.randrange(2)}, {"idempotency_key": key}),
                ("GET", "/orders?limit=2", None, {}),
                ("GET", f"/orders/{order}", None, {}),
                ("PATCH", f"/orders/{order}", {"total": luck.randrange(9), "tags": {"a": "b"}}, {}),
                ("POST", f"/orders/{order}/pay", None, {}),
                ("DELETE", f"/orders/{order}", None, {}),
                ("POST", f"/orders/{order}/notes", {"text": "hm"}, {}),
                ("GET", f"/orders/{order}/notes", None, {}),
                ("PUT", f"/pages/{page}", {"slug": page, "text": "x"}, {}),
                ("PUT", f"/pages/{page}", {"slug": other, "text": "y"}, {}),
                ("GET", "/me", None, {}),
            ]
        )


@pytest.mark.parametrize("seed", range(12))
def test_several_servers_answer_as_one_does_alone(seed: int) -> None:
    store, luck = FakeStore(), random.Random(seed)
    # What stands on every answer takes luck after what each server has made once for itself.
    behaviour = shop_behaviour(errors=None)
    alone, several = Server(None, behaviour), [Server(store, behaviour) for _ in range(3)]
    known: dict[str, str] = {}
    for number, (method, target, body, headers) in enumerate(script(luck)):
        for pattern, name in known.items():
            target = target.replace(pattern, name)
        server = luck.choice(several)
        alone.number = server.number = number
        alone.shop.now_s = server.shop.now_s = NOW_S + number * 0.15  # faster than the quota allows
        expected = alone(method, target, body, **headers)
        assert server(method, target, body, **headers) == expected
        if expected.effect and expected.effect.startswith("create order"):
            known[f"or_{number % 3}"] = decoded(expected)["id"]
    for server in several:
        assert told(server) == told(alone)
    assert alone.state.effects > 10

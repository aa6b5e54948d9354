"""What came before is answered at once, and nobody can tell: not the client, not the journal, not the state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.contract.behaviour import UNKNOWN
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.provider import Card, Provider
from harness.faults.plan import build_plan
from harness.model.exchange import Exchange
from harness.server import heads
from harness.server.connection import Connection
from harness.server.lane import Lane
from harness.server.lanes import Lanes

TEXT: dict[str, Any] = {"type": "string", "maxLength": 8}
PET: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {"id": {"type": "integer"}, "name": TEXT, "age": {"type": "integer", "minimum": 0}},
}


def told(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"description": "", "content": {"application/json": {"schema": schema, **more}}}


EXAMPLE = {"id": 7, "name": "Mia", "age": 3}
PATHS: dict[str, Any] = {
    "/pets/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
        "get": {"operationId": "read", "responses": {"200": told(PET, example=EXAMPLE), "404": told({})}},
        "delete": {"operationId": "remove", "responses": {"204": {"description": ""}}},
        "put": {
            "operationId": "change",
            "requestBody": {"required": True, "content": {"application/json": {"schema": PET}}},
            "responses": {"200": told(PET, example=EXAMPLE)},
        },
    },
    "/pets": {
        "get": {
            "operationId": "list",
            "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10}}],
            "responses": {"200": told({"type": "array", "items": PET})},
        },
        "post": {
            "operationId": "create",
            "requestBody": {"required": True, "content": {"application/json": {"schema": PET}}},
            "responses": {"201": told(PET), "422": told({"type": "object"})},
        },
    },
}


def pets() -> Provider:
    text = json.dumps({"openapi": "3.1.0", "info": {"title": "P", "version": "1"}, "paths": PATHS})
    contract = Contract(parse(text.encode(), name="pets.json"))
    return Provider(
        Card(name="pets", title="Pets", kind="pets", docs="", document=""), contract, UNKNOWN, plans={}
    )


PROVIDER = pets()


class Kept(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Client:
    """One connection to a lane, without a socket between them."""

    def __init__(self, lane: Lane) -> None:
        self.transport = Kept()
        self.connection = Connection(lane)
        self.connection.connection_made(self.transport)

    def __call__(self, octets: bytes) -> bytes:
        """What these bytes get, without the Date."""
        self.connection.data_received(octets)
        written, self.transport.written = self.transport.written, b""
        return b"\r\n".join(line for line in written.split(b"\r\n") if not line.startswith(b"date: "))

    @property
    def closed(self) -> bool:
        return self.transport.closed


def request(method: str, target: str, body: object = None, *headers: str) -> bytes:
    content = b"" if body is None else body if isinstance(body, bytes) else msgspec.json.encode(body)
    lines = [f"{method} {target} HTTP/1.1", "Host: pets.test", *headers]
    if content:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join([*lines, "", ""]).encode() + content


def likeness(exchange: Exchange) -> dict[str, object]:
    """An exchange without its times."""
    told = msgspec.structs.asdict(exchange)
    for name in ("at_s", "received_s", "ended_s"):
        told[name] = told[name] is not None
    told["response_headers"] = [pair for pair in exchange.response_headers if pair[0] != "date"]
    return told


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    lanes = Lanes()
    yield await lanes.open(PROVIDER, seed=1)
    await lanes.close_all()


bodies = st.one_of(
    st.sampled_from([EXAMPLE, {"name": "Tom"}, {"name": "x" * 9}, {"age": 1}, {"name": "A", "more": 1}]),
    st.builds(lambda n: {"name": f"n{n}", "age": n}, st.integers(-1, 3)),
    st.sampled_from([b"{", b"[]", b'{"name": "\xff"}']),
)
odd = [
    "/pets/%31",
    "/pets/4#x",
    "/pets/4?__code=404",
    "/pets/4?x=1",
    '/pets/a"b',
    "//pets/6",
    "http://pets.test/pets/5",
]
targets = st.one_of(
    st.builds(lambda n: f"/pets/{n}", st.integers(-5, 5)),
    st.builds(lambda n, more: f"/pets?limit={n}{more}", st.integers(1, 12), st.sampled_from(["", "&no=1"])),
    st.sampled_from(odd),
)
requests = st.one_of(
    st.builds(lambda n: request("GET", f"/pets/{n}"), st.sampled_from(["1", "2", "x"])),
    st.builds(lambda n: request("HEAD", f"/pets/{n}"), st.sampled_from(["1", "2"])),
    st.builds(lambda n: request("GET", f"/pets?limit={n}"), st.sampled_from(["1", "11", "1&no=1"])),
    st.builds(lambda target: request("GET", target), targets),
    st.builds(lambda target: request("DELETE", target), targets),
    st.builds(lambda target: request("GET", target, None, "Prefer: code=404"), targets),
    st.builds(lambda target: request("GET", target, None, "X-Shop: 1"), targets),
    st.builds(lambda body: request("POST", "/pets", body), bodies),
    st.builds(lambda body: request("PUT", "/pets/3", body), bodies),
    st.builds(lambda body: request("POST", "/pets", body, "Prefer: code=422"), bodies),
    st.builds(lambda body: request("POST", "/pets", body, "Accept: text/html"), bodies),
    st.sampled_from([request("GET", "/nowhere"), request("DELETE", "/pets"), request("GET", "/pets") * 2]),
)
plans = st.sampled_from([None, "create", "read"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(requests, st.booleans()), max_size=25), plans)
def test_it_makes_no_difference(sent: list[tuple[bytes, bool]], spoiled: str | None) -> None:
    rules = [{"fault": "status.error", "with": {"status": 503}, "operation": spoiled, "nth": "2-3"}]

    async def heard(*, remembering: bool) -> tuple[list[bytes], list[dict[str, object]], object]:
        lanes = Lanes()
        lane = await lanes.open(PROVIDER, seed=1)
        if spoiled:
            lane.set_plan(build_plan(rules, name="test", path="test"))
        if not remembering:
            lane._heads.came_before = lambda octets: False  # type: ignore[method-assign]
        client = Client(lane)
        answers = []
        for octets, again in sent:
            answers += [client(octets) for _ in range(3 if again else 1)]
        await lanes.close_all()
        return answers, [likeness(each) for each in lane.journal], lane.state.snapshot()

    assert asyncio.run(heard(remembering=True)) == asyncio.run(heard(remembering=False))


@pytest.mark.anyio
async def test_a_plan_strikes_what_was_known(lane: Lane) -> None:
    client, asked = Client(lane), request("GET", "/pets/1")
    healthy = [client(asked) for _ in range(3)]
    lane.set_plan(build_plan([{"script": [503]}], name="test", path="test"))
    struck = client(asked)
    lane.heal()

    assert healthy[0] == healthy[2] == client(asked)
    assert struck.startswith(b"HTTP/1.1 503")
    assert [each.status for each in lane.journal] == [200, 200, 200, 503, 200]


@pytest.mark.anyio
async def test_effects_are_counted_though_the_answer_is_known(lane: Lane) -> None:
    client, asked = Client(lane), request("PUT", "/pets/1", EXAMPLE)
    for _ in range(5):
        client(asked)

    assert lane.state.effects == 5
    assert {each.effect for each in lane.journal} == {"change"}
    assert [each.number for each in lane.journal] == [1, 2, 3, 4, 5]


@pytest.mark.anyio
async def test_pieces_of_a_known_request_are_put_together(lane: Lane) -> None:
    client, asked = Client(lane), request("POST", "/pets", EXAMPLE)
    whole = client(asked), client(asked), client(asked)
    head, body = asked[:-10], asked[-10:]

    assert client(head) == b""
    assert client(body).startswith(b"HTTP/1.1 201")
    assert whole[2].startswith(b"HTTP/1.1 201")
    assert client(asked + asked).count(b"HTTP/1.1 201") == 2
    assert client(asked[:30]) == b""
    assert client(asked[30:] + asked[:7]).count(b"HTTP/1.1 201") == 1
    assert client(asked[7:]).count(b"HTTP/1.1 201") == 1


@pytest.mark.anyio
async def test_who_says_goodbye_is_let_go_each_time(lane: Lane) -> None:
    for _ in range(4):
        client = Client(lane)
        assert b"connection: close" in client(request("GET", "/pets/1", None, "Connection: close"))
        assert client.closed


@pytest.mark.anyio
async def test_everything_is_forgotten_when_it_grows_too_large(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "LIMIT_BYTES", 20_000)
    client = Client(lane)
    for number in range(200):
        for _ in range(3):
            assert client(request("GET", f"/pets/{number}")).startswith(b"HTTP/1.1 200")

    assert lane._heads._bytes < 30_000
    assert len(lane._heads._known) < 20

"""Webhooks on the wire: what a receiver gets from a lane, and what the lane makes of its answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
import stripe

from harness.contract.files import load_provider
from harness.contract.provider import Provider
from harness.errors import UnknownName, UsageError
from harness.faults.plan import build_plan
from harness.server.lane import Lane
from harness.server.lanes import Lanes
from tests.mock.test_store import FakeStore
from tests.server.receiver import Got, receiver
from tests.server.talk import soon

pytestmark = pytest.mark.anyio

STRIPE = load_provider("stripe")


def hurried(**delivery: object) -> Provider:
    """Stripe with other facts of delivery."""
    facts = STRIPE.behaviour.webhooks
    assert facts is not None
    sending = msgspec.structs.replace(facts.delivery, **delivery)
    webhooks = msgspec.structs.replace(facts, delivery=sending)
    behaviour = msgspec.structs.replace(STRIPE.behaviour, webhooks=webhooks)
    return Provider(STRIPE.card, STRIPE.contract, behaviour)


@pytest.fixture
async def lanes() -> AsyncIterator[Lanes]:
    lanes = Lanes()
    yield lanes
    await lanes.close_all()


@pytest.fixture
async def lane(lanes: Lanes) -> Lane:
    return await lanes.open(STRIPE, seed=1)


def event_of(got: Got, lane: Lane) -> Any:
    """The event as the stripe library takes it; raises where the signature is not good."""
    secret = lane.credentials["webhook_secret"]
    return stripe.Webhook.construct_event(got.body, got.headers["stripe-signature"], secret)


async def test_the_stripe_library_takes_what_a_lane_sends(lane: Lane) -> None:
    async with receiver() as there:
        (sent,) = await lane.webhooks.send(["customer.created"], to=there.url)
    (got,) = there.got
    event = event_of(got, lane)
    assert got.line == "POST /hooks HTTP/1.1"
    assert (event.id, event.type) == (sent.event.id, "customer.created")
    assert (sent.status, sent.taken, sent.attempts[0].answer) == (200, True, b"ok")
    assert lane.webhooks.sent == (sent,)
    assert got.headers["user-agent"].startswith("Stripe/1.0")


async def test_whoever_signs_anew_what_it_has_parsed_finds_another_signature(lane: Lane) -> None:
    async with receiver() as there:
        await lane.webhooks.send(["customer.created"], to=there.url)
    (got,) = there.got
    written_again = json.dumps(json.loads(got.body)).encode()
    with pytest.raises(stripe.SignatureVerificationError):
        event_of(msgspec.structs.replace(got, body=written_again), lane)


@pytest.mark.parametrize("way", ["wrong_signature", "unsigned", "altered", "stale"])
async def test_what_must_not_be_taken_is_not_taken_by_the_stripe_library(lane: Lane, way: str) -> None:
    def judge(got: Got) -> int:
        try:
            event_of(got, lane)
        except (stripe.SignatureVerificationError, KeyError):
            return 400
        return 200

    async with receiver(judge) as there:
        before = lane.state.snapshot()
        (sent,) = await lane.webhooks.send(["customer.created"], to=there.url, way=way)
    assert (sent.status, sent.way) == (400, way)
    assert lane.state.snapshot() == before


async def test_a_duplicate_has_the_same_id_and_a_replay_the_same_bytes(lane: Lane) -> None:
    async with receiver() as there:
        await lane.webhooks.send(["customer.created"], to=there.url, way="duplicate")
        await lane.webhooks.send(["customer.created"], to=there.url, way="replayed")
    one, two, three, four = there.got
    assert event_of(one, lane).id == event_of(two, lane).id
    assert three == four
    assert [len(sent.attempts) for sent in lane.webhooks.sent] == [2, 2]


async def test_events_out_of_order_are_told_in_the_order_in_which_they_happened(lane: Lane) -> None:
    types = ("invoice.created", "invoice.finalized", "invoice.paid")
    async with receiver() as there:
        sent = await lane.webhooks.send(types, to=there.url, way="out_of_order")
    arrived = [event_of(got, lane) for got in there.got]
    assert [event.type for event in arrived] == list(reversed(types))
    assert [each.event.type for each in sent] == list(types)
    assert [each.attempts[0].number for each in sent] == [3, 2, 1]
    assert len({event.data.object["id"] for event in arrived}) == 1
    assert arrived[0].data.object["status"] == "paid"


async def test_a_failed_delivery_is_repeated_with_the_providers_waits_divided(lanes: Lanes) -> None:
    lane = await lanes.open(hurried(retry_waits_s=(60, 120, 240)))
    answers = iter((500, 503, 200))
    async with receiver(lambda got: next(answers)) as there:
        (sent,) = await lane.webhooks.send(["customer.created"], to=there.url, attempts=4, pace=600)
    assert [attempt.status for attempt in sent.attempts] == [500, 503, 200]
    starts = [attempt.at_s for attempt in sent.attempts]
    assert starts[1] - starts[0] >= 0.1
    assert starts[2] - starts[1] >= 0.2
    assert len({event_of(got, lane).id for got in there.got}) == 1


async def test_an_attempt_signs_the_time_at_which_it_is_made(lanes: Lanes) -> None:
    lane = await lanes.open(hurried(retry_waits_s=(1100,)))
    async with receiver(lambda got: 500) as there:
        (sent,) = await lane.webhooks.send(["customer.created"], to=there.url, attempts=2, pace=1000)
    first, second = sent.attempts
    assert second.signed_s - first.signed_s >= 1
    assert first.headers != second.headers
    assert first.body == second.body


async def test_silence_is_a_timeout_of_the_providers_length(lanes: Lanes) -> None:
    lane = await lanes.open(hurried(timeout_s=0.2))
    async with receiver(lambda got: None) as there:
        (sent,) = await lane.webhooks.send(["customer.created"], to=there.url)
    (attempt,) = sent.attempts
    assert (attempt.status, attempt.trouble) == (None, "timeout")
    assert attempt.took_s is not None
    assert 0.2 <= attempt.took_s < 5


async def test_nobody_listening_is_told(lane: Lane) -> None:
    async with receiver() as there:
        pass
    (sent,) = await lane.webhooks.send(["customer.created"], to=there.url)
    assert [attempt.trouble for attempt in sent.attempts] == ["refused"]
    assert not sent.taken


@pytest.mark.parametrize("status", [302, 404, 503])
async def test_only_a_2xx_says_that_it_was_taken(lane: Lane, status: int) -> None:
    async with receiver(lambda got: status) as there:
        (sent,) = await lane.webhooks.send(["customer.created"], to=there.url)
    assert (sent.status, sent.taken, len(there.got)) == (status, False, 1)


@pytest.mark.parametrize(
    ("asked", "error", "says"),
    [
        ({"to": "http://hooks.example/in"}, UsageError, "not this machine"),
        ({"to": "http://169.254.169.254/"}, UsageError, "not this machine"),
        *(
            ({"to": to}, UsageError, "a URL like")
            for to in (
                "/hooks",
                "http://127.0.0.1:99999/",
                "http://[::1",
                "http://localhost/\n",
                "ftp://localhost/",
                "",
            )
        ),
        ({"attempts": 0}, UsageError, "at least one"),
        ({"attempts": 99}, UsageError, "makes 11 at most"),
        ({"pace": 0}, UsageError, "more than 0"),
        ({"way": "twice"}, UnknownName, "there are|did you mean"),
        ({"way": "out_of_order"}, UsageError, "two events"),
        ({"resource": "cus_none"}, UnknownName, "no customer"),
    ],
)
async def test_a_mistake_is_told_and_nothing_is_sent(
    lane: Lane, asked: dict[str, Any], error: type[Exception], says: str
) -> None:
    before = lane.state.snapshot()
    with pytest.raises(error, match=says):
        await lane.webhooks.send(["customer.created"], **{"to": "http://127.0.0.1:9/", **asked})
    assert lane.webhooks.sent == ()
    if "resource" not in asked:  # looking for it has set up the shelf
        assert lane.state.snapshot() == before


# What clients cause.


async def customer(lane: Lane, **headers: str) -> Any:
    key = lane.credentials["api_key"]
    async with httpx.AsyncClient(base_url=lane.url, headers={"authorization": f"Bearer {key}"}) as client:
        answer = await client.post("/v1/customers", data={"email": "ada@example.com"}, headers=headers)
        return answer.json()


async def test_what_a_client_causes_is_sent_once(lane: Lane) -> None:
    async with receiver() as there:
        lane.webhooks.subscribe(there.url)
        made = await customer(lane, **{"idempotency-key": "k"})
        await customer(lane, **{"idempotency-key": "k"})
        await lane.webhooks.settled()
    (got,) = there.got
    event = event_of(got, lane)
    assert event.type == "customer.created"
    assert json.loads(got.body)["data"]["object"] == made


async def test_the_oldest_of_many_events_are_forgotten(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.server.webhooks.MOST_SENT", 2)
    async with receiver() as there:
        lane.webhooks.subscribe(there.url)
        for _ in range(3):
            await customer(lane)
        sent = await lane.webhooks.settled()
    assert [each.number for each in sent] == [2, 3]
    assert all(each.taken for each in sent)
    assert len(there.got) == 3


async def test_an_answer_that_cannot_be_read_is_told(lane: Lane) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    (sent,) = await lane.webhooks.send(["customer.created"], to=f"http://127.0.0.1:{port}/")
    assert (sent.attempts[0].status, sent.attempts[0].trouble) == (None, "broken_off")
    server.close()


async def test_only_what_was_subscribed_to_is_sent(lane: Lane) -> None:
    async with receiver() as there:
        lane.webhooks.subscribe(there.url, types=("customer.deleted",))
        await customer(lane)
        lane.webhooks.subscribe(None)
        await customer(lane)
        assert await lane.webhooks.settled() == ()
    with pytest.raises(UnknownName, match=r"customer\.created"):
        lane.webhooks.subscribe(there.url, types=("customer.create",))


async def test_an_effect_whose_answer_was_lost_is_told_all_the_same(lane: Lane) -> None:
    lane.set_plan(build_plan([{"fault": "connection.lost_answer"}], name="test", path="test"))
    async with receiver() as there:
        lane.webhooks.subscribe(there.url)
        with pytest.raises(httpx.TransportError):
            await customer(lane)
        await lane.webhooks.settled()
    assert [event_of(got, lane).type for got in there.got] == ["customer.created"]


async def test_a_client_is_answered_also_where_nothing_can_be_told(
    lane: Lane, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr("harness.mock.webhooks.Scene.event", fails)
    lane.webhooks.subscribe("http://127.0.0.1:9/")
    assert (await customer(lane))["object"] == "customer"
    assert "nothing is told of PostCustomers" in caplog.text


async def test_what_happens_is_remembered_by_all_who_share_a_store() -> None:
    store = FakeStore()
    lanes = Lanes(stores=lambda name: store)
    one, other = [await lanes.open(STRIPE, stored="stripe") for _ in range(2)]
    async with receiver() as there:
        await one.webhooks.send(["customer.created"], to=there.url, resource={"email": "ada@example.com"})
        (sent,) = await other.webhooks.send(["customer.updated"], to=there.url)
    assert json.loads(sent.event.body)["data"]["object"]["email"] == "ada@example.com"
    assert one.state.snapshot() == other.state.snapshot()
    await lanes.close_all()


async def test_a_closed_lane_gives_up_what_it_was_repeating(lanes: Lanes, lane: Lane) -> None:
    async with receiver(lambda got: 500) as there:
        lane.webhooks.subscribe(there.url)
        await customer(lane)
        await soon(lambda: bool(lane.webhooks.sent and lane.webhooks.sent[0].attempts[0].ended_s))
        began_s = time.monotonic()
        await lanes.close(lane.id)
        await lane.webhooks.settled()
        assert time.monotonic() - began_s < 5

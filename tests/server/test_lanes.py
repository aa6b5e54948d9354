"""A lane from request to journal, over real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.provider import Provider
from harness.errors import UnknownName, UsageError
from harness.faults.plan import build_plan
from harness.model.exchange import Exchange
from harness.server.environment import environment
from harness.server.lane import Lane
from harness.server.lanes import Lanes, named_plan
from tests.server.shop import shop
from tests.server.talk import get, post, soon, talk_to

pytestmark = pytest.mark.anyio

KEY = "Authorization: Bearer sk_mine"


@pytest.fixture
async def lanes() -> AsyncIterator[Lanes]:
    lanes = Lanes()
    yield lanes
    await lanes.close_all()


@pytest.fixture
async def lane(lanes: Lanes) -> Lane:
    return await lanes.open(shop(), seed=1)


def port_of(lane: Lane) -> int:
    return int(lane.url.rsplit(":", 1)[1])


def wrong(lane: Lane, *rules: dict[str, object]) -> None:
    """Make the lane go wrong by these rules."""
    lane.set_plan(build_plan(list(rules), name="test", path="test"))


async def ask(lane: Lane, octets: bytes) -> tuple[bytes, dict[str, str], bytes]:
    async with talk_to(port_of(lane)) as talk:
        talk.say(octets)
        return await talk.hear()


async def refused(lane: Lane) -> bool:
    try:
        async with talk_to(port_of(lane)):
            return False
    except (ConnectionRefusedError, ConnectionResetError):  # reset when it came just before the end
        return True


def only(lane: Lane) -> Exchange:
    (exchange,) = lane.journal
    return exchange


# A healthy provider.


async def test_what_was_created_can_be_read(lane: Lane) -> None:
    status, headers, body = await ask(
        lane, post("/items", b'{"name": "cup"}', "Content-Type: application/json", KEY)
    )
    assert status == b"HTTP/1.1 201 Created"
    assert headers["content-type"] == "application/json"
    created = json.loads(body)
    assert created["name"] == "cup"
    assert json.loads((await ask(lane, get(f"/items/{created['id']}", KEY)))[2]) == created
    made, read = lane.journal
    assert (made.operation, made.status, made.outcome) == ("CreateItem", 201, "sent")
    assert made.effect == f"create item {created['id']}"
    assert (read.operation, read.number, read.connection) == ("GetItem", 2, 2)


async def test_an_exchange_tells_all_that_was_on_the_wire(lane: Lane) -> None:
    before_s = time.monotonic()
    _, headers, body = await ask(
        lane,
        post("/items?x=1", b'{"name": "cup"}', "Content-Type: application/json", KEY, "Idempotency-Key: k1"),
    )
    seen = only(lane)
    assert (seen.method, seen.path, seen.query) == ("POST", "/items", "x=1")
    assert seen.request_body == b'{"name": "cup"}'
    assert seen.request_header("authorization") == "Bearer sk_mine"
    assert seen.response_body == body
    assert seen.response_header("date") == headers["date"]
    assert seen.idempotency_key == "k1"
    assert seen.received_s is not None
    assert seen.ended_s is not None
    assert before_s <= seen.at_s <= seen.received_s <= seen.ended_s <= time.monotonic()
    assert [deviation.keyword for deviation in seen.deviations] == ["unknown"]


async def test_an_answer_is_as_late_as_the_client_asked_for_it_each_time(lane: Lane) -> None:
    for _ in range(2):
        began_s = time.monotonic()
        status, headers, _ = await ask(lane, get("/ping", KEY, "Prefer: wait=0.05"))
        assert time.monotonic() - began_s >= 0.05
        assert (status, headers["preference-applied"]) == (b"HTTP/1.1 200 OK", "wait=0.05")
    await soon(lambda: all(exchange.outcome == "sent" for exchange in lane.journal))
    for exchange in lane.journal:
        assert (exchange.status, exchange.faults) == (200, ())
        assert exchange.received_s is not None
        assert exchange.ended_s is not None
        assert exchange.ended_s - exchange.received_s >= 0.05


async def test_a_plan_picks_a_declared_answer_and_nothing_is_done(lane: Lane) -> None:
    wrong(lane, {"fault": "answer.declared", "with": {"status": 201}, "operation": "CreateItem"})
    octets = post("/items", b'{"name": "cup"}', "Content-Type: application/json", KEY)
    assert (await ask(lane, octets))[0] == b"HTTP/1.1 201 Created"
    await soon(lambda: only(lane).outcome == "sent")
    seen = only(lane)
    assert (seen.fault, seen.effect, seen.answer_status) == ("answer.declared", None, None)


async def test_equal_heads_of_a_shared_path_are_told_apart_by_their_forms_each_time(lanes: Lanes) -> None:
    action = {"name": "Action", "in": "query", "required": True, "schema": {"type": "string"}}
    paths = {
        f"/#Action={name}": {
            "post": {"operationId": name, "parameters": [action], "responses": {"204": {"description": ""}}}
        }
        for name in ("Send", "List")
    }
    document = {"openapi": "3.1.0", "info": {"title": "Mail", "version": "1"}, "paths": paths}
    contract = Contract(parse(json.dumps(document).encode(), name="mail.json"))
    lane = await lanes.open(Provider(shop().card, contract))
    form = "Content-Type: application/x-www-form-urlencoded"
    async with talk_to(port_of(lane)) as talk:
        for name in ("Nope", "Nope", "Send", "Send", "List", "Send"):
            talk.say(post("/", b"Action=" + name.encode(), form))
            await talk.hear()
    assert [exchange.operation for exchange in lane.journal] == [None, None, "Send", "Send", "List", "Send"]
    assert [exchange.status for exchange in lane.journal] == [404, 404, 204, 204, 204, 204]


async def test_the_same_key_has_one_effect(lane: Lane) -> None:
    octets = post("/items", b'{"name": "cup"}', "Content-Type: application/json", KEY, "Idempotency-Key: k1")
    assert (await ask(lane, octets))[2] == (await ask(lane, octets))[2]
    assert [exchange.replayed for exchange in lane.journal] == [False, True]
    assert [bool(exchange.effect) for exchange in lane.journal] == [True, False]


async def test_a_request_without_a_credential_is_journalled_with_its_deviation(lane: Lane) -> None:
    assert (await ask(lane, get("/items/1")))[0].startswith(b"HTTP/1.1 401")
    assert [deviation.where for deviation in only(lane).deviations] == ["security"]


async def test_head_gets_no_body_and_none_is_journalled(lane: Lane) -> None:
    async with talk_to(port_of(lane)) as talk:
        talk.say(get("/ping", KEY).replace(b"GET", b"HEAD"))
        head = await talk.hear_head()
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"content-length: 0\r\n" not in head
        assert await talk.hears_nothing()
    assert only(lane).response_body == b""


async def test_what_is_no_request_is_journalled_too(lane: Lane) -> None:
    async with talk_to(port_of(lane)) as talk:
        talk.say(b"nonsense\r\n\r\n")
        assert (await talk.hear_all()).startswith(b"HTTP/1.1 400 ")
    seen = only(lane)
    assert (seen.status, seen.method, seen.operation) == (400, None, None)
    assert seen.deviations[0].message == "not an HTTP/1.1 request: Invalid method encountered"


async def test_a_mistake_of_ours_is_an_answer_and_no_silence(
    lane: Lane, caplog: pytest.LogCaptureFixture
) -> None:
    lane.provider.contract = None  # type: ignore[assignment]
    assert (await ask(lane, get("/ping", KEY)))[0] == b"HTTP/1.1 500 Internal Server Error"
    assert "no answer to GET /ping" in caplog.text
    assert only(lane).status == 500


async def test_the_same_seed_gives_the_same_answers(lanes: Lanes) -> None:
    async def answers(seed: int) -> list[bytes]:
        lane = await lanes.open(shop(), seed=seed)
        octets = post("/items", b'{"name": "cup"}', "Content-Type: application/json", KEY)
        return [(await ask(lane, octets))[2] for _ in range(3)]

    first = await answers(7)
    assert await answers(7) == first
    assert await answers(8) != first


# Faults, as the client sees them and as the journal keeps them.


async def test_an_error_in_the_providers_place_has_no_effect(lane: Lane) -> None:
    wrong(lane, {"fault": "status.error", "with": {"status": 503}, "nth": 1})
    octets = post("/items", b'{"name": "cup"}', "Content-Type: application/json", KEY)
    assert (await ask(lane, octets))[0].startswith(b"HTTP/1.1 503 ")
    assert (await ask(lane, octets))[0].startswith(b"HTTP/1.1 201 ")
    failed, healthy = lane.journal
    assert (failed.status, failed.fault, failed.effect, failed.answer_status) == (
        503,
        "status.error",
        None,
        None,
    )
    assert (failed.outcome, failed.operation) == ("sent", "CreateItem")
    assert (healthy.fault, healthy.answer_status) == (None, 201)


async def test_a_lost_answer_has_its_effect_and_no_status(lane: Lane) -> None:
    wrong(lane, {"fault": "connection.lost_answer"})
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await ask(lane, post("/items", b'{"name": "cup"}', "Content-Type: application/json", KEY))
    seen = only(lane)
    assert (seen.status, seen.outcome, seen.answer_status) == (None, "reset", 201)
    assert seen.effect is not None


@pytest.mark.parametrize(
    ("fault", "outcome"), [("connection.reset_before_answer", "reset"), ("connection.closed", "closed")]
)
async def test_a_request_that_is_lost_has_no_effect(lane: Lane, fault: str, outcome: str) -> None:
    wrong(lane, {"fault": fault})
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await ask(lane, post("/items", b'{"name": "cup"}', "Content-Type: application/json", KEY))
    seen = only(lane)
    assert (seen.status, seen.outcome, seen.effect) == (None, outcome, None)
    assert lane.state.snapshot()["effects"] == 0


async def test_a_request_that_is_not_sent_to_its_end_is_in_the_journal(lane: Lane) -> None:
    async with talk_to(port_of(lane)) as talk:
        talk.say(post("/items", b'{"name": "cup"}', "Idempotency-Key: k", KEY)[:-1])
        await asyncio.sleep(0.01)
    await soon(lambda: len(lane.journal) == 1)
    seen = only(lane)
    assert (seen.stage, seen.outcome, seen.status, seen.effect) == ("request", "gone", None, None)
    assert (seen.operation, seen.method, seen.path) == ("CreateItem", "POST", "/items")
    assert (seen.idempotency_key, seen.request_body) == ("k", b'{"name": "cup"')
    assert seen.received_s is None
    assert seen.ended_s is not None
    assert seen.ended_s >= seen.at_s
    assert lane.state.snapshot()["effects"] == 0


async def test_half_a_head_is_in_the_journal_without_an_operation(lane: Lane) -> None:
    async with talk_to(port_of(lane)) as talk:
        talk.say(get("/ping", KEY)[:-2])
        await asyncio.sleep(0.01)
    await soon(lambda: len(lane.journal) == 1)
    assert (only(lane).outcome, only(lane).operation, only(lane).method) == ("gone", None, None)


async def test_a_hung_answer_ends_when_the_client_gives_up(lane: Lane) -> None:
    wrong(lane, {"fault": "timing.hung"})
    async with talk_to(port_of(lane)) as talk:
        talk.say(get("/ping", KEY))
        assert await talk.hears_nothing()
        assert (only(lane).outcome, only(lane).ended_s) == ("open", None)
    await soon(lambda: only(lane).outcome == "gone")
    assert only(lane).status is None


async def test_a_truncated_answer_has_a_status_and_an_end(lane: Lane) -> None:
    wrong(lane, {"fault": "body.truncated", "with": {"keep_ratio": 0.5}})
    async with talk_to(port_of(lane)) as talk:
        talk.say(get("/ping", KEY))
        answer = await talk.hear_all()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert f"content-length: {len(only(lane).response_body)}".encode() in head
    assert 0 < len(body) < len(only(lane).response_body)
    assert (only(lane).status, only(lane).outcome) == (200, "closed")


async def test_a_malformed_answer_is_off_contract(lane: Lane) -> None:
    wrong(lane, {"fault": "body.malformed"})
    body = (await ask(lane, get("/ping", KEY)))[2]
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert only(lane).faults[0].off_contract


async def test_a_dribbled_answer_takes_its_time(lane: Lane) -> None:
    wrong(lane, {"fault": "timing.dribbled", "with": {"over_s": 0.2}})
    assert (await ask(lane, get("/ping", KEY)))[0] == b"HTTP/1.1 200 OK"
    await soon(lambda: only(lane).outcome == "sent")
    seen = only(lane)
    assert seen.ended_s is not None
    assert seen.received_s is not None
    assert 0.15 < seen.ended_s - seen.received_s < 5


async def test_a_connection_reset_on_accept_is_an_exchange(lane: Lane) -> None:
    wrong(lane, {"fault": "connection.reset_on_accept"})
    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await ask(lane, get("/ping", KEY))
    seen = only(lane)
    assert (seen.stage, seen.outcome, seen.fault) == ("accept", "reset", "connection.reset_on_accept")


async def test_a_script_drains_once_per_call(lane: Lane) -> None:
    wrong(lane, {"script": [503, "pass"]})
    statuses = []
    for _ in range(2):
        lane.begin_call("read")
        statuses += [(await ask(lane, get("/ping", KEY)))[0][9:12] for _ in range(3)]
        lane.end_call()
    assert statuses == [b"503", b"200", b"200"] * 2


async def test_without_marks_a_script_drains_once_per_key(lane: Lane) -> None:
    wrong(lane, {"script": [503]})
    body = ("/items", b'{"name": "cup"}', "Content-Type: application/json", KEY)
    statuses = [(await ask(lane, post(*body, f"Idempotency-Key: {key}")))[0][9:12] for key in "aabb"]
    assert statuses == [b"503", b"201", b"503", b"201"]


async def test_a_healed_lane_is_healthy_and_says_when(lane: Lane) -> None:
    lane.set_plan(named_plan(lane.provider, "outage"))
    assert (await ask(lane, get("/ping", KEY)))[0].startswith(b"HTTP/1.1 503")
    before_s = time.monotonic()
    lane.heal()
    assert (await ask(lane, get("/ping", KEY)))[0].startswith(b"HTTP/1.1 200")
    assert lane.healed_s is not None
    assert before_s <= lane.healed_s <= time.monotonic()
    assert lane.plan is not None


# What a provider grants, and to whom.


async def test_a_quota_of_the_plan_is_counted_for_answers_that_were_given_before_too(lane: Lane) -> None:
    usual = await ask(lane, get("/ping", KEY))
    wrong(lane, {"quota": {"requests": 2, "window_s": 60}})
    answers = [await ask(lane, get("/ping", KEY)) for _ in range(3)]
    assert "ratelimit" not in usual[1]
    assert [answer[1]["ratelimit"].partition(";t")[0] for answer in answers[:2]] == [
        '"planned";r=1',
        '"planned";r=0',
    ]
    assert answers[2][0] == b"HTTP/1.1 429 Too Many Requests"
    assert 0 < int(answers[2][1]["retry-after"]) <= 60
    assert not list(lane.journal)[-1].faults
    lane.heal()
    assert (await ask(lane, get("/ping", KEY)))[0].startswith(b"HTTP/1.1 200")


OAUTH = b"""
openapi: 3.1.0
info: {title: Shop, version: "1"}
components: {securitySchemes: {oauth: {type: http, scheme: bearer}}}
paths:
  /oauth/token:
    post:
      operationId: CreateToken
      responses:
        "200":
          description: a token
          content:
            application/json: {schema: {type: object, properties: {access_token: {type: string, example: a}}}}
  /orders: {get: {operationId: ListOrders, security: [{oauth: []}], responses: {"200": {description: all of them}}}}
  /open: {get: {operationId: Open, responses: {"200": {description: for everybody}}}}
"""


async def test_tokens_that_were_given_out_before_are_good_no_more(lanes: Lanes) -> None:
    usual = shop()
    provider = Provider(usual.card, Contract(parse(OAUTH, name="oauth.yaml")))
    lane = await lanes.open(provider, seed=1)

    async def token() -> str:
        said = (await ask(lane, post("/oauth/token", b"", "Authorization: Basic YTpi")))[2]
        return f"Authorization: Bearer {json.loads(said)['access_token']}"

    async def status(path: str, *headers: str) -> bytes:
        return (await ask(lane, get(path, *headers)))[0].split()[1]

    before = await token()
    assert await status("/orders", before) == b"200"
    unauthorised = {"fault": "status.error", "with": {"status": 401}}
    wrong(lane, {**unauthorised, "credential": "issued"})
    assert await status("/orders", before) == b"401"
    assert await status("/orders", KEY) == b"200"
    after = await token()
    assert [await status("/orders", shown) for shown in (after, before)] == [b"200", b"401"]
    wrong(lane, {**unauthorised, "credential": "lasting"})
    assert [await status("/orders", shown) for shown in (after, KEY)] == [b"200", b"401"]
    assert await status("/open") == b"200"


async def test_the_time_of_a_plan_may_begin_with_the_client(lane: Lane) -> None:
    wrong(lane, {"fault": "status.error", "with": {"status": 503}, "between_s": [0, 0.4]})
    lane.begin_with_client()
    await asyncio.sleep(0.5)
    assert (await ask(lane, get("/ping", KEY)))[0] == b"HTTP/1.1 503 Service Unavailable"
    await asyncio.sleep(0.4)
    assert (await ask(lane, get("/ping", KEY)))[0] == b"HTTP/1.1 200 OK"


# Nobody listens.


async def test_a_refusing_lane_refuses_counts_and_comes_back_at_the_same_port(lanes: Lanes) -> None:
    lane = await lanes.open(shop(), plan=named_plan(shop(), "refused"))
    url = lane.url
    before_s = time.monotonic()
    assert [await refused(lane) for _ in range(3)] == [True, True, True]
    lane.heal()
    after_s = time.monotonic()
    assert not await refused(lane)
    assert (await ask(lane, get("/ping", KEY)))[0] == b"HTTP/1.1 200 OK"
    assert lane.url == url
    if not lane.sees_refusals:
        pytest.skip("this process may not open a packet socket")
    *attempts, healthy = lane.journal
    assert [(seen.stage, seen.outcome, seen.status) for seen in attempts] == [("connect", "reset", None)] * 3
    assert {seen.fault for seen in attempts} == {"connection.refused"}
    assert len({seen.connection for seen in attempts}) == 3
    assert all(before_s - 0.01 <= seen.at_s <= after_s for seen in attempts)
    assert healthy.stage == "request"


async def test_attempts_are_counted_while_the_loop_is_busy(lanes: Lanes) -> None:
    lane, other = [await lanes.open(shop(), plan=named_plan(shop(), "refused")) for _ in range(2)]
    await asyncio.gather(*(refused(each) for each in [lane] * 20 + [other] * 5))
    lane.heal()
    other.heal()
    if not lane.sees_refusals:
        pytest.skip("this process may not open a packet socket")
    assert (len(lane.journal), len(other.journal)) == (20, 5)


async def test_without_the_right_to_watch_refusals_go_unseen(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_permitted() -> None:
        raise PermissionError

    monkeypatch.setattr("harness.server.refusals._packet_socket", not_permitted)
    lane = await lanes.open(shop(), plan=named_plan(shop(), "refused"))
    assert await refused(lane)
    lane.heal()
    assert not await refused(lane)
    assert not lane.sees_refusals
    assert len(lane.journal) == 0


async def test_a_plan_may_refuse_for_a_while(lane: Lane) -> None:
    async with talk_to(port_of(lane)) as talk:
        talk.say(get("/ping", KEY))
        await talk.hear()
        wrong(lane, {"fault": "connection.refused", "between_s": [0.2, 0.5]})
        assert not await refused(lane)
        began_s = time.monotonic()
        while not await refused(lane):
            assert time.monotonic() - began_s < 5, "it does not begin to refuse"
        with pytest.raises(ConnectionResetError):  # what was connected is cut off
            await talk.hear_all()
    while await refused(lane):
        assert time.monotonic() - began_s < 5, "it does not stop refusing"


async def test_who_came_just_before_nobody_listened_is_reset_and_counted(lane: Lane) -> None:
    with socket.create_connection(("127.0.0.1", port_of(lane))) as client:
        # The loop has had no turn since: the kernel has the connection, and nobody has accepted it.
        lane.set_plan(named_plan(lane.provider, "refused"))
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    seen = only(lane)
    assert (seen.stage, seen.outcome, seen.fault) == ("connect", "reset", "connection.refused")


# Lanes side by side.


async def test_lanes_share_nothing(lanes: Lanes, lane: Lane) -> None:
    other = await lanes.open(shop(), plan=named_plan(shop(), "outage"), seed=2)
    assert (await ask(other, get("/ping", KEY)))[0].startswith(b"HTTP/1.1 503")
    assert (await ask(lane, get("/ping", KEY)))[0].startswith(b"HTTP/1.1 200")
    assert (len(lane.journal), len(other.journal)) == (1, 1)
    assert lane.credentials != other.credentials
    assert [each.id for each in lanes] == ["shop-1", "shop-2"]
    assert lanes["shop-2"] is other


async def test_a_lane_tells_its_environment(lane: Lane) -> None:
    assert lane.env["SHOP_BASE_URL"] == lane.env["HARNESS_BASE_URL"] == lane.url
    assert lane.env["SHOP_API_KEY"] == lane.credentials["api_key"]
    assert lane.env["HARNESS_TIMEOUT_MS"] == "5000"
    assert lane.credentials["api_key"].startswith("sk_")


def test_the_environment_is_named_after_the_provider() -> None:
    env = environment(shop(), "http://x", {"api_key": "k", "webhook_secret": "s"}, 1.5)
    assert env == {
        "SHOP_BASE_URL": "http://x",
        "SHOP_TIMEOUT_MS": "1500",
        "SHOP_API_KEY": "k",
        "SHOP_WEBHOOK_SECRET": "s",
        "HARNESS_BASE_URL": "http://x",
        "HARNESS_TIMEOUT_MS": "1500",
        "HARNESS_API_KEY": "k",
        "HARNESS_WEBHOOK_SECRET": "s",
    }


async def test_closing_ends_what_is_open_and_frees_the_port(lanes: Lanes, lane: Lane) -> None:
    wrong(lane, {"fault": "timing.hung"})
    async with talk_to(port_of(lane)) as talk:
        talk.say(get("/ping", KEY))
        await soon(lambda: len(lane.journal) == 1)
        await lanes.close_all()
        assert await talk.hear_all() == b""
    assert only(lane).outcome == "closed"
    assert len(lanes) == 0
    assert await refused(lane)
    again = await lanes.open(shop(), port=port_of(lane))
    assert again.url == lane.url


async def test_a_taken_port_and_an_unknown_lane_are_said_plainly(lanes: Lanes, lane: Lane) -> None:
    with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port_of(lane)}: "):
        await lanes.open(shop(), port=port_of(lane))
    with pytest.raises(UnknownName, match="did you mean 'shop-1'"):
        lanes["shop-7"]
    with pytest.raises(UnknownName, match="did you mean 'outage'"):
        named_plan(shop(), "outages")


async def test_while_hundreds_of_connections_hang_the_lane_beside_them_answers(
    lanes: Lanes, lane: Lane
) -> None:
    wrong(lane, {"fault": "timing.hung"})
    async with AsyncExitStack() as open_:
        for _ in range(300):
            talk = await open_.enter_async_context(talk_to(port_of(lane)))
            talk.say(get("/ping", KEY))
        await soon(lambda: len(lane.journal) == 300)
        beside = await lanes.open(shop())
        assert (await ask(beside, get("/ping", KEY)))[0] == b"HTTP/1.1 200 OK"
    await soon(lambda: all(exchange.outcome == "gone" for exchange in lane.journal))


# One lane in several shares.


async def test_shares_have_one_port_the_same_credentials_and_luck_of_their_own(lanes: Lanes) -> None:
    first = await lanes.open(shop(), seed=1, share=0)
    second = await lanes.open(shop(), seed=1, share=1, port=port_of(first))
    alone = await lanes.open(shop(), seed=1)
    assert first.url == second.url
    assert first.credentials == second.credentials == alone.credentials
    made = post("/items", b'{"name": "cup"}', "Content-Type: application/json", KEY)
    second.retire()
    body = (await ask(first, made))[2]
    assert body == (await ask(alone, made))[2]
    first.retire()
    third = await lanes.open(shop(), seed=1, share=1, port=port_of(first))
    assert json.loads((await ask(third, made))[2])["id"] != json.loads(body)["id"]


async def test_a_share_retires_in_order(lane: Lane) -> None:
    wrong(lane, {"fault": "timing.late", "with": {"delay_s": 0.1}})
    async with talk_to(port_of(lane)) as idle, talk_to(port_of(lane)) as asking:
        asking.say(get("/ping", KEY))
        await soon(lambda: len(lane.journal) == 1)
        lane.retire()
        assert await idle.hear_all() == b""
        assert await refused(lane)
        assert (await asking.hear())[0] == b"HTTP/1.1 200 OK"
        assert await asking.hear_all() == b""
    assert only(lane).outcome == "sent"

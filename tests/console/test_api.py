"""The control API, asked in process."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import openapi_spec_validator
import pytest

from harness.console.api import control_app, openapi
from harness.server.clerk import KEPT_BODY_BYTES
from harness.server.lanes import Lanes
from tests.server.receiver import receiver
from tests.server.shop import DOCUMENT
from tests.server.talk import get, post, soon, talk_to

pytestmark = pytest.mark.anyio

KEY = "Authorization: Bearer anything"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "shop.json").write_text(json.dumps(DOCUMENT))
    (tmp_path / "notes.yaml").write_text("just: notes\n")
    return tmp_path / "below"


@pytest.fixture
async def lanes() -> AsyncIterator[Lanes]:
    lanes = Lanes()
    yield lanes
    await lanes.close_all()


@pytest.fixture
async def api(lanes: Lanes, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = control_app(lanes, documents=folder)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9") as client:
        yield client


async def opened(api: httpx.AsyncClient, **more: object) -> dict[str, Any]:
    """A lane that plays the shop."""
    answer = await api.post("/lanes", json={"document": "shop.json", **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def ask(lane: dict[str, Any], octets: bytes) -> tuple[bytes, dict[str, str], bytes]:
    async with talk_to(int(lane["url"].rsplit(":", 1)[1])) as talk:
        talk.say(octets)
        return await talk.hear()


def problem(answer: httpx.Response, status: int) -> str:
    """What a problem says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    return str(told["detail"])


# Lanes, from opening to closing.


async def test_a_lane_is_opened_used_and_closed(api: httpx.AsyncClient) -> None:
    lane = await opened(api, seed=3)
    assert set(lane) == {"id", "url", "credentials", "env"}
    assert lane["env"]["SHOP_BASE_URL"] == lane["url"]
    assert (await ask(lane, get("/ping", KEY)))[0] == b"HTTP/1.1 200 OK"
    (listed,) = (await api.get("/lanes")).json()["lanes"]
    assert listed == (await api.get(f"/lanes/{lane['id']}")).json()
    assert (listed["provider"], listed["seed"], listed["exchanges"]) == ("shop", 3, 1)
    assert (await api.delete(f"/lanes/{lane['id']}")).status_code == 204
    assert (await api.get("/lanes")).json() == {"lanes": []}
    with pytest.raises(ConnectionRefusedError):
        await ask(lane, get("/ping", KEY))


async def test_a_bundled_provider_is_opened_by_name(api: httpx.AsyncClient) -> None:
    answer = await api.post("/lanes", json={"provider": "stripe", "plan": "rate_limited", "seed": 1})
    assert answer.status_code == 201, answer.text
    assert answer.json()["env"]["STRIPE_API_KEY"] == answer.json()["credentials"]["api_key"]
    assert answer.headers["location"] == f"/lanes/{answer.json()['id']}"


@pytest.mark.parametrize(
    "plan",
    [
        "outage",
        {"rules": [{"fault": "status.error", "with": {"status": 503}}]},
        {"plan": {"rules": [{"script": [503, 503]}], "says": "twice"}},
        {"plan": "outage"},
    ],
)
async def test_a_plan_is_set_and_healed(api: httpx.AsyncClient, plan: object) -> None:
    lane = await opened(api)
    changed = await api.put(f"/lanes/{lane['id']}/plan", json=plan)
    assert changed.status_code == 200, changed.text
    assert (await ask(lane, get("/ping", KEY)))[0].startswith(b"HTTP/1.1 503")
    healed = (await api.post(f"/lanes/{lane['id']}/heal")).json()
    assert healed["healed_s"] is not None
    assert (await ask(lane, get("/ping", KEY)))[0].startswith(b"HTTP/1.1 200")


async def test_no_plan_is_a_plan_too(api: httpx.AsyncClient) -> None:
    lane = await opened(api, plan="outage")
    assert (await ask(lane, get("/ping", KEY)))[0].startswith(b"HTTP/1.1 503")
    assert (await api.put(f"/lanes/{lane['id']}/plan", content="null", headers=JSON)).json()["plan"] is None
    assert (await ask(lane, get("/ping", KEY)))[0].startswith(b"HTTP/1.1 200")


async def test_the_journal_is_read_from_where_one_left_off(api: httpx.AsyncClient) -> None:
    lane = await opened(api, plan={"rules": [{"fault": "status.error", "with": {"status": 503}, "nth": 1}]})
    for _ in range(3):
        await ask(lane, get("/ping?verbose=1", KEY))
    journal = (await api.get(f"/lanes/{lane['id']}/journal")).json()["exchanges"]
    assert [exchange["number"] for exchange in journal] == [1, 2, 3]
    assert journal[0]["fault"] == "status.error"
    assert journal[0]["faults"][0]["parameters"] == {"status": 503}
    assert (journal[1]["status"], journal[1]["operation"], journal[1]["query"]) == (200, "Ping", "verbose=1")
    assert json.loads(journal[1]["response_body"]["text"]) is not None
    later = (await api.get(f"/lanes/{lane['id']}/journal?after=2")).json()["exchanges"]
    assert later == journal[2:]


async def test_the_state_tells_what_was_made(api: httpx.AsyncClient) -> None:
    lane = await opened(api)
    await ask(lane, post("/items", b'{"name": "cup"}', "Content-Type: application/json", KEY))
    assert (await api.get(f"/lanes/{lane['id']}/state")).json()["effects"] == 1


async def test_bodies_that_are_no_text_come_in_base64(api: httpx.AsyncClient) -> None:
    lane = await opened(api)
    await ask(lane, post("/items", b"\xff\x00", "Content-Type: application/json", KEY))
    (exchange,) = (await api.get(f"/lanes/{lane['id']}/journal")).json()["exchanges"]
    assert exchange["request_body"] == {"base64": "/wA="}


async def test_a_long_text_stays_text_where_the_journal_cuts_it(api: httpx.AsyncClient) -> None:
    lane = await opened(api)
    body = b"x" + "é".encode() * 200_000
    await ask(lane, post("/items", body, "Content-Type: text/plain", KEY))
    (exchange,) = (await api.get(f"/lanes/{lane['id']}/journal")).json()["exchanges"]
    assert exchange["request_body"]["text"] == "x" + "é" * (KEPT_BODY_BYTES // 2 - 1)


# Secrets.


async def test_nothing_but_the_opening_tells_a_credential(api: httpx.AsyncClient) -> None:
    lane = await opened(api)
    key = lane["credentials"]["api_key"]
    body = json.dumps({"name": key}).encode()
    await ask(lane, get(f"/ping?key={key}", f"Authorization: Bearer {key}", "Cookie: a=b"))
    await ask(lane, get("/ping", "Authorization: Bearer my-own-secret"))
    made = await ask(
        lane, post("/items", body, "Content-Type: application/json", f"Authorization: Bearer {key}")
    )
    assert key.encode() in made[2]
    asked = {"expect": ["secrets", "contract"]}
    told = [
        (await api.get(f"/lanes/{lane['id']}/journal")).text,
        (await api.get(f"/lanes/{lane['id']}/state")).text,
        (await api.get(f"/lanes/{lane['id']}")).text,
        (await api.get("/lanes")).text,
        (await api.post(f"/lanes/{lane['id']}/verdicts", json=asked)).text,
    ]
    for text in told:
        assert key not in text
        assert "my-own-secret" not in text
    first = json.loads(told[0])["exchanges"][0]
    headers = dict(first["request_headers"])
    assert headers["authorization"].startswith("Bearer <redacted:")
    assert headers["cookie"].startswith("<redacted:")
    assert headers["authorization"].removeprefix("Bearer ") in first["query"]


async def test_a_secret_in_a_url_is_found_though_it_is_never_told(api: httpx.AsyncClient) -> None:
    lane = await opened(api)
    key = lane["credentials"]["api_key"]
    await ask(lane, get(f"/ping?key={key}", f"Authorization: Bearer {key}"))
    answer = await api.post(f"/lanes/{lane['id']}/verdicts", json={"expect": ["secrets.not_in_url"]})
    assert answer.json()["outcome"] == "fail"


# Verdicts.


async def test_a_client_is_judged_by_what_the_lane_saw(api: httpx.AsyncClient) -> None:
    lane = await opened(api, plan={"rules": [{"fault": "status.error", "with": {"status": 400}}]})
    for _ in range(4):
        await ask(lane, get("/ping", KEY, "X-Correlation-Id: one"))
    expect = ["retry.only_what_should", {"check": "contract.requests_conform"}]
    answer = await api.post(f"/lanes/{lane['id']}/verdicts", json={"expect": expect})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["outcome"] == "fail"
    assert [(v["check"], v["verdict"]) for v in told["verdicts"]] == [
        ("retry.only_what_should", "fail"),
        ("contract.requests_conform", "pass"),
    ]
    assert told["calls"] == [
        {
            "name": "Ping",
            "grouping": "by the correlation header x-correlation-id",
            "attempts": [1, 2, 3, 4],
        }
    ]


async def test_requests_that_only_look_like_one_call_are_not_held_against_the_client(
    api: httpx.AsyncClient,
) -> None:
    lane = await opened(api, plan={"rules": [{"fault": "status.error", "with": {"status": 400}}]})
    for _ in range(4):
        await ask(lane, get("/ping", KEY))
    answer = await api.post(f"/lanes/{lane['id']}/verdicts", json={"expect": ["retry.only_what_should"]})
    (verdict,) = answer.json()["verdicts"]
    assert verdict["verdict"] == "inconclusive"
    assert verdict["observed"].endswith("nobody told whether these requests were one call or several")


async def test_what_a_journal_cannot_show_is_inconclusive(api: httpx.AsyncClient) -> None:
    lane = await opened(api, plan="outage")
    for _ in range(12):
        await ask(lane, get("/ping", KEY))
    expect = ["secrets.not_in_output", "breaker", "contract.failure_reported"]
    answer = await api.post(f"/lanes/{lane['id']}/verdicts", json={"expect": expect})
    seen = {verdict["verdict"] for verdict in answer.json()["verdicts"]}
    assert seen <= {"inconclusive", "not_applicable"}
    assert answer.json()["outcome"] == "inconclusive"


UNTELLING = [
    "retry.recovers",
    "contract.healthy_call_works",
    "contract.failure_reported",
    "contract.broken_answer_refused",
    "deadline.fails_visibly",
    "deadline.call_bounded",
    "secrets.not_in_output",
    "breaker",
]
"""What no wire can tell."""


@pytest.mark.parametrize(
    "plan",
    [
        None,
        "outage",
        {"rules": [{"script": [503, "pass"]}]},
        {"rules": [{"fault": "body.malformed"}]},
        {"rules": [{"fault": "connection.closed"}]},
    ],
)
async def test_nothing_that_rests_on_the_clients_word_passes_or_fails_without_it(
    api: httpx.AsyncClient, plan: object
) -> None:
    lane = await opened(api, plan=plan)
    for _ in range(2):
        with suppress(asyncio.IncompleteReadError):
            await ask(lane, get("/ping", KEY))
    verdicts = await judge(api, lane, UNTELLING)
    assert set(verdicts.values()) <= {"inconclusive", "not_applicable"}, verdicts
    assert "inconclusive" in verdicts.values()


async def judge(api: httpx.AsyncClient, lane: dict[str, Any], expect: list[str]) -> dict[str, str]:
    answer = await api.post(f"/lanes/{lane['id']}/verdicts", json={"expect": expect})
    assert answer.status_code == 200, answer.text
    return {each["check"]: each["verdict"] for each in answer.json()["verdicts"]}


async def told(api: httpx.AsyncClient, lane: dict[str, Any], requests: int, **outcome: object) -> str:
    """One call of so many requests, told from beginning to end; gives its id."""
    begun = await api.post(f"/lanes/{lane['id']}/calls", json={"name": "read"})
    assert begun.status_code == 201, begun.text
    for _ in range(requests):
        await ask(lane, get("/ping", KEY))
    call: str = begun.json()["id"]
    ended = await api.patch(f"/lanes/{lane['id']}/calls/{call}", json=outcome)
    assert ended.status_code == 200, ended.text
    assert ended.json()["ok"] is outcome["ok"]
    assert ended.json()["ended_s"] >= ended.json()["began_s"]
    return call


@pytest.mark.parametrize(("ok", "verdict"), [(True, "pass"), (False, "fail")])
async def test_a_told_call_is_judged_by_what_was_told(api: httpx.AsyncClient, ok: bool, verdict: str) -> None:
    healthy = await opened(api)
    await told(api, healthy, 1, ok=ok)
    assert await judge(api, healthy, ["contract.healthy_call_works"]) == {
        "contract.healthy_call_works": verdict
    }
    recovering = await opened(api, plan={"rules": [{"script": [503, "pass"]}]})
    await told(api, recovering, 2, ok=ok)
    assert await judge(api, recovering, ["retry.recovers"]) == {"retry.recovers": verdict}


@pytest.mark.parametrize(("ok", "verdict"), [(True, "fail"), (False, "pass")])
async def test_a_told_failure_is_set_against_what_went_wrong(
    api: httpx.AsyncClient, ok: bool, verdict: str
) -> None:
    lane = await opened(api, plan="outage")
    await told(api, lane, 1, ok=ok, error=None if ok else "it is down")
    assert await judge(api, lane, ["contract.failure_reported"]) == {"contract.failure_reported": verdict}


async def test_told_calls_are_told_apart_though_their_requests_are_alike(api: httpx.AsyncClient) -> None:
    lane = await opened(api, plan="outage")
    for _ in range(2):
        await told(api, lane, 3, ok=False)
    answer = await api.post(f"/lanes/{lane['id']}/verdicts", json={"expect": ["retry.bounded"]})
    assert answer.json()["outcome"] == "pass"
    assert [call["attempts"] for call in answer.json()["calls"]] == [[1, 2, 3], [4, 5, 6]]
    assert {call["grouping"] for call in answer.json()["calls"]} == {"between the marks of the test suite"}


async def test_scripts_begin_anew_with_each_told_call(api: httpx.AsyncClient) -> None:
    lane = await opened(api, plan={"rules": [{"script": [503, "pass"]}]})
    for _ in range(2):
        await told(api, lane, 2, ok=True)
    journal = (await api.get(f"/lanes/{lane['id']}/journal")).json()["exchanges"]
    assert [exchange["status"] for exchange in journal] == [503, 200, 503, 200]


async def test_a_breaker_shows_in_told_calls_that_send_nothing(api: httpx.AsyncClient) -> None:
    lane = await opened(api, plan="outage")
    for _ in range(5):
        await told(api, lane, 1, ok=False)
    for _ in range(3):
        await told(api, lane, 0, ok=False, error="open")
    verdicts = await judge(api, lane, ["breaker.opens", "breaker.fails_fast"])
    assert verdicts == {"breaker.opens": "pass", "breaker.fails_fast": "pass"}


async def test_what_a_client_printed_is_searched_where_it_was_told(api: httpx.AsyncClient) -> None:
    check = "secrets.not_in_output"
    lane = await opened(api)
    key = lane["credentials"]["api_key"]
    begun = (await api.post(f"/lanes/{lane['id']}/calls", json={"name": "read"})).json()["id"]
    await ask(lane, get("/ping", f"Authorization: Bearer {key}"))
    place = f"/lanes/{lane['id']}/calls/{begun}"
    assert key not in (await api.patch(place, json={"ok": False, "error": key, "output": ""})).text
    assert await judge(api, lane, [check]) == {check: "fail"}

    quiet = await opened(api)
    key = quiet["credentials"]["api_key"]
    begun = (await api.post(f"/lanes/{quiet['id']}/calls", json={"name": "read"})).json()["id"]
    await ask(quiet, get("/ping", f"Authorization: Bearer {key}"))
    await api.patch(f"/lanes/{quiet['id']}/calls/{begun}", json={"ok": True, "output": "done"})
    assert await judge(api, quiet, [check]) == {check: "pass"}
    await told(api, quiet, 1, ok=True)
    assert await judge(api, quiet, [check]) == {check: "inconclusive"}


async def test_a_call_that_goes_on_is_not_judged_as_one_that_ended(api: httpx.AsyncClient) -> None:
    lane = await opened(api, plan="outage")
    await api.post(f"/lanes/{lane['id']}/calls", json={"name": "read"})
    await ask(lane, get("/ping", KEY))
    expect = ["retry.bounded", "retry.retries_transient", "contract.failure_reported"]
    assert set((await judge(api, lane, expect)).values()) == {"inconclusive"}


async def test_a_lane_has_one_call_at_a_time_and_each_ends_once(api: httpx.AsyncClient) -> None:
    lane = await opened(api)
    place = f"/lanes/{lane['id']}/calls"
    first = (await api.post(place, json={"name": "read"})).json()
    assert first["ended_s"] is first["ok"] is None
    assert "call 1 (read) is still going on" in problem(await api.post(place, json={"name": "read"}), 409)
    assert (await api.patch(f"{place}/{first['id']}", json={"ok": True})).status_code == 200
    assert "ended before" in problem(await api.patch(f"{place}/{first['id']}", json={"ok": True}), 409)
    assert "there are 1" in problem(await api.patch(f"{place}/7", json={"ok": True}), 404)
    problem(await api.post(place, json={"name": ""}), 422)
    problem(await api.patch(f"{place}/1", json={"error": "no word on success"}), 422)


async def test_no_request_is_no_pass(api: httpx.AsyncClient) -> None:
    lane = await opened(api, plan="outage")
    answer = await api.post(f"/lanes/{lane['id']}/verdicts", json={"expect": ["retry", "contract"]})
    assert answer.json()["outcome"] == "inconclusive"


# Mistakes in the question.

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"provider": "strip"}, 422, "did you mean 'stripe'?"),
        ({"provider": "../contracts/stripe"}, 422, "no provider '../contracts/stripe'"),
        ({}, 422, "one of `provider` and `document`"),
        ({"provider": "stripe", "document": "shop.json"}, 422, "one of `provider` and `document`"),
        ({"document": "shop.jsn"}, 422, "did you mean 'shop.json'?"),
        ({"document": "../notes.yaml"}, 422, "lies outside"),
        ({"document": "/etc/hostname"}, 422, "lies outside"),
        ({"document": "https://api.example/openapi.json"}, 422, "no document"),
        ({"document": "a\0b"}, 422, "no document"),
        ({"document": "shop.json", "plan": "outrage"}, 422, "did you mean 'outage'?"),
        ({"document": "shop.json", "plan": {"rules": [{"fault": "status.eror"}]}}, 422, "did you mean"),
        ({"document": "shop.json", "plan": {"rulez": []}}, 422, "rules"),
        ({"document": "shop.json", "sed": 1}, 422, "`sed`"),
        ({"document": "shop.json", "seed": -1}, 422, "seed"),
        ({"document": "shop.json", "seed": "1"}, 422, "seed"),
        ([], 422, "Expected `object`"),
    ],
)
async def test_a_lane_that_cannot_be_opened_says_why(
    api: httpx.AsyncClient, lanes: Lanes, body: object, status: int, says: str
) -> None:
    assert says in problem(await api.post("/lanes", json=body), status)
    assert len(lanes) == 0


@pytest.mark.parametrize("ref", ["../notes.yaml", "linked.yaml", "/etc/hostname", "a/../../notes.yaml"])
async def test_a_documents_references_may_not_lead_out_of_its_folder(
    api: httpx.AsyncClient, folder: Path, ref: str
) -> None:
    (folder / "linked.yaml").symlink_to(folder.parent / "notes.yaml")
    document = {**DOCUMENT, "components": {"schemas": {"Notes": {"$ref": f"{ref}#/just"}}}}
    (folder / "prying.json").write_text(json.dumps(document))
    assert "lies outside" in problem(await api.post("/lanes", json={"document": "prying.json"}), 422)


async def test_a_documents_references_may_lead_elsewhere_within_it(
    api: httpx.AsyncClient, folder: Path
) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "notes.yaml").write_text("just: {type: string}\n")
    document = {**DOCUMENT, "components": {"schemas": {"Notes": {"$ref": "parts/notes.yaml#/just"}}}}
    (folder / "split.json").write_text(json.dumps(document))
    assert (await api.post("/lanes", json={"document": "split.json"})).status_code == 201


async def test_bodies_must_be_json_and_say_so(api: httpx.AsyncClient) -> None:
    assert "truncated" in problem(await api.post("/lanes", content="{", headers=JSON), 400)
    assert "malformed" in problem(await api.post("/lanes", content="{]", headers=JSON), 400)
    problem(await api.post("/lanes", content="[" * 100_000, headers=JSON), 400)
    problem(await api.post("/lanes", content=b'"\xff"', headers=JSON), 400)
    problem(await api.post("/lanes", content=b'{"provider": "\\ud800"}', headers=JSON), 400)
    problem(await api.post("/lanes", content="a" * 5_000_000, headers=JSON), 422)
    assert "application/json" in problem(await api.post("/lanes", content="{}"), 415)
    form = {"content-type": "application/x-www-form-urlencoded"}
    problem(await api.post("/lanes", content="provider=stripe", headers=form), 415)


async def test_there_is_an_end_to_lanes(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.console.api.MOST_LANES", 1)
    await opened(api)
    assert "delete some" in problem(await api.post("/lanes", json={"document": "shop.json"}), 409)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("PUT", "/plan"),
        ("POST", "/heal"),
        ("GET", "/journal"),
        ("GET", "/state"),
        ("POST", "/verdicts"),
        ("POST", "/calls"),
        ("PATCH", "/calls/1"),
    ],
)
async def test_a_lane_that_is_not_there_is_not_found(api: httpx.AsyncClient, method: str, path: str) -> None:
    lane = await opened(api)
    answer = await api.request(method, f"/lanes/{lane['id']}0{path}", json={})
    assert f"did you mean '{lane['id']}'?" in problem(answer, 404)


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=", "after=99999999999999999999", "afer=1"])
async def test_a_place_in_the_journal_is_a_number(api: httpx.AsyncClient, query: str) -> None:
    lane = await opened(api)
    assert "after" in problem(await api.get(f"/lanes/{lane['id']}/journal?{query}"), 422)


@pytest.mark.parametrize(
    ("expect", "says"),
    [
        (["retry.bunded"], "did you mean 'retry.bounded'?"),
        ([], "length >= 1"),
        ("retry", "Expected `array`"),
        ([{"check": "retry.bounded", "with": {"no_such": 1}}], "no_such"),
        ([{"chek": "retry.bounded"}], "chek"),
    ],
)
async def test_an_expectation_that_is_none_says_why(
    api: httpx.AsyncClient, expect: object, says: str
) -> None:
    lane = await opened(api)
    await ask(lane, get("/ping", KEY))
    answer = await api.post(f"/lanes/{lane['id']}/verdicts", json={"expect": expect})
    assert says in problem(answer, 422)


async def test_an_unknown_path_and_a_wrong_method_are_problems_too(api: httpx.AsyncClient) -> None:
    assert "GET /lane: see /openapi.json" in problem(await api.get("/lane"), 404)
    problem(await api.get("/lanes/"), 404)
    wrong = await api.delete("/lanes")
    problem(wrong, 405)
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", ""])
async def test_a_name_that_is_not_this_machines_is_turned_away(api: httpx.AsyncClient, host: str) -> None:
    assert "localhost" in problem(await api.get("/health", headers={"host": host}), 403)


async def test_another_sites_page_is_turned_away(api: httpx.AsyncClient) -> None:
    for origin in ("https://evil.example", "null", "http://[broken"):
        problem(await api.post("/lanes/x/heal", headers={"origin": origin}), 403)
    assert (await api.get("/health", headers={"origin": "http://localhost:3000"})).status_code == 200


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:80", "LOCALHOST"])
async def test_this_machine_may_be_called_by_its_names(api: httpx.AsyncClient, host: str) -> None:
    assert (await api.get("/health", headers={"host": host})).json()["status"] == "ok"


# The document.


async def test_the_document_is_valid_and_served(api: httpx.AsyncClient) -> None:
    served = (await api.get("/openapi.json")).json()
    openapi_spec_validator.validate(served)
    assert served == openapi()
    assert "stripe" in served["components"]["schemas"]["ProviderName"]["enum"]


async def test_two_lanes_of_a_large_document_open_side_by_side(api: httpx.AsyncClient) -> None:
    one, other = await asyncio.gather(opened(api), opened(api))
    assert one["url"] != other["url"]


# Webhooks.


async def test_a_webhook_is_sent_and_told(api: httpx.AsyncClient) -> None:
    lane = (await api.post("/lanes", json={"provider": "stripe"})).json()
    async with receiver() as there:
        asked = {"type": "customer.created", "to": there.url, "resource": {"email": "ada@example.com"}}
        answer = await api.post(f"/lanes/{lane['id']}/webhooks", json=asked)
    assert answer.status_code == 200, answer.text
    (sent,) = answer.json()["webhooks"]
    assert (sent["type"], sent["way"], sent["taken"]) == ("customer.created", "once", True)
    assert [attempt["status"] for attempt in sent["attempts"]] == [200]
    assert there.got[0].body.decode() == sent["body"]["text"]
    assert (await api.get(f"/lanes/{lane['id']}/webhooks")).json()["webhooks"] == [sent]
    assert lane["credentials"]["webhook_secret"] not in answer.text


async def test_a_lane_sends_what_its_requests_cause_to_the_url_that_it_was_opened_with(
    api: httpx.AsyncClient,
) -> None:
    async with receiver() as there:
        opened = await api.post("/lanes", json={"provider": "stripe", "webhook_url": there.url})
        lane = opened.json()
        key = f"Authorization: Bearer {lane['credentials']['api_key']}"
        form = "Content-Type: application/x-www-form-urlencoded"
        await ask(lane, post("/v1/customers", b"name=Ada", key, form))
        await soon(lambda: bool(there.got))
    (sent,) = (await api.get(f"/lanes/{lane['id']}/webhooks")).json()["webhooks"]
    assert sent["type"] == json.loads(there.got[0].body)["type"] == "customer.created"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"type": "customer.craeted"}, "did you mean 'customer.created'"),
        ({"type": "customer.created", "to": "http://hooks.example/"}, "not this machine"),
        ({"type": "customer.created", "way": "twice"}, "no way to send a webhook 'twice'"),
        ({"type": "customer.created", "types": ["customer.deleted"]}, "one of `type` and `types`"),
        ({}, "one of `type` and `types`"),
        ({"type": "customer.created", "delay_s": -1}, "delay_s"),
    ],
)
async def test_a_webhook_that_cannot_be_sent_is_a_problem(
    api: httpx.AsyncClient, asked: dict[str, Any], says: str
) -> None:
    lane = (await api.post("/lanes", json={"provider": "stripe"})).json()
    answer = await api.post(f"/lanes/{lane['id']}/webhooks", json={"to": "http://127.0.0.1:9/", **asked})
    assert says in problem(answer, 422)
    assert (await api.get(f"/lanes/{lane['id']}/webhooks")).json() == {"webhooks": []}


async def test_a_lane_that_cannot_send_there_is_not_opened(api: httpx.AsyncClient) -> None:
    answer = await api.post("/lanes", json={"provider": "stripe", "webhook_url": "http://hooks.example/"})
    assert "not this machine" in problem(answer, 422)
    assert (await api.get("/lanes")).json() == {"lanes": []}


async def test_a_lane_may_speak_tls_and_says_who_vouches_for_it(api: httpx.AsyncClient) -> None:
    made = await opened(api, tls=True)
    assert made["url"].startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cadata=made["ca"])
    async with httpx.AsyncClient(verify=context) as client:
        assert (await client.get(f"{made['url']}/ping")).status_code == 401
    answer = await api.put(f"/lanes/{made['id']}/plan", json={"rules": [{"fault": "tls.expired"}]})
    assert answer.status_code == 200
    async with httpx.AsyncClient(verify=context) as client:
        with pytest.raises(httpx.ConnectError, match="certificate has expired"):
            await client.get(f"{made['url']}/ping")


async def test_without_tls_there_is_no_handshake_to_spoil(api: httpx.AsyncClient) -> None:
    made = await opened(api)
    answer = await api.put(f"/lanes/{made['id']}/plan", json={"rules": [{"fault": "tls.expired"}]})
    assert "open the lane with `tls`: true" in problem(answer, 422)
    assert "ca" not in made


# Resources that are said to be there.


async def test_a_resource_is_given_and_found(api: httpx.AsyncClient) -> None:
    lane = (await api.post("/lanes", json={"provider": "stripe"})).json()
    asked = {"kind": "customer", "fields": {"id": "cus_1", "email": "ada@example.com"}}
    answer = await api.post(f"/lanes/{lane['id']}/resources", json=asked)
    assert answer.status_code == 201, answer.text
    state = (await api.get(f"/lanes/{lane['id']}/state")).json()
    assert state["resources"]["customers"] == [answer.json()["resource"]]
    assert state["effects"] == 0


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"kind": "custmer"}, "did you mean 'customer'?"),
        ({"kind": "customer", "fields": {"emial": "a"}}, "did you mean 'email'?"),
        ({"kind": "customer", "fields": {"email": 3}}, "the contract admits no customer with email=3"),
        ({"kind": "customer", "field": {}}, "field"),
        ({"kind": ""}, "kind"),
        ({}, "kind"),
    ],
)
async def test_a_resource_that_cannot_be_is_a_problem(
    api: httpx.AsyncClient, asked: dict[str, Any], says: str
) -> None:
    lane = (await api.post("/lanes", json={"provider": "stripe"})).json()
    assert says in problem(await api.post(f"/lanes/{lane['id']}/resources", json=asked), 422)

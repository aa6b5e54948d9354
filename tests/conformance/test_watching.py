"""The live provider watched: what is asked, how fast, and what cannot be told."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from harness.conformance.credential import Credential
from harness.conformance.question import Question, choose
from harness.conformance.watching import Progress, Seen, watch
from harness.contract.behaviour import Behaviour, Quota, RateLimit, Template
from harness.drift.seen.observe import against_contract
from harness.model.exchange import Exchange
from tests.drift.pretend import DOCUMENT, Online, Reply, night, provider


class Time:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.asked_s: list[float] = []

    def now(self) -> float:
        return self.now_s

    def sleep(self, for_s: float) -> None:
        self.now_s += for_s


def seen(online: Online, recorded: list[Exchange] | None = None, **more: Any) -> Seen:
    known = more.pop("of", None) or provider()
    time = more.pop("time", Time())
    question = Question(
        base_url=more.pop("base_url", online.url),
        operations=choose(known, (), writes=False),
        examples=more.pop("examples", 4),
    )
    return watch(known, question, recorded=recorded or (), now=time.now, sleep=time.sleep, **more)


def test_recorded_calls_are_asked_again_and_no_others_unless_drawn(httpserver: HTTPServer) -> None:
    online = Online(httpserver)
    found = seen(online, night(0), draws=False, examples=50)
    assert {request.path for request in online.requests} == {exchange.path for exchange in night(0)}
    assert len(found.exchanges) == len(night(0))
    assert found.untold == ()


def test_what_was_never_recorded_is_drawn_from_the_contract(httpserver: HTTPServer) -> None:
    online = Online(httpserver)
    found = seen(online)
    assert found.asked["GET /v1/orders"] == 4
    assert found.asked["GET /v1/orders/{order}"] >= 1
    assert against_contract(provider().contract, found.exchanges) == ()


def refusing(status: int, **headers: str) -> Any:
    def drift(reply: Reply) -> None:
        reply.status, reply.value = status, {"message": "no"}
        reply.headers |= {name.replace("_", "-"): text for name, text in headers.items()}

    return drift


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "every answer was 401: the credential is missing, expired or not enough"),
        (403, "every answer was 403"),
        (500, "nothing but refusals and 5xx was answered: the provider is out of order"),
        (503, "out of order: it answered 503"),
        (429, "limiting the rate: it answered 429"),
        (404, "every answer was 404: is the base URL right"),
    ],
)
def test_who_refuses_everything_cannot_be_judged(httpserver: HTTPServer, status: int, reason: str) -> None:
    found = seen(Online(httpserver, drift=refusing(status)), night(0), draws=False)
    assert reason in "\n".join(found.untold)
    assert against_contract(provider().contract, found.exchanges) == ()


def test_nobody_there_cannot_be_judged(httpserver: HTTPServer) -> None:
    online = Online(httpserver)
    found = seen(online, night(0), draws=False, base_url="http://127.0.0.1:9")
    assert found.exchanges == ()
    assert "requests in a row got no answer: no connection" in found.untold[0]


def test_one_operation_out_of_order_is_told_and_the_others_are_judged(httpserver: HTTPServer) -> None:
    def drift(reply: Reply) -> None:
        if reply.path == "/v1/rates":
            reply.status, reply.value = 500, {"message": "oh"}

    found = seen(Online(httpserver, drift=drift), night(0), draws=False)
    assert found.untold == ("GET /v1/rates: every answer was 500: it is out of order",)
    assert found.asked["GET /v1/orders"] == 4


def test_a_credential_that_no_operation_takes_is_not_tried_on_and_on(httpserver: HTTPServer) -> None:
    online = Online(httpserver, drift=refusing(401))
    found = seen(online, night(0), draws=False, credential=Credential("sk_of_last_year", "$KEY"), examples=4)
    assert found.untold == (
        "every answer was 401: the credential is missing, expired or not enough (--auth env:NAME)",
    )
    assert len(online.requests) == 4 + 1 + 1, "of three operations of four"


def test_of_an_operation_that_broke_off_nothing_is_known_wholly(httpserver: HTTPServer) -> None:
    def drift(reply: Reply) -> None:
        if reply.path == "/v1/orders" and "limit" in reply.query:
            reply.status, reply.value = 503, None

    found = seen(Online(httpserver, drift=drift), night(0), draws=False)
    assert found.doubtful == {"GET /v1/orders"}
    assert found.asked["GET /v1/orders"] == 2


def test_the_quota_holds_whatever_is_asked(httpserver: HTTPServer) -> None:
    time = Time()
    sent: list[float] = []

    def drift(reply: Reply) -> None:
        sent.append(time.now_s)
        if len(sent) % 7 == 0:
            reply.status, reply.headers["retry-after"] = 429, "3"

    limited = provider(
        Behaviour(
            rate_limit=RateLimit(
                source="docs", exceeded=(Template(status=429),), quotas=(Quota(requests=5, window_s=10.0),)
            )
        )
    )
    seen(Online(httpserver, drift=drift), night(0), of=limited, time=time, examples=20)
    assert len(sent) > 30
    assert max(sum(start <= at < start + 10 for at in sent) for start in sent) <= 4


class Limited:
    """A provider that takes so many requests in a window, and says what is left in headers alone."""

    def __init__(self, time: Time, *, requests: int, window_s: float) -> None:
        self._time, self._requests, self._window_s = time, requests, window_s
        self._window, self._used = 0, 0
        self.came = self.exceeded = 0

    def __call__(self, reply: Reply) -> None:
        window = int(self._time.now_s // self._window_s)
        self._used = self._used + 1 if window == self._window else 1
        self._window = window
        self.came += 1
        left = self._requests - self._used
        reply.headers["x-ratelimit-remaining"] = str(max(0, left))
        reply.headers["x-ratelimit-reset"] = f"{(window + 1) * self._window_s - self._time.now_s:.3f}"
        if left < 0:
            self.exceeded += 1
            reply.status = 429


def test_a_quota_that_only_answers_tell_is_never_exceeded(httpserver: HTTPServer) -> None:
    time = Time()
    limited = Limited(time, requests=6, window_s=30.0)
    found = seen(Online(httpserver, drift=limited), night(0), time=time, examples=20)
    assert limited.came > 20
    assert limited.exceeded == 0
    assert found.waited_s > 60
    assert found.untold == ()


def test_a_quota_that_is_used_up_for_long_ends_the_run(httpserver: HTTPServer) -> None:
    time = Time()
    limited = Limited(time, requests=6, window_s=3600.0)
    found = seen(Online(httpserver, drift=limited), night(0), time=time, examples=20)
    assert (limited.came, limited.exceeded) == (6, 0)
    assert found.waited_s < 60
    assert "the provider's quota is used up for" in " ".join(found.untold)


def test_who_is_told_to_come_back_much_later_asks_no_more(httpserver: HTTPServer) -> None:
    sent: list[int] = []

    def drift(reply: Reply) -> None:
        sent.append(1)
        if len(sent) >= 4:
            reply.status, reply.headers["retry-after"] = 429, "7200"

    found = seen(Online(httpserver, drift=drift), night(0), examples=20)
    assert len(sent) == 4
    assert "asked to wait 7200 s" in " ".join(found.untold)


def test_what_is_gone_is_asked_for_by_what_is_known(httpserver: HTTPServer) -> None:
    online = Online(httpserver)
    gone = [
        msgspec.structs.replace(exchange, status=200) if exchange.path == "/v1/orders/nobody" else exchange
        for exchange in night(0)
        if exchange.path in ("/v1/orders", "/v1/orders/nobody")
    ]
    found = seen(online, gone, draws=False)
    statuses = [e.status for e in found.exchanges if e.operation == "getOrder"]
    assert statuses == [404, 200]


def test_what_is_not_asked_is_said_with_its_reason(httpserver: HTTPServer) -> None:
    online = Online(httpserver)
    post = msgspec.structs.replace(night(0)[0], method="POST", path="/v1/refunds")
    hidden = msgspec.structs.replace(night(0)[0], query="status=%3Credacted%3Aotp-1%3E")
    found = seen(online, [post, hidden], draws=False)
    assert found.left == (
        "POST /v1/refunds: no operation of the document, and it may change something",
        "GET /v1/orders: a secret was taken out of the recording that the call needs",
    )
    assert found.untold == (
        "nothing could be asked: no operation of the document, and it may change something",
    )
    assert online.requests == []


def test_what_writes_is_asked_only_when_it_is_meant(httpserver: HTTPServer) -> None:
    document = copy.deepcopy(DOCUMENT)
    document["paths"]["/v1/orders"]["post"] = {
        "operationId": "createOrder",
        "responses": {"201": {"description": ""}},
    }
    known = provider(document=document)
    post = msgspec.structs.replace(night(0)[0], method="POST", status=201)
    online = Online(httpserver)
    assert seen(online, [post], of=known, draws=False).left == (
        "POST /v1/orders: it changes something: --writes says that this is meant",
    )
    assert online.requests == []
    question = Question(base_url=online.url, operations=choose(known, (), writes=True), examples=4)
    watch(known, question, recorded=[post], draws=False)
    assert [request.method for request in online.requests] == ["POST"]


def test_credentials_of_the_recording_are_not_sent_again_and_ours_is(httpserver: HTTPServer) -> None:
    online = Online(httpserver)
    old = msgspec.structs.replace(
        night(0)[0],
        query="api_key=old_key_1234567890&limit=3",
        request_headers=(
            ("authorization", "Bearer old_token_1234"),
            ("x-shop-version", "2"),
            ("cookie", "a=b"),
            ("if-none-match", '"1"'),
        ),
    )
    document = {**DOCUMENT, "security": [{"key": []}]}
    document["components"] = {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}
    seen(
        online, [old], draws=False, of=provider(document=document), credential=Credential("new_token", "$KEY")
    )
    (request,) = online.requests
    assert request.headers["authorization"] == "Bearer new_token"
    assert request.headers["x-shop-version"] == "2"
    assert not {"cookie", "if-none-match"} & {name.lower() for name, _ in request.headers}
    assert request.query_string == b"limit=3"


def test_ctrl_c_ends_it_with_what_was_seen(httpserver: HTTPServer) -> None:
    told: list[str] = []

    def tell(news: Progress) -> None:
        told.append(news.operation)
        if len(told) == 3:
            raise KeyboardInterrupt

    found = seen(Online(httpserver), night(0), draws=False, tell=tell)
    assert found.stopped
    assert found.asked.keys() == set(told[:2])
    assert found.untold[-1].endswith("stopped before it was asked")


def test_a_page_for_people_in_place_of_everything_is_no_drift(httpserver: HTTPServer) -> None:
    def drift(reply: Reply) -> None:
        reply.status, reply.value, reply.media = 200, "<h1>Back soon</h1>", "text/html"

    found = seen(Online(httpserver, drift=drift), night(0), draws=False)
    assert found.exchanges == ()
    assert found.untold == (
        "every answer was a web page, which no operation declares: something stands in between",
    )


def test_what_we_sent_comes_back_and_is_no_drift(httpserver: HTTPServer) -> None:
    note = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
    said = {"content": {"application/json": {"schema": note}}, "description": ""}
    operation = {"requestBody": {**said, "required": True}, "responses": {"201": said}}
    document = {**DOCUMENT, "paths": {"/v1/notes": {"post": operation}}}
    httpserver.expect_request("/v1/notes", method="POST").respond_with_handler(
        lambda request: Response(request.data, 201, content_type="application/json")
    )
    known = provider(document=document)
    question = Question(
        base_url=httpserver.url_for("").rstrip("/"), operations=choose(known, (), writes=True), examples=20
    )
    found = watch(known, question)
    assert found.asked["POST /v1/notes"] > 5
    assert against_contract(known.contract, found.exchanges) == ()

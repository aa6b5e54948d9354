"""A lane under a team's `httpserver`: who answers what, what is logged, and what faults come to."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import trustme
from pytest_httpserver import HTTPServer, RequestMatcher
from werkzeug import Response

from harness.errors import UsageError
from harness.faults.plan import build_plan
from harness.model.exchange import Exchange
from harness.pytest_plugin.mount import Mount
from harness.server.background import Background
from harness.server.lane import Lane
from harness.server.lanes import Lanes
from tests.server.shop import shop

KEY = {"authorization": "Bearer sk_mine"}


class Bench:
    """A lane in a thread of its own."""

    def __init__(self, background: Background, lane: Lane) -> None:
        self.background, self.lane = background, lane

    def wrong(self, *rules: dict[str, object]) -> None:
        plan = build_plan(list(rules), name="test", path="test")
        self.background.do(lambda: self.lane.set_plan(plan))

    @property
    def journal(self) -> tuple[Exchange, ...]:
        return self.background.do(self.lane.journal.after)

    def soon(self, outcome: str) -> Exchange:
        """The last exchange, as soon as it has come to that outcome."""
        until_s = time.monotonic() + 5
        while time.monotonic() < until_s:
            if self.journal and self.journal[-1].outcome == outcome:
                return self.journal[-1]
            time.sleep(0.005)
        pytest.fail(f"no exchange came to be {outcome!r}: {self.journal}")


@pytest.fixture(scope="module")
def background() -> Iterator[Background]:
    with Background() as background:
        yield background


@pytest.fixture
def bench(background: Background) -> Iterator[Bench]:
    lanes = Lanes()
    yield Bench(background, background.run(lanes.open(shop(), seed=1)))
    background.run(lanes.close_all())


@pytest.fixture
def mounted(bench: Bench, httpserver: HTTPServer) -> Iterator[HTTPServer]:
    with Mount(httpserver, bench.lane.url):
        yield httpserver


def get(server: HTTPServer, path: str, **more: Any) -> httpx.Response:
    return httpx.get(server.url_for(path), headers=KEY, **{"timeout": 5, **more})


# Who answers.


def test_the_contract_answers_what_is_not_expected(mounted: HTTPServer, bench: Bench) -> None:
    made = httpx.post(mounted.url_for("/items"), json={"name": "a"}, headers=KEY)
    assert (made.status_code, made.json()["name"]) == (201, "a")
    assert get(mounted, f"/items/{made.json()['id']}").json() == made.json()
    get(mounted, "/items/it%2F1?b=2&a=1")
    exchange = bench.journal[-1]
    assert (exchange.operation, exchange.path, exchange.query) == ("GetItem", "/items/it%2F1", "b=2&a=1")
    mounted.check()


def test_expectations_come_first_whenever_they_are_made(mounted: HTTPServer, bench: Bench) -> None:
    assert get(mounted, "/ping").json() != {"mine": True}
    mounted.expect_request("/ping").respond_with_json({"mine": True})
    mounted.expect_oneshot_request("/items/1").respond_with_data("once", status=418)
    assert get(mounted, "/ping").json() == {"mine": True}
    assert [get(mounted, "/items/1").status_code for _ in range(2)] == [418, 404]
    assert len(bench.journal) == 2
    mounted.check()


def test_a_request_that_breaks_the_contract_is_refused_by_it(mounted: HTTPServer, bench: Bench) -> None:
    answer = httpx.post(mounted.url_for("/items"), json={}, headers=KEY)
    assert answer.status_code == 422
    assert bench.journal[0].deviations[0].keyword == "required"
    assert get(mounted, "/nowhere").status_code == 404


def test_a_body_arrives_whole_also_in_chunks(mounted: HTTPServer, bench: Bench) -> None:
    body = json.dumps({"name": "a" * 200_000}).encode()
    chunks = (body[at : at + 60_000] for at in range(0, len(body), 60_000))
    headers = {**KEY, "content-type": "application/json"}
    assert httpx.post(mounted.url_for("/items"), content=chunks, headers=headers).status_code == 201
    assert bench.journal[0].request_body == body
    assert bench.journal[0].deviations == ()


def test_links_lead_back_to_the_httpserver(mounted: HTTPServer, bench: Bench) -> None:
    get(mounted, "/ping")
    assert bench.journal[0].request_header("host") == f"{mounted.host}:{mounted.port}"


def test_head_has_no_body(mounted: HTTPServer) -> None:
    answer = httpx.head(mounted.url_for("/ping"), headers=KEY)
    assert answer.content == b""
    assert mounted.log[-1][1].data == b""


# Its log and its assertions.


def test_the_log_has_what_the_contract_answered(mounted: HTTPServer) -> None:
    answer = get(mounted, "/items/1")
    request, response = mounted.log[-1]
    assert (request.path, response.status_code) == ("/items/1", answer.status_code)
    assert response.get_data() == response.data == answer.content
    assert response.get_json() == answer.json()
    assert response.headers["content-type"] == answer.headers["content-type"]
    mounted.assert_request_made(RequestMatcher("/items/1", method="GET"))
    mounted.assert_request_made(RequestMatcher("/ping"), count=0)
    with pytest.raises(AssertionError):
        mounted.assert_request_made(RequestMatcher("/items/1"), count=2)


def test_waiting_for_expectations_is_not_ended_by_what_the_contract_answers(mounted: HTTPServer) -> None:
    mounted.expect_oneshot_request("/hooks").respond_with_data("")
    with mounted.wait(stop_on_nohandler=True, timeout=2) as waiting:
        get(mounted, "/ping")
        get(mounted, "/hooks")
    assert waiting.result


def test_an_ordered_expectation_that_is_missed_fails_as_ever(mounted: HTTPServer, bench: Bench) -> None:
    mounted.expect_ordered_request("/first").respond_with_data("")
    assert get(mounted, "/ping").status_code == 500
    assert bench.journal == ()
    with pytest.raises(AssertionError, match="No handler found"):
        mounted.check()


def test_after_it_is_unmounted_it_is_as_it_was(bench: Bench, httpserver: HTTPServer) -> None:
    mount = Mount(httpserver, bench.lane.url)
    assert mount.url == f"http://{httpserver.host}:{httpserver.port}"
    with pytest.raises(UsageError, match="mounted already"):
        Mount(httpserver, bench.lane.url)
    mount.unmount()
    mount.unmount()
    assert get(httpserver, "/ping").status_code == 500
    with pytest.raises(AssertionError, match="No handler found"):
        httpserver.check()
    with Mount(httpserver, bench.lane.url):
        assert get(httpserver, "/ping").status_code == 200


# Faults.


def raw(server: HTTPServer, path: str = "/ping") -> bytes:
    """All that comes for one request, to the end of the connection."""
    with socket.create_connection((server.host, server.port), 5) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk_mine\r\n\r\n".encode())
        received = b""
        while octets := client.recv(65536):
            received += octets
        return received


def test_an_error_is_the_lanes(mounted: HTTPServer, bench: Bench) -> None:
    bench.wrong({"fault": "status.error", "with": {"status": 503}, "nth": 1})
    assert [get(mounted, "/ping").status_code for _ in range(2)] == [503, 200]
    assert [response.status_code for _, response in mounted.log] == [503, 200]
    mounted.check()


def test_a_late_answer_is_late(mounted: HTTPServer, bench: Bench) -> None:
    bench.wrong({"fault": "timing.late", "with": {"delay_s": 0.2}})
    began_s = time.monotonic()
    assert get(mounted, "/ping").status_code == 200
    assert time.monotonic() - began_s >= 0.2


def test_a_truncated_answer_is_short(mounted: HTTPServer, bench: Bench) -> None:
    bench.wrong({"fault": "body.truncated"})
    with pytest.raises(httpx.RemoteProtocolError):
        get(mounted, "/items/1")
    head, _, body = raw(mounted, "/items/1").partition(b"\r\n\r\n")
    promised = int(
        next(line for line in head.lower().split(b"\r\n") if b"content-length" in line).split(b":")[1]
    )
    assert len(body) < promised
    assert mounted.log[-1][1].data == body


@pytest.mark.parametrize(
    "fault", ["connection.reset_before_answer", "connection.reset_on_accept", "connection.refused"]
)
def test_a_reset_is_a_reset(mounted: HTTPServer, bench: Bench, fault: str) -> None:
    bench.wrong({"fault": fault})
    with pytest.raises(ConnectionResetError):
        raw(mounted)
    bench.wrong()
    assert get(mounted, "/ping").status_code == 200


def test_an_answer_is_reset_in_its_middle(mounted: HTTPServer, bench: Bench) -> None:
    bench.wrong({"fault": "connection.reset_in_answer"})
    with pytest.raises(httpx.ReadError):
        get(mounted, "/items/1")


def test_a_connection_is_closed_without_an_answer(mounted: HTTPServer, bench: Bench) -> None:
    bench.wrong({"fault": "connection.closed"})
    assert raw(mounted) == b""


def test_the_retry_after_a_timeout_is_answered(mounted: HTTPServer, bench: Bench) -> None:
    bench.wrong({"fault": "timing.hung", "nth": 1})
    with pytest.raises(httpx.ReadTimeout):
        get(mounted, "/ping", timeout=0.2)
    assert get(mounted, "/ping").status_code == 200
    assert [exchange.outcome for exchange in bench.journal] == ["gone", "sent"]


def test_what_is_dribbled_comes_in_pieces(mounted: HTTPServer, bench: Bench) -> None:
    bench.wrong({"fault": "timing.dribbled", "with": {"chunk_bytes": 40, "over_s": 0.2}})
    arrived: list[float] = []
    with httpx.stream("GET", mounted.url_for("/items/1"), headers=KEY) as answer:
        arrived.extend(time.monotonic() for _ in answer.iter_raw())
    assert len(arrived) > 1
    assert arrived[-1] - arrived[0] >= 0.04


def test_a_threaded_httpserver_is_served_too(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    with HTTPServer(port=0, threaded=True) as server, Mount(server, bench.lane.url):
        with httpx.Client(headers=KEY) as client:
            assert [client.get(server.url_for("/ping")).status_code for _ in range(3)] == [200] * 3
        bench.wrong({"fault": "connection.reset_before_answer"})
        with pytest.raises(ConnectionResetError):
            raw(server)
        server.expect_request("/mine").respond_with_response(Response("mine"))
        assert get(server, "/mine").text == "mine"
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("threaded", [False, True])
def test_an_httpserver_with_tls_is_served_too(
    bench: Bench, threaded: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    authority = trustme.CA()
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(ours)
    authority.configure_trust(theirs)
    server = HTTPServer(port=0, ssl_context=ours, threaded=threaded)
    with server, Mount(server, bench.lane.url) as mount:
        assert mount.url.startswith("https://")
        assert get(server, "/ping", verify=theirs).status_code == 200
        for fault in ("timing.hung", "connection.reset_before_answer", "body.truncated"):
            bench.wrong({"fault": fault, "nth": 1})
            with pytest.raises(httpx.TransportError):
                get(server, "/ping", verify=theirs, timeout=0.2)
            assert get(server, "/ping", verify=theirs).status_code == 200
    assert [exchange.outcome for exchange in bench.journal] == (
        ["sent", "gone", "sent", "reset", "sent", "closed", "sent"]
    )
    assert "Traceback" not in (told := capfd.readouterr().err)
    assert "Bad request" not in told

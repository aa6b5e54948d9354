"""Lanes and the control API as they are really served; and the API under schemathesis."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import hypothesis
import pytest
import schemathesis
from schemathesis.specs.openapi.checks import positive_data_acceptance

from harness.console.api import openapi
from harness.console.serve import serve
from harness.contract.provider import Provider
from harness.errors import UnknownName, UsageError
from harness.server.front import LaneFront
from tests.server.shop import shop

UNFIT = [positive_data_acceptance]
"""Names of plans, checks and documents are strings to the document; most strings name none, and are refused."""


BOUNDED = hypothesis.settings(
    max_examples=10, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
)


@contextmanager
def served(
    *providers: Provider, plan: str | None = None, folder: Path
) -> Iterator[tuple[list[LaneFront], str]]:
    """Lanes and the control API, in a thread of their own."""
    lanes: list[LaneFront] = []
    control: list[str] = []
    listening = threading.Event()
    ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def on_listening(lane: LaneFront, url: str) -> None:
        lanes.append(lane)
        control.append(url)
        if len(lanes) == len(providers):
            listening.set()

    async def main() -> None:
        stop = asyncio.Event()
        ends.append((asyncio.get_running_loop(), stop))
        await serve(providers, plan=plan, on_listening=on_listening, stop=stop, documents=folder)

    thread = threading.Thread(target=asyncio.run, args=(main(),), daemon=True)
    thread.start()
    assert listening.wait(10), "nothing listens"
    try:
        yield lanes, control[0]
    finally:
        loop, stop = ends[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        assert not thread.is_alive(), "it does not stop"


def test_each_provider_has_a_lane_and_all_share_the_control_api(tmp_path: Path) -> None:
    with served(shop(), shop(), plan="outage", folder=tmp_path) as (lanes, control):
        for lane in lanes:
            answer = httpx.get(f"{lane.url}/ping", headers={"authorization": "Bearer sk_x"})
            assert answer.status_code == 503
        told = httpx.get(f"{control}/lanes").json()["lanes"]
        assert [(lane["url"], lane["plan"]) for lane in told] == [(lane.url, "outage") for lane in lanes]
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{control}/health")
    with pytest.raises(httpx.ConnectError):
        httpx.get(lanes[0].url)


def test_lanes_take_ports_in_a_row_and_a_taken_one_is_said_plainly(tmp_path: Path) -> None:
    with served(shop(), folder=tmp_path) as (lanes, control):
        taken = int(lanes[0].url.rsplit(":", 1)[1])
        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{taken}"):
            asyncio.run(serve([shop()], port=taken))
        with pytest.raises(UsageError, match="cannot listen"):
            asyncio.run(serve([shop()], control_port=int(control.rsplit(":", 1)[1])))
    with pytest.raises(UnknownName, match="no plan 'outrage'"):
        asyncio.run(serve([shop()], plan="outrage"))


def test_answers_are_not_held_back(tmp_path: Path) -> None:
    with served(shop(), folder=tmp_path) as (_, control), httpx.Client(base_url=control) as asking:
        took_s = [asking.get("/lanes").elapsed.total_seconds() for _ in range(40)]
    assert min(took_s[20:]) < 0.03, "held back, all but the first few take 40 ms"


def test_a_question_that_is_never_finished_does_not_keep_it_or_spoil_its_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(socket.socket()) as asking, served(shop(), folder=tmp_path) as (_, control):
        asking.connect(("127.0.0.1", int(control.rsplit(":", 1)[1])))
        head = "POST /lanes HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        asking.sendall(f"{head}Content-Length: 10\r\n\r\n{{".encode())
        assert httpx.get(f"{control}/health").status_code == 200
    assert "Traceback" not in capsys.readouterr().err


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(shop(), folder=tmp_path_factory.mktemp("documents")) as (_, control):
        yield control


@pytest.fixture(scope="module")
def asking(control: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=control) as client:
        yield client


fuzzed = schemathesis.openapi.from_dict(openapi())


@fuzzed.parametrize()  # type: ignore[untyped-decorator]
@BOUNDED
def test_no_request_gets_an_answer_outside_the_document(control: str, case: schemathesis.Case) -> None:
    case.call_and_validate(base_url=control, excluded_checks=UNFIT)


@fuzzed.include(path_regex="id").parametrize()  # type: ignore[untyped-decorator]
@BOUNDED
def test_no_request_about_a_real_lane_gets_one_either(
    control: str, asking: httpx.Client, case: schemathesis.Case
) -> None:
    case.path_parameters["id"] = asking.post("/lanes", json={"provider": "github"}).json()["id"]
    try:
        case.call_and_validate(base_url=control, excluded_checks=UNFIT)
    finally:
        asking.delete(f"/lanes/{case.path_parameters['id']}")


def test_the_fuzzing_would_notice(control: str) -> None:
    document = httpx.get(f"{control}/openapi.json").json()
    del document["paths"]["/lanes/{id}"]["get"]["responses"]["404"]
    spoiled = schemathesis.openapi.from_dict(document)
    case = spoiled["/lanes/{id}"]["GET"].Case(path_parameters={"id": "none"})
    with pytest.raises(BaseExceptionGroup, match="Undocumented"):
        case.call_and_validate(base_url=control)

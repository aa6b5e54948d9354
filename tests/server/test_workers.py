"""Several worker processes behind one control API: `harness serve --workers 2`, as it is really started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.processes import gone

PLAIN = """
openapi: 3.1.0
info: {title: Plain, version: "1"}
paths:
  /echo/{word}:
    parameters: [{name: word, in: path, required: true, schema: {type: string}}]
    get:
      operationId: Echo
      responses:
        "200":
          description: a word
          content:
            application/json:
              schema: {type: object, required: [token], properties: {token: {type: string, minLength: 12}}}
"""

THREE_FAIL = {"rules": [{"fault": "status.error", "with": {"status": 503}, "nth": "1-3"}]}
ALL_FAIL = {"rules": [{"fault": "status.error", "with": {"status": 503}}]}


LISTEN = "0A"
"""The state of a socket that listens, in /proc/net/tcp."""


def _held_by(pid: int) -> set[str]:
    held = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            held.add(os.readlink(entry))
    return held


class Served:
    """`harness serve` with two workers."""

    def __init__(self, process: subprocess.Popen[str], told: list[dict[str, Any]]) -> None:
        self.process = process
        self.told = told
        self.control = httpx.Client(base_url=told[0]["control"])

    @property
    def worker_pids(self) -> list[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def listening(self, url: str) -> int:
        """How many of the workers listen on the port of a lane."""
        port = f":{int(url.rsplit(':', 1)[1]):04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        inodes = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(port) and row[3] == LISTEN}
        return sum(bool(inodes & _held_by(pid)) for pid in self.worker_pids)

    def lane(self, index: int = 0) -> str:
        return f"/lanes/{self.told[index]['lane']}"

    def journal(self, lane: str) -> list[dict[str, Any]]:
        answer = self.control.get(f"{lane}/journal")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["exchanges"])


@contextmanager
def served(*arguments: str, folder: Path) -> Iterator[Served]:
    (folder / "plain.yaml").write_text(PLAIN)
    argv = [sys.executable, "-m", "harness", "serve", *arguments, "--workers", "2", "--format", "json"]
    names = [each for each in arguments if not each.startswith("-")]
    with subprocess.Popen(
        argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            told = [json.loads(process.stdout.readline()) for _ in names]
            found = Served(process, told)
            with found.control:
                yield found
        finally:
            process.kill() if process.poll() is None else None


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served("plain.yaml", "stripe", folder=tmp_path_factory.mktemp("served")) as found:
        yield found


def opened(served: Served, **asked: object) -> tuple[str, str]:
    """A new lane: its path in the control API, and its URL."""
    answer = served.control.post("/lanes", json=asked)
    assert answer.status_code == 201, answer.text
    return f"/lanes/{answer.json()['id']}", answer.json()["url"]


def words(url: str, *sent: str) -> list[httpx.Response]:
    """Ask, each time on a connection of its own: those are what the kernel spreads."""
    with httpx.Client(base_url=url, headers={"connection": "close"}) as asking:
        return [asking.get(f"/echo/{word}") for word in sent]


def test_a_plain_lane_is_played_by_all_workers_and_has_one_journal(plain: Served) -> None:
    lane, url = opened(plain, document="plain.yaml", seed=7)
    sent = [f"w{number}" for number in range(64)]
    answers = words(url, *sent)
    assert {answer.status_code for answer in answers} == {200}
    exchanges = plain.journal(lane)
    assert [each["path"] for each in exchanges] == [f"/echo/{word}" for word in sent]
    assert [each["number"] for each in exchanges] == list(range(1, 65))
    assert len({each["connection"] for each in exchanges}) == 64
    assert plain.listening(url) == 2
    # One of them has odd connections and the other even ones.
    assert {each["connection"] % 2 for each in exchanges} == {0, 1}
    # Whoever plays it, the same request gets the same answer.
    assert [answer.json() for answer in words(url, *sent)] == [answer.json() for answer in answers]
    assert plain.control.get(lane).json()["exchanges"] == 128
    later = plain.control.get(f"{lane}/journal", params={"after": 60}).json()["exchanges"]
    assert later[:4] == exchanges[60:]


def test_a_resource_is_given_to_whoever_plays_the_lane(plain: Served) -> None:
    lane, _ = opened(plain, provider="stripe")
    asked = {"kind": "customer", "fields": {"id": "cus_1"}}
    answer = plain.control.post(f"{lane}/resources", json=asked)
    assert answer.status_code == 201, answer.text
    assert plain.control.get(f"{lane}/state").json()["resources"]["customers"] == [answer.json()["resource"]]
    wrong = plain.control.post(f"{lane}/resources", json={"kind": "custmer"})
    assert "did you mean 'customer'" in wrong.json()["detail"]


def test_clients_at_once_lose_nothing(plain: Served) -> None:
    lane, url = opened(plain, document="plain.yaml")

    def ask(client: int) -> None:
        with httpx.Client(base_url=url) as asking:
            for number in range(50):
                assert asking.get(f"/echo/{client}-{number}").status_code == 200

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    exchanges = plain.journal(lane)
    assert {each["path"] for each in exchanges} == {f"/echo/{c}-{n}" for c in range(8) for n in range(50)}
    times = [each["received_s"] for each in exchanges]
    assert times == sorted(times)
    effects = plain.control.get(f"{lane}/state").json()["effects"]
    assert effects == 0


def test_a_plan_that_does_not_count_holds_at_every_worker_until_healed(plain: Served) -> None:
    lane, url = opened(plain, document="plain.yaml")
    told = plain.control.put(f"{lane}/plan", json=ALL_FAIL).json()
    assert told["healed_s"] is None
    assert {answer.status_code for answer in words(url, *"abcdefghijklmnop")} == {503}
    assert plain.control.post(f"{lane}/heal").json()["healed_s"] > 0
    assert {answer.status_code for answer in words(url, *"abcdefghijklmnop")} == {200}
    assert {each["connection"] % 2 for each in plain.journal(lane)} == {0, 1}


def test_a_long_document_reaches_the_worker_in_however_many_pieces(plain: Served) -> None:
    for _ in range(6):
        lane, url = opened(plain, provider="stripe")
        assert httpx.get(f"{url}/v1/customers").status_code == 401
        plain.control.delete(lane)


def test_a_plan_that_counts_is_exact_because_one_worker_plays_it_from_then_on(plain: Served) -> None:
    lane, url = opened(plain, document="plain.yaml")
    clients = [httpx.Client(base_url=url) for _ in range(24)]
    assert {client.get("/echo/before").status_code for client in clients} == {200}
    plain.control.put(f"{lane}/plan", json=THREE_FAIL)
    assert plain.listening(url) == 1
    # Clients whose kept connection was to the other worker see that it has ended, and make a new one.
    assert [client.get("/echo/after").status_code for client in clients] == [503] * 3 + [200] * 21
    for client in clients:
        client.close()
    exchanges = plain.journal(lane)
    assert len({each["connection"] % 2 for each in exchanges[:24]}) == 2
    assert len({each["connection"] % 2 for each in exchanges[24:]}) == 1
    assert [each["fault"] for each in exchanges[24:28]] == ["status.error"] * 3 + [None]


def test_a_plan_that_counts_from_the_start_is_exact(plain: Served) -> None:
    lane, url = opened(plain, document="plain.yaml", plan=THREE_FAIL)
    assert [answer.status_code for answer in words(url, *"abcdefgh")] == [503] * 3 + [200] * 5
    assert len(plain.journal(lane)) == 8
    assert plain.listening(url) == 1


def test_a_provider_that_is_down_refuses_and_comes_back(plain: Served) -> None:
    lane, url = opened(plain, document="plain.yaml")
    assert words(url, "up")[0].status_code == 200
    plain.control.put(f"{lane}/plan", json={"rules": [{"fault": "connection.refused"}]})
    assert plain.listening(url) == 0
    with pytest.raises((httpx.ConnectError, httpx.ReadError)):
        words(url, "down")
    assert plain.control.put(f"{lane}/plan", json={"plan": None}).status_code == 200
    assert words(url, "up")[0].status_code == 200
    stages = [each["stage"] for each in plain.journal(lane)]
    seen = plain.control.get(lane).json()["sees_refusals"]
    assert stages == (["request", "connect", "request"] if seen else ["request", "request"])


def test_what_a_provider_remembers_stays_exact(plain: Served) -> None:
    told = plain.told[1]
    headers = {"authorization": f"Bearer {told['env']['STRIPE_API_KEY']}", "idempotency-key": "once"}

    def create(_: int) -> str:
        answer = asking.post("/v1/customers", headers=headers, data={"email": "a@b.example"})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    with httpx.Client(base_url=told["url"]) as asking, ThreadPoolExecutor(8) as pool:
        made = set(pool.map(create, range(24)))
    assert len(made) == 1
    assert plain.listening(told["url"]) == 1
    state = plain.control.get(f"{plain.lane(1)}/state").json()
    assert state["effects"] == 1
    assert state["idempotency_keys"] == ["once"]
    assert sum(each["replayed"] for each in plain.journal(plain.lane(1))) == 23


def test_calls_and_verdicts_are_of_the_whole_lane(plain: Served) -> None:
    lane, url = opened(plain, document="plain.yaml")
    plain.control.put(f"{lane}/plan", json=ALL_FAIL)
    call = plain.control.post(f"{lane}/calls", json={"name": "read"}).json()["id"]
    words(url, *["same"] * 12)
    plain.control.patch(f"{lane}/calls/{call}", json={"ok": False})
    judged = plain.control.post(f"{lane}/verdicts", json={"expect": ["retry.bounded"]}).json()
    assert judged["calls"] == [
        {"name": "read", "grouping": "between the marks of the test suite", "attempts": list(range(1, 13))}
    ]
    assert judged["outcome"] == "fail"


def test_an_answer_that_is_going_on_is_told_again_when_it_has_ended(plain: Served) -> None:
    lane, url = opened(plain, document="plain.yaml")
    plain.control.put(f"{lane}/plan", json={"rules": [{"fault": "timing.hung"}]})
    with httpx.Client(base_url=url) as asking, pytest.raises(httpx.ReadTimeout):
        asking.get("/echo/word", timeout=0.2)
    deadline = time.monotonic() + 5
    while (outcome := plain.journal(lane)[0]["outcome"]) == "open" and time.monotonic() < deadline:
        time.sleep(0.02)
    assert outcome == "gone"


def test_a_closed_lane_leaves_its_port_and_a_wrong_question_is_answered_as_ever(plain: Served) -> None:
    lane, url = opened(plain, document="plain.yaml")
    assert plain.control.delete(lane).status_code == 204
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert plain.control.get(lane).status_code == 404
    assert plain.control.put(f"{plain.lane()}/plan", json="outrage").status_code == 422


def test_it_stops_in_order_and_leaves_no_process(tmp_path: Path) -> None:
    with served("plain.yaml", folder=tmp_path) as found:
        pids = found.worker_pids
        assert len(pids) == 2
        assert httpx.get(f"{found.told[0]['url']}/echo/word").status_code == 200
        found.process.send_signal(signal.SIGINT)
        assert found.process.wait(10) == 0
        assert all(gone(pid) for pid in pids)


def test_no_worker_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    with served("plain.yaml", folder=tmp_path) as found:
        pids = found.worker_pids
        found.process.kill()
        found.process.wait(10)
        assert all(gone(pid) for pid in pids)


def test_a_worker_that_ends_ends_all_and_it_is_said(tmp_path: Path) -> None:
    with served("plain.yaml", folder=tmp_path) as found:
        pids = found.worker_pids
        assert found.control.get("/health").status_code == 200
        os.kill(pids[0], signal.SIGKILL)
        assert found.process.wait(10) == 2
        assert found.process.stderr is not None
        assert "worker 1 has ended (exit code -9)" in found.process.stderr.read()
        assert all(gone(pid) for pid in pids)


def test_a_port_that_another_server_shares_among_its_workers_is_taken(tmp_path: Path) -> None:
    with served("plain.yaml", folder=tmp_path) as found:
        port = found.told[0]["url"].rsplit(":", 1)[1]
        argv = [sys.executable, "-m", "harness", "serve", "plain.yaml", "--workers", "2", "--port", port]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2
        assert f"cannot listen on 127.0.0.1:{port}" in done.stderr

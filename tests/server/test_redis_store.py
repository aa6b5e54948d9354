"""Servers that remember together, on a real Redis."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.errors import UsageError
from harness.mock.store import Committed

redis = pytest.importorskip("redis")
pytestmark = pytest.mark.skipif(not shutil.which("redis-server"), reason="redis-server is not installed")

LIMITED = """
rate_limit:
  source: https://parcels.example/limits
  quotas: [{requests: 40, window_s: 3600}]
  exceeded: [{status: 429, headers: {retry-after: "{reset_s}"}}]
idempotency: {source: https://parcels.example/keys, methods: [POST]}
resources:
  parcels: {source: https://parcels.example/parcels, path: [id], create: [create], read: [read], list: [list]}
"""

DOCUMENT = """
openapi: 3.1.0
info: {title: Parcels, version: "1"}
paths:
  /parcels:
    get:
      operationId: list
      responses:
        "200":
          description: all
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/P"}}}}
    post:
      operationId: create
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"201": {description: it, content: {application/json: {schema: {$ref: "#/components/schemas/P"}}}}}
  /parcels/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: read
      responses:
        "200": {description: it, content: {application/json: {schema: {$ref: "#/components/schemas/P"}}}}
        "404": {description: none}
components:
  schemas:
    P: {type: object, required: [id], properties: {id: {type: string}, to: {type: string}}}
"""

CARD = """
name: parcels
title: Parcels
kind: shipping
docs: https://parcels.example
document: https://parcels.example/openapi.yaml
"""


@contextmanager
def redis_server(folder: Path, port: int = 0) -> Iterator[str]:
    """A Redis of our own that leaves nothing; its URL."""
    if not port:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
    argv = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    argv += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
    url = f"redis://127.0.0.1:{port}/0"
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as process, redis.Redis.from_url(url) as client:
        try:
            for _ in range(200):
                with suppress(redis.ConnectionError):
                    client.ping()
                    break
                time.sleep(0.02)
            yield url
        finally:
            process.kill()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def parcels(tmp_path: Path) -> Path:
    folder = tmp_path / "parcels"
    folder.mkdir()
    (folder / "provider.yaml").write_text(CARD)
    (folder / "openapi.yaml").write_text(DOCUMENT)
    (folder / "behaviour.yaml").write_text(LIMITED)
    return folder


@contextmanager
def served(folder: Path, store: str, *, seed: int, workers: int = 1) -> Iterator[dict[str, Any]]:
    """A server of its own, on the store."""
    argv = [sys.executable, "-m", "harness", "serve", f"./{folder.name}", "--store", store]
    argv += ["--seed", str(seed), "--workers", str(workers), "--format", "json"]
    with subprocess.Popen(argv, cwd=folder.parent, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
            assert process.wait(10) == 0


@pytest.fixture(params=["two servers", "two workers"])
def places(request: pytest.FixtureRequest, parcels: Path, url: str) -> Iterator[list[dict[str, Any]]]:
    """Two servers with one worker each, or one with two: where clients may ask, in turn."""
    with ExitStack() as stack, redis.Redis.from_url(url) as client:
        client.flushall()
        if request.param == "two servers":
            yield [stack.enter_context(served(parcels, url, seed=3)) for _ in range(2)]
        else:
            yield [stack.enter_context(served(parcels, url, seed=3, workers=2))] * 2


def at_once(places: list[dict[str, Any]], *, requests: int, **sent: Any) -> list[httpx.Response]:
    """So many requests from parallel clients, half of them at each place."""

    def ask(number: int) -> httpx.Response:
        return asking.post(f"{places[number % 2]['url']}/parcels", json={"to": "Ada"}, timeout=30, **sent)

    # Connections of their own: those are what the kernel spreads over workers.
    alone = {"connection": "close"}
    with httpx.Client(headers=alone) as asking, ThreadPoolExecutor(10) as pool:
        return list(pool.map(ask, range(requests)))


def state(place: dict[str, Any]) -> dict[str, Any]:
    return dict(httpx.get(f"{place['control']}/lanes/{place['lane']}/state").json())


def test_a_quota_lets_exactly_so_many_through(places: list[dict[str, Any]]) -> None:
    answers = at_once(places, requests=60)
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(201), statuses.count(429)) == (40, 20)
    made = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(made) == 40, "no two servers give one name to two things"
    for place in places:
        assert {each["id"] for each in state(place)["resources"]["parcels"]} == made


def test_a_key_has_one_effect(places: list[dict[str, Any]]) -> None:
    answers = at_once(places, requests=20, headers={"idempotency-key": "once"})
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    for place in places:
        told = state(place)
        assert told["effects"] == 1
        assert told["idempotency_keys"] == ["once"]


def test_what_is_made_at_one_is_read_at_the_other(places: list[dict[str, Any]]) -> None:
    for number in range(6):
        made = httpx.post(f"{places[number % 2]['url']}/parcels", json={"to": str(number)}).json()
        read = httpx.get(f"{places[(number + 1) % 2]['url']}/parcels/{made['id']}")
        assert (read.status_code, read.json()) == (200, made)


def test_another_seed_is_another_memory_and_so_is_a_lane_that_a_test_opens(parcels: Path, url: str) -> None:
    with served(parcels, url, seed=11) as one, served(parcels, url, seed=12) as other:
        httpx.post(f"{one['url']}/parcels", json={"to": "Ada"})
        assert state(one)["effects"] == 1
        assert state(other)["effects"] == 0
        opened = [
            httpx.post(f"{each['control']}/lanes", json={"provider": "stripe"}).json()
            for each in (one, other)
        ]
        headers = {"authorization": f"Bearer {opened[0]['credentials']['api_key']}"}
        made = httpx.post(f"{opened[0]['url']}/v1/customers", data={"name": "Ada"}, headers=headers)
        assert made.status_code == 200
        assert httpx.get(f"{one['control']}/lanes/{opened[0]['id']}/state").json()["effects"] == 1
        assert httpx.get(f"{other['control']}/lanes/{opened[1]['id']}/state").json()["effects"] == 0


def test_a_memory_outlives_its_servers(parcels: Path, url: str) -> None:
    with served(parcels, url, seed=21) as first:
        made = httpx.post(f"{first['url']}/parcels", json={"to": "Ada"}).json()
    with served(parcels, url, seed=21) as second:
        assert httpx.get(f"{second['url']}/parcels/{made['id']}").json() == made
        with redis.Redis.from_url(url) as client:
            assert all(client.ttl(key) > 0 for key in client.scan_iter("harness:*:21:*"))


def test_a_store_that_has_gone_is_said_and_one_that_is_back_is_used(parcels: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        with redis_server(tmp_path) as url:
            place = stack.enter_context(served(parcels, url, seed=1))
            assert httpx.post(f"{place['url']}/parcels", json={}).status_code == 201
        assert httpx.post(f"{place['url']}/parcels", json={}).status_code == 500
        told = httpx.get(f"{place['control']}/lanes/{place['lane']}/state")
        assert told.status_code == 422
        assert f"the store at {url} does not answer" in told.json()["detail"]
        stack.enter_context(redis_server(tmp_path, int(url.rsplit(":", 1)[1].partition("/")[0])))
        assert httpx.post(f"{place['url']}/parcels", json={}).status_code == 201
        assert state(place)["effects"] == 1


def test_a_store_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    for url, said in (
        (f"redis://:secret@127.0.0.1:{port}/0", f"no store at redis://127.0.0.1:{port}/0: "),
        ("here", "no store at here: "),
    ):
        argv = [sys.executable, "-m", "harness", "serve", "github", "--store", url]
        done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert "secret" not in done.stderr


def test_commits_are_all_or_nothing_and_tell_what_was_missed(url: str) -> None:
    from harness.server.redis_store import RedisStores

    stores = RedisStores(url)
    with redis.Redis.from_url(url) as client:
        client.flushall()
        here, there = stores.store("m"), stores.store("m")
        assert (here.joined, there.joined) == (0, 1)
        begun = here.commit("", {"a": b"1"})
        assert (begun.done, dict(begun.changes), begun.anew) == (False, {}, True)
        first = here.commit(begun.version, {"a": b"1", "b": b"2"})
        assert first.done
        late = there.commit(begun.version, {"a": b"9"})
        assert late == Committed(False, first.version, {"a": b"1", "b": b"2"})
        second = there.commit(late.version, {"a": None, "c": b"\x00\xff"})
        assert here.commit(first.version, {}) == Committed(
            False, second.version, {"a": None, "c": b"\x00\xff"}
        )
        assert here.commit(second.version, {}) == Committed(True, second.version)
        client.flushall()
        emptied = here.commit(second.version, {"a": b"1"})
        assert (emptied.done, dict(emptied.changes), emptied.anew) == (False, {}, True)
        assert there.commit("", {}).version == emptied.version
    with pytest.raises(UsageError, match="no store"):
        RedisStores("redis://127.0.0.1:1/0")

"""Lanes and their control API, served until somebody says stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.provider import Provider
from harness.errors import UsageError
from harness.faults.plan import Plan
from harness.server.desk import Source
from harness.server.front import LaneFront, LanesFront
from harness.server.lanes import Lanes, Stores, named_plan
from harness.server.tls import Authority

if TYPE_CHECKING:
    from harness.console.control import ControlServer
    from harness.server.workers import Workers

Listening = Callable[[LaneFront, str], None]
"""Told of each lane that listens, with the URL of the control API."""


async def serve(
    providers: Sequence[Provider],
    *,
    port: int = 0,
    plan: Plan | str | None = None,
    seed: int = 0,
    host: str = "127.0.0.1",
    control_port: int = 0,
    timeout_s: float = 5.0,
    documents: Path | None = None,
    on_listening: Listening = lambda lane, control: None,
    stop: asyncio.Event | None = None,
    workers: Workers | None = None,
    stores: Stores | None = None,
    source: Source | None = None,
    authority: Authority | None = None,
) -> None:
    """Play each provider in a lane of its own until `stop` is set, or the task is cancelled.

    `port`: of the first provider; the others take the following ones; 0 takes free ones. `plan`: one for all, or
    the name of a plan of each. `workers`: the processes that play the lanes, else this one does. `stores`: what
    providers remember is kept there; lanes that are opened later have a memory of their own. `source`: where the
    answers come from instead, for lanes of this process. `authority`: the providers speak TLS, and it vouches for
    them. UsageError when a port is taken, UnknownName when a provider has no such plan, HarnessError when a worker
    ends before us.
    """
    lanes: LanesFront = Lanes(host=host, stores=stores, authority=authority) if workers is None else workers
    control = _bound(host, control_port)
    url = f"http://{host}:{control.getsockname()[1]}"
    try:
        opened = []
        for index, provider in enumerate(providers):
            chosen = named_plan(provider, plan) if isinstance(plan, str) else plan
            lane = await lanes.open(
                provider,
                plan=chosen,
                seed=seed,
                port=port + index if port else 0,
                timeout_s=timeout_s,
                stored=_stored(providers, index, seed),
                source=source,
                secure=authority is not None,
            )
            opened.append(lane)
        for lane in opened:
            on_listening(lane, url)
        server = await asyncio.to_thread(_control_server, lanes, documents, host)
        serving = asyncio.create_task(server.serve(sockets=[control]))
        try:
            await _until(stop or asyncio.Event(), workers)
        finally:
            server.should_exit = True
            await serving
    finally:
        await lanes.close_all()
        control.close()


def _stored(providers: Sequence[Provider], index: int, seed: int) -> str:
    """The name in a store of what a lane remembers: the same one for every server that is started alike."""
    provider = providers[index]
    nth = sum(each.name == provider.name for each in providers[:index]) + 1
    return f"{provider.name}:{provider.contract.document.digest[:12]}:{seed}:{nth}"


async def _until(stop: asyncio.Event, workers: Workers | None) -> None:
    """Wait until `stop` is set. HarnessError when a worker ends before."""
    if workers is None:
        await stop.wait()
        return
    stopped = asyncio.ensure_future(stop.wait())
    ended = asyncio.ensure_future(workers.until_one_ends())
    try:
        await asyncio.wait((stopped, ended), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        ended.cancel()
    if ended.done() and not ended.cancelled():
        raise ended.result()


def _control_server(lanes: LanesFront, documents: Path | None, host: str) -> ControlServer:
    # Imported here, and not while a client waits for its first answer: its modules take longer than all others.
    from harness.console.control import control_server

    return control_server(lanes, documents=documents, host=host)


def _bound(host: str, port: int) -> socket.socket:
    # The protocol by name: asyncio sends small pieces at once (TCP_NODELAY) only where it says TCP. uvicorn writes a
    # head and its body apart, and the body would wait 40 ms for the client to acknowledge the head.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    held = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((host, port))
        held.listen(128)  # from here on, so that its URL answers as soon as it is told
    except OSError as error:
        held.close()
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return held

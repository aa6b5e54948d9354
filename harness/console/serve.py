"""Lanes and their control API, served until somebody says stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.console.api import LOOPBACK, control_app
from harness.contract.provider import Provider
from harness.errors import UsageError
from harness.faults.plan import Plan
from harness.server.lanes import Lane, Lanes, named_plan

Listening = Callable[[Lane, str], None]
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
) -> None:
    """Play each provider in a lane of its own until `stop` is set, or the task is cancelled.

    `port`: of the first provider; the others take the following ones; 0 takes free ones. `plan`: one for all, or
    the name of a plan of each. UsageError when a port is taken, UnknownName when a provider has no such plan.
    """
    lanes = Lanes(host=host)
    control = _bound(host, control_port)
    app = control_app(lanes, documents=documents, hosts={*LOOPBACK, host})
    config = uvicorn.Config(_Stoppable(app), lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
    server = _Server(config)
    url = f"http://{host}:{control.getsockname()[1]}"
    try:
        opened = []
        for index, provider in enumerate(providers):
            chosen = named_plan(provider, plan) if isinstance(plan, str) else plan
            lane = await lanes.open(
                provider, plan=chosen, seed=seed, port=port + index if port else 0, timeout_s=timeout_s
            )
            opened.append(lane)
        serving = asyncio.create_task(server.serve(sockets=[control]))
        try:
            for lane in opened:
                on_listening(lane, url)
            await (stop or asyncio.Event()).wait()
        finally:
            server.should_exit = True
            await serving
    finally:
        await lanes.close_all()
        control.close()


class _Stoppable:
    """Answers what is cut off by the end of the server, which uvicorn would log as a failure of the app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            await Response("it is stopping", 503, media_type="text/plain")(scope, receive, send)


class _Server(uvicorn.Server):
    """Leaves signals to whoever owns the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


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

"""The control API as a server, which whoever owns the process starts and stops."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from harness.console.api import LOOPBACK, control_app
from harness.server.front import LanesFront


def control_server(lanes: LanesFront, *, documents: Path | None, host: str) -> ControlServer:
    """The control API of these lanes, reached as `host` or by the names of this machine; not yet started."""
    app = control_app(lanes, documents=documents, hosts={*LOOPBACK, host})
    config = uvicorn.Config(_Stoppable(app), lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
    return ControlServer(config)


class _Stoppable:
    """Answers what is cut off by the end of the server, which uvicorn would log as a failure of the app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            await Response("it is stopping", 503, media_type="text/plain")(scope, receive, send)


class ControlServer(uvicorn.Server):
    """Leaves signals to whoever owns the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

"""Stands in for the recorded drivers' own module of this name: their calls are made when asked for, as a session.

in `{"id", "call"}`, out `{"id", "ok", "error"}`; one line each. What the drivers import from here is all there is.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable

BASE = os.environ["BASE_URL"].rstrip("/")
OP = os.environ.get("OP", "get")
V = os.environ.get("VARIANT", "")
TIMEOUT = float(os.environ["TIMEOUT"]) if os.environ.get("TIMEOUT") else None

Make = Callable[[], int | None]
MakeSoon = Callable[[], Awaitable[int | None]]


def _answer(line: str, status: int | None = None, error: BaseException | None = None) -> None:
    ok = error is None and (status is None or 200 <= status < 400)
    said = None if ok else f"{type(error).__name__}: {error}" if error else f"status {status}"
    print(json.dumps({"id": json.loads(line)["id"], "ok": ok, "error": said}), flush=True)


def main(get: Make, post: Make | None = None) -> None:
    """Serve calls until there are no more."""
    make = get if OP == "get" else (post or get)
    for line in sys.stdin:
        try:
            _answer(line, make())
        except Exception as error:
            _answer(line, error=error)


def amain(setup: Callable[[], Awaitable[tuple[MakeSoon, MakeSoon]]]) -> None:
    """The same for coroutines, all in one loop, which goes on while nothing is asked."""

    async def serve() -> None:
        get, post = await setup()
        make = get if OP == "get" else post
        while line := await asyncio.to_thread(sys.stdin.readline):
            try:
                _answer(line, await make())
            except Exception as error:
                _answer(line, error=error)

    asyncio.run(serve())

"""The `http` driver: a service that is already running; a request to it makes it act."""

from __future__ import annotations

import asyncio
import time

import httpx

from harness.errors import UsageError
from harness.model.call import Outcome
from harness.run.drivers.driver import Given
from harness.run.drivers.said import decoded, failure, outcome, said

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Http:
    """Asks a service by `POST http://127.0.0.1:9000/checkout` with `{"call", "base_url", "credentials", "env",
    "timeout_s"}` as JSON. A 2xx is success, unless the body is a JSON object with a boolean `ok`: then that
    decides. Its printed words are not seen."""

    keeps_state = True

    def __init__(self, target: str) -> None:
        method, _, url = target.strip().rpartition(" ")
        self._method = method.strip().upper() or "POST"
        self._url = url
        if self._method not in METHODS or not url.startswith(("http://", "https://")):
            raise UsageError(
                f"http:{target}: expected a method and a URL, as http:POST http://127.0.0.1:9000/checkout"
            )
        self._given = Given(base_url="")
        self._client: httpx.AsyncClient | None = None
        self._asking: set[asyncio.Task[httpx.Response]] = set()

    async def start(self, given: Given) -> None:
        """Remember what the service is to be told."""
        self._given = given
        # The runner cuts calls that last too long. A proxy does not know the services of this machine.
        self._client = httpx.AsyncClient(timeout=None, trust_env=False)

    async def call(self, name: str) -> Outcome:
        """Send one request and read the answer."""
        assert self._client is not None, "start comes first"
        given = self._given
        body = {
            "call": name,
            "base_url": given.base_url,
            "credentials": given.credentials,
            "env": given.env,
            "timeout_s": given.timeout_s,
        }
        began_s = time.monotonic()
        asking = asyncio.ensure_future(self._client.request(self._method, self._url, json=body))
        self._asking.add(asking)
        try:
            await asyncio.wait({asking})
        finally:
            asking.cancel()
            self._asking.discard(asking)
        ended_s = time.monotonic()
        if asking.cancelled():
            return failure("cut", f"cut after {ended_s - began_s:.1f} s", began_s=began_s, ended_s=ended_s)
        error = asking.exception()
        if isinstance(error, httpx.ConnectError):
            reason = f"{self._url} could not be reached: {error}"
            return failure("died", reason, began_s=began_s, ended_s=ended_s)
        if isinstance(error, httpx.HTTPError):
            reason = f"{self._url}: {type(error).__name__}: {error}"
            return failure("garbage", reason, began_s=began_s, ended_s=ended_s)
        return _read(asking.result(), began_s, ended_s)

    async def cut(self) -> None:
        """Wait no longer for the answers. The service lives on: it is not ours."""
        for asking in self._asking:
            asking.cancel()

    async def stop(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()


def _read(answer: httpx.Response, began_s: float, ended_s: float) -> Outcome:
    word = said(decoded(answer.content))
    if word is not None:
        return outcome(word, began_s=began_s, ended_s=ended_s)
    if answer.is_success:
        return Outcome(True, began_s, ended_s)
    error = f"the service answered {answer.status_code}: {answer.text[:200]}"
    return failure("ended", error, began_s=began_s, ended_s=ended_s)

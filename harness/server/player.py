"""A cassette that answers in a lane; what it does not have may come from the live provider, which is recorded."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx

from harness.cassette.recorded import Recorded, request_to
from harness.cassette.replay import Hit, NearMiss, Replay
from harness.contract.contract import Match, Operation
from harness.contract.error_answer import error_answer
from harness.contract.hosts import is_loopback
from harness.contract.provider import Provider
from harness.mock.answer import Answer, Reading
from harness.model.clock import Clock
from harness.model.exchange import Deviation
from harness.model.message import Headers, Request, Response
from harness.server.clock import Luck, SystemClock

MISSED = 501
"""The status of what was never recorded: no provider's own, and none that a client takes for `there is none`."""

_HOP_BY_HOP = frozenset(
    {
        "host",
        "connection",
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "te",
        "trailer",
        "upgrade",
    }
    | {"transfer-encoding", "content-length", "accept-encoding", "expect"}
)
"""Of this connection alone: RFC 9110 section 7.6.1. Codings and lengths are agreed on anew."""

_UNPACKED = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"})


class Player:
    """Answers by a cassette, or by the live provider where it may."""

    def __init__(self, replay: Replay, provider: Provider, *, live: Live | None = None) -> None:
        self._replay, self._provider, self._live = replay, provider, live

    def answer(self, request: Request, reading: Reading, *, now_s: float, spoiled: bool) -> Answer | None:
        """The recorded answer, or why there is none; None where the live provider is to be asked."""
        found = self._replay.answer(request, now_s=now_s, key=reading.idempotency_key, spoiled=spoiled)
        if isinstance(found, Hit):
            return _answered(found.response, reading, replayed=found.again)
        return self._missed(request, reading, found, now_s) if self._live is None else None

    async def fetch(self, request: Request, reading: Reading, *, now_s: float) -> Answer:
        """The live provider's answer, which is in the cassette from then on."""
        assert self._live is not None
        recorded = await self._live.fetch(request)
        if isinstance(recorded, str):
            return self._unreachable(reading, recorded, now_s)
        self._replay.add(recorded)
        given = self._replay.answer(request, now_s=now_s, key=reading.idempotency_key)
        response = given.response if isinstance(given, Hit) else recorded.response
        return _answered(response, reading)

    def _missed(self, request: Request, reading: Reading, miss: NearMiss, now_s: float) -> Answer:
        deviation = Deviation("operation", "", miss.message, "cassette")
        return Answer(self._error(reading, MISSED, miss.message, now_s), deviations=(deviation,))

    def _unreachable(self, reading: Reading, message: str, now_s: float) -> Answer:
        deviation = Deviation("operation", "", message, "live")
        return Answer(self._error(reading, 502, message, now_s), deviations=(deviation,))

    def _error(self, reading: Reading, status: int, message: str, now_s: float) -> Response:
        return error_answer(
            self._provider.contract,
            self._provider.behaviour,
            _operation(reading),
            status,
            rng=Luck(0, self._provider.name, "cassette", 0),
            now_s=now_s,
            message=message,
        )


class Live:
    """The live provider at a base URL. `recorded`: what it answered so far, secrets and all."""

    def __init__(self, base_url: str, *, clock: Clock | None = None, timeout_s: float = 60.0) -> None:
        self.recorded: list[Recorded] = []
        self._base_url = base_url.rstrip("/")
        self._clock = clock or SystemClock()
        self._timeout_s = timeout_s
        self._client: httpx.AsyncClient | None = None

    async def fetch(self, request: Request) -> Recorded | str:
        """The exchange with the live provider; why there was none, where it could not be reached."""
        if self._client is None:
            # As the environment says, but for this machine: no proxy stands before it.
            outside = not is_loopback(urlsplit(self._base_url).hostname or "")
            self._client = httpx.AsyncClient(timeout=self._timeout_s, trust_env=outside)
        headers = [pair for pair in request.headers if pair[0] not in _HOP_BY_HOP]
        url, at_s = self.address(request.target), self._clock.epoch()
        try:
            answer = await self._client.request(request.method, url, headers=headers, content=request.body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"{self._base_url} could not be asked: {error or type(error).__name__}"
        response = Response(answer.status_code, tuple(_kept(answer)), answer.content)
        sent = tuple(
            ("host", answer.request.url.netloc.decode()) if name == "host" else (name, value)
            for name, value in request.headers
        )
        origin, asked = request_to(request.method, url, sent, request.body)
        recorded = Recorded(asked, response, origin, answer.reason_phrase, moment(at_s))
        self.recorded.append(recorded)
        return recorded

    def address(self, target: str) -> str:
        """Where a target is: clients know the base path of an API, or leave it to its base URL."""
        path = urlsplit(self._base_url).path
        stands_already = path and (target == path or target.startswith((f"{path}/", f"{path}?")))
        return (self._base_url.removesuffix(path) if stands_already else self._base_url) + target

    async def close(self) -> None:
        """Give up the connections."""
        if self._client is not None:
            await self._client.aclose()


def moment(epoch_s: float) -> str:
    """A moment as RFC 3339, to the second, in UTC."""
    return datetime.fromtimestamp(int(epoch_s), UTC).isoformat().replace("+00:00", "Z")


def _kept(answer: httpx.Response) -> Headers:
    pairs = ((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in answer.headers.raw)
    return tuple(pair for pair in pairs if pair[0] not in _UNPACKED)


def _answered(response: Response, reading: Reading, *, replayed: bool = False) -> Answer:
    operation = _operation(reading)
    acted = operation is not None and not operation.safe and response.status < 300
    return Answer(response, operation.id if acted and operation else None, replayed=replayed)


def _operation(reading: Reading) -> Operation | None:
    return reading.match.operation if isinstance(reading.match, Match) else None

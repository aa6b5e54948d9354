"""Requests to a real provider, one after another: within its quota, with the waits that it asks for.

What is sent stays as it was made: no redirect is followed, no credential is taken from elsewhere.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable
from uuid import uuid4

import msgspec
import requests
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from harness import __version__
from harness.checks.advice import asked_s, rate_limited
from harness.checks.registry import Evidence
from harness.conformance.allowance import closed_s
from harness.conformance.credential import Placed
from harness.conformance.pace import Pace
from harness.conformance.spoiled import is_cut as is_cut_short
from harness.contract.behaviour import Behaviour
from harness.model.exchange import Exchange
from harness.model.message import Response

AGENT = f"harness/{__version__} (contract check)"
CONNECT_S, READ_S, WHOLE_S = 5.0, 30.0, 60.0
MOST_BYTES = 64 * 2**20
TRIES = 3
LONGEST_WAIT_S = 60.0
"""Who asks for more cannot be checked now."""

_CHUNK_BYTES = 2**16
_OUT_OF_ORDER = frozenset((502, 503, 504))
_OURS = frozenset(
    ("user-agent", "accept-encoding", "connection", "content-length", "x-schemathesis-testcaseid", "host")
)
"""Headers of a generated request that are not the provider's business, or that the client sets itself."""


class Asked(msgspec.Struct, frozen=True):
    """A request as it is to be sent. `path`, `query`: percent-encoded, as the contract sees them."""

    method: str
    url: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def curl(self, credential: tuple[Placed, ...] = ()) -> str:
        """The request as a command, with the name of the environment variable in the credential's place."""
        words = ["curl", "-i"]
        words += ["-X", self.method] if self.method != "GET" or self.body else []
        url = self.url
        quoted = []
        for name, value in self.headers:
            quoted.append(f"-H {shlex.quote(f'{name}: {value}')}")
        for placed in credential:
            if placed.where == "header":
                quoted.append(f'-H "{placed.name}: {placed.value}"')
            elif placed.where == "user":
                quoted.append(f'-u "{placed.value}:"')
            elif placed.where == "cookie":
                quoted.append(f'-b "{placed.name}={placed.value}"')
        if self.body:
            quoted.append(f"--data-binary {shlex.quote(self.body.decode('utf-8', 'backslashreplace'))}")
        text = " ".join([*words, *quoted, shlex.quote(url)])
        for placed in credential:
            if placed.where == "query":
                text += f'"{"&" if "?" in url else "?"}{placed.name}={placed.value}"'
        return text


class Replied(msgspec.Struct, frozen=True):
    """What came of it: every exchange, the last answer, or why there is none that says anything."""

    exchanges: tuple[Exchange, ...]
    response: Response | None
    trouble: str = ""


class Sender:
    """Sends to one base URL. `tell` hears of waits."""

    def __init__(
        self,
        behaviour: Behaviour,
        pace: Pace,
        *,
        now: Callable[[], float] = time.monotonic,
        tell: Callable[[str], None] = lambda news: None,
    ) -> None:
        self._evidence = Evidence(calls=(), behaviour=behaviour)
        self._pace, self._now, self._tell = pace, now, tell
        self._session = requests.Session()
        self._key = behaviour.idempotency.header.lower() if behaviour.idempotency else "idempotency-key"
        self._sent = 0
        self._open_s, self._closed_by = 0.0, ""

    @property
    def waited_s(self) -> float:
        """How long nothing was sent so as to spare the provider."""
        return self._pace.waited_s

    @property
    def closed(self) -> str:
        """Why nothing may be sent any more, and not soon; empty where it may be, if only after a wait."""
        return self._closed_by if self._open_s - self._now() > LONGEST_WAIT_S else ""

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def send(self, asked: Asked, credential: tuple[Placed, ...], operation: str) -> Replied:
        """The answer, tried again where the provider is busy or out of order, as often and as late as is polite. Who
        sends although it is `closed` waits as long as the provider wants."""
        exchanges: list[Exchange] = []
        trouble = ""
        for attempt in range(TRIES):
            if exchanges and self.closed:
                break
            self._wait()
            exchange, response, trouble = self._once(asked, credential, operation)
            exchanges.append(exchange)
            self._heed(exchange)
            # What was cut by chance is whole another time; what is cut each time is the provider's word.
            is_cut = asked.method == "GET" and is_cut_short(exchange) and attempt < TRIES - 1
            if response is not None and not is_cut and not self._is_busy(exchange):
                return Replied(tuple(exchanges), response)
            if response is not None:
                trouble = "the answer broke off" if is_cut else _busy(exchange)
            if asked.method in ("POST", "PATCH") and not rate_limited(self._evidence, exchange):
                # It may have been done.
                break
            wait_s = self._wait_s(exchange, attempt)
            if wait_s > LONGEST_WAIT_S:
                trouble += f", and asked to wait {wait_s:.0f} s"
                self._close(wait_s, trouble)
                break
            if attempt < TRIES - 1:
                self._tell(f"{trouble}; waiting {wait_s:.0f} s" if wait_s >= 1 else trouble)
                self._pace.rest(wait_s)
        return Replied(tuple(exchanges), None, trouble)

    def _wait(self) -> None:
        wait_s = self._open_s - self._now()
        if wait_s > 0:
            self._tell(f"{self._closed_by}; waiting")
            self._pace.rest(wait_s)
        self._pace.wait()

    def _heed(self, exchange: Exchange) -> None:
        wait_s = closed_s(exchange, self._evidence.behaviour.rate_limit)
        if wait_s:
            self._close(wait_s, f"the provider's quota is used up for {wait_s:.0f} s")

    def _close(self, wait_s: float, why: str) -> None:
        self._open_s, self._closed_by = max(self._open_s, self._now() + wait_s), why

    def _is_busy(self, exchange: Exchange) -> bool:
        return exchange.status in _OUT_OF_ORDER or rate_limited(self._evidence, exchange)

    def _wait_s(self, exchange: Exchange, attempt: int) -> float:
        asked = asked_s(self._evidence, exchange)
        limit = self._evidence.behaviour.rate_limit
        if not asked and limit is not None and rate_limited(self._evidence, exchange):
            asked = limit.minimum_wait_s or 0.0
        return max(asked, 0.5 * float(2**attempt))

    def _once(
        self, asked: Asked, credential: tuple[Placed, ...], operation: str
    ) -> tuple[Exchange, Response | None, str]:
        self._sent += 1
        began_s = self._now()
        exchange = Exchange(
            number=self._sent,
            connection=1,
            at_s=began_s,
            operation=operation,
            method=asked.method,
            path=asked.path,
            query=asked.query,
            request_headers=tuple((name.lower(), value) for name, value in asked.headers),
            request_body=asked.body,
        )
        settings = self._session.merge_environment_settings(asked.url, {}, True, None, None)
        try:
            with self._session.send(
                self._prepared(asked, credential),
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
                **settings,
            ) as answer:
                body = _body(answer)
        except (requests.RequestException, HTTPError, _TooMuch, UnicodeError) as error:
            outcome = msgspec.structs.replace(exchange, ended_s=self._now(), outcome="closed")
            return outcome, None, _network(error)
        headers = tuple((name.lower(), value) for name, value in answer.headers.items())
        done = msgspec.structs.replace(
            exchange,
            ended_s=self._now(),
            outcome="sent",
            status=answer.status_code,
            response_headers=headers,
            response_body=body,
        )
        return done, Response(answer.status_code, headers, body), ""

    def _prepared(self, asked: Asked, credential: tuple[Placed, ...]) -> requests.PreparedRequest:
        headers = {
            # A key that came before, with another request, is a mistake of the client's.
            name: str(uuid4()) if name.lower() == self._key else value
            for name, value in asked.headers
            if name.lower() not in _OURS
        }
        headers["user-agent"] = AGENT
        url, cookies = asked.url, {}
        for placed in credential:
            if placed.where == "header":
                headers[placed.name] = placed.value
            elif placed.where == "cookie":
                cookies[placed.name] = placed.value
        extra = {placed.name: placed.value for placed in credential if placed.where == "query"}
        # With an `auth` of our own requests reads no ~/.netrc, which would replace the credential.
        made = requests.Request(
            asked.method,
            url,
            headers=headers,
            params=extra,
            data=asked.body,
            cookies=cookies,
            auth=lambda request: request,
        )
        return self._session.prepare_request(made)


class _TooMuch(Exception):
    """An answer that takes too long, or too much room."""


def _body(answer: requests.Response) -> bytes:
    """The body, its coding taken off: not more of it, and no longer, than anybody would wait for."""
    # The clock of the machine: however the caller counts time, a body that never ends is not waited for.
    found, until_s = bytearray(), time.monotonic() + WHOLE_S
    while chunk := answer.raw.read1(_CHUNK_BYTES, decode_content=True):
        found += chunk
        if len(found) > MOST_BYTES:
            raise _TooMuch(f"the answer is larger than {MOST_BYTES // 2**20} MB")
        if time.monotonic() > until_s:
            raise _TooMuch(f"no whole answer within {WHOLE_S:.0f} s")
    return bytes(found)


def visible(name: str) -> bool:
    """Is a generated header one that the contract is about?"""
    return name.lower() not in _OURS


def _busy(exchange: Exchange) -> str:
    known = exchange.status in _OUT_OF_ORDER
    return (
        f"the provider is {'out of order' if known else 'limiting the rate'}: it answered {exchange.status}"
    )


def _network(error: Exception) -> str:
    if isinstance(error, _TooMuch):
        return str(error)
    if isinstance(error, DecodeError):
        return "the answer cannot be unpacked as its content-encoding says"
    if isinstance(error, ReadTimeoutError):
        return f"no answer within {READ_S:.0f} s"
    if isinstance(error, HTTPError):
        return f"the answer broke off: {_innermost(error)}"
    if isinstance(error, requests.exceptions.SSLError):
        return f"no trusted TLS connection: {_innermost(error)}"
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {CONNECT_S:.0f} s"
    if isinstance(error, requests.Timeout):
        return f"no answer within {READ_S:.0f} s"
    if isinstance(error, requests.ConnectionError):
        return f"no connection: {_innermost(error)}"
    return f"{type(error).__name__}: {error}"


def _innermost(error: BaseException) -> str:
    """The system's own words, which requests and urllib3 wrap in their objects."""
    seen = 0
    while seen < 8:
        inner = next((a for a in error.args if isinstance(a, BaseException)), None)
        inner = inner or getattr(error, "reason", None) or error.__cause__ or error.__context__
        if not isinstance(inner, BaseException):
            break
        error, seen = inner, seen + 1
    text = getattr(error, "strerror", None) or str(error)
    return text.split("object at 0x")[0][:200]

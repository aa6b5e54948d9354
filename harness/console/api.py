"""The control API: lanes opened, spoiled, healed, read and judged over HTTP, from any language.

`openapi.yaml` beside this file is its contract. Every error is an RFC 9457 problem that says what would have
worked. It is for programs on this machine: other hosts' names and other sites' pages are turned away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from harness import __version__
from harness.console.shapes import (
    BeginCall,
    EndCall,
    Expect,
    Give,
    OpenLane,
    SendWebhooks,
    SetPlan,
    redaction_for,
    told_call,
    told_exchange,
    told_lane,
    told_verdicts,
    told_webhook,
)
from harness.contract.files import load_provider, provider_names
from harness.contract.provider import Provider
from harness.contract.yaml import load
from harness.errors import HarnessError, UnknownName, UsageError, did_you_mean
from harness.faults.plan import Plan, parse_plan
from harness.run.judge import Expectation
from harness.run.told import ToldCalls
from harness.run.unmarked import judged
from harness.server.front import LaneFront, LanesFront
from harness.server.lanes import named_plan
from harness.server.webhooks import Webhooks

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""The names of this machine. Others in `Host` may be a web page that rebinds its own name to this address."""

MOST_LANES = 1000
MOST_BYTES = 4 * 1024 * 1024

T = TypeVar("T")


def control_app(
    lanes: LanesFront, *, documents: Path | None = None, hosts: Collection[str] = LOOPBACK
) -> Starlette:
    """The control API of these lanes.

    `documents`: the folder below which a lane's `document` may lie; the working directory when it is None.
    `hosts`: the names under which it may be called, lower case, without a port.
    """
    api = Control(lanes, (documents or Path.cwd()).resolve())
    app = Starlette(
        routes=[
            Route("/health", api.health, methods=["GET"]),
            Route("/openapi.json", api.document, methods=["GET"]),
            # A route each, so that the answer to another method can name all that are allowed.
            Route("/lanes", _by_method(GET=api.lanes, POST=api.open_lane), methods=["GET", "POST"]),
            Route("/lanes/{id}", _by_method(GET=api.lane, DELETE=api.close_lane), methods=["GET", "DELETE"]),
            Route("/lanes/{id}/plan", api.set_plan, methods=["PUT"]),
            Route("/lanes/{id}/heal", api.heal, methods=["POST"]),
            Route("/lanes/{id}/journal", api.journal, methods=["GET"]),
            Route("/lanes/{id}/state", api.state, methods=["GET"]),
            Route("/lanes/{id}/resources", api.give, methods=["POST"]),
            Route("/lanes/{id}/calls", api.begin_call, methods=["POST"]),
            Route("/lanes/{id}/calls/{call}", api.end_call, methods=["PATCH"]),
            Route(
                "/lanes/{id}/webhooks",
                _by_method(GET=api.webhooks, POST=api.send_webhooks),
                methods=["GET", "POST"],
            ),
            Route("/lanes/{id}/verdicts", api.verdicts, methods=["POST"]),
        ],
        middleware=[Middleware(LocalOnly, hosts=hosts)],
        exception_handlers={HTTPException: _problem_of_http, Problem: _problem, HarnessError: _mistake},
    )
    app.router.redirect_slashes = False
    return app


class Problem(Exception):
    """An answer that says what is wrong with the question."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        self.status, self.title, self.detail = status, title, detail
        super().__init__(detail)


class Control:
    """What each operation of the document does."""

    def __init__(self, lanes: LanesFront, documents: Path) -> None:
        self._lanes = lanes
        self._documents = documents
        self._providers: dict[str, Provider] = {}
        self._calls: WeakKeyDictionary[LaneFront, ToldCalls] = WeakKeyDictionary()

    async def health(self, request: Request) -> Response:
        return _json({"status": "ok", "harness": __version__, "lanes": len(self._lanes)})

    async def document(self, request: Request) -> Response:
        return _json(openapi())

    async def lanes(self, request: Request) -> Response:
        return _json({"lanes": [told_lane(lane) for lane in self._lanes]})

    async def open_lane(self, request: Request) -> Response:
        asked = await _body(request, OpenLane)
        if len(self._lanes) >= MOST_LANES:
            raise Problem(409, "too many lanes", f"there are {MOST_LANES} lanes; delete some first")
        provider = await self._provider(asked)
        plan = _plan(provider, asked.plan, by_tls=asked.tls)
        lane = await self._lanes.open(provider, plan=plan, seed=asked.seed, secure=asked.tls)
        if asked.webhook_url is not None:
            try:
                _webhooks(lane).subscribe(asked.webhook_url)
            except BaseException:
                await self._lanes.close(lane.id)
                raise
        made = {"id": lane.id, "url": lane.url, "credentials": lane.credentials, "env": lane.env}
        if asked.tls:
            made["ca"] = self._lanes.authority.pem.decode()
        return _json(made, 201, {"location": f"/lanes/{lane.id}"})

    async def lane(self, request: Request) -> Response:
        return _json(told_lane(self._lane(request)))

    async def close_lane(self, request: Request) -> Response:
        await self._lanes.close(self._lane(request).id)
        return Response(status_code=204)

    async def set_plan(self, request: Request) -> Response:
        lane = self._lane(request)
        asked = await _body(request, object)
        if isinstance(asked, dict) and "plan" in asked:
            asked = _converted(asked, SetPlan).plan
        lane.set_plan(_plan(lane.provider, asked, by_tls=lane.url.startswith("https:")))
        return _json(told_lane(lane))

    async def heal(self, request: Request) -> Response:
        lane = self._lane(request)
        lane.heal()
        return _json(told_lane(lane))

    async def journal(self, request: Request) -> Response:
        lane = self._lane(request)
        after = _after(request)
        clean = redaction_for(lane)
        exchanges = [told_exchange(exchange, clean) for exchange in lane.journal.after(after)]
        return _json(
            {
                "exchanges": exchanges,
                "dropped_bodies": lane.journal.dropped_bodies,
                "dropped_exchanges": lane.journal.dropped_exchanges,
            }
        )

    async def state(self, request: Request) -> Response:
        lane = self._lane(request)
        return _json(redaction_for(lane).data(lane.state.snapshot()))

    async def give(self, request: Request) -> Response:
        lane = self._lane(request)
        asked = await _body(request, Give)
        resource = lane.given(asked.kind, asked.fields)
        return _json({"resource": redaction_for(lane).data(resource)}, 201)

    async def begin_call(self, request: Request) -> Response:
        lane = self._lane(request)
        asked = await _body(request, BeginCall)
        try:
            call = self._told(lane).begin(asked.name)
        except UsageError as error:
            raise Problem(409, "one call at a time", str(error)) from None
        return _json(redaction_for(lane).data(told_call(call)), 201)

    async def end_call(self, request: Request) -> Response:
        lane = self._lane(request)
        asked = await _body(request, EndCall)
        try:
            call = self._told(lane).end(
                request.path_params["call"], ok=asked.ok, error=asked.error, output=asked.output
            )
        except UnknownName as error:
            raise Problem(404, "no such call", str(error)) from None
        except UsageError as error:
            raise Problem(409, "ended before", str(error)) from None
        return _json(redaction_for(lane).data(told_call(call)))

    async def webhooks(self, request: Request) -> Response:
        lane = self._lane(request)
        clean = redaction_for(lane)
        return _json({"webhooks": [told_webhook(sent, clean) for sent in _webhooks(lane).sent]})

    async def send_webhooks(self, request: Request) -> Response:
        lane = self._lane(request)
        asked = await _body(request, SendWebhooks)
        if (asked.type is None) == (not asked.types):
            raise UsageError("what is sent is one of `type` and `types`")
        sent = await _webhooks(lane).send(
            asked.types if asked.type is None else (asked.type,),
            to=asked.to,
            resource=asked.resource,
            way=asked.way,
            attempts=asked.attempts,
            pace=asked.pace,
            delay_s=asked.delay_s,
            allow_remote=asked.allow_remote,
        )
        clean = redaction_for(lane)
        return _json({"webhooks": [told_webhook(each, clean) for each in sent]})

    async def verdicts(self, request: Request) -> Response:
        lane = self._lane(request)
        asked = await _body(request, Expect)
        expectations = [
            Expectation(each) if isinstance(each, str) else Expectation(each.check, each.with_)
            for each in asked.expect
        ]
        again = f"POST /lanes/{lane.id}/verdicts, of a lane with seed {lane.seed}"
        evidence, verdicts = judged(lane, expectations, tuple(self._told(lane)), again=again)
        return _json(redaction_for(lane).data(told_verdicts(evidence.calls, verdicts)))

    def _told(self, lane: LaneFront) -> ToldCalls:
        return self._calls.setdefault(lane, ToldCalls(lane))

    def _lane(self, request: Request) -> LaneFront:
        try:
            return self._lanes[request.path_params["id"]]
        except UnknownName as error:
            raise Problem(404, "no such lane", str(error)) from None

    async def _provider(self, asked: OpenLane) -> Provider:
        if (asked.provider is None) == (asked.document is None):
            raise UsageError("a lane plays one of `provider` and `document`")
        if asked.provider is not None:
            # A name and nothing else: a path must come as `document`, and lie where documents may.
            if asked.provider not in provider_names():
                raise UnknownName("provider", asked.provider, provider_names())
            name = asked.provider
        else:
            name = str(self._document(asked.document or ""))
        if name not in self._providers or asked.document is not None:
            # In a thread: a large document takes seconds, and other lanes go on serving.
            self._providers[name] = await asyncio.to_thread(load_provider, name, within=self._documents)
        return self._providers[name]

    def _document(self, text: str) -> Path:
        try:
            path = (self._documents / text).resolve()
            there = path.is_file()
        except (OSError, ValueError, RuntimeError):  # too long a name, a NUL in it, links in a ring
            path, there = self._documents, False
        if not path.is_relative_to(self._documents):
            raise UsageError(f"document {text!r} lies outside {self._documents}")
        if not there:
            names = [found.name for found in self._documents.iterdir() if found.is_file()]
            raise UsageError(f"no document {text!r} below {self._documents}; {did_you_mean(text, names)}")
        return path


class LocalOnly:
    """Turns away whoever calls this machine by another's name, and other sites' pages."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
            host = headers.get(b"host", "")
            origin = headers.get(b"origin")
            if not self._local(host):
                problem = Problem(403, "not for other hosts", f"Host is {host!r}; call it as localhost")
                return await _problem_response(problem)(scope, receive, send)
            if origin is not None and not self._local(_host_of(origin)):
                problem = Problem(403, "not for other sites", f"Origin is {origin!r}")
                return await _problem_response(problem)(scope, receive, send)
        return await self._app(scope, receive, send)

    def _local(self, host: str) -> bool:
        name, colon, port = host.lower().rpartition(":")
        return (name if colon and port.isdigit() else host.lower()) in self._hosts


def _host_of(origin: str) -> str:
    """The host of an origin, with its port; empty where it has none (`null`)."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


@cache
def openapi() -> dict[str, Any]:
    """The document of this API."""
    path = Path(__file__).with_name("openapi.yaml")
    document: Any = load(path.read_text("utf-8"), path=str(path))
    document["info"]["version"] = __version__
    document["components"]["schemas"]["ProviderName"]["enum"] = list(provider_names())
    return dict(document)


def _webhooks(lane: LaneFront) -> Webhooks:
    if lane.webhooks is None:
        raise Problem(409, "played by several processes", f"{lane.id} sends none: serve it without --workers")
    return lane.webhooks


def _plan(provider: Provider, asked: object, *, by_tls: bool) -> Plan | None:
    """A plan by name, or written out as in a plan file."""
    if asked is None:
        return None
    if isinstance(asked, str):
        plan = named_plan(provider, asked)
    else:
        plan = parse_plan(msgspec.json.encode(asked).decode(), path="plan", name="plan")
    if plan.needs_tls and not by_tls:
        raise UsageError(f"the plan {plan.name} spoils TLS handshakes; open the lane with `tls`: true")
    return plan


async def _body(request: Request, kind: type[T]) -> T:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(415, "not JSON", f"Content-Type is {media_type or 'missing'!r}; send application/json")
    octets = b""
    try:
        async for chunk in request.stream():
            octets += chunk
            if len(octets) > MOST_BYTES:
                raise Problem(422, "too long", f"the body is longer than {MOST_BYTES} bytes")
    except ClientDisconnect:
        raise Problem(400, "cut short", "the body ended too early") from None
    try:
        data = msgspec.json.decode(octets)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Problem(400, "malformed JSON", str(error)) from None
    return _converted(data, kind)


def _converted(data: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise Problem(422, "not as the document says", f"{error}; see /openapi.json") from None


def _after(request: Request) -> int:
    for name in request.query_params:
        if name != "after":
            raise Problem(422, "unknown parameter", f"no parameter {name!r}; {did_you_mean(name, ['after'])}")
    text = request.query_params.get("after", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Problem(422, "no number", f"after is {text!r}; expected the number of an exchange, from 0")
    return int(text)


Endpoint = Callable[[Request], Awaitable[Response]]


def _by_method(**endpoints: Endpoint) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        # HEAD comes with GET, as Starlette has it.
        return await endpoints["GET" if request.method == "HEAD" else request.method](request)

    return endpoint


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers, "application/json")


def _problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    told = {"type": "about:blank", "title": problem.title, "status": problem.status, "detail": problem.detail}
    return Response(msgspec.json.encode(told), problem.status, headers, "application/problem+json")


async def _problem(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    return _problem_response(problem)


async def _mistake(request: Request, mistake: Exception) -> Response:
    return _problem_response(Problem(422, "cannot be done as asked", str(mistake)))


async def _problem_of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    problem = Problem(
        error.status_code, error.detail, f"{request.method} {request.url.path}: see /openapi.json"
    )
    return _problem_response(problem, dict(error.headers or {}))

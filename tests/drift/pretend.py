"""A shop that answers as real providers do: every night with other ids, dates and texts, and no change at all.

`DOCUMENT` is its contract. A drift is a function that changes one answer; `night` is what was answered once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from harness.contract.behaviour import UNKNOWN, Behaviour
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.provider import Card, Provider
from harness.model.exchange import Exchange

STRING: dict[str, Any] = {"type": "string"}
MONEY = {
    "type": "object",
    "required": ["amount", "currency"],
    "properties": {"amount": {"type": "integer"}, "currency": {**STRING, "minLength": 3, "maxLength": 3}},
}
CUSTOMER = {
    "type": "object",
    "required": ["id", "object", "created"],
    "properties": {
        "id": STRING,
        "object": {"enum": ["customer"]},
        "created": {**STRING, "format": "date-time"},
        "email": {**STRING, "format": "email"},
        "nickname": {"type": ["string", "null"]},
        "metadata": {"type": "object", "additionalProperties": STRING},
    },
}
ORDER = {
    "type": "object",
    "required": ["id", "status", "total", "created", "lines", "paid", "key"],
    "properties": {
        "id": STRING,
        "key": {**STRING, "format": "uuid"},
        "status": {"enum": ["open", "paid", "shipped"]},
        "channel": {**STRING, "x-extensible-enum": ["web", "shop"]},
        "total": MONEY,
        "created": {**STRING, "format": "date-time"},
        "due": {**STRING, "format": "date"},
        "updated_at": {"type": "integer"},
        "paid": {"type": "boolean"},
        "weight": {"type": "number", "minimum": 0},
        "note": STRING,
        "coupon": STRING,
        "code": {**STRING, "pattern": "^[A-Z]{3}-[0-9]{4}$"},
        "customer": {"anyOf": [STRING, CUSTOMER]},
        "lines": {
            "type": "array",
            "maxItems": 50,
            "items": {
                "type": "object",
                "required": ["sku", "quantity"],
                "additionalProperties": False,
                "properties": {
                    "sku": STRING,
                    "quantity": {"type": "integer", "minimum": 1},
                    "gift": {"type": "boolean"},
                },
            },
        },
        "metadata": {"type": "object", "additionalProperties": STRING},
    },
}


def _answered(schema: dict[str, Any], **headers: Any) -> dict[str, Any]:
    return {"description": "", "headers": headers, "content": {"application/json": {"schema": schema}}}


ERROR = {"type": "object", "required": ["message"], "properties": {"message": STRING}}
PAGE = {
    "type": "object",
    "required": ["data", "has_more"],
    "properties": {"data": {"type": "array", "items": ORDER}, "has_more": {"type": "boolean"}},
}
REQUEST_ID = {"schema": STRING}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/v1/orders": {
            "get": {
                "operationId": "listOrders",
                "parameters": [
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 100},
                    },
                    {"name": "status", "in": "query", "schema": {"enum": ["open", "paid", "shipped"]}},
                ],
                "responses": {
                    "200": _answered(
                        PAGE, **{"X-Total-Count": {"required": True, "schema": {"type": "integer"}}}
                    ),
                    "400": _answered(ERROR),
                },
            }
        },
        "/v1/orders/{order}": {
            "get": {
                "operationId": "getOrder",
                "parameters": [{"name": "order", "in": "path", "required": True, "schema": STRING}],
                "responses": {"200": _answered(ORDER), "404": _answered(ERROR)},
            }
        },
        "/v1/customers/{customer}": {
            "get": {
                "operationId": "getCustomer",
                "parameters": [{"name": "customer", "in": "path", "required": True, "schema": STRING}],
                "responses": {"200": _answered(CUSTOMER), "404": _answered(ERROR)},
            }
        },
        "/v1/rates": {
            "get": {
                "operationId": "getRates",
                "responses": {
                    "200": _answered({"type": "object", "additionalProperties": {"type": "number"}})
                },
            }
        },
    },
}


def contract(document: dict[str, Any] = DOCUMENT) -> Contract:
    return Contract(parse(json.dumps(document).encode(), name="shop.json"))


def provider(behaviour: Behaviour = UNKNOWN, document: dict[str, Any] = DOCUMENT) -> Provider:
    card = Card(name="shop", title="Shop", kind="shop", docs="", document="")
    return Provider(card, contract(document), behaviour)


class Reply(msgspec.Struct):
    """An answer that a drift may change. `value` None: no body."""

    method: str
    path: str
    query: dict[str, str]
    status: int
    value: Any
    headers: dict[str, str]
    media: str = "application/json"

    @property
    def operation(self) -> str:
        if self.path == "/v1/orders":
            return "GET /v1/orders"
        return re.sub(r"/v1/(order|customer)s/.*", r"GET /v1/\1s/{\1}", self.path).replace(
            "/v1/rates", "GET /v1/rates"
        )

    @property
    def orders(self) -> list[dict[str, Any]]:
        """The orders that the answer shows."""
        if self.status != 200 or not isinstance(self.value, dict):
            return []
        alone = [self.value] if "lines" in self.value else []
        found: list[dict[str, Any]] = self.value.get("data", alone)
        return found

    @property
    def body(self) -> bytes:
        if self.value is None or isinstance(self.value, str | bytes):
            return (self.value or "").encode() if not isinstance(self.value, bytes) else self.value
        return json.dumps(self.value).encode()


Drift = Callable[[Reply], None]


def healthy(reply: Reply) -> None:
    """Nothing has changed."""


class Shop:
    """The shop in one night."""

    def __init__(self, night: int, drift: Drift = healthy) -> None:
        self._random, self._drift = Random(night), drift
        self.now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
            days=night, seconds=self._random.randrange(80000)
        )
        self._orders = [self._order(number) for number in range(60)]
        self._random.shuffle(self._orders)

    def answer(self, method: str, path: str, query: dict[str, str]) -> Reply:
        reply = deepcopy(self._answer(method, path, query))
        self._drift(reply)
        return reply

    def _answer(self, method: str, path: str, query: dict[str, str]) -> Reply:
        headers = {"x-request-id": f"req_{self._random.getrandbits(60):x}", "date": self.now.strftime("%c")}

        def said(status: int, value: Any, **more: str) -> Reply:
            named = {name.replace("_", "-"): text for name, text in more.items()}
            return Reply(method, path, query, status, value, {**headers, **named})

        if path == "/v1/orders":
            limit, status = query.get("limit", "10"), query.get("status")
            if not re.fullmatch("[1-9][0-9]?|100", limit) or status not in (None, "open", "paid", "shipped"):
                return said(400, {"message": self._random.choice(["wrong limit", "falsche Angabe"])})
            found = [order for order in self._orders if status in (None, order["status"])]
            first = self._random.randrange(3) if len(found) > 20 else 0
            if self._random.random() < 0.05:
                found = []
            page = found[first : first + int(limit)]
            more = {"link": '</v1/orders?page=2>; rel="next"'} if len(page) < len(found) else {}
            return said(200, {"data": page, "has_more": bool(more)}, x_total_count=str(len(found)), **more)
        if path.startswith("/v1/orders/"):
            known = {order["id"]: order for order in self._orders}
            order = known.get(path.rsplit("/", 1)[1])
            return said(200, order) if order else said(404, {"message": "no such order"})
        if path.startswith("/v1/customers/"):
            name = path.rsplit("/", 1)[1]
            return (
                said(200, self._customer(name)) if name.startswith("cus_") else said(404, {"message": "none"})
            )
        if path == "/v1/rates":
            some = self._random.sample(["EUR", "USD", "GBP", "JPY", "CHF", "SEK"], 3)
            return said(200, {name: self._random.choice([1, 1.25, 0.5, 2]) for name in some})
        return said(404, {"message": "nothing here"})

    def _order(self, number: int) -> dict[str, Any]:
        chance = self._random
        status = chance.choice(["open", "paid", "shipped", "shipped"])
        order: dict[str, Any] = {
            "id": f"ord_{number:04d}x{number * 7919 % 9973}",
            "key": f"{chance.getrandbits(32):08x}-4000-4000-8000-{chance.getrandbits(48):012x}",
            "status": status,
            "total": {"amount": chance.randrange(1, 90000), "currency": "EUR"},
            "created": self._moment(),
            "due": f"{self.now - timedelta(days=chance.randrange(400)):%Y-%m-%d}",
            "updated_at": int(self.now.timestamp()) - chance.randrange(9_000_000),
            "paid": status != "open",
            "weight": chance.choice([1, 2, 0.5, 3.25, 0]),
            "code": f"{chance.choice(['ABC', 'XYZ', 'QRS'])}-{chance.randrange(10000):04d}",
            "lines": [self._line() for _ in range(chance.randrange(4))],
            "metadata": {
                chance.choice(["ref", "cart", "who", "tour"]): f"{chance.randrange(99)}" for _ in range(2)
            },
        }
        if chance.random() < 0.5:
            order["note"] = chance.choice(
                ["", "leave at the door", "Bitte klingeln", "próxima semana", "2026-01-05"]
            )
        if chance.random() < 0.3:
            order["coupon"] = chance.choice(["SPRING", "SOMMER26", "10OFF"])
        if chance.random() < 0.8:
            order["channel"] = chance.choice(["web", "shop"])
        if chance.random() < 0.9:
            order["customer"] = (
                f"cus_{chance.randrange(999)}" if chance.random() < 0.5 else self._customer("cus_7")
            )
        return dict(chance.sample(sorted(order.items()), len(order)))

    def _line(self) -> dict[str, Any]:
        line: dict[str, Any] = {
            "sku": f"S{self._random.randrange(100)}",
            "quantity": self._random.randrange(1, 9),
        }
        return {**line, "gift": True} if self._random.random() < 0.2 else line

    def _customer(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {"id": name, "object": "customer", "created": self._moment(), "metadata": {}}
        if self._random.random() < 0.7:
            found["email"] = f"a{self._random.randrange(99)}@example.com"
        if self._random.random() < 0.5:
            found["nickname"] = self._random.choice([None, "Al", "Bo"])
        return found

    def _moment(self) -> str:
        moment = self.now - timedelta(seconds=self._random.randrange(40_000_000))
        return moment.strftime(self._random.choice(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%f+00:00"]))


CALLS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/v1/orders", {}),
    ("/v1/orders", {"limit": "20"}),
    ("/v1/orders", {"limit": "3"}),
    ("/v1/orders", {"status": "paid"}),
    ("/v1/orders", {"limit": "30", "status": "shipped"}),
    *((f"/v1/orders/ord_{number:04d}x{number * 7919 % 9973}", {}) for number in range(8)),
    *((f"/v1/customers/cus_{number}", {}) for number in range(15)),
    ("/v1/rates", {}),
    ("/v1/orders/nobody", {}),
)


def night(number: int, drift: Drift = healthy) -> list[Exchange]:
    """What was asked and answered in one night, without a wire."""
    shop = Shop(number, drift)
    return [exchange_of(at, shop.answer("GET", path, query)) for at, (path, query) in enumerate(CALLS, 1)]


def exchange_of(number: int, reply: Reply) -> Exchange:
    media = (("content-type", reply.media),) if reply.media and reply.value is not None else ()
    return Exchange(
        number,
        1,
        float(number),
        ended_s=number + 0.1,
        outcome="sent",
        method=reply.method,
        path=reply.path,
        query=urlencode(reply.query),
        request_headers=(("accept", "application/json"),),
        status=reply.status,
        response_headers=(*media, *((name.lower(), value) for name, value in reply.headers.items())),
        response_body=reply.body,
    )


class Online:
    """The shop on the wire, by pytest-httpserver. `requests`: those that came."""

    def __init__(self, httpserver: HTTPServer, number: int = 1, drift: Drift = healthy) -> None:
        self.url = httpserver.url_for("").rstrip("/")
        self.requests: list[Request] = []
        self.shop = Shop(number, drift)
        httpserver.expect_request(re.compile(".*", re.DOTALL)).respond_with_handler(self._respond)

    def _respond(self, request: Request) -> Response:
        self.requests.append(request)
        query = dict(parse_qsl(request.query_string.decode(), keep_blank_values=True))
        reply = self.shop.answer(request.method, request.path, query)
        reply.headers.pop("date", None)
        return Response(reply.body, reply.status, reply.headers, content_type=reply.media or None)


def on_orders(change: Callable[[dict[str, Any]], None]) -> Drift:
    """A drift in each order."""

    def drift(reply: Reply) -> None:
        for order in reply.orders:
            change(order)

    return drift


def on(operation: str, change: Drift) -> Drift:
    """A drift in the good answers of one operation."""

    def drift(reply: Reply) -> None:
        if reply.operation == operation and reply.status == 200:
            change(reply)

    return drift

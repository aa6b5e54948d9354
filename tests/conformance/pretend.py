"""A provider of orders, pretended by pytest-httpserver: good as it is, until a test breaks it in one place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from harness.conformance.checking import Check
from harness.conformance.credential import Credential
from harness.conformance.question import Question
from harness.contract.behaviour import UNKNOWN, Behaviour
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.provider import Card, Provider
from harness.model.finding import Verdict
from harness.model.report import Report

ORDER = {
    "type": "object",
    "required": ["id", "status", "total"],
    "properties": {
        "id": {"type": "string"},
        "status": {"enum": ["open", "paid"]},
        "total": {"type": "integer"},
    },
}


def answered(schema: dict[str, Any], **headers: Any) -> dict[str, Any]:
    node: dict[str, Any] = {"description": "", "content": {"application/json": {"schema": schema}}}
    return {**node, "headers": headers} if headers else node


ERROR = answered({"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}})
LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}
ID = {"name": "order_id", "in": "path", "required": True, "schema": {"type": "string"}}
NOTE = {"type": "object", "required": ["note"], "properties": {"note": {"type": "string", "minLength": 1}}}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "security": [{"key": []}],
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/orders": {
            "get": {
                "operationId": "listOrders",
                "parameters": [LIMIT],
                "responses": {
                    "200": answered(
                        {"type": "object", "properties": {"data": {"type": "array", "items": ORDER}}},
                        **{"X-Total": {"required": True, "schema": {"type": "integer"}}},
                    ),
                    "400": ERROR,
                },
            },
            "post": {
                "operationId": "createOrder",
                "requestBody": {"required": True, "content": {"application/json": {"schema": NOTE}}},
                "responses": {"201": answered(ORDER), "400": ERROR},
            },
        },
        "/orders/{order_id}": {
            "parameters": [ID],
            "get": {"operationId": "getOrder", "responses": {"200": answered(ORDER), "404": ERROR}},
        },
    },
}

Answer = Callable[[Request], Response]


def jsoned(value: object, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(json.dumps(value), status, named, content_type="application/json")


def order(**fields: object) -> dict[str, object]:
    return {"id": "o_1", "status": "open", "total": 12, **fields}


def orders(*found: dict[str, object]) -> Response:
    return jsoned({"data": list(found) or [order()]}, x_total="1")


class Orders:
    """The pretended provider. Each of `list`, `get`, `create` may be replaced; `requests` are those that came."""

    def __init__(self, httpserver: HTTPServer) -> None:
        self.url = httpserver.url_for("").rstrip("/")
        self.requests: list[Request] = []
        self.list: Answer = self._list
        self.get: Answer = self._get
        self.create: Answer = lambda request: jsoned(order(), 201)
        httpserver.expect_request("/orders", method="GET").respond_with_handler(
            self._heard(lambda: self.list)
        )
        httpserver.expect_request("/orders", method="POST").respond_with_handler(
            self._heard(lambda: self.create)
        )
        httpserver.expect_request(_under("/orders/")).respond_with_handler(self._heard(lambda: self.get))

    def _heard(self, answer: Callable[[], Answer]) -> Answer:
        def handle(request: Request) -> Response:
            self.requests.append(request)
            return answer()(request)

        return handle

    def _list(self, request: Request) -> Response:
        limit = request.args.get("limit")
        if limit is not None and not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 100):
            return jsoned({"message": "limit"}, 400)
        return orders()

    def _get(self, request: Request) -> Response:
        known = request.path == "/orders/o_1"
        return jsoned(order()) if known else jsoned({"message": "no such order"}, 404)


def _under(prefix: str) -> Any:
    import re

    return re.compile(re.escape(prefix) + ".*", re.DOTALL)


def provider(document: dict[str, Any] = DOCUMENT, behaviour: Behaviour = UNKNOWN) -> Provider:
    card = Card(name="orders", title="Orders", kind="shop", docs="", document="")
    return Provider(card, Contract(parse(json.dumps(document).encode(), name="orders.json")), behaviour)


def checked(
    url: str,
    *operations: str,
    of: Provider | None = None,
    examples: int = 12,
    credential: Credential | None = None,
    **more: Any,
) -> Report:
    """The report of a check of these operations; without any, of those that read."""
    known = of or provider()
    every = known.contract.operations
    chosen = [every[name] for name in operations] or [o for o in every.values() if o.method == "GET"]
    sleep = more.pop("sleep", None)
    question = Question(
        base_url=url, operations=tuple(chosen), examples=examples, again=f"orders --base-url {url}", **more
    )
    check = Check(known, question, credential=credential, **({"sleep": sleep} if sleep else {}))
    try:
        return check.run()
    finally:
        check.close()


def verdicts(report: Report, word: str = "fail") -> list[Verdict]:
    return [v for run in report.scenarios for v in run.verdicts if v.verdict == word]


def told(report: Report, word: str = "fail") -> list[str]:
    """`check: observed` of each verdict of that word."""
    return [f"{verdict.check}: {verdict.observed}" for verdict in verdicts(report, word)]

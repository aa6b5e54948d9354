"""A small provider to test the mock with, and a client that meets it without a socket between them."""

from __future__ import annotations

import random
from typing import Any

import msgspec

from harness.contract.behaviour import UNKNOWN, Behaviour
from harness.contract.contract import Contract, Match
from harness.contract.document import parse
from harness.contract.yaml import convert
from harness.mock.answer import Answer, Reading, answer, read
from harness.mock.authorise import issue
from harness.mock.state import State
from harness.model.message import Request
from tests.fakes import draw

NOW_S = 1_750_000_000.0

DOCUMENT = """
openapi: 3.1.0
info: {title: Shop, version: "1"}
security: [{key: []}]
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1}}
        - {name: after, in: query, schema: {type: string}}
        - {name: before, in: query, schema: {type: string}}
        - {name: status, in: query, schema: {type: string}}
        - {name: total, in: query, style: deepObject, schema: {type: object, additionalProperties: {type: integer}}}
      responses:
        "200":
          description: a page
          content:
            application/json:
              schema:
                type: object
                required: [object, url, items, more]
                properties:
                  object: {const: list}
                  url: {type: string}
                  more: {type: boolean}
                  items: {type: array, items: {$ref: "#/components/schemas/Order"}}
        default: {$ref: "#/components/responses/Error"}
    post:
      operationId: createOrder
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [total]
              properties:
                total: {type: integer, minimum: 1}
                note: {type: string}
                tags: {type: object, additionalProperties: {type: string}}
                lines: {type: array, items: {type: object, properties: {sku: {type: string}}}}
                gift: {type: boolean}
      responses:
        "201":
          description: the order
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
        default: {$ref: "#/components/responses/Error"}
  /orders/{order}:
    parameters: [{name: order, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readOrder
      responses:
        "200":
          description: the order
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
        default: {$ref: "#/components/responses/Error"}
    patch:
      operationId: changeOrder
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        "200":
          description: the order
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
        default: {$ref: "#/components/responses/Error"}
    delete:
      operationId: deleteOrder
      responses: {"204": {description: gone}, default: {$ref: "#/components/responses/Error"}}
  /orders/{order}/pay:
    parameters: [{name: order, in: path, required: true, schema: {type: string}}]
    post:
      operationId: payOrder
      responses:
        "200":
          description: the order
          content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}
        default: {$ref: "#/components/responses/Error"}
  /orders/{order}/notes:
    parameters: [{name: order, in: path, required: true, schema: {type: string}}]
    get:
      operationId: listNotes
      parameters:
        - {name: page, in: query, schema: {type: integer}}
        - {name: limit, in: query, schema: {type: integer}}
      responses:
        "200":
          description: notes
          content:
            application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Note"}}}
    post:
      operationId: createNote
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        "201":
          description: the note
          content: {application/json: {schema: {$ref: "#/components/schemas/Note"}}}
  /orders/{order}/notes/{number}:
    parameters:
      - {name: order, in: path, required: true, schema: {type: string}}
      - {name: number, in: path, required: true, schema: {type: integer}}
    get:
      operationId: readNote
      responses:
        "200":
          description: the note
          content: {application/json: {schema: {$ref: "#/components/schemas/Note"}}}
  /pages/{slug}:
    parameters: [{name: slug, in: path, required: true, schema: {type: string}}]
    put:
      operationId: putPage
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        "200":
          description: the page
          content:
            application/json:
              schema:
                type: object
                required: [slug]
                properties: {slug: {type: string}, text: {type: string}}
  /me:
    get:
      operationId: readMe
      responses:
        "200":
          description: me
          content:
            application/json:
              schema: {type: object, required: [name], properties: {name: {type: string}}}
  /parcels/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: readParcel
      responses:
        "200": {description: x, content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}}
  /parcels:
    post:
      operationId: createParcel
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses:
        "201": {description: x, content: {application/json: {schema: {$ref: "#/components/schemas/Parcel"}}}}
  /health:
    get:
      operationId: health
      security: []
      responses: {"200": {description: fine, content: {text/plain: {schema: {type: string}}}}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
  schemas:
    Parcel:
      type: object
      required: [id, weight]
      properties: {id: {type: integer}, weight: {type: integer, minimum: 1}, to: {type: string, maxLength: 5}}
    Order:
      type: object
      required: [id, total, status, created, tags, lines]
      properties:
        id: {type: string}
        total: {type: integer, minimum: 1}
        status: {enum: [open, paid]}
        paid: {type: integer}
        note: {type: [string, "null"], maxLength: 10}
        created: {type: integer}
        url: {type: string}
        tags: {type: object, additionalProperties: {type: string}}
        lines:
          type: object
          required: [items, more]
          properties:
            more: {type: boolean}
            items:
              type: array
              minItems: 1
              items:
                type: object
                required: [sku, count]
                properties: {sku: {type: string}, count: {type: integer}}
    Note:
      type: object
      required: [number, text, order]
      properties: {number: {type: integer}, text: {type: string}, order: {type: string}}
  responses:
    Error:
      description: an error
      content:
        application/json:
          schema:
            type: object
            required: [error]
            properties:
              error:
                type: object
                required: [message]
                properties: {message: {type: string}, code: {type: string}, param: {type: string}}
"""

BEHAVIOUR = """
authentication:
  source: https://shop.example/auth
  accepts: [bearer, basic_username]
  prefix: shop_
  length: 20
  missing: {status: 401, body: {error: {message: no key}}}
  invalid: {status: 403, body: {error: {message: bad key}}}
errors:
  source: https://shop.example/errors
  invalid_request: 422
  every_answer: {x-request: "r_{request_id}"}
  codes: {required: missing, unknown: strange}
  messages: {required: "Give us {param}: {message}"}
  keyword_statuses: {malformed: 400}
  default: {status: 500, body: {error: {message: "{message}", code: "{code}", param: "{param}"}}}
rate_limit:
  source: https://shop.example/limits
  quotas: [{name: all, requests: 50, window_s: 10}]
  every_answer: {x-limit: "{limit}", x-left: "{remaining}", x-reset: "{reset_epoch_s}"}
  reset_header: x-reset
  reset_unit: epoch_s
  exceeded: [{status: 429, headers: {retry-after: "{reset_s}"}, body: {error: {message: slow down}}}]
idempotency:
  source: https://shop.example/keys
  header: Idempotency-Key
  retention_s: 100
  replayed_header: [X-Replayed, "yes"]
  mismatch: {status: 409, body: {error: {message: "another request used {idempotency_key}"}}}
paging:
  source: https://shop.example/pages
  style: cursor
  limit: limit
  default_limit: 3
  max_limit: 5
  after: after
  before: before
  items: items
  more: more
  envelope: {url: "{path}"}
resources:
  orders:
    source: https://shop.example/orders
    prefix: or_
    length: 8
    path: [order]
    create: [createOrder]
    read: [readOrder]
    list: [listOrders]
    change: [changeOrder]
    delete: [deleteOrder]
    transitions: {payOrder: {status: paid, paid: "{total}"}}
    filters: {status: status, total: total}
    merged: [tags]
    etag: true
    defaults: {status: open, note: null, tags: {}, created: "{now}", paid: 0, url: "{base_url}/orders/{id}/{other}"}
    missing: {status: 404, body: {error: {message: "no order {id}"}}}
  notes:
    source: https://shop.example/notes
    id: number
    number: true
    path: [order, number]
    parents: {order: order}
    create: [createNote]
    read: [readNote]
    list: [listNotes]
    sort: oldest_first
  pages:
    source: https://shop.example/pages
    id: slug
    path: [slug]
    create: [putPage]
  me:
    source: https://shop.example/me
    id: name
    read: [readMe]
    defaults: {name: Ada}
"""

CONTRACT = Contract(parse(DOCUMENT.encode(), name="shop.yaml"))


def shop_behaviour(text: str = BEHAVIOUR, **groups: Any) -> Behaviour:
    """The shop's behaviour, with some groups replaced."""
    return msgspec.structs.replace(convert(text, Behaviour, path="behaviour.yaml"), **groups)


class Shop:
    """The shop as one client meets it. Every answer is held against the contract."""

    def __init__(self, behaviour: Behaviour | None = None, *, seed: int = 1, strict: bool = False) -> None:
        self.contract = CONTRACT
        self.behaviour = shop_behaviour() if behaviour is None else behaviour
        self.state = State(draw)
        self.rng = random.Random(seed)
        self.credentials = issue(self.contract, self.behaviour, self.rng)
        self.strict = strict
        self.now_s = NOW_S
        self.reading: Reading | None = None

    def __call__(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        **headers: str | None,
    ) -> Answer:
        """Send a request; a header given as None is not sent, underscores stand for hyphens."""
        path, _, query = target.partition("?")
        sent: dict[str, str | None] = {"host": "shop.test", "authorization": "Bearer shop_mine"}
        content = b"" if body is None else msgspec.json.encode(body)
        content = content if raw is None else raw
        if content:
            sent["content-type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        pairs = tuple((name, value) for name, value in sent.items() if value is not None)
        request = Request(method, target, path, query, pairs, content)
        self.reading = read(request, contract=self.contract, behaviour=self.behaviour)
        answered = answer(
            request,
            self.reading,
            contract=self.contract,
            behaviour=self.behaviour,
            state=self.state,
            credentials=self.credentials,
            now_s=self.now_s,
            rng=self.rng,
            strict=self.strict,
        )
        match = self.reading.match
        if isinstance(match, Match) and self.contract.declares(match.operation, answered.response.status):
            assert self.contract.deviations(match.operation, answered.response) == ()
        return answered

    def order(self, **fields: object) -> dict[str, Any]:
        """A created order."""
        made: dict[str, Any] = decoded(self("POST", "/orders", {"total": 5, **fields}))
        return made


def decoded(answered: Answer) -> Any:
    """The JSON body of an answer."""
    return msgspec.json.decode(answered.response.body)


def bare(**groups: Any) -> Shop:
    """The shop known by its document alone, but for some groups."""
    return Shop(msgspec.structs.replace(UNKNOWN, **groups))

"""A shop whose document moves: the old one, the new one, and a cassette of a client that lists charges."""

from __future__ import annotations

from pathlib import Path

OLD = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: https://api.shop.example}]
paths:
  /charges:
    get:
      operationId: ListCharges
      parameters:
        - {name: limit, in: query, schema: {type: integer}}
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                properties:
                  data:
                    type: array
                    items:
                      type: object
                      required: [id]
                      properties:
                        id: {type: string}
                        status: {type: string, enum: [paid, refunded]}
  /refunds:
    get:
      operationId: ListRefunds
      responses: {"200": {description: ok}}
"""

NEW = OLD.replace('version: "1"', 'version: "2"').replace(
    "in: query, schema", "in: query, required: true, schema"
)
"""A parameter is required from now on."""

TAPE = """\
interactions:
- request: {method: GET, uri: "https://api.shop.example/charges", body: null, headers: {}}
  response:
    status: {code: 200, message: OK}
    headers: {content-type: [application/json]}
    body: {string: '{"data":[{"id":"ch_1","status":"paid"}]}'}
version: 1
"""

SETTINGS = """\
[clients.web]
provider = "./old.yaml"
cassettes = ["tapes"]
[clients.web.calls]
list = "python list.py"
"""


def open_shop(folder: Path, *, with_client: bool = False) -> None:
    """The files of a team, in a folder."""
    (folder / "old.yaml").write_text(OLD)
    (folder / "new.yaml").write_text(NEW)
    (folder / "tapes").mkdir()
    (folder / "tapes" / "list.yaml").write_text(TAPE)
    if with_client:
        (folder / "harness.toml").write_text(SETTINGS)

"""Answers that take no luck are made once."""

from __future__ import annotations

import msgspec

from harness.contract.behaviour import UNKNOWN
from harness.contract.contract import Contract, Judged, Match
from harness.contract.document import parse
from harness.mock.state import State
from harness.mock.turn import Turn
from harness.model.message import Request, Response
from tests.mock.shop import NOW_S

DOCUMENT = """
openapi: 3.1.0
info: {title: T, version: "1"}
paths:
  /told: {get: {operationId: told, responses: {"200": {$ref: "#/components/responses/Told"}}}}
  /drawn: {get: {operationId: drawn, responses: {"200": {$ref: "#/components/responses/Drawn"}}}}
  /timed: {get: {operationId: timed, responses: {"200": {$ref: "#/components/responses/Timed"}}}}
  /wrong: {get: {operationId: wrong, responses: {"200": {$ref: "#/components/responses/Wrong"}}}}
components:
  responses:
    Told:
      description: by example
      content: {application/json: {schema: {type: object}, example: {name: Mia}}}
    Drawn:
      description: with a random id
      content:
        application/json:
          schema: {type: object, required: [id], properties: {id: {type: string, format: uuid}}}
    Timed:
      description: without luck, but not without a clock
      content:
        application/json:
          schema: {type: object, required: [exp_year], properties: {exp_year: {type: integer}}}
    Wrong:
      description: nothing fits
      content: {application/json: {schema: {type: object, required: [x], properties: {x: false}}}}
"""

CONTRACT = Contract(parse(DOCUMENT.encode(), name="t.yaml"))
LATER_S = 40 * 366 * 86400.0


class Draws:
    """Luck that counts up, so that no two draws are the same."""

    def __init__(self) -> None:
        self.count = 0

    def random(self) -> float:
        self.count += 1
        return self.count % 97 / 97

    def randrange(self, start: int, stop: int) -> int:
        self.count += 1
        return start + self.count % (stop - start)

    def getrandbits(self, k: int) -> int:
        self.count += 1
        return int(self.count % 2**k)


def answers(name: str) -> tuple[Response, Response]:
    """Two answers of one lane, years apart."""
    request = Request("GET", f"/{name}", f"/{name}", "", (), b"")
    first = Turn(
        request, Match(CONTRACT.operation(name)), Judged(), CONTRACT, UNKNOWN, State(), NOW_S, Draws()
    )
    later = msgspec.structs.replace(first, now_s=NOW_S + LATER_S)
    return first.success(), later.success()


def test_an_example_is_encoded_once() -> None:
    first, later = answers("told")

    assert first is later


def test_what_takes_luck_is_made_anew() -> None:
    first, later = answers("drawn")

    assert first != later


def test_what_tells_the_time_is_made_anew() -> None:
    first, later = answers("timed")

    assert first != later


def test_an_answer_that_does_not_fit_the_contract_is_not_kept() -> None:
    first, later = answers("wrong")

    assert first is not later

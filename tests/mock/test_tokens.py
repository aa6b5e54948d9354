"""Tokens: each another one, known again, and as the schema wants them."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from harness.contract.behaviour import UNKNOWN
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.mock.answer import answer, read
from harness.mock.state import State
from harness.mock.tokens import given_out_s
from harness.model.message import Request
from tests.fakes import draw

NOW_S = 1_750_000_000.0


def document(**properties: object) -> bytes:
    schema = {"type": "object", "required": list(properties), "properties": properties}
    answers = {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
    paths = {"/oauth/token": {"post": {"operationId": "createToken", "responses": answers}}}
    return msgspec.json.encode(
        {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": paths}
    )


class Asking:
    """Somebody who asks for tokens."""

    def __init__(self, **properties: object) -> None:
        self.contract = Contract(parse(document(**properties), name="shop.json"))
        self.state, self.rng = State(draw), random.Random(1)

    def __call__(self) -> dict[str, Any]:
        request = Request("POST", "/oauth/token", "/oauth/token", "", (("host", "shop.test"),), b"")
        reading = read(request, contract=self.contract, behaviour=UNKNOWN)
        given = answer(
            request,
            reading,
            contract=self.contract,
            behaviour=UNKNOWN,
            state=self.state,
            credentials={},
            now_s=NOW_S,
            rng=self.rng,
        )
        said: dict[str, Any] = msgspec.json.decode(given.response.body)
        return said


def shows(*headers: tuple[str, str]) -> Request:
    return Request("GET", "/me", "/me", "", headers, b"")


def test_each_is_another_one_and_known_again() -> None:
    asking = Asking(access_token={"type": "string", "example": "abc"})
    first, second = asking()["access_token"], asking()["access_token"]
    assert len({first, second, "abc"}) == 3
    assert given_out_s(shows(("authorization", f"Bearer {first}")), asking.state) == NOW_S
    assert given_out_s(shows(("x-shop-access-token", second)), asking.state) == NOW_S
    assert given_out_s(shows(("authorization", "Bearer abc")), asking.state) is None


@pytest.mark.parametrize(("sampled", "told"), [(7, 3600), (7200, 7200)])
def test_it_is_said_to_last_so_long_that_no_client_renews_it_at_once(sampled: int, told: int) -> None:
    asking = Asking(access_token={"type": "string"}, expires_in={"type": "integer", "example": sampled})
    assert asking()["expires_in"] == told


def test_where_the_schema_wants_another_look_it_stays_as_sampled() -> None:
    asking = Asking(access_token={"type": "string", "enum": ["the-one"]})
    assert asking()["access_token"] == asking()["access_token"] == "the-one"
    assert given_out_s(shows(("authorization", "Bearer the-one")), asking.state) == NOW_S


def test_an_answer_without_a_place_for_one_stays_as_it_is() -> None:
    asking = Asking(name={"type": "string", "example": "x"})
    assert asking() == {"name": "x"}
    assert not asking.state.tokens

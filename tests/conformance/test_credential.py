"""A credential goes where the contract says, and its text goes nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from harness.conformance.credential import Credential, Placed
from harness.conformance.question import read_credential
from harness.contract.behaviour import Authentication, Behaviour
from harness.contract.provider import Card, Provider
from harness.errors import UsageError
from tests.contract.build import contract

SECRET = "sk_test_a+b/c=9"
GET = {"responses": {"200": {"description": ""}}}


def placed(
    scheme: dict[str, Any] | None, accepts: Any = None, credential: str = SECRET
) -> tuple[Placed, ...]:
    more: dict[str, Any] = {"security": [{"key": []}]} if scheme else {}
    made = contract({"/a": {"get": GET}}, **more)
    if scheme:
        made.document.root["components"]["securitySchemes"] = {"key": scheme}
    known = (
        Behaviour(authentication=Authentication(source="docs", accepts=accepts)) if accepts else Behaviour()
    )
    card = Card(name="shop", title="", kind="", docs="", document="")
    provider = Provider(card, made, known)
    return Credential(credential, "$KEY").placed(provider, made.operation("GET /a"))


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        ({"type": "http", "scheme": "bearer"}, Placed("header", "authorization", f"Bearer {SECRET}")),
        ({"type": "oauth2", "flows": {}}, Placed("header", "authorization", f"Bearer {SECRET}")),
        ({"type": "apiKey", "in": "header", "name": "X-Key"}, Placed("header", "x-key", SECRET)),
        ({"type": "apiKey", "in": "query", "name": "appId"}, Placed("query", "appId", SECRET)),
        ({"type": "apiKey", "in": "cookie", "name": "sid"}, Placed("cookie", "sid", SECRET)),
    ],
)
def test_it_goes_where_the_contract_says(scheme: dict[str, Any], expected: Placed) -> None:
    assert placed(scheme) == (expected,)


@pytest.mark.parametrize(("text", "pair"), [("name:word", "bmFtZTp3b3Jk"), ("name", "bmFtZTo=")])
def test_basic_takes_a_pair_or_a_name_alone(text: str, pair: str) -> None:
    (found,) = placed({"type": "http", "scheme": "basic"}, credential=text)
    assert found.value == f"Basic {pair}"


@pytest.mark.parametrize(
    ("accepts", "value"), [(("token",), f"token {SECRET}"), (("bearer", "token"), f"Bearer {SECRET}")]
)
def test_where_the_document_is_silent_what_is_known_of_the_provider_holds(accepts: Any, value: str) -> None:
    assert placed(None, accepts) == (Placed("header", "authorization", value),)


def test_where_nobody_knows_nothing_is_sent() -> None:
    assert placed(None) == ()


def test_it_is_not_in_what_is_printed() -> None:
    credential = Credential(SECRET, "$KEY")
    assert SECRET not in repr(credential)
    assert "sk_test_a%2Bb%2Fc%3D9" in credential.forms
    assert "c2tfdGVzdF9hK2IvYz05Og==" in credential.forms


@pytest.mark.parametrize("text", [SECRET, "env:", "env:not a name", "header:KEY"])
def test_a_secret_on_the_command_line_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_credential(text, {})
    assert SECRET not in str(caught.value)
    assert "--auth env:STRIPE_API_KEY" in str(caught.value)


def test_a_variable_that_is_not_set_is_told() -> None:
    with pytest.raises(UsageError, match="KEY is not set"):
        read_credential("env:KEY", {"KEY": " "})

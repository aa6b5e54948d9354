"""Credentials: the right way and the right look, or the provider's own refusal."""

from __future__ import annotations

import random
from base64 import b64encode

import pytest

from harness.contract.behaviour import UNKNOWN, Authentication, Behaviour
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.mock.authorise import issue, refusal
from harness.model.message import Request
from tests.mock.shop import CONTRACT, Shop, bare, decoded, shop_behaviour


def basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "sent", ["Bearer shop_x", "bearer shop_x", basic("shop_x:"), basic("shop_x:anything")]
)
def test_any_well_formed_credential_is_accepted(sent: str) -> None:
    assert Shop()("GET", "/me", authorization=sent).response.status == 200


def test_no_credential_gets_the_providers_answer_and_a_challenge() -> None:
    answered = Shop()("GET", "/me", authorization=None)

    assert answered.response.status == 401
    assert decoded(answered) == {"error": {"message": "no key"}}
    assert answered.response.header("www-authenticate") == 'Bearer realm="api", Basic realm="api"'
    assert (answered.deviations[0].where, answered.deviations[0].keyword) == ("security", "missing")


@pytest.mark.parametrize(
    "sent",
    ["Bearer other_x", "Token shop_x", "Bearer", "Basic ???", "Basic é", "Basic //8=", basic("x:shop_x")],
)
def test_a_credential_of_the_wrong_look_or_way_is_invalid(sent: str) -> None:
    answered = Shop()("GET", "/me", authorization=sent)

    assert answered.response.status == 403
    assert decoded(answered) == {"error": {"message": "bad key"}}
    assert answered.deviations[0].keyword == "invalid"


def test_an_operation_that_needs_none_asks_for_none() -> None:
    assert Shop()("GET", "/health", authorization=None).response.status == 200


def test_strict_accepts_the_lanes_own_credential_only() -> None:
    shop = Shop(strict=True)

    assert shop("GET", "/me", authorization=f"Bearer {shop.credentials['api_key']}").response.status == 200
    assert shop("GET", "/me", authorization="Bearer shop_x").response.status == 403


def test_of_a_document_alone_presence_is_enough() -> None:
    assert bare()("GET", "/me", authorization="Bearer x").response.status == 200
    refused = bare()("GET", "/me", authorization=None).response
    assert refused.status == 401
    assert refused.header("www-authenticate") == 'Bearer realm="api"'


def schemes(**declared: str) -> Contract:
    """A document of one operation; each named scheme is an alternative."""
    listed = "\n".join(f"    {name}: {node}" for name, node in declared.items())
    needs = ", ".join(f"{{{name}: []}}" for name in declared)
    text = f"""
openapi: 3.1.0
info: {{title: T, version: "1"}}
paths: {{/x: {{get: {{operationId: x, security: [{needs}], responses: {{"200": {{description: ok}}}}}}}}}}
components:
  securitySchemes:
{listed}
"""
    return Contract(parse(text.encode(), name="x.yaml"))


def test_schemes_that_are_sent_as_the_same_credential_are_named_once() -> None:
    flow = "{type: oauth2, flows: {clientCredentials: {tokenUrl: https://x.test/token, scopes: {}}}}"
    found = schemes(one=flow, other=flow)
    told = refusal(
        Request("GET", "/x", "/x", "", ()), found.operation("x"), contract=found, behaviour=UNKNOWN
    )
    assert told is not None
    assert told.message == "no credential: authorization (oauth2) is asked for"


def refused(
    contract: Contract, *headers: tuple[str, str], query: str = "", behaviour: Behaviour = UNKNOWN
) -> bool:
    request = Request("GET", "/x", "/x", query, headers)
    return refusal(request, contract.operation("x"), contract=contract, behaviour=behaviour) is not None


def test_an_api_key_is_looked_for_where_the_document_says() -> None:
    header = schemes(a="{type: apiKey, in: header, name: X-Key}")
    query = schemes(a="{type: apiKey, in: query, name: key}")
    cookie = schemes(a="{type: apiKey, in: cookie, name: sid}")

    assert not refused(header, ("x-key", "1"))
    assert refused(header, ("authorization", "Bearer 1"))
    assert not refused(query, query="a=1&key=2")
    assert refused(query)
    assert not refused(cookie, ("cookie", "a=1; sid=2"))
    assert refused(cookie, ("cookie", "a=1; xsid=2"))


def test_one_of_several_alternatives_is_enough() -> None:
    either = schemes(a="{type: http, scheme: basic}", b="{type: oauth2, flows: {}}")

    assert not refused(either, ("authorization", "Basic eDp5"))
    assert not refused(either, ("authorization", "Bearer t"))
    assert refused(either)


@pytest.mark.parametrize(
    ("way", "headers", "query"), [("header", (("x-key", "k_1"),), ""), ("query", (), "x-key=k_1")]
)
def test_behaviour_may_want_a_header_or_a_query_parameter(
    way: str, headers: tuple[tuple[str, str], ...], query: str
) -> None:
    contract = schemes(a="{type: http, scheme: bearer}")
    rules = Authentication(source="", accepts=(way,), name="x-key", prefix="k_")  # type: ignore[arg-type]
    behaviour = Behaviour(authentication=rules)

    assert not refused(contract, *headers, query=query, behaviour=behaviour)
    assert refused(contract, ("authorization", "Bearer k_1"), behaviour=behaviour)


def test_issued_credentials_look_like_the_providers_and_are_seeded() -> None:
    one = issue(CONTRACT, shop_behaviour(), random.Random(1))

    assert one["api_key"].startswith("shop_")
    assert len(one["api_key"]) == len("shop_") + 20
    assert one["webhook_secret"].startswith("whsec_")
    assert one == issue(CONTRACT, shop_behaviour(), random.Random(1))
    assert one != issue(CONTRACT, shop_behaviour(), random.Random(2))

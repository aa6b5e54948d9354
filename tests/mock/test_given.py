"""Resources that are said to be there: found by clients, valid by the contract, and what cannot be is refused."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from harness.contract.files import load_provider
from harness.contract.provider import Provider
from harness.errors import UnknownName, UsageError
from harness.mock.given import given
from harness.mock.own_side import OwnSide
from harness.mock.state import Kept, State
from harness.model.message import Response
from tests.fakes import draw
from tests.mock.test_webhooks import of_document

NOW_S = 1_750_000_000.0
STRIPE = load_provider("stripe")
GITHUB = load_provider("github")


def side(provider: Provider) -> OwnSide:
    return OwnSide(
        provider.contract,
        provider.behaviour,
        State(draw),
        rng=random.Random(1),
        now_s=NOW_S,
        base_url="http://127.0.0.1:4010",
    )


def fits(on: OwnSide, kind: str, kept: Kept) -> bool:
    """Is it what the contract declares?"""
    place = on.place(kind)
    answer = Response(200, (("content-type", "application/json"),), msgspec.json.encode(kept.fields))
    return not on.contract.deviations(place, answer)


def test_what_is_given_is_laid_over_what_the_contract_declares() -> None:
    stripe = side(STRIPE)
    kept = given(stripe, "customer", {"id": "cus_1", "email": "ada@example.com", "metadata": {"order": "7"}})
    assert (kept.id, kept.fields["email"], kept.fields["metadata"]) == (
        "cus_1",
        "ada@example.com",
        {"order": "7"},
    )
    assert fits(stripe, "customers", kept)
    assert stripe.shelf("customers") == {("cus_1",): kept}
    assert stripe.state.effects == 0


@pytest.mark.parametrize("kind", sorted(STRIPE.behaviour.resources))
def test_one_of_each_kind_is_made_of_nothing(kind: str) -> None:
    stripe = side(STRIPE)
    assert fits(stripe, kind, given(stripe, kind, {}))


def test_its_own_path_parameter_is_its_id() -> None:
    assert given(side(STRIPE), "customers", {"customer": "cus_1"}).id == "cus_1"


def test_one_that_is_there_is_changed_and_keeps_the_rest() -> None:
    stripe = side(STRIPE)
    given(stripe, "customer", {"id": "cus_1", "email": "ada@example.com"})
    given(stripe, "customer", {"id": "cus_2"})
    kept = given(stripe, "customer", {"id": "cus_1", "name": "Ada"})
    assert (kept.fields["email"], kept.fields["name"]) == ("ada@example.com", "Ada")
    assert list(stripe.shelf("customers")) == [("cus_1",), ("cus_2",)]


def test_the_only_one_of_its_kind_is_changed() -> None:
    github = side(GITHUB)
    given(github, "user", {"login": "ada"})
    assert [kept.id for kept in github.shelf("users").values()] == ["ada"]


def test_what_it_stands_below_is_made_where_it_is_not_there() -> None:
    github = side(GITHUB)
    given(github, "issue", {"owner": "acme", "repo": "shop", "number": 3, "title": "Broken"})
    assert ("acme", "shop") in github.shelf("repositories")
    assert ("acme", "shop", "3") in github.shelf("issues")
    before = dict(github.shelf("repositories"))
    kept = given(github, "issue", {"number": 4, "owner": "acme"})
    assert kept.parents["repo"] == "shop"
    assert github.shelf("repositories") == before


def test_the_same_number_below_something_else_is_another_one() -> None:
    github = side(GITHUB)
    given(github, "issue", {"owner": "acme", "repo": "shop", "number": 1})
    given(github, "issue", {"owner": "acme", "repo": "till", "number": 1})
    assert [key[1:] for key in github.shelf("issues")] == [("shop", "1"), ("till", "1")]


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("custmer", {}, "no kind of resource 'custmer'; did you mean 'customer'?"),
        ("customer", {"emial": "a"}, "no field of customer 'emial'; did you mean 'email'?"),
        ("customer", {"email": 3}, "no customer with email=3: /email: 3 is not of types"),
        ("customer", {"balance": True}, "no customer with balance=True: /balance"),
        ("payment_intent", {"status": "succeded"}, "status='succeded': /status"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept_of_it(
    kind: str, fields: dict[str, Any], says: str
) -> None:
    stripe = side(STRIPE)
    with pytest.raises((UnknownName, UsageError)) as refused:
        given(stripe, kind, fields)
    assert says in str(refused.value)
    assert not stripe.shelf("customers")


def test_one_that_is_there_stays_as_it_was_where_a_change_is_refused() -> None:
    stripe = side(STRIPE)
    kept = given(stripe, "customer", {"id": "cus_1"})
    with pytest.raises(UsageError):
        given(stripe, "customer", {"id": "cus_1", "email": 3})
    assert stripe.shelf("customers") == {("cus_1",): kept}


def test_a_provider_that_remembers_nothing_says_so() -> None:
    shop = of_document({"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {}})
    with pytest.raises(UsageError, match="the provider remembers nothing"):
        given(side(shop), "order", {})

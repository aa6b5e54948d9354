"""Addresses: what is the same however it is written, and which part of one has changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.drift.build import Tree, changes, ok, only, tree

A = "https://a.test"


def at(*urls: str, **more: Any) -> Tree:
    return tree(ok(), servers=[{"url": url, **more} for url in urls])


def regional(url: str = "https://{region}.a.test", **variable: Any) -> Tree:
    return at(url, variables={url.partition("{")[2].partition("}")[0]: variable})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (at(A), at("https://A.test:443")),
        (at("http://a.test:80"), at("http://a.test")),
        (at("https://a.test/v1"), at("https://a.test/v1/")),
        (at("v1"), at("./v1")),
        (at("/v1"), at("https://a.test/v1")),
        (at(A), at(A, description="for everybody")),
        (regional(default="eu"), regional("https://{where}.a.test", default="eu")),
        (at(A), tree({**ok(), "servers": [{"url": A}]}, servers=[{"url": "https://b.test"}])),
    ],
)
def test_one_address_is_written_in_many_ways(old: Tree, new: Tree) -> None:
    assert changes(old, new) == changes(new, old) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (at(A), at("https://a.test:8443")),
        (at("https://a.test/v1"), at("https://a.test/v2")),
        (at("/v1"), at("/v2")),
        (at(A), tree({**ok(), "servers": [{"url": "https://b.test"}]}, servers=[{"url": A}])),
    ],
)
def test_none_of_the_addresses_is_left(old: Tree, new: Tree) -> None:
    assert changes(old, new) == changes(new, old) == [("server.replaced", "breaking")]


def test_by_which_schemes_an_address_is_asked_for_is_told() -> None:
    plain, safe = "http://a.test", A
    change = only(at(plain), at(safe))
    assert (change.rule, change.level) == ("server.scheme.removed", "risky")
    assert change.message == "http://a.test is asked for by https now, no longer by http"
    assert changes(at(safe), at(plain)) == [("server.scheme.removed", "risky")]
    assert changes(at(safe), at(safe, plain)) == [("server.scheme.added", "info")]
    assert changes(at(safe, plain), at(safe)) == [("server.scheme.removed", "risky")]


def test_a_variable_that_may_be_less_names_what_is_gone() -> None:
    both, one = regional(default="eu", enum=["eu", "us"]), regional(default="eu", enum=["eu"])
    assert only(both, one).message == "the address https://us.a.test is no longer told of"
    assert only(one, both).message == "the address https://us.a.test is new"


def test_a_variable_that_may_be_anything_may_be_what_is_left_of_it() -> None:
    anything = regional(default="eu")
    assert changes(anything, at("https://us.a.test")) == [("server.replaced", "breaking")]
    for left in (regional(default="eu", enum=["eu"]), at("https://eu.a.test")):
        assert changes(anything, left) == [("server.removed", "risky")]
        assert changes(left, anything) == [("server.added", "info")]


def test_what_a_variable_is_where_nobody_says_is_told() -> None:
    known: Tree = {"enum": ["eu", "us"]}
    change = only(regional(default="eu", **known), regional(default="us", **known))
    assert (change.rule, change.level) == ("server.variable.default.changed", "risky")
    assert "is us where nobody says, before eu" in change.message


def test_an_address_that_nobody_can_read_is_an_address() -> None:
    assert changes(at("https://[a.test"), at(A)) == [("server.replaced", "breaking")]

"""Paths to operations: literals first, affixes, base paths, and near misses that help."""

from __future__ import annotations

from typing import Any

import pytest

from harness.contract.contract import Contract, Miss
from tests.contract.build import contract, matched


def shop(*names: str, **more: Any) -> Contract:
    """A contract of operations such as `GET /a/{b}`."""
    paths: dict[str, Any] = {}
    for name in names:
        method, template = name.split(" ")
        paths.setdefault(template, {})[method.lower()] = {"responses": {"200": {"description": ""}}}
    return contract(paths, **more)


def miss(found: Contract, method: str, path: str) -> Miss:
    answer = found.match(method, path)
    assert isinstance(answer, Miss)
    return answer


def test_parameters_are_percent_decoded_segment_by_segment() -> None:
    found = shop("GET /a/{b}/c/{d}")
    assert matched(found, "GET", "/a/x%2Fy/c/%C3%A9+") == ("GET /a/{b}/c/{d}", {"b": "x/y", "d": "é+"})


def test_a_literal_beats_a_parameter_whatever_the_order() -> None:
    found = shop("GET /a/{b}", "GET /a/search", "GET /a/{b}/x", "GET /a/search/y")
    assert matched(found, "GET", "/a/search") == ("GET /a/search", {})
    assert matched(found, "GET", "/a/1") == ("GET /a/{b}", {"b": "1"})
    assert matched(found, "GET", "/a/search/x") == ("GET /a/{b}/x", {"b": "search"})


def test_parameters_of_one_place_may_have_different_names() -> None:
    found = shop("GET /a/{b}", "DELETE /a/{id}", "GET /a/{key}/x")
    assert matched(found, "DELETE", "/a/1") == ("DELETE /a/{id}", {"id": "1"})
    assert matched(found, "GET", "/a/1/x") == ("GET /a/{key}/x", {"key": "1"})


@pytest.mark.parametrize(
    ("path", "name", "parameters"),
    [
        ("/a/7.json", "GET /a/{id}.json", {"id": "7"}),
        ("/a/7:cancel", "GET /a/{id}:cancel", {"id": "7"}),
        ("/a/7", "GET /a/{id}", {"id": "7"}),
        ("/c/x...y", "GET /c/{from}...{to}", {"from": "x", "to": "y"}),
        ("/a/1.2.json", "GET /a/{id}.json", {"id": "1.2"}),
    ],
)
def test_segments_may_have_affixes(path: str, name: str, parameters: dict[str, str]) -> None:
    found = shop("GET /a/{id}", "GET /a/{id}.json", "GET /a/{id}:cancel", "GET /c/{from}...{to}")
    assert matched(found, "GET", path) == (name, parameters)


@pytest.mark.parametrize("path", ["/v1/a/1", "/a/1", "/api/a/1"])
def test_base_paths_of_servers_are_accepted_with_or_without(path: str) -> None:
    servers = [
        {"url": "https://x.com/{v}", "variables": {"v": {"default": "v1"}}},
        {"url": "/api/"},
        {"url": "https://y.com"},
    ]
    assert matched(shop("GET /a/{b}", servers=servers), "GET", path)[1] == {"b": "1"}


def test_head_falls_back_to_get() -> None:
    assert matched(shop("GET /a"), "HEAD", "/a")[0] == "GET /a"


def test_another_method_is_told_as_allowed() -> None:
    assert set(miss(shop("GET /a/{b}", "PUT /a/{b}", "POST /a"), "POST", "/a/1").allowed) == {"GET", "PUT"}


def test_a_trailing_slash_is_a_near_miss() -> None:
    answer = miss(shop("GET /a/b"), "GET", "/a/b/")
    assert answer.allowed == ()
    assert answer.nearest == ("GET /a/b",)


def test_an_empty_segment_is_no_parameter() -> None:
    assert isinstance(shop("GET /a/{b}").match("GET", "/a/"), Miss)


@pytest.mark.parametrize(
    ("method", "path", "nearest"),
    [
        ("GET", "/v1/custmers/cus_1", "GET /v1/customers/{customer}"),
        ("POST", "/v1/customer", "POST /v1/customers"),
        ("GET", "/customers/cus_1", "GET /v1/customers/{customer}"),
    ],
)
def test_a_miss_names_the_nearest_operation_first(method: str, path: str, nearest: str) -> None:
    found = shop(
        "GET /v1/customers", "POST /v1/customers", "GET /v1/customers/{customer}", "GET /v1/charges/{charge}"
    )
    assert miss(found, method, path).nearest[0] == nearest


def test_what_is_like_nothing_has_no_nearest() -> None:
    assert miss(shop("GET /v1/customers"), "GET", "/favicon.ico").nearest == ()


def test_only_a_parameter_that_says_so_takes_several_segments() -> None:
    parameter = {"name": "path", "in": "path", "required": True, "schema": {}, "x-multi-segment": True}
    found = contract(
        {"/files/{path}": {"get": {"parameters": [parameter], "responses": {}}}, "/a/{b}": {"get": {}}}
    )
    assert matched(found, "GET", "/files/a/b%20c") == ("GET /files/{path}", {"path": "a/b c"})
    assert isinstance(found.match("GET", "/a/b/c"), Miss)


@pytest.mark.parametrize(
    ("template", "path", "last"),
    [
        ("/{Bucket}/{Key}", "/b/a/b.txt", "a/b.txt"),
        ("/{Bucket}/{Key}", "/b/a/", "a/"),
        ("/{Bucket}/{Key}", "/b//a%20b", "/a b"),
        ("/sites/{id}/files/{file_path}", "/sites/1/files/a/b", "a/b"),
        ("/sites/{id}/files/{filePath}", "/sites/1/files/a/b", "a/b"),
        ("/raw/{path}", "/raw/a/b/c", "a/b/c"),
    ],
)
def test_paths_and_keys_of_a_store_have_slashes(template: str, path: str, last: str) -> None:
    assert [*matched(shop(f"GET {template}"), "GET", path)[1].values()][-1] == last


@pytest.mark.parametrize(
    "template", ["/api-keys/{key}", "/{owner}/{repo}", "/{key}", "/a/{monkey}", "/a/{empath}"]
)
def test_other_parameters_have_none(template: str) -> None:
    assert isinstance(shop(f"GET {template}").match("GET", template + "/more/of/it"), Miss)


def test_what_is_declared_goes_before_a_path_with_slashes() -> None:
    found = shop("GET /{b}/{path}", "GET /{b}/{path}/meta", "PUT /{b}/{path}")
    assert matched(found, "GET", "/x/y/meta")[0] == "GET /{b}/{path}/meta"
    assert matched(found, "GET", "/x/y/z/meta") == ("GET /{b}/{path}", {"b": "x", "path": "y/z/meta"})
    assert set(miss(found, "PATCH", "/x/y/z").allowed) == {"GET", "PUT"}


def test_the_nearest_is_an_operation_though_its_path_has_a_fragment() -> None:
    found = shop("GET /schemas/a#add", "GET /schemas/a#remove", "GET /other?type=b")
    assert miss(found, "GET", "/schemas/b").nearest[0] == "GET /schemas/a"
    assert found.operation("GET /schemas/a").id == "GET /schemas/a#add"
    assert found.operation("GET /other").id == "GET /other?type=b"

"""Which hosts are a provider's."""

from __future__ import annotations

import pytest

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.hosts import Hosts, hosts_of, is_loopback


def test_hosts_come_from_server_urls() -> None:
    hosts = hosts_of(
        ["https://api.stripe.com/", "https://files.stripe.com/v1", "http://legacy.stripe.com:8080"]
    )
    assert hosts.claim("api.stripe.com", 443) == 2
    assert hosts.claim("api.stripe.com", 80) == 2  # who forgets the s meets the provider all the same
    assert hosts.claim("legacy.stripe.com", 8080) == 2
    assert hosts.claim("legacy.stripe.com", 443) == 0
    assert hosts.claim("evil-api.stripe.com", 443) == 0
    assert hosts.names == ("api.stripe.com", "files.stripe.com", "legacy.stripe.com:8080")
    assert hosts.ports == {443, 8080}


def test_a_variable_stands_for_one_label_or_more() -> None:
    hosts = hosts_of(["https://{bucket}.s3.{region}.amazonaws.com", "{scheme}://{shop}.myshopify.com/admin"])
    assert hosts.claim("my_bucket.s3.eu-west-1.amazonaws.com", 443) == 1
    assert hosts.claim("a.b.s3.eu-west-1.amazonaws.com", 443) == 1
    assert hosts.claim("s3.eu-west-1.amazonaws.com", 443) == 0
    assert hosts.claim("one.myshopify.com", 443) == 1
    dotted = hosts_of(["https://s3{dash-or-dot}{region}.amazonaws.com"])
    assert (
        dotted.claim("s3.eu-west-1.amazonaws.com", 443)
        == dotted.claim("s3-eu-west-1.amazonaws.com", 443)
        == 1
    )


@pytest.mark.parametrize(
    "url",
    ["/v1", "http://localhost:3000", "https://{host}/v1", "https://{tenant}.com", "", "https://[1::bad"],
)
def test_some_urls_name_no_host_in_particular(url: str) -> None:
    assert hosts_of([url]) == Hosts()


def test_a_bare_host_will_do() -> None:
    assert hosts_of(["api.example.com:8443", "api.example.org"]).exact == {
        ("api.example.com", 8443),
        ("api.example.org", 443),
    }


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1", "app.localhost"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)
    assert not is_loopback(f"{host}.example.com")


def test_a_contract_has_its_servers_as_written() -> None:
    document = b"""{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {
        "servers": [{"url": "https://a.example.com"}], "get": {"responses": {"200": {"description": "ok"}}}}},
        "servers": [{"url": "https://{r}.example.com", "variables": {"r": {"default": "eu"}}}, {"url": 3}]}"""
    contract = Contract(parse(document, name="t"))
    assert contract.server_templates == ("https://{r}.example.com", "https://a.example.com")
    assert contract.server_urls == ("https://eu.example.com", "https://a.example.com")

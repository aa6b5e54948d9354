"""Which function of a team's own a first test can point at a mock."""

from __future__ import annotations

import pytest

from harness.cli.starting.callables import Pointed, find


def found(text: str, *, file: str = "shop.py") -> Pointed | None:
    return find({file: text}, ["api.stripe.com"], "STRIPE")


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("def read(base_url, api_key): ...", "read(base_url={url}, api_key={key})"),
        (
            "def read(api_key, *, base_url='https://api.stripe.com'): ...",
            "read(api_key={key}, base_url={url})",
        ),
        ("def read(url, token, limit=3, timeout=2): ...", "read(url={url}, token={key})"),
        ("def read(url, timeout): ...", "read(url={url}, timeout=5.0)"),
        (
            "class Shop:\n  def __init__(self, base_url, key): ...\n  def close(self): ...\n  def orders(self): ...",
            "Shop(base_url={url}, key={key}).orders()",
        ),
    ],
)
def test_one_that_takes_the_address_is_given_it(text: str, call: str) -> None:
    pointed = found(text)
    assert pointed is not None
    assert pointed.call == call


@pytest.mark.parametrize(
    "text",
    [
        "def read(customer, base_url): ...",
        "def _read(base_url): ...",
        "def add(a=1, b=2): ...",
        "BASE = 'https://api.stripe.com'\ndef add(): return 1",
        "@cached\ndef read(base_url): ...",
        "def read(:",
    ],
)
def test_none_is_taken_that_wants_something_else_or_shows_no_address(text: str) -> None:
    assert found(text) is None


def test_a_constant_that_holds_the_address_is_replaced_with_its_path_kept() -> None:
    pointed = found(
        "BASE = 'https://api.stripe.com/v1'\nAPI_KEY = read_it()\ndef read(): return get(BASE, API_KEY)",
        file="src/shop/payments.py",
    )
    assert pointed is not None
    assert pointed.patches == {"shop.payments.BASE": "{url}/v1", "shop.payments.API_KEY": "{key}"}
    assert pointed.imports == "from shop.payments import read"


def test_one_that_reads_the_variable_of_the_service_needs_no_more() -> None:
    pointed = found("import os\nBASE = os.environ['STRIPE_BASE_URL']\nasync def read(): ...")
    assert pointed is not None
    assert (pointed.call, pointed.patches, pointed.is_async) == ("read()", {}, True)


def test_a_parameter_for_the_address_is_surer_than_a_constant() -> None:
    text = "BASE = 'https://api.stripe.com'\ndef a(): return BASE\ndef b(base_url): ..."
    pointed = found(text)
    assert pointed is not None
    assert pointed.name == "b"


def test_the_driver_takes_what_asks_for_its_names_alone() -> None:
    good, other = (
        found("def read(base_url, credentials=None): ..."),
        found("def read(base_url, api_key): ..."),
    )
    assert good is not None
    assert other is not None
    assert (good.driver, other.driver) == ("shop:read", "")


def test_tests_are_no_clients() -> None:
    assert found("def read(base_url): ...", file="tests/client.py") is None
    assert found("def read(base_url): ...", file="test_shop.py") is None

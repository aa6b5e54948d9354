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
        (
            "class Shop:\n  def __init__(self, base_url): ...\n  def order(self, order_id): ...\n"
            "  def charge(self, amount, currency: str): ...",
            "Shop(base_url={url}).charge(amount=1000, currency='eur')",
        ),
        (
            "@dataclass\nclass Shop:\n  token: str\n  base_url: str = 'https://api.stripe.com/v1'\n"
            "  def me(self): ...",
            "Shop(token={key}, base_url={url} + '/v1').me()",
        ),
        ("def read(order_id, base_url): ...", "read(order_id='1', base_url={url})"),
        ("def read(order_id: int, base_url): ...", "read(order_id=1, base_url={url})"),
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
        "def read(session, base_url): ...",
        "def read(host='api.stripe.com', key=''): ...",
        "class Shop(Other):\n  def orders(self, base_url=None, *, what): ...",
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


def test_an_id_that_is_guessed_is_told_of() -> None:
    by_id, by_amount = found("def read(order_id, base_url): ..."), found("def pay(amount, base_url): ...")
    assert by_id is not None
    assert by_amount is not None
    assert (by_id.by_id, by_amount.by_id) == (True, False)


def test_what_reads_a_variable_of_any_name_with_the_address_is_told_it() -> None:
    pointed = found(
        "import os\ndef read():\n  base = os.environ.get('PAY_URL', 'https://api.stripe.com/v1')\n"
        "  return base, os.environ['STRIPE_SECRET']"
    )
    assert pointed is not None
    assert (pointed.env, pointed.patches) == ({"PAY_URL": "{url}/v1", "STRIPE_SECRET": "{key}"}, {})


def test_a_constant_that_comes_from_a_variable_is_replaced_as_any() -> None:
    pointed = found("import os\nBASE = os.getenv('STRIPE_URL')\ndef read(): return get(BASE)")
    assert pointed is not None
    assert (pointed.env, pointed.patches) == ({"STRIPE_URL": "{url}"}, {"shop.BASE": "{url}"})


def test_a_function_over_an_sdk_is_reached_through_its_attributes() -> None:
    points = {"stripe.api_base": "{url}", "stripe.api_key": "{key}"}
    text = "import stripe\ndef add(): return 1\ndef read(): return stripe.Customer.list()"
    pointed = find({"shop.py": text}, ["api.stripe.com"], "STRIPE", points=points)
    assert pointed is not None
    assert (pointed.call, pointed.patches) == ("read()", points)
    assert find({"shop.py": text.replace("import stripe", "")}, [], "STRIPE", points=points) is None


def test_the_driver_is_not_for_what_needs_a_key() -> None:
    pointed = found("def read(base_url='https://api.stripe.com', api_key=''): ...")
    assert pointed is not None
    assert pointed.driver == ""

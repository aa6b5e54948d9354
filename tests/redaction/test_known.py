"""Known secrets out of reports and of the control API."""

from __future__ import annotations

from base64 import b64encode

import pytest

from harness.redaction.known import Redaction, by_digest, without_keys

SECRET = 'sk_test_a"b/c+d&é'


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        "sk_test_a%22b%2Fc%2Bd%26%C3%A9",
        "sk_test_a%22b%2fc%2bd%26%c3%a9",
        'sk_test_a\\"b/c+d&\\u00e9',
        'sk_test_a\\"b\\/c+d&é',
        "sk_test_a&quot;b/c+d&amp;é",
        SECRET.encode().hex(),
        SECRET.upper(),
        b64encode(f"{SECRET}:".encode()).decode(),
        b64encode(f"user:{SECRET}".encode()).decode().rstrip("="),
    ],
)
def test_a_secret_is_found_however_it_is_written(written: str) -> None:
    assert Redaction([SECRET])(f"it said {written}, twice") == "it said <redacted>, twice"


def test_a_longer_secret_is_taken_out_before_a_shorter_one() -> None:
    clean = Redaction(["sk", "sk_1"])
    assert clean("a sk_1 b sk, task") == "a <redacted> b <redacted>, task"
    assert clean.data({"k": ["sk_1", 1]}) == {"k": ["<redacted>", 1]}


def test_without_secrets_everything_stays() -> None:
    clean = Redaction([""])
    assert clean("c2tfdGVzdF9hYmNkZWY= a") == "c2tfdGVzdF9hYmNkZWY= a"


def test_what_carries_a_credential_by_its_name_is_marked_whatever_it_says() -> None:
    clean = Redaction([], mark=by_digest, names=["X-Shop-Key"])
    mark = by_digest("mine")
    assert clean.headers((("x-shop-key", "mine"), ("authorization", "Bearer mine"), ("accept", "mine"))) == [
        ["x-shop-key", mark],
        ["authorization", f"Bearer {mark}"],
        ["accept", "mine"],
    ]
    assert clean.query("a=1&X-Shop-Key=mine&b=mine") == f"a=1&X-Shop-Key={mark}&b=mine"
    assert by_digest("mine") != by_digest("yours")


def test_a_text_for_people_names_resources_but_shows_no_key() -> None:
    said = (
        "GET /bot8123456:AAHk3u9Q2xZbV7mN5cT1wR8yL4pD6sF0gJe/send, /v1/customers/cus_NffrFeUfNV2Hib (2 times)"
    )
    shown = without_keys(f"{said}; sk_live_4eC39HqLyjWDarjtT1zdp7dc")
    assert "AAHk3u9Q2xZbV7mN5cT1wR8yL4pD6sF0gJe" not in shown
    assert "sk_live" not in shown
    assert "/v1/customers/cus_NffrFeUfNV2Hib (2 times)" in shown

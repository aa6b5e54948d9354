"""`harness check` as a command: what it refuses to do, what it says, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from harness.conformance.asking import Examined
from harness.conformance.checking import Check
from harness.contract.contract import Operation
from tests.cli.conftest import Ask
from tests.conformance.pretend import DOCUMENT, Orders, order, orders


@pytest.fixture
def pretended(httpserver: HTTPServer) -> Orders:
    return Orders(httpserver)


@pytest.fixture(autouse=True)
def _document(tmp_path: Path) -> None:
    (tmp_path / "orders.json").write_text(json.dumps(DOCUMENT))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("orders.json", "--base-url says where orders is to be asked"),
        ("orders.json --base-url localhost", "--base-url localhost: expected an address"),
        ("orders.json --base-url http://u:hidden@h", "--base-url has a credential in it"),
        (
            "orders.json --base-url http://h --auth sk_hidden",
            "--auth takes the name of an environment variable",
        ),
        ("orders.json --base-url http://h --auth env:NOT_SET", "NOT_SET is not set"),
        ("orders.json --base-url http://h --operations lisOrders", "did you mean 'listOrders'?"),
        ("orders.json --base-url http://h --operations createOrder", "createOrder: changes something"),
        ("orders.json --base-url http://h --rate fast", "--rate fast: expected requests in a time"),
        (
            "orders.json --base-url http://h --example o_1",
            "--example o_1: expected the name of a path parameter",
        ),
        ("orders.json --base-url http://h --report x.pdf", "no report format"),
        ("stripe --base-url https://api.stripe.com --writes", "--live says that this is meant"),
    ],
)
def test_mistakes_are_told_before_anything_is_asked(ask: Ask, words: str, message: str) -> None:
    status, _, said = ask("check", *words.split())
    assert status == 2
    assert message in said
    assert "hidden" not in said


def test_a_good_provider_is_exit_code_0(ask: Ask, pretended: Orders) -> None:
    status, said, _ = ask("check", "orders.json", "--base-url", pretended.url, "--max-examples", "6")
    assert status == 0
    assert f"PASS   {pretended.url} against orders" in said


def test_a_breach_is_exit_code_1_with_reports(
    ask: Ask, pretended: Orders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERS_KEY", "sk_hidden_42")
    pretended.list = lambda request: orders(order(total=request.headers["Authorization"]))
    words = f"check orders.json --base-url {pretended.url} --auth env:ORDERS_KEY --max-examples 6"
    status, said, _ = ask(
        *words.split(), "--report", "out.json", "--report", "out.xml", "--report", "out.html"
    )
    assert status == 1
    assert "FAIL conformance.body_fits: /data/0/total: " in said
    assert f"harness check orders.json --base-url {pretended.url} --auth env:ORDERS_KEY" in said
    for text in (said, *((tmp_path / f"out.{kind}").read_text() for kind in ("json", "xml", "html"))):
        assert "sk_hidden_42" not in text


def test_no_verdict_is_exit_code_3(ask: Ask) -> None:
    status, said, _ = ask(
        "check", "orders.json", "--base-url", "http://127.0.0.1:9", "--operations", "listOrders"
    )
    assert status == 3
    assert "INCONCLUSIVE" in said
    assert "no connection" in said


def test_ctrl_c_reports_what_was_seen_until_then(
    ask: Ask, pretended: Orders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examine, asked = Check.examine, []

    def until_the_second(self: Check, operation: Operation) -> Examined:
        asked.append(operation.id)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return examine(self, operation)

    monkeypatch.setattr(Check, "examine", until_the_second)
    status, said, _ = ask("check", "orders.json", "--base-url", pretended.url, "--report", "seen.json")
    assert status == 130
    assert "stopped after 1 of 2 operations" in said
    runs = {
        run["id"]: run["verdicts"] for run in json.loads((tmp_path / "seen.json").read_text())["scenarios"]
    }
    assert "pass" in {verdict["verdict"] for verdict in runs[asked[0]]}
    assert [verdict["verdict"] for verdict in runs[asked[1]]] == ["inconclusive"]

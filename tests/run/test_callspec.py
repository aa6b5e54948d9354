"""What may stand after `--call NAME=`."""

from __future__ import annotations

import pytest

from harness.errors import UsageError
from harness.run.callspec import parse_call


@pytest.mark.parametrize(
    ("text", "driver", "target"),
    [
        ("shop.payments:latest", "python", "shop.payments:latest"),
        ("shop:Client.read", "python", "shop:Client.read"),
        ("python:shop:read", "python", "shop:read"),
        ("session:node worker.js", "session", "node worker.js"),
        ("session: node worker.js", "session", "node worker.js"),
        ("http:POST http://127.0.0.1:9000/checkout", "http", "POST http://127.0.0.1:9000/checkout"),
        ("http://127.0.0.1:9000/checkout", "http", "http://127.0.0.1:9000/checkout"),
        ("https://shop.test/checkout", "http", "https://shop.test/checkout"),
        ("command:shop:read", "command", "shop:read"),
        ("python get.py", "command", "python get.py"),
        ("node create.js --at 10:30", "command", "node create.js --at 10:30"),
        ("KEY=a:b ./run.sh", "command", "KEY=a:b ./run.sh"),
        ("curl http://127.0.0.1/", "command", "curl http://127.0.0.1/"),
        ("docker run shop:latest", "command", "docker run shop:latest"),
    ],
)
def test_the_text_says_which_driver(text: str, driver: str, target: str) -> None:
    spec = parse_call("read", text)
    assert (spec.driver, spec.target, spec.text) == (driver, target, text)


@pytest.mark.parametrize(("name", "text"), [("", "true"), ("a b", "true"), ("1st", "true"), ("read", "  ")])
def test_what_is_no_call_is_said(name: str, text: str) -> None:
    with pytest.raises(UsageError):
        parse_call(name, text)


def test_kind_and_operation_are_kept_as_given() -> None:
    spec = parse_call("read", "true", kind="write", operation="PostCustomers")
    assert (spec.kind, spec.operation) == ("write", "PostCustomers")


def test_a_misspelt_driver_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        UsageError, match=r"no driver 'sesion' in 'sesion:node w\.js'; did you mean 'session'\?"
    ):
        parse_call("read", "sesion:node w.js")

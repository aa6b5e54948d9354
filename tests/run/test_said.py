"""What a client says of its own call."""

from __future__ import annotations

import pytest

from harness.run.drivers.said import Said, decoded, last_error, last_line, said


def test_the_client_may_say_how_it_went_and_what_came_of_it() -> None:
    assert said({"ok": True, "value": [1]}) == Said(True, None, [1])
    assert said({"ok": False, "error": "declined"}) == Said(False, "declined")
    assert said({"ok": False, "error_type": "Timeout", "error": "5 s"}) == Said(False, "Timeout: 5 s")


def test_a_failure_without_a_reason_says_so() -> None:
    assert said({"ok": False, "status": 503}) == Said(False, "status 503")
    assert said({"ok": False}) == Said(False, "the client reported a failure without a reason")


def test_an_error_beside_a_success_is_not_one() -> None:
    assert said({"ok": True, "error": ""}) == Said(True)


def test_it_may_say_that_the_value_is_not_the_providers() -> None:
    assert said({"ok": True, "value": 1, "fallback": True}) == Said(True, None, 1, fallback=True)
    assert said({"ok": True, "fallback": "yes"}) == Said(True)
    assert said({"ok": False, "error": "none", "fallback": True}) == Said(False, "none")


def test_several_calls_are_kept_whole() -> None:
    answer = {"ok": True, "value": 1, "calls": [{"t0": 1.0}]}
    assert said(answer) == Said(True, None, answer)


@pytest.mark.parametrize("answer", [None, 1, "ok", [], {}, {"ok": 1}, {"ok": None}, {"OK": True}])
def test_anything_else_says_nothing(answer: object) -> None:
    assert said(answer) is None


def test_the_last_line_is_the_last_that_is_not_blank() -> None:
    assert last_line('{"ok": false}\n{"ok": true}\n\n  \n') == Said(True)
    assert last_line('{"ok": true}\nbye\n') is None
    assert last_line("") is None


@pytest.mark.parametrize("line", ["", "{", "[" * 100_000, b"\xff\xfe", '{"ok": tru'])
def test_nonsense_is_not_json(line: str | bytes) -> None:
    assert decoded(line) is None


NODE = """node:internal/modules/cjs/loader:1207
  throw err;
  ^

Error: Cannot find module './shop'
    at Module._load (node:internal/modules/cjs/loader:1038:27) {
  code: 'MODULE_NOT_FOUND'
}

Node.js v20.20.2
"""

JAVA = """Exception in thread "main" java.io.UncheckedIOException: no answer
\tat Main.main(Main.java:3)
Caused by: java.net.http.HttpTimeoutException: request timed out
\tat java.net.http/HttpClientImpl.send(HttpClientImpl.java:567)
\t... 1 more
"""

PYTHON = """Traceback (most recent call last):
  File "get.py", line 3, in <module>
urllib.error.HTTPError: HTTP Error 503: Service Unavailable
"""


@pytest.mark.parametrize(
    ("stderr", "error"),
    [
        (NODE, "Error: Cannot find module './shop'"),
        (JAVA, "Caused by: java.net.http.HttpTimeoutException: request timed out"),
        (PYTHON, "urllib.error.HTTPError: HTTP Error 503: Service Unavailable"),
        (
            "curl: (22) The requested URL returned error: 503\n\n",
            "curl: (22) The requested URL returned error: 503",
        ),
        ("500 Can't connect at get.pl line 4.\n", "500 Can't connect at get.pl line 4."),
        ("   only indented\n", "only indented"),
        ("", ""),
    ],
    ids=["node", "java", "python", "curl", "perl", "indented", "silent"],
)
def test_why_a_program_failed_is_told_without_its_stack_trace(stderr: str, error: str) -> None:
    assert last_error(stderr) == error

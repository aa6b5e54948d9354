"""The command line as a whole: what a wrong question is answered with, and with what exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import cli
from tests.cli.conftest import Ask


def test_without_words_it_says_what_there_is_to_say(ask: Ask) -> None:
    status, _, said = ask()
    assert status == 2
    assert said.startswith("Usage: ")
    assert "Begin with `harness demo`" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("verif", "no command 'verif'; did you mean 'verify'?"),
        ("verify", "no client to verify: say --provider stripe --call"),
        ("verify --provider stripe", "--provider stripe needs something to call: say"),
        ("verify --call read=true", "--call needs --provider NAME or the path of an OpenAPI document"),
        ("verify --provider strip --call read=true", "no provider 'strip'; did you mean 'stripe'?"),
        ("verify --provider stripe --call read", "--call read: expected --call NAME=VALUE, as --call read="),
        ("verify --provider stripe --call a=x --call a=y", "--call a=... is given twice"),
        (
            "verify --provider stripe --call a=x --kind b=read",
            "--kind b=...: there is no call 'b'; there are a",
        ),
        ("verify --provider stripe --call a=x --kind a=reed", "--kind a=reed: a call is a read or a write"),
        (
            "verify --provider stripe --call a=x --scenario helthy",
            "no scenario 'helthy'; did you mean 'healthy'?",
        ),
        (
            "verify --provider stripe --call a=x --report a.pdf",
            "a.pdf: no report format for the ending '.pdf'",
        ),
        (
            "verify --provider stripe --call a=x --jobs 0",
            "Invalid value for '--jobs': 0 is not in the range of",
        ),
        (
            "verify --provider stripe --call a=x --seed x",
            "Invalid value for '--seed': 'x' is not a valid whole",
        ),
        ("serve stripe --plan outag", "no plan of stripe 'outag'; did you mean 'outage'?"),
        ("serve stripe --webhooks nowhere", "webhooks go to a URL like http://127.0.0.1:8000/hooks"),
        ("serve stripe --webhooks http://hooks.example/", "hooks.example is not this machine"),
        ("serve stripe --webhooks http://127.0.0.1:9/ --workers 2", "--webhooks takes one process"),
        ("serve stripe github --port 65535", "--port 65535 leaves no ports for 2 providers"),
        (
            "explain retry.honors_retry_after",
            "no check, fault, scenario, rule or provider 'retry.honors_retry_after'; did",
        ),
    ],
)
def test_a_wrong_question_is_answered_with_what_would_work(ask: Ask, words: str, message: str) -> None:
    status, out, said = ask(*words.split())
    assert (status, out) == (2, "")
    assert said.startswith(f"harness: {message}")


def test_an_unwritable_report_is_told_before_the_client_runs(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "r.html").mkdir()
    status, _, said = ask("verify", "--provider", "stripe", "--call", "a=touch ran", "--report", "r.html")
    assert (status, said) == (2, "harness: r.html: a folder, where a file is to be written\n")
    assert not (tmp_path / "ran").exists()


def test_a_name_that_nothing_comes_near_is_answered_with_where_they_are_listed(ask: Ask) -> None:
    status, _, said = ask("verify", "--provider", "stripe", "--call", "a=x", "--scenario", "zzz*")
    assert (status, said.splitlines()[-1]) == (2, "try: harness explain")


def test_a_crash_of_ours_is_no_verdict(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "group", crash)
    status, _, said = ask("verify")
    assert status == 70
    assert "ZeroDivisionError" in said
    assert said.endswith("harness: this is a mistake of harness itself, and no verdict on any client\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt])
def test_what_is_stopped_says_so(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def stopped(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli, "group", stopped)
    assert ask("verify") == (130, "", "stopped\n")

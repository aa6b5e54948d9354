"""`harness run`, asked wrongly."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Ask


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--provider", "strpie", "--", "true"), "no provider 'strpie'; did you mean 'stripe'?"),
        (
            ("--provider", "stripe", "--", "pyhton3"),
            "no program to run: pyhton3: not found; did you mean 'python3'?",
        ),
        (
            ("--provider", "stripe", "--verify", "rety", "--", "true"),
            "no check 'rety'; did you mean 'retry'?",
        ),
        (
            ("--provider", "stripe", "--plan", "github=outage", "--", "true"),
            "github is not mocked; there are stripe",
        ),
        (("--provider", "stripe", "--plan", "outrage", "--", "true"), "did you mean 'outage'?"),
        (("--provider", "stripe", "--provider", "stripe", "--", "true"), "given twice"),
        (("--provider", "stripe", "--report", "a.json", "--", "true"), "--report needs --verify CHECKS"),
        (("--host", "a.example.com", "--", "true"), "whose host? --host github=a.example.com"),
        (("--provider", "stripe"), "Missing argument"),
    ],
)
def test_a_mistake_in_the_question_runs_nothing(ask: Ask, words: tuple[str, ...], complaint: str) -> None:
    status, out, said = ask("run", *words)
    assert status == 2
    assert complaint in said
    assert not out

"""The bundled cassettes: our mock's, and said to be; without secrets, as the contract has it, and playable."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cassette.credentials import credential_names
from harness.cassette.files import load_cassette
from harness.cassette.lint import lint
from harness.cassette.meaning import epoch_s
from harness.cassette.replay import Hit, Replay
from harness.contract.files import load_provider

FOLDER = Path(__file__).parent.parent / "cassettes"
README = (FOLDER / "README.md").read_text("utf-8")
CASSETTES = sorted(FOLDER.glob("*/*.yaml"))


def test_there_are_some_for_two_providers() -> None:
    assert {path.parent.name for path in CASSETTES} == {"github", "stripe"}


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_it_says_who_answered_and_how_it_is_made_again(path: Path) -> None:
    facts = load_cassette(path).facts
    assert (facts.recorded_by, facts.provider) == ("mock", path.parent.name)
    assert facts.command.startswith(
        f"harness record {facts.provider} --to cassettes/{facts.provider}/{path.name}"
    )
    assert facts.command.replace(" --seed 1", "") in README


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_nothing_is_wrong_with_it(path: Path) -> None:
    provider = load_provider(path.parent.name)
    found = lint(load_cassette(path), provider.contract, now_s=0.0, names=credential_names(provider))
    assert [oddity for oddity in found if oddity.level == "error"] == []


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_what_was_asked_can_be_asked_again(path: Path) -> None:
    cassette = load_cassette(path)
    replay = Replay(cassette, load_provider(path.parent.name).contract)
    for number, each in enumerate(cassette.exchanges, 1):
        now_s = epoch_s(each.recorded_at)
        assert now_s is not None
        found = replay.answer(each.request, now_s=now_s, key=each.request.header("idempotency-key"))
        assert isinstance(found, Hit)
        assert (found.number, found.again) == (number, False)

"""`harness cassette` as somebody at a terminal has it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from harness import cli
from harness.cassette.format import parse, written
from harness.cassette.recorded import Cassette, Facts, Recorded
from tests.cassette.planted import JSON, exchange
from tests.cassette.test_lint import DOCUMENT
from tests.cassette.test_migrate import entry, har
from tests.cli.conftest import Ask


def made(**more: str) -> Recorded:
    return exchange(sent=(JSON,), body='{"name": "a"}', answer={"id": "t1", **more})


@pytest.fixture(name="ask")
def cassette(ask: Ask) -> Ask:
    """Runs `harness cassette` with these words beside `things.json`, a contract, and `a.yaml`, a cassette."""
    Path("things.json").write_text(json.dumps(DOCUMENT))
    keep(made())

    return partial(ask, "cassette")


def keep(*exchanges: Recorded, path: str = "a.yaml") -> None:
    Path(path).write_text(written(Cassette(exchanges, Facts(recorded_by="mock")), path=path), "utf-8")


def test_it_is_a_command_among_the_others(ask: Ask) -> None:
    assert "cassette" in cli.COMMANDS
    status, _, said = ask("lnt")
    assert (status, said.splitlines()[0]) == (2, "harness: no command 'lnt'; did you mean 'lint'?")


class TestShow:
    def test_one_line_an_exchange(self, ask: Ask) -> None:
        status, said, _ = ask("show", "a.yaml", "--provider", "things.json")
        assert (status, said.splitlines()) == (
            0,
            [
                "a.yaml: 1 exchange; recorded from our own mock, not the live provider",
                "   1  200  POST   /v1/things  CreateThing  12 B",
            ],
        )

    def test_one_exchange_without_its_secrets(self, ask: Ask) -> None:
        keep(made(access_token="abc-123-def"))
        status, said, _ = ask("show", "a.yaml", "1")
        assert status == 0
        assert '"access_token": "<redacted:token-1>"' in said
        assert "abc-123-def" not in said
        status, _, said = ask("show", "a.yaml", "2")
        assert (status, said) == (2, "harness: a.yaml has 1 exchange; there is no number 2\n")

    def test_a_file_that_is_not_there(self, ask: Ask) -> None:
        assert ask("show", "b.yaml")[2] == "harness: b.yaml: no such file; did you mean 'a.yaml'?\n"


class TestLint:
    def test_what_is_fine(self, ask: Ask) -> None:
        assert ask("lint", "a.yaml", "--provider", "things.json")[:2] == (
            0,
            "1 cassette: 0 errors, 0 warnings\n",
        )

    def test_what_is_wrong_has_its_line(self, ask: Ask) -> None:
        keep(made(), exchange(sent=(JSON,), body='{"name": "a"}', answer={"id": 1}))
        status, said, _ = ask("lint", ".", "--provider", "things.json", "--max-age", "1e9")
        first, second, last = said.splitlines()
        line = Path("a.yaml").read_text().splitlines().index("      string: '{\"id\": 1}'") + 1
        assert status == 1
        assert first.startswith(f"a.yaml:{line}: error: response of CreateThing: body /id: ")
        assert "[response.openapi-core by openapi-core]" in second
        assert last.endswith("2 errors, 0 warnings")

    def test_for_programs(self, ask: Ask) -> None:
        keep(made(password="hunter2hunter2"))
        status, said, _ = ask("lint", "a.yaml", "--format", "json")
        (finding,) = json.loads(said)["findings"]
        assert (status, finding["rule"], finding["exchange"], finding["level"]) == (1, "secret", 1, "error")

    def test_as_sarif(self, ask: Ask) -> None:
        keep(made(password="hunter2hunter2"))
        status, said, _ = ask("lint", "a.yaml", "--report", "sarif")
        (result,) = json.loads(said)["runs"][0]["results"]
        assert (status, result["ruleId"], result["level"]) == (1, "secret", "error")
        assert ask("lint", "a.yaml", "--report", "x.json")[0] == 2

    def test_what_is_no_cassette(self, ask: Ask) -> None:
        status, _, said = ask("lint", "things.json")
        assert (status, said) == (2, "harness: things.json: no cassette: it has no list of `interactions`\n")


class TestRedact:
    def test_the_file_is_written_without_secrets_once(self, ask: Ask) -> None:
        keep(made(access_token="abc-123-def"))
        assert ask("redact", "a.yaml", "--check")[:2] == (1, "a.yaml: holds secrets\n")
        assert ask("redact", "a.yaml")[:2] == (0, "a.yaml: 1 secret redacted\n")
        text = Path("a.yaml").read_text()
        assert "abc-123-def" not in text
        assert parse(text, path="a.yaml").facts.redacted == 1
        assert ask("redact", "a.yaml", "--check")[:2] == (0, "a.yaml: nothing to redact\n")
        assert Path("a.yaml").read_text() == text

    def test_several_files_share_their_marks_and_the_environment_tells_secrets(
        self, ask: Ask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ACME_API_KEY", "plain-words-only")
        keep(made(note="with plain-words-only in it"))
        keep(made(other="plain-words-only"), path="b.yaml")
        assert ask("redact", "a.yaml", "b.yaml")[0] == 0
        for path in ("a.yaml", "b.yaml"):
            assert "<redacted:known-1>" in Path(path).read_text()
            assert "plain-words-only" not in Path(path).read_text()


class TestMigrate:
    def test_a_har_becomes_a_cassette_without_secrets(self, ask: Ask) -> None:
        Path("s.har").write_text(har(entry("https://a.test/x?token=abc-123-def"), entry("https://b.test/y")))
        status, said, _ = ask("migrate", "s.har", "--host", "a.test", "--to", "c/a.json")
        assert (status, said.splitlines()) == (
            0,
            ["wrote c/a.json: 1 exchange, 1 secret redacted", "left out: 1 to b.test"],
        )
        assert "abc-123-def" not in Path("c/a.json").read_text()
        assert parse(Path("c/a.json").read_text(), path="c/a.json").facts.taken_from == "HAR of Browser"
        assert ask("migrate", "s.har", "--to", "c/a.json")[2].startswith("harness: c/a.json exists; --force")
        assert ask("migrate", "s.har", "--to", "c/a.txt")[2].startswith(
            "harness: c/a.txt: a cassette's name ends in"
        )

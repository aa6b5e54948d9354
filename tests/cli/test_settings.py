"""harness.toml: what is wrong in it is told with file, line, and what would work."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.settings import CallSettings, read_policy, read_settings
from harness.errors import FileError, HarnessError
from tests.cli.conftest import Ask

SHOP = '[clients.shop]\nprovider = "stripe"\n[clients.shop.calls]\nread = "python get.py"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_clients_and_the_policy_are_read(folder: Path) -> None:
    (folder / "harness.toml").write_text(f"{SHOP}[policy.retry]\nmax_retries = 5\n")
    settings = read_settings(folder)
    assert settings.client("shop")[1].calls == {"read": "python get.py"}
    assert settings.policy.retry.max_retries == 5


def test_a_client_that_nobody_calls_has_its_cassettes(folder: Path, ask: Ask) -> None:
    (folder / "harness.toml").write_text('[clients.shop]\nprovider = "stripe"\ncassettes = ["tapes"]\n')
    assert read_settings(folder).client(None)[1].cassettes == ("tapes",)
    code, _, said = ask("verify", "shop")
    assert code == 2
    assert "client 'shop' has no calls: [clients.shop.calls] is empty" in said


def test_a_call_may_say_what_it_is(folder: Path) -> None:
    (folder / "harness.toml").write_text(f'{SHOP}create = {{ run = "node create.js", kind = "write" }}\n')
    calls = read_settings(folder).client(None)[1].calls
    assert calls["create"] == CallSettings("node create.js", kind="write")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clients = 3\n", "harness.toml:1: clients: expected a table, found a whole number"),
        ("[clients.shop\n", "harness.toml:1: not TOML: Expected ']' at the end of a table declaration"),
        (
            '[clients.shop]\ncassettes = ["tapes"]\n',
            "harness.toml:1: clients.shop: missing required field 'provider'",
        ),
        (
            f"{SHOP}create = 3\n",
            "harness.toml:5: clients.shop.calls.create: expected a text or a table, found a whole number",
        ),
        (
            f'{SHOP}create = {{ run = "x", knd = "write" }}\n',
            "harness.toml:5: no setting 'knd'; did you mean 'kind'?",
        ),
        (
            f'{SHOP}create = {{ run = "x", kind = "wrte" }}\n',
            "harness.toml:5: clients.shop.calls.create.kind: 'wrte' is none of read, write; did you mean 'write'?",
        ),
        ("[clients.shop]\njobs = 0\n", "harness.toml:2: clients.shop.jobs: expected a whole number >= 1"),
        (
            f"{SHOP}[policy.retry]\nmax_retrys = 3\n",
            "harness.toml:6: no setting 'max_retrys'; did you mean 'max_retries'?",
        ),
        (
            f"{SHOP}[policy.retry]\nmax_retries = -1\n",
            "harness.toml:6: policy.retry.max_retries: expected a whole number >= 0",
        ),
    ],
)
def test_a_mistake_has_its_line_and_what_would_work(folder: Path, text: str, message: str) -> None:
    (folder / "harness.toml").write_text(text)
    with pytest.raises(FileError) as caught:
        read_settings(folder)
    assert str(caught.value) == message


def test_what_is_no_text_is_a_mistake_too(folder: Path) -> None:
    (folder / "harness.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(FileError, match=r"^harness\.toml: not UTF-8 text"):
        read_settings(folder)


def test_a_folder_of_that_name_is_a_mistake_too(folder: Path) -> None:
    (folder / "harness.toml").mkdir()
    with pytest.raises(FileError, match=r"^harness\.toml: cannot be read: Is a directory"):
        read_settings(folder)


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("", None, "no client to verify: say --provider stripe --call"),
        ("", "shop", "no client 'shop': no harness.toml here names any; say --provider stripe"),
        (SHOP, "shp", "no client 'shp'; did you mean 'shop'?"),
        (SHOP + SHOP.replace("shop", "pay"), None, "which client? harness.toml has pay, shop"),
    ],
)
def test_a_client_that_is_not_there_is_answered_with_what_is(
    folder: Path, text: str, name: str | None, message: str
) -> None:
    (folder / "harness.toml").write_text(text)
    with pytest.raises(HarnessError) as caught:
        read_settings(folder).client(name)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("heading", ["retry", "policy.retry"])
def test_a_policy_file_may_be_written_as_in_harness_toml(folder: Path, heading: str) -> None:
    (folder / "strict.toml").write_text(f"[{heading}]\nmax_retries = 1\n")
    assert read_policy(folder / "strict.toml").retry.max_retries == 1


def test_a_policy_file_that_is_not_there_is_answered_with_the_nearest(folder: Path) -> None:
    (folder / "strict.toml").touch()
    with pytest.raises(FileError, match=r"^strikt\.toml: no such file; did you mean 'strict\.toml'\?"):
        read_policy(folder / "strikt.toml")

"""The fixture `cassette`: vcrpy without secrets, matched by meaning, and never live in continuous integration."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cassette.files import load_cassette
from harness.pytest_plugin.cassettes import usual
from tests.pytest_plugin.conftest import Repository

pytest_plugins = ("pytester",)

PORT_OF_ITS_OWN = """
@pytest.fixture
def shop(httpserver):
    httpserver.expect_request("/things").respond_with_json({"id": "t1", "access_token": "q9w8-e7r6-t5y4"})
    return httpserver.url_for("/things")
"""

RECORDS = """
def test_it(cassette, shop):
    with cassette("shop/things.yaml", record="once") as played:
        answer = httpx.post(shop, json={"a": 1, "nonce": "x"}, headers={"Authorization": "Bearer secret-of-mine-1"})
        assert answer.json()["access_token"] == "q9w8-e7r6-t5y4"
"""


def play(url: str, body: str) -> str:
    return f"""
def test_it(cassette):
    with cassette("shop/things.yaml", record="none") as played:
        answer = httpx.post({url!r}, content={body!r}, headers={{"content-type": "application/json"}})
    assert answer.json() == {{"id": "t1", "access_token": "<redacted:token-1>"}}
"""


@pytest.fixture
def recorded(repository: Repository) -> Path:
    """A cassette that a test has recorded."""
    repository.run(PORT_OF_ITS_OWN + RECORDS).assert_outcomes(passed=1)
    return repository.path / "cassettes" / "shop" / "things.yaml"


def test_what_is_recorded_holds_no_secret_and_says_when(recorded: Path) -> None:
    text = recorded.read_text("utf-8")
    assert "secret-of-mine" not in text
    assert "q9w8" not in text
    cassette = load_cassette(recorded)
    assert cassette.facts.recorded_by == "live"
    assert cassette.exchanges[0].recorded_at.startswith("20")


def test_it_is_played_to_a_request_that_means_the_same(recorded: Path, repository: Repository) -> None:
    url = load_cassette(recorded).exchanges[0].uri
    before = recorded.read_bytes()
    repository.run(play(url, '{"nonce": "y", "a": 1.0}')).assert_outcomes(passed=1)
    assert recorded.read_bytes() == before


def test_another_request_fails_and_says_in_what_it_differs(recorded: Path, repository: Repository) -> None:
    url = load_cassette(recorded).exchanges[0].uri
    result = repository.run(play(url, '{"a": 2}'))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*body /a is 2, recorded was 1*"])


def test_a_file_that_would_run_something_is_refused(repository: Repository) -> None:
    folder = repository.path / "cassettes"
    folder.mkdir()
    (folder / "bad.yaml").write_text("interactions: !!python/object/apply:os.getcwd []\n", "utf-8")
    result = repository.run("def test_it(cassette):\n    with cassette('bad.yaml'):\n        pass\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no objects of Python*"])


@pytest.mark.parametrize(
    ("environ", "mode"),
    [({}, "once"), ({"CI": "true"}, "none"), ({"CI": "1"}, "none"), ({"CI": "false"}, "once")],
)
def test_nothing_is_recorded_in_continuous_integration(environ: dict[str, str], mode: str) -> None:
    assert usual(environ) == mode

"""A repository of somebody else's, in which pytest is run."""

from __future__ import annotations

from pathlib import Path

import httpcore  # noqa: F401
import httpx  # noqa: F401
import pytest

# pytester drops what was imported first within a run of its own, and PyYAML and httpx cannot be imported twice.
import harness.pytest_plugin.mocked
import harness.pytest_plugin.reporting
import harness.report.assertion  # noqa: F401

CLIENT = '''
import time

import httpx


def read(stripe, waits=()):
    """The newest customers; after each failure the client waits, and tries again."""
    auth = (stripe.credentials["api_key"], "")
    with httpx.Client(base_url=stripe.url, auth=auth, timeout=2) as client:
        for wait_s in (*waits, None):
            answer = client.get("/v1/customers", params={"limit": 1})
            if answer.status_code < 400 or wait_s is None:
                break
            time.sleep(wait_s)
        answer.raise_for_status()
        return answer.json()["data"]
'''


class Repository:
    """A folder with a client, `client.read(stripe, waits)`, and whatever tests are written into it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.path: Path = pytester.path
        pytester.makepyfile(client=CLIENT)

    def run(self, test: str, *flags: str, seed: str | None = "7", alone: bool = False) -> pytest.RunResult:
        """Run pytest over one file of tests, which may use `pytest`, `httpx` and `read`. Seed None: one is drawn.
        `alone`: in a process of its own, without the threads that other tests have left."""
        head = "import httpx\nimport pytest\nfrom client import read\n"
        (self.path / "test_shop.py").write_text(head + test, "utf-8")
        pytest_run = self._pytester.runpytest_subprocess if alone else self._pytester.runpytest
        without = (
            "-p",
            "no:cacheprovider",
            "-p",
            "no:schemathesis",
        )  # the latter takes two seconds to import
        return pytest_run(*(("--harness-seed", seed) if seed else ()), *without, *flags)


@pytest.fixture
def repository(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Somebody else's repository, on a desk: in CI pytest's summary does not shorten what failed."""
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    return Repository(pytester)

"""`harness.tolerates`: a test made again and again, in its own thread, until its smallest failure is known."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.errors import UnknownName, UsageError
from harness.run.fuzz import tolerates as module
from harness.run.fuzz.in_test import CUT
from harness.run.fuzz.tolerates import ProviderInHand
from tests.tolerance import clients
from tests.tolerance.clients import ShopError

SHOP = str(Path(clients.__file__).parent / "openapi.yaml")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples are kept where the tests run."""
    monkeypatch.chdir(tmp_path)


Decorate = Callable[[Callable[..., Any]], Callable[..., Any]]


def tolerates(**more: Any) -> Decorate:
    asked = {"operation": "getCustomer", "raises": ShopError, "max_examples": 80, **more}
    decorate: Decorate = harness.tolerates(SHOP, **asked)
    return decorate


def test_a_careful_client_passes() -> None:
    seen: list[str] = []

    @tolerates()
    def careful(provider: ProviderInHand) -> object:
        seen.append(provider.env["HARNESS_BASE_URL"])
        return clients.careful(provider.url)

    before = set(threading.enumerate())
    careful()
    assert len(seen) >= 80
    assert set(threading.enumerate()) <= before


def test_the_smallest_answer_that_it_fails_at_is_told() -> None:
    @tolerates()
    def needs_optional(base_url: str) -> object:
        return clients.needs_optional(base_url)

    with pytest.raises(AssertionError) as failed:
        needs_optional()
    assert "where /email is left out, the call crashed: KeyError: 'email'" in str(failed.value)
    assert "needs_optional.__wrapped__(base_url=provider.url)" in str(failed.value)


def test_an_assertion_of_the_test_is_a_failure_as_any_other() -> None:
    @tolerates()
    def asserts(base_url: str) -> None:
        assert clients.careful(base_url)["name"] == "Ada"

    with pytest.raises(AssertionError, match="where /name is "):
        asserts()


def test_an_error_that_is_not_declared_is_a_failure() -> None:
    @tolerates(raises=KeyError)
    def careful(base_url: str) -> object:
        return clients.careful(base_url)

    with pytest.raises(
        AssertionError, match="where the status is 202, the call failed, which it does not declare"
    ):
        careful()


def test_one_derived_from_a_declared_one_is_declared() -> None:
    class NotReady(ShopError):
        pass

    @tolerates()
    def derived(base_url: str) -> object:
        try:
            return clients.careful(base_url)
        except ShopError as error:
            raise NotReady(str(error)) from None

    derived()


def test_without_declared_errors_there_are_no_error_answers() -> None:
    statuses: set[int] = set()

    @tolerates(raises=())
    def reads_status(base_url: str) -> None:
        statuses.add(clients.ask(f"{base_url}/customers/7")[0])

    reads_status()
    assert statuses == {200, 202}


def test_broken_answers_are_to_be_refused() -> None:
    @tolerates(mode="broken")
    def careful(base_url: str) -> object:
        return clients.careful(base_url)

    careful()

    @tolerates(mode="broken")
    def takes_html(base_url: str) -> object:
        return clients.takes_html(base_url)

    with pytest.raises(AssertionError, match="where the body is HTML, the call took it for success"):
        takes_html()


def test_a_test_may_be_async_and_take_fixtures() -> None:
    @tolerates(max_examples=20)
    async def asynchronous(base_url: str, other: int) -> object:
        assert other == 3
        return clients.careful(base_url)

    assert list(inspect.signature(asynchronous).parameters) == ["other", "request"]
    asynchronous(other=3)


def test_a_skip_is_a_skip() -> None:
    @tolerates()
    def skips(base_url: str) -> None:
        pytest.skip("not here")

    with pytest.raises(pytest.skip.Exception):
        skips()


def test_one_that_fails_while_all_is_well_is_not_passed() -> None:
    @tolerates()
    def fails_always(base_url: str) -> object:
        return clients.fails_always(base_url)

    with pytest.raises(
        AssertionError, match="inconclusive: the call fails while nothing is wrong: ShopError: never"
    ):
        fails_always()


@pytest.mark.skipif(CUT is None, reason="there is no such signal here")
def test_one_that_hangs_is_brought_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HANG_S", 0.5)
    before = signal.getsignal(signal.SIGUSR2)

    @tolerates(operation="listOrders")
    def hangs(base_url: str) -> None:
        if not clients.orders(base_url)["data"]:
            time.sleep(30)

    with pytest.raises(AssertionError, match=r"where /data is \[\], the call hung"):
        hangs()
    assert signal.getsignal(signal.SIGUSR2) == before


def test_mistakes_are_told_at_once() -> None:
    with pytest.raises(UsageError, match="takes neither `provider` nor `base_url`"):
        tolerates()(lambda: None)
    with pytest.raises(UsageError, match="it is 'allowed' or 'broken'"):
        tolerates(mode="strict")
    with pytest.raises(UnknownName, match="did you mean 'getCustomer'"):
        tolerates(operation="getCustomr")(lambda base_url: None)()


def test_the_run_of_pytest_says_the_seed_and_the_failure_says_how_to_repeat_it(tmp_path: Path) -> None:
    (tmp_path / "test_shop.py").write_text(
        "import harness\nfrom tests.tolerance import clients\n\n"
        f"@harness.tolerates({SHOP!r}, operation='getCustomer', max_examples=10)\n"
        "def test_email(base_url):\n    return clients.needs_optional(base_url)\n"
    )
    root = Path(__file__).parents[2]
    asked = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--harness-seed", "41"]
    done = subprocess.run(
        asked,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "getCustomer, seed 41:" in done.stdout
    assert "again: pytest test_shop.py::test_email --harness-seed 41" in done.stdout

"""The pytest plugin: providers played inside a team's own test suite. Nothing to import.

    def test_checkout(mock_provider):
        stripe = mock_provider("stripe", plan="rate_limited")
        with stripe.call("checkout"):
            checkout(stripe.url, stripe.credentials["api_key"])
        stripe.verify("retry.honours_retry_after")

    @pytest.mark.provider("stripe", plan="outage")
    def test_outage(provider): ...

pytest loads this module in every run of every project that has the harness installed, so it imports nothing but
pytest; the rest is imported when a test first asks for a provider.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.pytest_plugin.cassettes import add_option, cassette
from harness.pytest_plugin.fixtures import (
    BENCH,
    MET,
    harness_marked,
    mock_provider,
    provider,
    providers,
    session_provider,
    unexpected,
)
from harness.pytest_plugin.lasting import begin, begin_after, concerned, lasting, renew

__all__ = ["cassette", "harness_marked", "mock_provider", "provider", "providers", "session_provider"]

if TYPE_CHECKING:
    from harness.pytest_plugin.mocked import MockProvider

COMPLAINED: pytest.StashKey[bool] = pytest.StashKey()
"""Of a test: did it fail with what its providers saw?"""

MARKER = (
    "provider(name, *, plan=None, seed=None, timeout_s=5.0, allow=(), env=False, tls=False): give this test a "
    "mocked provider, as `mock_provider` does; the fixture `provider` is it, `providers` has several by name"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    options = parser.getgroup("harness", "mocked providers")
    options.addoption(
        "--harness-seed",
        type=_seed,
        default=None,
        metavar="N",
        help="the seed of every mocked provider: repeats what an earlier run printed (default: drawn anew)",
    )
    options.addoption(
        "--harness-report",
        type=Path,
        default=None,
        metavar="DIR",
        help="write what was seen and judged to DIR/index.html, .json, .xml (JUnit) and .md",
    )
    add_option(options)
    parser.addini("harness_seed", "the seed of every mocked provider, unless --harness-seed names one")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    workerinput: dict[str, int] | None = getattr(config, "workerinput", None)
    if workerinput is not None and "harness_seed" in workerinput:
        config.option.harness_seed = workerinput["harness_seed"]
    elif config.option.harness_seed is None:
        config.option.harness_seed = _own_seed(config)
    folder = config.option.harness_report
    if folder is not None and workerinput is None:
        # Here and not above: without the option nothing of it is needed.
        from harness.pytest_plugin.reporting import Collecting

        config.pluginmanager.register(Collecting(config, folder), "harness-report")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A hook of pytest-xdist: every worker plays with the seed that is printed."""
    node.workerinput["harness_seed"] = node.config.option.harness_seed


def pytest_report_header(config: pytest.Config) -> str:
    return f"harness: seed {config.option.harness_seed}"


def pytest_unconfigure(config: pytest.Config) -> None:
    bench = config.stash.get(BENCH, None)
    if bench is not None:
        bench.stop()


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test marked with `env=True` gets its provider whether or not it takes the fixture."""
    names = getattr(item, "fixturenames", None)
    if names is not None and any(marker.kwargs.get("env") for marker in item.iter_markers("provider")):
        names.insert(0, "harness_marked")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Providers that outlive a test are in its hand from here on."""
    begin(item)
    yield


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """What an app does while it starts, for many tests, is no matter of the first test's verdicts."""
    made = yield
    item = getattr(request, "_pyfuncitem", None)
    if fixturedef.scope != "function" and item is not None:
        begin_after(item)
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """A test that passed fails for what its client did against a contract: in its report, not as an error after."""
    yield
    met = _met(item)
    wrong = unexpected(met)
    item.stash[COMPLAINED] = bool(wrong)
    if wrong:
        pytest.fail(wrong, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """What came to a provider that outlives the test, until all that was the test's own is gone, is the test's."""
    yield
    if lasting(item):
        late = unexpected(lasting(item))
        renew(item)
        if late:
            pytest.fail(late, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed gets what its providers saw; its part of the combined report goes with it."""
    report = yield
    met = _met(item)
    error = call.excinfo.value if call.excinfo else None
    if report.failed and report.when != "teardown" and not item.stash.get(COMPLAINED, False):
        report.sections += [
            (f"harness: {each.name}", each.story()) for each in met if not each.has_told(error)
        ]
    if report.when == "call" and item.config.option.harness_report is not None:
        # As an attribute of the report: pytest-xdist brings it over from the worker.
        report.harness_runs = [each.as_json() for each in met]  # type: ignore[attr-defined]
    return report


def _met(item: pytest.Item) -> list[MockProvider]:
    """The providers that a test has to do with."""
    return [*item.stash.get(MET, []), *concerned(item)]


def _seed(text: str) -> int:
    """A seed as it is printed. ValueError becomes the command line's own message."""
    if not (text.isascii() and text.isdigit() and int(text) < 2**63):
        raise ValueError(text)
    return int(text)


def _own_seed(config: pytest.Config) -> int:
    written = config.getini("harness_seed")
    if not written:
        return random.randrange(100_000)
    try:
        return _seed(str(written).strip())
    except ValueError:
        raise pytest.UsageError(f"harness_seed is {written!r}; expected a whole number, from 0") from None

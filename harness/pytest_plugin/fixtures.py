"""The fixtures: `mock_provider`, `session_provider`, and `provider` and `providers` for marked tests."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.pytest_plugin.lasting import LASTING

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

    from harness.pytest_plugin.asked import PlanAsked
    from harness.pytest_plugin.bench import Bench
    from harness.pytest_plugin.mocked import MockProvider
    from harness.pytest_plugin.mount import Mount

BENCH: pytest.StashKey[Bench] = pytest.StashKey()
"""Of a config: where all lanes of the process are played, once there is one."""

MET: pytest.StashKey[list[MockProvider]] = pytest.StashKey()
"""Of a test: the providers that it has asked for."""


class ProviderFactory:
    """What `mock_provider` and `session_provider` are: call it for a provider, as often as one is needed."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._environment = pytest.MonkeyPatch()
        self.met: list[MockProvider] = []

    def __call__(
        self,
        name: str | Path,
        *,
        plan: PlanAsked = None,
        seed: int | None = None,
        timeout_s: float = 5.0,
        allow: str | Iterable[str] = (),
        env: bool = False,
        tls: bool = False,
    ) -> MockProvider:
        """A provider in a lane of its own, until the end of the test, or of the run.

        `name`: a bundled provider, a name in the project's `contracts/`, or the path of an OpenAPI document or a
        provider's folder, from the test's own folder or from the root of the project.
        `plan`: how it goes wrong: a name, the path of a plan file, a plan as data, its rules, or the script of every
        call (`[503, 503, "pass"]`). `seed`: in place of the run's own. `timeout_s`: the request timeout that `.env`
        tells the client. `allow`: what may break the contract, as `harness/pytest_plugin/allowed.py` says.
        `env`: have `.env` in os.environ as long.
        `tls`: have it speak https, with a certificate of a CA made for the run, which `.ca_file` and `.env` name.

        Raises HarnessError for what there is not.
        """
        __tracebackhide__ = True
        # Here and not above: it loads the engine, of which most runs of pytest need nothing.
        from harness.errors import HarnessError
        from harness.pytest_plugin.bench import bench_of
        from harness.pytest_plugin.opening import open_provider

        config, node = self._request.config, self._request.node
        try:
            if BENCH not in config.stash:
                config.stash[BENCH] = bench_of(config.rootpath, config.option.harness_seed)
            provider = open_provider(
                config.stash[BENCH],
                name,
                near=config.rootpath if isinstance(node, pytest.Session) else node.path.parent,
                nodeid=node.nodeid,
                plan=plan,
                seed=seed,
                timeout_s=timeout_s,
                allow=allow,
                tls=tls,
            )
        except HarnessError as error:
            # Shown at the line of the test, not in here.
            raise error.with_traceback(None) from None
        self.met.append(provider)
        if env:
            for variable, value in provider.env.items():
                self._environment.setenv(variable, value)
        return provider

    def mount(self, httpserver: HTTPServer) -> Mount:
        """Mount the test's only provider, as `MockProvider.mount` does. HarnessError where there are more."""
        __tracebackhide__ = True
        # Here and not above: it loads the engine.
        from harness.errors import UsageError

        if len(self.met) != 1:
            many = "several" if self.met else "no provider yet"
            raise UsageError(f"the test has {many}: mock_provider('stripe').mount(httpserver)")
        return self.met[0].mount(httpserver)

    def __repr__(self) -> str:
        return f"<{self._request.fixturename} of {self._request.node.name}>"

    def close(self) -> None:
        """Give up the lanes, and leave the environment as it was."""
        self._environment.undo()
        for provider in self.met:
            provider.close()


@pytest.fixture
def mock_provider(request: pytest.FixtureRequest) -> Iterator[ProviderFactory]:
    """mock_provider("stripe", plan="rate_limited"): a provider in a lane of its own, until the end of the test."""
    factory = ProviderFactory(request)
    request.node.stash[MET] = factory.met
    yield factory
    try:
        # What came since the test's own end: from fixtures that are torn down before this one.
        late = unexpected(factory.met)
    finally:
        factory.close()
    if late:
        pytest.fail(late, pytrace=False)


@pytest.fixture(scope="session")
def session_provider(request: pytest.FixtureRequest) -> Iterator[ProviderFactory]:
    """session_provider("stripe"): a provider until the end of the run, for an app that is started once.

    Each test finds only its own requests in `journal` and in verdicts, and begins with the plan that the provider was
    opened with; what it remembers stays.
    """
    factory = ProviderFactory(request)
    request.config.stash[LASTING] = factory.met
    yield factory
    try:
        late = unexpected(factory.met)
    finally:
        del request.config.stash[LASTING]
        factory.close()
    if late:
        pytest.fail(late, pytrace=False)


@pytest.fixture
def harness_marked(request: pytest.FixtureRequest, mock_provider: ProviderFactory) -> dict[str, MockProvider]:
    """The providers of the test's `provider` markers. `providers` and `provider` are names that others use, too."""
    # Here and not above: it loads the engine.
    from harness.errors import HarnessError, UnknownName

    options = inspect.signature(mock_provider).parameters.keys() - {"name"}
    found: dict[str, MockProvider] = {}
    for marker in request.node.iter_markers("provider"):
        name = str(marker.args[0]) if len(marker.args) == 1 else ""
        if not name:
            _no_provider("a provider marker names one provider: @pytest.mark.provider('stripe')")
        if name in found:  # the marker closest to the test came first
            continue
        mistake = ""
        try:
            for option in marker.kwargs.keys() - options:
                raise UnknownName("option", option, options)
            found[name] = mock_provider(name, **marker.kwargs)
        except HarnessError as error:
            mistake = str(error)
        if mistake:  # after the except, so that pytest does not show both
            _no_provider(f"@pytest.mark.provider({name!r}, ...): {mistake}")
    return found


@pytest.fixture
def providers(harness_marked: dict[str, MockProvider]) -> dict[str, MockProvider]:
    """The providers of the test's `provider` markers, by the name that each marker gives."""
    return harness_marked


@pytest.fixture
def provider(harness_marked: dict[str, MockProvider]) -> MockProvider:
    """The provider of the test's only `provider` marker."""
    if not harness_marked:
        _no_provider("mark the test with @pytest.mark.provider('stripe'), or use mock_provider")
    if len(harness_marked) > 1:
        names = " and ".join(f"providers[{name!r}]" for name in harness_marked)
        _no_provider(f"the test is marked with several providers; the fixture `providers` has {names}")
    return next(iter(harness_marked.values()))


def unexpected(met: Iterable[MockProvider]) -> str:
    """What clients did against the contracts since this was last asked, in words; empty where nothing."""
    return "\n".join(told for provider in met if (told := provider.unexpected()))


def _no_provider(why: str) -> None:
    pytest.fail(why, pytrace=False)

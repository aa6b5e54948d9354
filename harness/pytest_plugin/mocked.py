"""A mocked provider as a test has it in hand."""

from __future__ import annotations

import functools
import shlex
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import msgspec

from harness.errors import HarnessError
from harness.model.exchange import Exchange
from harness.model.finding import Verdict
from harness.model.webhook import Sent
from harness.pytest_plugin.allowed import Allowed, allowed
from harness.pytest_plugin.asked import PlanAsked, find_plan, next_failure
from harness.pytest_plugin.bench import Bench
from harness.pytest_plugin.calls import MarkedCall, turns
from harness.pytest_plugin.complaints import complaints
from harness.pytest_plugin.seen import Seen, seen
from harness.pytest_plugin.verdicts import judged_all, run_of, story_of, told_unmet
from harness.run.told import ToldCalls
from harness.server.lane import Lane

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

    from harness.pytest_plugin.mount import Mount

SETTLE_S = 0.25
"""How long the server may take to see what the client did last."""

P = ParamSpec("P")
T = TypeVar("T")


def _at_the_test(function: Callable[P, T]) -> Callable[P, T]:
    """Mistakes and broken promises are shown at the line of the test, not in here."""

    @functools.wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        try:
            return function(*args, **kwargs)
        except (HarnessError, AssertionError) as error:
            raise error.with_traceback(None) from None

    return asked


class MockProvider:
    """One provider in a lane of its own. Every member may be used from any thread, and from asynchronous tests.

    `url`: where the client finds it. `credentials`: what the client shows, by name (`api_key`). `env`: the same as
    variables (`STRIPE_BASE_URL`, `STRIPE_API_KEY`, ...). `again`: the command that runs the test once more.
    """

    def __init__(
        self, bench: Bench, lane: Lane, *, near: Path, nodeid: str, allow: Allowed, again: str
    ) -> None:
        self.bench = bench
        self.lane = lane
        self.name = lane.provider.name
        self.url = lane.url
        self.credentials: Mapping[str, str] = dict(lane.credentials)
        self.env: Mapping[str, str] = dict(lane.env)
        self.seed = lane.seed
        self.again = again
        self.nodeid = nodeid
        self._near = near
        self._allow = allow
        self._told = ToldCalls(lane)
        self._began_s = lane.clock.monotonic()
        self._verdicts: list[Verdict] = []
        self._checked = 0
        self._checked_unplayed = False
        self._assertion: AssertionError | None = None
        self._mounts: list[Mount] = []

    def __repr__(self) -> str:
        return f"<{self.name} at {self.url}, seed {self.seed}, {len(self.lane.journal)} exchanges>"

    # How it goes wrong.

    @_at_the_test
    def plan(self, plan: PlanAsked) -> MockProvider:
        """Go wrong by this plan from now on; None: not at all. What it may be, `mock_provider` says."""
        found = find_plan(self.lane.provider, plan, near=self._near, root=self.bench.root)
        self.bench.background.do(lambda: self.lane.set_plan(found))
        return self

    @_at_the_test
    def fail_next(
        self,
        fault: str | int | None = None,
        *,
        status: int | None = None,
        times: int = 1,
        operation: str | Sequence[str] | None = None,
        method: str | Sequence[str] | None = None,
        **parameters: object,
    ) -> MockProvider:
        """Fail the next `times` requests, of one operation or method where that is said; then go on with the plan.

        A status (`fail_next(503)`; a 429 is the provider's own), or a fault with its parameters
        (`fail_next("timing.late", delay_s=2)`): `harness explain` lists them. A test that ends without any request
        that this could strike fails, unless `unplayed` is allowed.
        """
        rule = next_failure(
            self.lane.provider,
            fault,
            status=status,
            times=times,
            operation=operation,
            method=method,
            parameters=parameters,
        )
        self.bench.background.do(lambda: self.lane.fail_next(rule, times))
        return self

    def heal(self) -> MockProvider:
        """Go wrong no more."""
        self.bench.background.do(self.lane.heal)
        return self

    # What happened.

    @property
    def journal(self) -> tuple[Seen, ...]:
        """Every exchange so far, in order of arrival."""
        self._settle()
        return seen(self._exchanges())

    @property
    def state(self) -> dict[str, object]:
        """What the provider remembers, as JSON: resources by kind, how many effects, idempotency keys in use."""
        return self.bench.background.do(self.lane.state.snapshot)

    def call(self, name: str = "call") -> MarkedCall:
        """A context manager around one call of the client: which requests are its attempts, and how it ended, is then
        certain. An exception that leaves the block is how the call failed. One call at a time."""
        return MarkedCall(name, self._told, self.bench.background)

    # Verdicts.

    @_at_the_test
    def verify(
        self, *checks: str, allow_inconclusive: bool = False, **parameters: object
    ) -> tuple[Verdict, ...]:
        """The client has kept these promises: checks (`retry.honours_retry_after`) or families (`idempotency`).

        `parameters` go to those of the checks that have them (`slack_s=0.5`). Each name must come to a pass: what
        cannot be told, or is not put to the test at all, is no pass, unless `allow_inconclusive`.

        Raises AssertionError with the evidence, and HarnessError for a check that there is not.
        """
        self._settle()
        judged = judged_all(self, checks, parameters)
        self._verdicts += judged.verdicts
        unmet = judged.unmet(allow_inconclusive=allow_inconclusive)
        if unmet:
            self._assertion = AssertionError(told_unmet(self, judged, unmet))
            raise self._assertion
        return judged.verdicts

    # Beside pytest-httpserver.

    @_at_the_test
    def mount(self, httpserver: HTTPServer) -> Mount:
        """Let an `httpserver` of pytest-httpserver answer from this contract whatever it has no expectation for,
        until the end of the test. Its log and its assertions go on; faults arrive as they do at `url`.

        Raises UsageError where it has a provider mounted already.
        """
        # Here and not above: few tests need it, and it loads werkzeug.
        from harness.pytest_plugin.mount import Mount

        self._mounts.append(Mount(httpserver, self.url))
        return self._mounts[-1]

    @property
    def webhook_secret(self) -> str:
        """What the provider signs its webhooks with; the receiver is to be given it."""
        return self.credentials["webhook_secret"]

    @property
    def webhooks(self) -> tuple[Sent, ...]:
        """Every event that was sent, in the order in which they happened, once what is on its way has arrived."""
        return self.bench.background.run(self.lane.webhooks.settled())

    @_at_the_test
    def send_webhook(
        self,
        name: str,
        *,
        to: str,
        resource: str | dict[str, object] | None = None,
        way: str = "once",
        attempts: int = 1,
        pace: float = 1.0,
        delay_s: float = 0.0,
        allow_remote: bool = False,
    ) -> Sent:
        """Let an event happen (`customer.created`), send it to a URL, and wait until it has come to its end.

        `resource`: the id of what it tells of, or fields of it; None: the newest one, else a new one. `way`:
        `once`, `duplicate`, `replayed`, `late`, or what must be refused: `wrong_signature`, `unsigned`, `altered`,
        `stale`. `attempts`: how often it is tried at most, with the provider's waits divided by `pace` between.
        `delay_s`: before a late one, or between two.

        Raises HarnessError for an event, a resource or a way that there is not.
        """
        return self.send_webhooks(
            (name,),
            to=to,
            resource=resource,
            way=way,
            attempts=attempts,
            pace=pace,
            delay_s=delay_s,
            allow_remote=allow_remote,
        )[0]

    @_at_the_test
    def send_webhooks(
        self,
        names: Sequence[str],
        *,
        to: str,
        resource: str | dict[str, object] | None = None,
        way: str = "once",
        attempts: int = 1,
        pace: float = 1.0,
        delay_s: float = 0.0,
        allow_remote: bool = False,
    ) -> tuple[Sent, ...]:
        """The same with several events that happen one after the other; `way` may be `out_of_order`, too."""
        sending = self.lane.webhooks.send_all(
            names,
            to=to,
            resource=resource,
            way=way,
            attempts=attempts,
            pace=pace,
            delay_s=delay_s,
            allow_remote=allow_remote,
        )
        return self.bench.background.run(sending)

    @_at_the_test
    def had_effect(self, event_id: str) -> None:
        """Tell that the receiver has acted on an event, each time that it does: for `webhooks.one_effect`.

        Raises HarnessError where no event of that id was sent.
        """
        self.bench.background.do(lambda: self.lane.webhooks.had_effect(event_id))

    @_at_the_test
    def webhooks_go_to(
        self, url: str | None, *, types: Sequence[str] = (), attempts: int = 1, pace: float = 1.0
    ) -> MockProvider:
        """Send there, from now on, the events that requests cause: of these types, or all. None: no more."""
        webhooks = self.lane.webhooks
        self.bench.background.do(lambda: webhooks.subscribe(url, types=types, attempts=attempts, pace=pace))
        return self

    # For the plugin.

    @property
    def told(self) -> ToldCalls:
        """The calls that the test has marked."""
        return self._told

    @property
    def given(self) -> tuple[Verdict, ...]:
        """The verdicts given so far."""
        return tuple(self._verdicts)

    @property
    def began_s(self) -> float:
        """When the lane was opened, on its clock."""
        return self._began_s

    @property
    def allow(self) -> Allowed:
        """What of the client's requests may break the contract."""
        return self._allow

    def unexpected(self) -> str:
        """What the client did against the contract since this was last asked, in words; empty where nothing."""
        self._settle()
        exchanges = self._exchanges(after=self._checked)
        self._checked = max([self._checked, *(each.number for each in exchanges)])
        unplayed = () if self._checked_unplayed or self._allow.unplayed else self.lane.unplayed
        self._checked_unplayed = True
        return complaints(
            self.name,
            [(exchange, self._allow.unexpected(exchange)) for exchange in exchanges],
            unplayed=[rule.name for rule in unplayed],
            requests=len(exchanges),
            again=self.again,
        )

    def story(self) -> str:
        """What it saw, for the report of a test that failed."""
        self._settle()
        return story_of(self)

    def as_json(self) -> str:
        """What it saw and what was judged, as a ScenarioReport in JSON."""
        return msgspec.json.encode(run_of(self)).decode()

    def has_told(self, error: BaseException | None) -> bool:
        """Is that what `verify` raised, whose text says already what was seen?"""
        return error is not None and error is self._assertion

    def close(self) -> None:
        """Give up the port and every connection; leave an `httpserver` as it was."""
        for mount in self._mounts:
            mount.unmount()
        self.bench.close(self.lane)

    def _exchanges(self, after: int = 0) -> tuple[Exchange, ...]:
        return self.bench.background.do(lambda: self.lane.journal.after(after))

    def _settle(self) -> None:
        """Let the server see how the client left its connections."""
        self.bench.background.run(turns())
        until_s = time.monotonic() + SETTLE_S
        while time.monotonic() < until_s and any(each.outcome == "open" for each in self._exchanges()):
            time.sleep(0.005)


def open_provider(
    bench: Bench,
    name: str | Path,
    *,
    near: Path,
    nodeid: str,
    plan: PlanAsked,
    seed: int | None,
    timeout_s: float,
    allow: str | Iterable[str],
) -> MockProvider:
    """A provider in a new lane. Raises HarnessError for what there is not."""
    provider = bench.provider(name, near=near)
    found = find_plan(provider, plan, near=near, root=bench.root)
    may = allowed(allow, provider.contract.operations)
    lane = bench.open(provider, plan=found, seed=bench.seed if seed is None else seed, timeout_s=timeout_s)
    again = f"pytest {shlex.quote(nodeid)}" + (f" --harness-seed {bench.seed}" if seed is None else "")
    return MockProvider(bench, lane, near=near, nodeid=nodeid, allow=may, again=again)

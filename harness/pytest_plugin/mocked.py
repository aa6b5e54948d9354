"""A mocked provider as a test has it in hand."""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.model.exchange import Exchange
from harness.model.finding import Verdict
from harness.pytest_plugin.allowed import Allowed
from harness.pytest_plugin.asked import PlanAsked, find_plan, next_failure, require_tls
from harness.pytest_plugin.at_the_test import at_the_test
from harness.pytest_plugin.bench import Bench
from harness.pytest_plugin.callers import Callers
from harness.pytest_plugin.calls import MarkedCall, turns
from harness.pytest_plugin.complaints import complaints
from harness.pytest_plugin.seen import Seen, seen
from harness.pytest_plugin.sending import SendsWebhooks
from harness.pytest_plugin.verdicts import judged_all, run_of, story_of, told_unmet
from harness.run.told import ToldCalls
from harness.run.unmarked import Since
from harness.server.lane import Lane

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

    from harness.pytest_plugin.mount import Mount

SETTLE_S = 0.25
"""How long the server may take to see what the client did last."""


class MockProvider(SendsWebhooks):
    """One provider in a lane of its own. Every member may be used from any thread, and from asynchronous tests.

    `url`: where the client finds it. `credentials`: what the client shows, by name (`api_key`). `env`: the same as
    variables (`STRIPE_BASE_URL`, `STRIPE_API_KEY`, ...). `again`: the command that runs the test once more.
    `ca_file`: whom to trust where it speaks TLS, as PEM; `env` names it to most clients.
    """

    def __init__(
        self, bench: Bench, lane: Lane, *, near: Path, nodeid: str, allow: Allowed, by_run: bool
    ) -> None:
        """`near`: the test's folder. `by_run`: is its seed that of the run?"""
        self.bench = bench
        self.lane = lane
        self.name = lane.provider.name
        self.url = lane.url
        self.credentials: Mapping[str, str] = dict(lane.credentials)
        self._tls = lane.url.startswith("https:")
        self.env: Mapping[str, str] = {**lane.env, **(bench.trust if self._tls else {})}
        self.ca_file = self.env.get("HARNESS_CA_FILE")
        self.seed = lane.seed
        self._by_run = by_run
        self._allow = allow
        self._plan = self._first_plan = lane.plan
        self._told = ToldCalls(lane)
        self._callers = Callers(threading.get_ident())
        lane.journal.watch = self._callers.note
        self._checked = 0
        self._mounts: list[Mount] = []
        self.begin(nodeid, near=near)

    def begin(self, nodeid: str, *, near: Path) -> None:
        """Be in the hand of this test from now on: what was before is no matter of its verdicts."""
        self.nodeid = nodeid
        self.again = f"pytest {shlex.quote(nodeid)}" + (
            f" --harness-seed {self.bench.seed}" if self._by_run else ""
        )
        self._near = near
        self._began_s = self.lane.clock.monotonic()
        self._callers.forget()
        self._since = self.bench.background.do(self._now)
        self._verdicts: list[Verdict] = []
        self._checked_unplayed = False
        self._assertion: AssertionError | None = None

    def renew(self) -> None:
        """Go wrong as at first, whatever a test has said. What the provider knows stays."""
        self._plan = self._first_plan
        self.bench.background.do(lambda: self.lane.set_plan(self._plan))

    def keep_plan(self) -> None:
        """What was said last of how it goes wrong is what each test begins with."""
        self._first_plan = self._plan
        self.renew()

    def __repr__(self) -> str:
        return f"<{self.name} at {self.url}, seed {self.seed}, {len(self.lane.journal)} exchanges>"

    # How it goes wrong.

    @at_the_test
    def plan(self, plan: PlanAsked) -> MockProvider:
        """Go wrong by this plan from now on; None: not at all. What it may be, `mock_provider` says."""
        found = find_plan(self.lane.provider, plan, near=self._near, root=self.bench.root)
        require_tls(found, tls=self._tls)
        self._plan = found
        self.bench.background.do(lambda: self.lane.set_plan(found))
        return self

    @at_the_test
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
            tls=self._tls,
        )
        self.bench.background.do(lambda: self.lane.fail_next(rule, times))
        return self

    def heal(self) -> MockProvider:
        """Go wrong no more."""
        self._plan = None
        self.bench.background.do(self.lane.heal)
        return self

    # What it knows.

    @at_the_test
    def given(self, kind: str, /, **fields: object) -> dict[str, object]:
        """Have the provider know a resource that no client has made: `given("customer", id="cus_1")` is all of it.

        `fields`: fields of it, or path parameters that lead to it (`owner="acme", repo="shop"`); the rest is as the
        contract has it, or as it was where there is one of that id already. What it stands below is made, too.
        Raises HarnessError for a kind, a field or a value that there is not.
        """
        return self.bench.background.do(lambda: self.lane.given(kind, fields))

    # What happened.

    @property
    def journal(self) -> tuple[Seen, ...]:
        """Every exchange of the test so far, in order of arrival."""
        self._settle()
        return seen(self._exchanges(self._since.exchange))

    @property
    def state(self) -> dict[str, object]:
        """What the provider remembers, as JSON: resources by kind, how many effects, idempotency keys in use."""
        return self.bench.background.do(self.lane.state.snapshot)

    def call(self, name: str = "call") -> MarkedCall:
        """A context manager around one call of the client: which requests are its attempts, and how it ended, is then
        certain. An exception that leaves the block is how the call failed. One call at a time."""
        return MarkedCall(name, self._told, self.bench.background)

    # Verdicts.

    @at_the_test
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

    @at_the_test
    def mount(self, httpserver: HTTPServer) -> Mount:
        """Let an `httpserver` of pytest-httpserver answer from this contract whatever it has no expectation for,
        until the end of the test. Its log and its assertions go on; faults arrive as they do at `url`.

        Raises UsageError where it has a provider mounted already.
        """
        # Here and not above: few tests need it, and it loads werkzeug.
        from harness.pytest_plugin.mount import Mount

        self._mounts.append(Mount(httpserver, self.url))
        return self._mounts[-1]

    # For the plugin.

    @property
    def told(self) -> ToldCalls:
        """The calls that the test has marked."""
        return self._told

    @property
    def callers(self) -> Mapping[int, int]:
        """Which exchanges were made in one execution of a function that the test called."""
        return self._callers.by_exchange

    @property
    def since(self) -> Since:
        """Where the part of the lane's life begins that the test sees."""
        return self._since

    @property
    def was_asked(self) -> bool:
        """Has the test's client come to it?"""
        return len(self.lane.journal) > self._since.exchange

    @property
    def verdicts_given(self) -> tuple[Verdict, ...]:
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
        self._callers.forget()

    def _now(self) -> Since:
        sent = self.lane.webhooks.sent
        return Since(exchange=len(self.lane.journal), webhook=sent[-1].number if sent else 0)

    def _exchanges(self, after: int = 0) -> tuple[Exchange, ...]:
        return self.bench.background.do(lambda: self.lane.journal.after(after))

    def _settle(self) -> None:
        """Let the server see how the client left its connections."""
        self.bench.background.run(turns())
        until_s = time.monotonic() + SETTLE_S
        while time.monotonic() < until_s and any(each.outcome == "open" for each in self._exchanges()):
            time.sleep(0.005)

"""A whole run: what is played, in what order, with what left behind. No sockets, no processes."""

from __future__ import annotations

import asyncio
import time

import pytest

from harness.errors import DriverError, UnknownName, UsageError
from harness.model.call import Outcome
from harness.model.exchange import Exchange
from harness.model.finding import Verdict, VerdictName
from harness.model.report import Report
from harness.run.assemble import outcome_of, question_of
from harness.run.battery import parse_scenarios
from harness.run.callspec import CallSpec, parse_call
from harness.run.ending import Limits
from harness.run.healthy import alike, found
from harness.run.runner import Event, verify
from harness.run.scenario import Scenario
from harness.run.stage import seed_of
from tests.run.stage import FakeClients, FakeLane, FakeLanes, asks, outcome, shop

LIMITS = Limits(silent_s=0.05, call_s=0.3, young_s=0.2, settle_s=0.0, tick_s=0.001)

READ, CREATE = parse_call("read", "read it"), parse_call("create", "create it")


def scenarios(*entries: str) -> tuple[Scenario, ...]:
    return parse_scenarios("scenarios:\n" + "\n".join(f"  - {entry}" for entry in entries), path="test.yaml")


HEALTHY = "{id: healthy, title: t, expect: [contract.healthy_call_works]}"
DOWN = "{id: down, title: t, plan: [{fault: status.error, with: {status: 503}}], expect: [retry.bounded]}"
GREETING = "{id: tls_healthy, title: t, tls: true, expect: [contract.healthy_call_works]}"
EXPIRED = "{id: expired, title: t, plan: [{fault: tls.expired}], expect: [tls.refuses_bad_certificate]}"
TRUST = {"SSL_CERT_FILE": "/bundle.pem"}
WRITES = (
    "{id: writes, title: t, kinds: [write], plan: [{fault: connection.lost_answer}], expect: [retry.bounded]}"
)


class Run:
    """One run of the fakes, and what it left."""

    def __init__(self, *, keeps_state: bool = False) -> None:
        self.lanes = FakeLanes()
        acts = {"read it": asks("list"), "create it": asks("create")}
        self.clients = FakeClients(self.lanes, acts, keeps_state=keeps_state)
        self.events: list[Event] = []

    def verify(
        self,
        *battery: Scenario,
        calls: tuple[CallSpec, ...] = (READ,),
        jobs: int = 4,
        seed: int = 1,
        trust: dict[str, str] | None = None,
    ) -> Report:
        return asyncio.run(
            verify(
                shop(),
                calls,
                scenarios=battery,
                lanes=self.lanes,
                seed=seed,
                jobs=jobs,
                limits=LIMITS,
                drivers=self.clients.make,
                progress=self.events.append,
                trust=trust,
            )
        )


class TestByTls:
    def test_a_client_that_gets_on_with_tls_is_shown_bad_certificates(self) -> None:
        run = Run()
        report = run.verify(*scenarios(HEALTHY, GREETING, EXPIRED), trust=TRUST)
        assert [s.id for s in report.scenarios] == ["healthy", "tls_healthy", "expired"]
        assert [given.base_url.split(":")[0] for given in run.clients.given] == ["http", "https", "https"]
        assert [given.env for given in run.clients.given] == [{}, TRUST, TRUST]
        assert not report.notes

    def test_the_first_call_by_tls_is_made_but_not_shown_where_it_was_not_chosen(self) -> None:
        run = Run()
        assert [s.id for s in run.verify(*scenarios(EXPIRED), trust=TRUST).scenarios] == ["expired"]
        assert len(run.lanes.all) == 3

    def test_to_one_that_does_not_they_do_not_apply_and_nothing_fails(self) -> None:
        run = Run()

        async def plain_only(lane: FakeLane, name: str) -> Outcome:
            if lane.url.startswith("https"):
                return outcome(ok=False, error="unknown CA")
            lane.request()
            return outcome()

        run.clients.acts["read it"] = plain_only
        report = run.verify(*scenarios(HEALTHY, GREETING, EXPIRED), calls=(READ, CREATE), trust=TRUST)
        assert [(s.id, s.call) for s in report.scenarios] == [
            *(("healthy", "read"), ("healthy", "create")),
            *(("tls_healthy", "create"), ("expired", "create")),
        ]
        assert len(report.notes) == 1
        assert report.notes[0].startswith(
            "call 'read' does not get on with a provider that speaks TLS (it says 'unknown CA'), so scenarios of TLS"
        )

    def test_where_clients_cannot_be_told_whom_to_trust_nothing_is_played_by_tls(self) -> None:
        run = Run()
        report = run.verify(*scenarios(HEALTHY, GREETING, EXPIRED))
        assert [s.id for s in report.scenarios] == ["healthy"]
        assert not report.notes


class TestWhatIsPlayed:
    def test_every_scenario_with_every_call_that_it_is_meant_for(self) -> None:
        report = Run().verify(*scenarios(HEALTHY, WRITES, DOWN), calls=(READ, CREATE))
        assert [(s.id, s.call) for s in report.scenarios] == [
            *(("healthy", "read"), ("healthy", "create")),
            ("writes", "create"),
            *(("down", "read"), ("down", "create")),
        ]

    def test_each_in_a_lane_and_with_a_client_of_its_own_all_of_them_gone_afterwards(self) -> None:
        run = Run()
        run.verify(*scenarios(HEALTHY, DOWN), calls=(READ, CREATE))
        assert len(run.lanes.all) == run.clients.stopped == 4
        assert not run.lanes.open_now
        assert run.clients.running == 0

    def test_the_healthy_call_is_made_but_not_shown_where_it_was_not_chosen(self) -> None:
        run = Run()
        report = run.verify(*scenarios(DOWN))
        assert [s.id for s in report.scenarios] == ["down"]
        assert len(run.lanes.all) == 2

    def test_a_rule_without_an_operation_holds_for_the_operation_of_the_call(self) -> None:
        run = Run()
        run.verify(*scenarios(DOWN), calls=(CREATE,))
        plan = run.lanes.all[-1].plan
        assert plan is not None
        assert plan.rules[0].operations == ("create",)

    def test_the_longest_are_started_first(self) -> None:
        run = Run()
        long = DOWN.replace("id: down", "id: long, lasts_s: 20")
        run.verify(*scenarios(HEALTHY, DOWN, long))
        started = [event.scenario for event in run.events if event.what == "started"]
        assert started == ["long", "down"]

    def test_one_job_means_one_client_at_a_time(self) -> None:
        run = Run()
        several = [DOWN.replace("id: down", f"id: down{n}") for n in range(5)]
        run.verify(*scenarios(*several), jobs=1)
        assert run.clients.most_running == 1

    def test_waiting_clients_do_not_keep_others_from_starting(self) -> None:
        run = Run()

        async def hangs(lane: FakeLane, name: str) -> Outcome:
            lane.request(open_=lane.failing)
            await asyncio.sleep(10 if lane.failing else 0)
            return outcome()

        run.clients.acts["read it"] = hangs
        several = [DOWN.replace("id: down", f"id: down{n}") for n in range(6)]
        run.verify(*scenarios(*several), jobs=2)
        assert run.clients.most_running == 6

    def test_news_are_told_of_each(self) -> None:
        run = Run()
        run.verify(*scenarios(HEALTHY, DOWN))
        assert [(e.what, e.scenario, e.done, e.total) for e in run.events] == [
            ("judged", "healthy", 1, 2),
            ("started", "down", 1, 2),
            ("judged", "down", 2, 2),
        ]


class TestParallelCalls:
    FOUR = DOWN.replace("title: t", "title: t, calls: {parallel: 4}")

    def test_a_client_that_does_not_retry_is_called_once(self) -> None:
        report = Run().verify(*scenarios(self.FOUR))
        assert len(report.scenarios[0].calls) == 1

    def test_one_that_does_is_called_in_as_many_lanes(self) -> None:
        run = Run()
        run.clients.acts["read it"] = asks(retries=2)
        report = run.verify(*scenarios(self.FOUR))
        calls = report.scenarios[0].calls
        assert [len(call.attempts) for call in calls] == [3, 3, 3, 3]
        assert sorted(a.number for call in calls for a in call.attempts) == list(range(1, 13))
        assert len({a.connection for call in calls for a in call.attempts}) == 4

    def test_one_job_makes_them_one_after_another(self) -> None:
        run = Run()
        run.clients.acts["read it"] = asks(retries=2)
        report = run.verify(*scenarios(self.FOUR), jobs=1)
        assert len(report.scenarios[0].calls) == 3
        assert run.clients.most_running == 1


class TestOutages:
    OUTAGE = DOWN.replace("title: t", "title: t, heal: {pace_s: 0.0}")

    def test_a_client_without_a_breaker_is_seen_failing_then_well(self) -> None:
        report = Run(keeps_state=True).verify(*scenarios(self.OUTAGE))
        pattern = "".join("+" if call.ok else "1" for call in report.scenarios[0].calls)
        assert pattern == "1" * 10 + "+++"

    def test_an_open_breaker_is_watched_over_its_probe_and_its_closing(self) -> None:
        run = Run(keeps_state=True)
        made = 0

        async def breaks(lane: FakeLane, name: str) -> Outcome:
            nonlocal made
            made += lane.plan is not None
            if not lane.failing:
                lane.request()
                return outcome()
            if made <= 5 or made == 9:
                lane.request(status=503)
                return outcome(False, "503")
            return outcome(False, "open")

        run.clients.acts["read it"] = breaks
        report = run.verify(*scenarios(self.OUTAGE))
        pattern = "".join("+" if c.ok else "1" if c.attempts else "." for c in report.scenarios[0].calls)
        assert pattern == "11111...1+++"

    def test_a_client_that_keeps_nothing_makes_one_call(self) -> None:
        report = Run().verify(*scenarios(self.OUTAGE.replace("retry.bounded", "breaker.opens")))
        (scenario,) = report.scenarios
        assert len(scenario.calls) == 1
        assert [v.verdict for v in scenario.verdicts] == ["not_applicable"]

    def test_the_outage_of_one_process_lasts_until_it_has_struck(self) -> None:
        """A request at another operation, as for a token, gets no fault."""
        run = Run()

        async def asks_twice(lane: FakeLane, name: str) -> Outcome:
            plan, lane.plan = lane.plan, None
            lane.request(operation="token")
            lane.plan = plan
            await asyncio.sleep(0.02)
            failing = lane.failing
            lane.request(status=503 if failing else 200)
            return outcome(not failing)

        run.clients.acts["read it"] = asks_twice
        report = run.verify(*scenarios(self.OUTAGE))
        assert report.scenarios[0].fault_fired


class TestTheEndOfACall:
    def test_a_silent_attempt_is_cut_and_kept_as_the_client_left_it(self) -> None:
        run = Run()

        async def hangs(lane: FakeLane, name: str) -> Outcome:
            lane.request(open_=lane.failing)
            await asyncio.sleep(10 if lane.failing else 0)
            return outcome()

        run.clients.acts["read it"] = hangs
        (call,) = run.verify(*scenarios(DOWN)).scenarios[0].calls
        assert (call.ok, call.ending, call.attempts[0].outcome) == (False, "cut", "open")
        assert "silence" in str(call.error)
        assert not run.lanes.open_now

    def test_a_call_that_never_ends_is_cut(self) -> None:
        run = Run()

        async def waits(lane: FakeLane, name: str) -> Outcome:
            lane.request(status=503 if lane.failing else 200)
            await asyncio.sleep(10 if lane.failing else 0)
            return outcome()

        run.clients.acts["read it"] = waits
        (call,) = run.verify(*scenarios(DOWN)).scenarios[0].calls
        assert (call.ending, str(call.error)[:9]) == ("cut", "cut after")
        assert call.ended_s - call.began_s >= LIMITS.call_s

    def test_marks_stand_around_each_call(self) -> None:
        run = Run()
        run.verify(*scenarios(DOWN))
        assert run.lanes.all[-1].calls == ["begin read", "end"]


class TestClientsThatCannotBeRun:
    def test_one_that_cannot_be_started_is_said_and_nothing_is_left(self) -> None:
        run = Run()
        run.clients.refusal = DriverError("no module shop")
        with pytest.raises(DriverError, match="no module shop"):
            run.verify(*scenarios(HEALTHY, DOWN), calls=(READ, CREATE))
        assert not run.lanes.open_now
        assert run.clients.running == 0

    def test_one_that_dies_before_its_first_request_could_not_be_started(self) -> None:
        run = Run()

        async def dies(lane: FakeLane, name: str) -> Outcome:
            now_s = time.monotonic()
            return Outcome(False, now_s, now_s, "sh: nope: not found", ending="died", stderr="nope")

        run.clients.acts["read it"] = dies
        with pytest.raises(DriverError, match="not found"):
            run.verify(*scenarios(HEALTHY))

    def test_one_that_sends_nothing_is_played_no_further(self) -> None:
        run = Run()

        async def elsewhere(lane: FakeLane, name: str) -> Outcome:
            return outcome()

        run.clients.acts["read it"] = elsewhere
        report = run.verify(*scenarios(HEALTHY, DOWN))
        assert [s.id for s in report.scenarios] == ["healthy"]
        assert report.outcome == "inconclusive"
        assert "SHOP_BASE_URL" in report.notes[0]

    def test_one_that_cannot_be_started_again_is_a_call_that_died(self) -> None:
        run = Run()
        first = run.clients.acts["read it"]

        async def then_refuses(lane: FakeLane, name: str) -> Outcome:
            run.clients.refusal = DriverError("out of memory")
            return await first(lane, name)

        run.clients.acts["read it"] = then_refuses
        (call,) = run.verify(*scenarios(DOWN)).scenarios[0].calls
        assert (call.ending, call.error) == ("died", "out of memory")

    def test_a_mistake_of_ours_in_one_scenario_ends_the_run_and_leaves_nothing(self) -> None:
        run = Run()

        async def breaks(lane: FakeLane, name: str) -> Outcome:
            lane.request()
            if lane.failing:
                raise RuntimeError("a driver that breaks its promise")
            return outcome()

        run.clients.acts["read it"] = breaks
        with pytest.raises(RuntimeError, match="breaks its promise"):
            run.verify(*scenarios(HEALTHY, DOWN))
        assert not run.lanes.open_now

    @pytest.mark.parametrize(
        ("calls", "mistake"),
        [
            ((), UsageError),
            ((READ, READ), UsageError),
            ((parse_call("read", "read it", operation="lists"),), UnknownName),
        ],
    )
    def test_a_wrong_question_is_said_before_anything_starts(
        self, calls: tuple[CallSpec, ...], mistake: type[Exception]
    ) -> None:
        run = Run()
        with pytest.raises(mistake):
            run.verify(*scenarios(HEALTHY), calls=calls)
        assert not run.lanes.all


class TestWhatACallIsAbout:
    def about(self, *exchanges: tuple[str | None, int], spec: CallSpec = READ) -> tuple[str, str | None]:
        seen = [
            Exchange(n, 1, float(n), operation=operation, status=status)
            for n, (operation, status) in enumerate(exchanges, 1)
        ]
        subject = found(spec, seen, shop())
        return subject.kind, subject.operation

    def test_a_read_is_about_its_last_request(self) -> None:
        assert self.about(("list", 200)) == ("read", "list")

    def test_a_write_goes_before_reads_around_it(self) -> None:
        assert self.about(("list", 200), ("create", 200), ("list", 200)) == ("write", "create")

    def test_the_last_write_that_succeeded(self) -> None:
        assert self.about(("token", 200), ("create", 200)) == ("write", "create")

    def test_getting_a_credential_is_not_what_it_is_about(self) -> None:
        assert self.about(("token", 200), ("list", 200)) == ("read", "list")
        assert self.about(("token", 200), ("list", 503)) == ("read", "list")
        assert self.about(("token", 200)) == ("write", "token")

    def test_a_client_that_hedges_is_known_by_its_connections(self) -> None:
        def asked(number: int, connection: int, path: str = "/a") -> Exchange:
            return Exchange(number, connection, float(number), method="GET", path=path)

        assert alike([asked(1, 1), asked(2, 2), asked(3, 2, "/b")]) == 2
        assert alike([asked(1, 1), asked(2, 1), asked(3, 2, "/b")]) == 1
        assert alike([]) == 1

    def test_a_failure_is_better_than_nothing(self) -> None:
        assert self.about((None, 404), ("list", 401)) == ("read", "list")
        assert self.about((None, 404)) == ("read", None)

    def test_what_was_given_holds(self) -> None:
        given = parse_call("read", "read it", kind="read", operation="token")
        assert self.about(("create", 200), spec=given) == ("read", "token")


class TestTheReport:
    def test_it_can_be_had_again(self) -> None:
        report = Run().verify(*scenarios(DOWN), seed=7)
        assert report.again == "harness verify --provider shop --call read='read it' --seed 7"
        assert report.scenarios[0].verdicts[0].again == (
            "harness verify --provider shop --call read='read it' --scenario down --seed 7"
        )

    def test_the_question_holds_what_was_given(self) -> None:
        spec = parse_call("read", "read it", kind="write", operation="GET /a")
        assert question_of("my shop.yaml", [spec]) == (
            "--provider 'my shop.yaml' --call read='read it' --kind read=write --operation read='GET /a'"
        )

    def test_seeds_depend_on_the_run_the_scenario_and_the_call_alone(self) -> None:
        one, same = Run(), Run()
        one.verify(*scenarios(HEALTHY, DOWN), calls=(READ, CREATE), seed=3)
        same.verify(*scenarios(DOWN, HEALTHY), calls=(CREATE, READ), seed=3)
        assert {lane.seed for lane in one.lanes.all} == {lane.seed for lane in same.lanes.all}
        assert len({lane.seed for lane in one.lanes.all}) == 4
        assert seed_of(3, "down", "read", 1) != seed_of(4, "down", "read", 1)

    def test_times_are_counted_from_the_beginning_of_the_run(self) -> None:
        report = Run().verify(*scenarios(DOWN))
        (call,) = report.scenarios[0].calls
        assert 0 <= call.began_s <= call.attempts[0].at_s <= call.ended_s <= report.duration_s + 0.001

    def test_a_planned_fault_that_was_never_played_is_not_fired(self) -> None:
        run = Run()

        async def sends_once(lane: FakeLane, name: str) -> Outcome:
            if not lane.failing:
                lane.request()
            return outcome()

        run.clients.acts["read it"] = sends_once
        report = run.verify(*scenarios(HEALTHY, DOWN))
        assert [s.fault_fired for s in report.scenarios] == [True, False]
        assert report.scenarios[1].verdicts[0].verdict == "inconclusive"

    def test_no_credential_leaves_in_it(self) -> None:
        run = Run()

        async def talks(lane: FakeLane, name: str) -> Outcome:
            lane.request()
            return outcome(False, f"bad {lane.credentials['api_key']}", stdout=lane.credentials["api_key"])

        run.clients.acts["read it"] = talks
        (call,) = run.verify(*scenarios(DOWN)).scenarios[0].calls
        assert (call.error, call.stdout) == ("bad <redacted>", "<redacted>")

    @pytest.mark.parametrize(
        ("verdicts", "expected"),
        [
            (["pass", "fail", "inconclusive"], "fail"),
            (["pass", "inconclusive"], "inconclusive"),
            (["pass", "not_applicable"], "pass"),
            (["not_applicable"], "inconclusive"),
            ([], "inconclusive"),
        ],
    )
    def test_too_little_evidence_is_never_a_pass(
        self, verdicts: list[VerdictName], expected: VerdictName
    ) -> None:
        assert outcome_of(Verdict("a.b", name, "", "", "") for name in verdicts) == expected

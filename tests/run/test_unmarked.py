"""Verdicts on a lane that nobody drove: what its journal cannot show is inconclusive."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from harness.model.exchange import Exchange, Fired
from harness.model.finding import Verdict
from harness.model.journal import EXCHANGE_BYTES, Journal
from harness.run.judge import Expectation
from harness.run.told import ToldCall
from harness.run.unmarked import evidence_of, judged
from harness.server.lane import Lane
from harness.server.lanes import Lanes
from tests.server.shop import shop

pytestmark = pytest.mark.anyio


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    lanes = Lanes()
    yield await lanes.open(shop(), seed=1)
    await lanes.close_all()


def enter(lane: Lane, count: int) -> None:
    """So many healthy reads, a tenth of a second apart."""
    for _ in range(count):
        number = lane.journal.next_number()
        at_s = number / 10
        lane.journal.enter(
            Exchange(
                number,
                1,
                at_s,
                received_s=at_s,
                ended_s=at_s,
                outcome="sent",
                operation="Ping",
                method="GET",
                path="/ping",
                status=200,
                answer_status=200,
            )
        )


def refused(lane: Lane, *, at_s: float, connection: int = 1, status: int = 429, key: str = "") -> None:
    """A read that is answered 429 with Retry-After: 1, or another status."""
    lane.journal.enter(
        Exchange(
            lane.journal.next_number(),
            connection,
            at_s,
            received_s=at_s,
            ended_s=at_s,
            outcome="sent",
            operation="Ping",
            method="GET",
            path="/ping",
            status=status,
            response_headers=(("retry-after", "1"),) if status == 429 else (),
            answer_status=200,
            request_headers=(("x-correlation-id", key),) if key else (),
        )
    )


def verdict(lane: Lane, check: str) -> str:
    _, (found,) = judged(lane, [Expectation(check)], again="")
    return found.verdict


async def test_a_repeat_of_one_request_is_a_retry_that_came_too_soon(lane: Lane) -> None:
    refused(lane, at_s=1.0)
    refused(lane, at_s=1.2, status=200)
    assert verdict(lane, "retry.honours_retry_after") == "fail"


async def test_callers_side_by_side_are_not_taken_for_one_that_did_not_wait(lane: Lane) -> None:
    for at_s, connection, status in ((1.0, 1, 429), (1.01, 2, 429), (2.1, 1, 200), (2.11, 2, 200)):
        refused(lane, at_s=at_s, connection=connection, status=status)
    assert verdict(lane, "retry.honours_retry_after") == "inconclusive"


async def test_nor_are_those_with_a_connection_for_each_request(lane: Lane) -> None:
    for connection, (at_s, status) in enumerate(((1.0, 429), (1.01, 200), (2.1, 200)), 1):
        refused(lane, at_s=at_s, connection=connection, status=status)
    assert verdict(lane, "retry.honours_retry_after") == "inconclusive"


@pytest.mark.parametrize("check", ["retry.bounded", "retry.retries_transient"])
async def test_calls_that_fail_one_after_another_are_not_taken_for_retries(lane: Lane, check: str) -> None:
    for second in range(1, 12):
        refused(lane, at_s=float(second), status=503)
    assert verdict(lane, check) == "inconclusive"


async def test_nor_are_connections_that_were_refused_one_after_another(lane: Lane) -> None:
    refused_connection = Fired("connection.refused")
    for number in range(1, 12):
        lane.journal.enter(
            Exchange(
                number,
                number,
                float(number),
                stage="connect",
                ended_s=float(number),
                outcome="reset",
                faults=(refused_connection,),
            )
        )
    assert verdict(lane, "retry.bounded") == "inconclusive"


async def test_where_the_client_says_that_they_are_one_call_they_are(lane: Lane) -> None:
    for second in range(1, 12):
        refused(lane, at_s=float(second), status=503, key="one")
    assert verdict(lane, "retry.bounded") == "fail"


async def test_a_single_attempt_speaks_for_itself(lane: Lane) -> None:
    refused(lane, at_s=1.0, status=503)
    assert verdict(lane, "retry.retries_transient") == "fail"


def told(number: int) -> ToldCall:
    """A call that made one attempt, the exchange of that number."""
    return ToldCall(
        id=str(number),
        name="ping",
        began_s=number / 10,
        after=number - 1,
        ended_s=number / 10 + 0.01,
        until=number,
        ok=True,
    )


def verdicts(lane: Lane, calls: tuple[ToldCall, ...]) -> dict[str, Verdict]:
    _, found = judged(lane, [Expectation("contract")], calls, again="")
    return {verdict.check: verdict for verdict in found}


async def test_a_whole_journal_is_judged(lane: Lane) -> None:
    enter(lane, 3)
    assert {each.verdict for each in verdicts(lane, (told(1), told(2), told(3))).values()} & {"pass"}


async def test_no_verdict_passes_or_fails_over_what_is_kept_no_more(lane: Lane) -> None:
    lane.journal = Journal(limit_bytes=600 * EXCHANGE_BYTES)
    enter(lane, 1300)
    dropped = lane.journal.dropped_exchanges
    assert dropped
    found = verdicts(lane, (told(1300),))
    assert {each.verdict for each in found.values()} <= {"inconclusive", "not_applicable"}
    assert any(f"dropped its oldest {dropped} exchanges" in each.observed for each in found.values())


async def test_a_call_has_its_own_attempts_though_older_ones_are_gone(lane: Lane) -> None:
    lane.journal = Journal(limit_bytes=600 * EXCHANGE_BYTES)
    enter(lane, 1300)
    calls = evidence_of(lane, (told(1), told(1299), told(1300))).calls
    own = [[attempt.number for attempt in call.attempts] for call in calls if call.outcome.ok]
    assert own == [[1299], [1300]]

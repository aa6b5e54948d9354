"""Verdicts on a lane whose journal has let its oldest exchanges go."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from harness.model.exchange import Exchange
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

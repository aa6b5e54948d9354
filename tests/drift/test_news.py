"""What a team is told of by itself: once, when it turns, and now and then as long as it lasts."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from harness.drift.nights.news import REMIND_DAYS, is_news, troubles
from harness.drift.nights.night import report
from harness.drift.nights.state import Remembered
from harness.model.change import Change
from tests.drift.nights import NIGHT, STATUS_ADDED

OUTAGE = "GET /v1/orders: every answer was 503: it is out of order"
EXPIRED = "every answer was 401: the credential is missing, expired or not enough (--auth env:NAME)"

FIRST = date(2026, 11, 1)


class Team:
    """Asks night after night, and is told by a webhook that may be down."""

    def __init__(self) -> None:
        self.before: Remembered | None = None
        self.day = FIRST

    def night(self, *untold: str, changes: tuple[Change, ...] = (), hook_is_up: bool = True) -> bool:
        """Is there news of that night?"""
        asked = msgspec.structs.replace(NIGHT, today=self.day.isoformat())
        told, remembered = report(
            asked, {"live": changes}, {"live": untold}, before=self.before, keeps_state=True
        )
        news = is_news(told, self.before)
        self.before = msgspec.structs.replace(
            remembered,
            unsent=news and not hook_is_up,
            troubles=troubles(told, self.before, is_told=news and hook_is_up),
        )
        self.day += timedelta(days=1)
        return news


def test_an_outage_is_told_once_and_each_week_as_long_as_it_lasts() -> None:
    team = Team()
    assert not team.night()
    told = [team.night(OUTAGE) for _ in range(2 * REMIND_DAYS + 1)]
    assert [number for number, is_told in enumerate(told) if is_told] == [0, REMIND_DAYS, 2 * REMIND_DAYS]


def test_an_outage_of_other_operations_and_more_of_them_is_the_same() -> None:
    team = Team()
    team.night("GET /v1/orders: 2 of 7 requests got no answer: no answer within 30 s")
    assert not team.night("GET /v1/rates and 3 more: 5 of 9 requests got no answer: no answer within 30 s")


def test_another_reason_is_told_though_the_outcome_is_the_same() -> None:
    team = Team()
    assert team.night(OUTAGE)
    assert team.night(EXPIRED)
    assert team.night("GET /v1/orders: every answer was 500: it is out of order")
    assert not team.night(EXPIRED)


def test_that_it_can_be_checked_again_is_told_and_flapping_is_not() -> None:
    team = Team()
    told = [team.night(*untold) for untold in ((), (OUTAGE,), (OUTAGE,), (), (OUTAGE,), (), (OUTAGE,))]
    assert told == [False, True, False, True, False, False, False]


def test_what_nobody_could_be_told_is_told_the_next_night() -> None:
    team = Team()
    assert team.night(OUTAGE, hook_is_up=False)
    assert team.night(OUTAGE)
    assert not team.night(OUTAGE)


def test_a_failure_is_told_once_and_that_it_is_gone() -> None:
    team = Team()
    told = [team.night(changes=(STATUS_ADDED,)) for _ in range(3)]
    told += [team.night() for _ in range(4)]
    assert told == [True, False, False, True, False, True, False]

"""Each promise: kept, broken, short of evidence, and where it does not concern the run."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from harness.load.columns import Process, QuotaWindow, Run, Window
from harness.load.evidence import Evidence
from harness.load.promises import PROMISES
from harness.load.targets import Targets
from harness.load.verdict import abort, judge, word_of
from tests.load.runs import attempts, calls, run
from tests.load.simulate import Client, Trouble, World

LUCK = np.random.default_rng(6)
EVENLY = np.arange(1200) / 20
"""A minute of 20 calls a second."""


def word(promise: str, of: Run, targets: Targets | None = None) -> str:
    """The verdict of one promise on the run."""
    entry = PROMISES[f"load.{promise}"]
    return word_of(entry, tuple(entry.function(Evidence(of, targets or Targets()))))


def of_success(failed: int, number: int = 1200) -> Run:
    ok = np.ones(number, np.bool_)
    ok[:: max(1, number // max(failed, 1))][:failed] = False
    ok[np.flatnonzero(ok)[: max(0, (~ok).sum() - failed)]] = True
    return run(calls(EVENLY[:number], 0.05, ok))


@pytest.mark.parametrize(("failed", "said"), [(0, "pass"), (5, "pass"), (10, "inconclusive"), (60, "fail")])
def test_success_and_errors(failed: int, said: str) -> None:
    assert word("success", of_success(failed)) == word("errors", of_success(failed)) == said


def test_a_few_calls_say_nothing_of_half_a_percent() -> None:
    assert word("success", of_success(0, number=50)) == "inconclusive"


def test_success_is_not_judged_without_a_target_or_a_call() -> None:
    assert word("success", of_success(60), Targets(success_ratio=None)) == "not_applicable"
    assert word("success", run()) == "not_applicable"


def test_success_while_the_provider_fails_has_a_target_of_its_own() -> None:
    of = msgspec.structs.replace(
        run(calls(EVENLY, 0.05, (EVENLY < 20) | (EVENLY > 40))), windows=(Window("outage", 20, 40),)
    )
    assert word("success", of) == "pass"
    assert word("success", of, Targets(window_success_ratio=0.5)) == "fail"


@pytest.mark.parametrize(
    ("slow_part", "said"), [(0.0, "pass"), (0.05, "pass"), (0.06, "inconclusive"), (0.12, "fail")]
)
def test_percentiles(slow_part: float, said: str) -> None:
    lasted = np.where(np.arange(1200) < round(slow_part * 1200), 6.0, 0.05)
    assert (
        word("duration", run(calls(EVENLY, lasted, late_s=0.0), duration_s=70), Targets(average_s=None))
        == said
    )


def test_an_average_is_judged_beside_its_own_noise() -> None:
    only_average = Targets(p95_s=None, average_s=1.0)
    assert (
        word("duration", run(calls(EVENLY, LUCK.exponential(0.9, 1200)), duration_s=80), only_average)
        == "pass"
    )
    assert (
        word("duration", run(calls(EVENLY, LUCK.exponential(1.3, 1200)), duration_s=80), only_average)
        == "fail"
    )
    assert word("duration", run(calls(EVENLY[:10], 1.1), duration_s=80), only_average) == "inconclusive"


def test_calls_that_never_end_are_slow_once_they_have_taken_too_long() -> None:
    lasted = np.where(np.arange(1200) % 4 == 0, np.nan, 0.05)
    of = run(calls(EVENLY, lasted), duration_s=70)
    assert word("duration", of, Targets(average_s=None)) == "fail"
    lately = np.where(EVENLY > 58, np.nan, 0.05)
    assert word("duration", run(calls(EVENLY, lately)), Targets(average_s=None)) == "pass"


def test_a_longest_call_is_judged_as_it_is() -> None:
    longest = Targets(p95_s=None, average_s=None, max_s=2.0)
    lasted = np.full(1200, 0.05)
    assert word("duration", run(calls(EVENLY, lasted)), longest) == "pass"
    lasted[7] = 2.5
    assert word("duration", run(calls(EVENLY, lasted)), longest) == "fail"


def budgeted(retries: int, *, calls_a_second: float = 20.0) -> Run:
    """An outage from 20 s to 40 s, with so many retries in it, evenly."""
    number = int(calls_a_second * 60)
    began = np.arange(number) / calls_a_second
    within = np.flatnonzero((began >= 20) & (began < 40))
    again = within[np.linspace(0, len(within) - 1, retries).astype(int)] if retries else within[:0]
    owner = np.concatenate([np.arange(number), again])
    at_s = np.concatenate([began + 0.001, began[again] + 0.03])
    order = np.argsort(at_s, kind="stable")
    status = np.where((at_s >= 20) & (at_s < 40), 503, 200)
    return run(
        calls(began, 0.05, (began < 20) | (began >= 40)),
        attempts(at_s[order], 0.01, status[order], call=owner[order]),
        windows=(Window("outage", 20, 40),),
    )


def test_amplification_within_the_budget_beyond_it_and_within_what_may_be_saved_up() -> None:
    assert word("amplification", budgeted(40)) == "pass"
    assert word("amplification", budgeted(400)) == "fail"
    evidence = Evidence(budgeted(130), Targets())
    sights = {f.where: f.sight for f in PROMISES["load.amplification"].function(evidence)}
    assert sights == {"overall": "short", "outage": "short"}
    assert word("amplification", budgeted(130)) == "inconclusive"


def test_without_a_reserve_every_retry_counts() -> None:
    assert word("amplification", budgeted(130), Targets(retry_reserve=0)) == "fail"


def test_amplification_is_told_without_knowing_whose_attempts_they_are() -> None:
    of = budgeted(400)
    nobody = msgspec.structs.replace(of.attempts, call=np.full(len(of.attempts), -1, np.int32))
    assert word("amplification", msgspec.structs.replace(of, attempts=nobody)) == "fail"


def test_pressure_is_judged_only_with_a_target() -> None:
    assert word("pressure", budgeted(400)) == "not_applicable"
    assert word("pressure", budgeted(400), Targets(pressure=1.1)) == "fail"
    assert word("pressure", budgeted(0), Targets(pressure=1.1)) == "pass"


@pytest.mark.parametrize(("at_once", "said"), [(2, "pass"), (30, "inconclusive"), (120, "fail")])
def test_a_herd_after_healing(at_once: int, said: str) -> None:
    extra = 42.3 + np.arange(at_once) / 1000
    at_s = np.sort(np.concatenate([np.arange(600) / 10, extra]))
    of = run(calls(np.arange(600) / 10), attempts(at_s), windows=(Window("outage", 20, 40),))
    assert word("herd", of, Targets(herd=3.0)) == said


def coming_back(at_s: Any) -> Run:
    """Ten calls a second, and forty that are told at once to come back in 5 s, and do so then."""
    steady, told = np.arange(600) / 10, 20 + np.arange(40) / 1000
    began = np.concatenate([steady, told])
    owner = np.concatenate([np.arange(640), 600 + np.arange(40)])
    attempted = np.concatenate([began, at_s])
    asked = np.concatenate([np.full(600, np.nan), np.full(40, 5.0), np.full(40, np.nan)])
    status = np.where(np.isfinite(asked), 429, 200)
    rows, order = np.argsort(began, kind="stable"), np.argsort(attempted, kind="stable")
    place = np.argsort(rows)
    return run(
        calls(began[rows], 0.05),
        attempts(attempted[order], 0.01, status[order], call=place[owner[order]], retry_after_s=asked[order]),
    )


@pytest.mark.parametrize(("spread_s", "said"), [(0.1, "fail"), (4.0, "inconclusive"), (39.0, "pass")])
def test_a_herd_after_a_common_retry_after(spread_s: float, said: str) -> None:
    assert word("herd", coming_back(25.05 + np.linspace(0, spread_s, 40))) == said


def test_waits_of_a_second_that_go_on_and_on_are_no_common_moment() -> None:
    limited = (Trouble(30, 50, "429", retry_after_s=1.0, share=0.6),)
    of, _ = World(Client(budget="aws"), limited, duration_s=70).play()
    told = PROMISES["load.herd"].function(Evidence(of, Targets()))
    assert [finding.sight for finding in told] == ["kept"]


def test_calls_that_a_client_held_back_are_a_herd_too() -> None:
    """As where one call at a time may ask whether the provider is well, and all others wait for it."""
    began = np.arange(600) / 10
    waits = (began >= 20) & (began < 40)
    at_s = np.where(waits, 40.2 + began / 1000, began)
    order = np.argsort(at_s, kind="stable")
    of = run(calls(began), attempts(at_s[order], call=order), windows=(Window("outage", 20, 40),))
    assert word("herd", of) == "fail"
    prompt = run(calls(began), attempts(began, call=np.arange(600)), windows=(Window("outage", 20, 40),))
    assert word("herd", prompt) == "pass"


def test_more_users_after_healing_are_no_herd() -> None:
    steady, more = np.arange(400) / 10, 40 + np.arange(1200) / 60
    of = run(
        calls(steady),
        attempts(np.concatenate([steady, more])),
        windows=(Window("outage", 20, 40),),
        offered=((0.0, 10), (40.0, 60)),
    )
    assert word("herd", of) == "pass"
    assert word("herd", msgspec.structs.replace(of, offered=())) == "fail"


def retrying(wait_s: Any, way_s: Any = 0.0) -> Run:
    """Calls that fail at first, and are tried again after that wait. `way_s`: until first attempts come."""
    number = len(wait_s)
    began = np.arange(number) * 0.3
    first = began + way_s
    at_s = np.stack([first, first + 0.01 + wait_s], axis=1).ravel()
    order = np.argsort(at_s, kind="stable")
    status = np.tile([503, 200], number)
    owner = np.repeat(np.arange(number), 2)
    return run(
        calls(began, 0.02 + way_s + wait_s),
        attempts(at_s[order], 0.01, status[order], call=owner[order]),
        windows=(Window("partial outage", 0, 60),),
    )


@pytest.mark.parametrize(
    ("wait_s", "said"),
    [
        pytest.param(0.5 + LUCK.exponential(0.01, 200), "fail", id="none but the machine's own"),
        pytest.param(0.5 * LUCK.uniform(0.8, 1.2, 200), "pass", id="20 percent to either side"),
        pytest.param(LUCK.uniform(0.06, 1.0, 200), "pass", id="full"),
        pytest.param(np.linspace(0.5, 0.59, 200), "inconclusive", id="8 percent to either side"),
        pytest.param(LUCK.uniform(0.0, 0.01, 200), "not_applicable", id="no wait at all"),
        pytest.param(np.full(12, 0.5), "not_applicable", id="hardly any retries"),
    ],
)
def test_jitter(wait_s: Any, said: str) -> None:
    assert word("jitter", retrying(wait_s)) == said


def test_the_same_luck_added_to_every_wait_is_seen_on_long_ones_too() -> None:
    """As urllib3 adds it: 200 ms are much of the first wait, and little of the last."""
    first, last = 0.2 + LUCK.uniform(0, 0.2, 60), 1.6 + LUCK.uniform(0, 0.2, 60)
    began = np.arange(60) * 0.9
    at_s = np.stack([began, began + first, began + first + 0.01 + last], axis=1).ravel()
    order = np.argsort(at_s, kind="stable")
    of = run(
        calls(began, 2.2, ok=False),
        attempts(at_s[order], 0.01, 503, call=np.repeat(np.arange(60), 3)[order]),
        windows=(Window("outage", 0, 60),),
    )
    assert word("jitter", of) == "pass"


def test_a_busy_machine_is_no_jitter_and_hides_none() -> None:
    noise = LUCK.exponential(0.1, 200)
    way_s = LUCK.permutation(noise)
    assert word("jitter", retrying(0.5 + noise)) == "pass"
    assert word("jitter", retrying(0.5 + noise, way_s)) == "inconclusive"
    assert word("jitter", retrying(LUCK.uniform(0.06, 1.0, 200) + noise, way_s)) == "pass"


def test_waits_that_an_answer_asked_for_are_not_the_clients() -> None:
    of = retrying(np.full(200, 0.5))
    asked = msgspec.structs.replace(
        of.attempts, status=np.where(of.attempts.status == 503, 429, 200).astype(np.int32)
    )
    assert word("jitter", msgspec.structs.replace(of, attempts=asked)) == "not_applicable"


@pytest.mark.parametrize(
    ("number", "said"), [(70, "pass"), (95, "fail"), (130, "fail")], ids=["within", "nearly all", "beyond"]
)
def test_quota(number: int, said: str) -> None:
    at_s = np.arange(number * 60) / number
    of = run(calls(np.arange(60.0)), attempts(at_s), quotas=(QuotaWindow(100, 1.0),))
    assert word("quota", of) == said


def test_a_burst_that_only_some_windows_would_see_whole_is_unclear() -> None:
    at_s = np.concatenate([np.arange(0, 60, 0.1), np.linspace(29.6, 30.4, 80)])
    of = run(calls(np.arange(60.0)), attempts(np.sort(at_s)), quotas=(QuotaWindow(100, 1.0),))
    assert word("quota", of) == "inconclusive"


def arriving(rate_per_s: float, seed: int) -> Run:
    """Requests that come as they like, for a minute and a half."""
    luck = np.random.default_rng(seed)
    at_s = np.cumsum(luck.exponential(1 / rate_per_s, int(90 * rate_per_s)))
    at_s = at_s[at_s < 90]
    return run(calls(np.arange(90.0)), attempts(at_s), quotas=(QuotaWindow(100, 1.0),), duration_s=90.0)


def words(rate_per_s: float) -> set[str]:
    return {word("quota", arriving(rate_per_s, seed)) for seed in range(40)}


def test_a_use_of_the_quota_is_judged_by_more_than_its_luckiest_window() -> None:
    assert words(50) == words(60) == {"pass"}
    assert words(90) == {"fail"}
    assert words(75) <= {"pass", "inconclusive"}
    assert words(85) <= {"fail", "inconclusive"}


def test_a_429_of_the_provider_itself_breaks_the_quota() -> None:
    at_s = np.arange(600) / 10
    status = np.where(np.arange(600) == 300, 429, 200)
    of = run(calls(np.arange(60.0)), attempts(at_s, status=status), quotas=(QuotaWindow(100, 1.0),))
    assert word("quota", of) == "fail"


SQUEEZED = (QuotaWindow(100, 1.0), QuotaWindow(16, 2.0, (), 20.0, 40.0, "planned"))


def squeezed(rate: float, *, refused: bool = True, quotas: tuple[QuotaWindow, ...] = SQUEEZED) -> Run:
    """So many requests a second while the quota is 8 a second; what is beyond gets 429."""
    inside = 20 + np.arange(20 * rate) / rate
    at_s = np.concatenate([np.arange(0, 20, 1 / 16), inside, np.arange(40, 60, 1 / 16)])
    beyond = (np.arange(len(inside)) % (2 * rate)) >= 16
    status = np.full(len(at_s), 200)
    status[320 : 320 + len(inside)][beyond & refused] = 429
    return run(calls(np.arange(960) / 16), attempts(at_s, status=status), quotas=quotas)


@pytest.mark.parametrize(
    ("rate", "said"), [(8, "pass"), (9, "pass"), (11, "inconclusive"), (16, "fail"), (40, "fail")]
)
def test_a_quota_that_is_cut_for_a_time_is_the_quota_then(rate: float, said: str) -> None:
    assert word("quota", squeezed(rate)) == said


def test_a_quota_that_nobody_would_have_used_up_tells_nothing() -> None:
    of = squeezed(8)
    few = msgspec.structs.replace(of, calls=calls(np.arange(60.0)))
    assert word("quota", few) == "inconclusive"


def test_clients_of_many_processes_learn_of_a_cut_quota_each_for_itself() -> None:
    of = squeezed(12)
    assert word("quota", msgspec.structs.replace(of, clients=8)) == "pass"


def test_a_quota_is_cut_too_late_to_tell() -> None:
    late = (QuotaWindow(16, 2.0, (), 36.0, 40.0, "planned"),)
    assert word("quota", squeezed(16, quotas=late)) == "inconclusive"


def test_a_quota_that_nobody_has_is_not_judged() -> None:
    assert word("quota", run(calls(EVENLY), attempts(EVENLY))) == "not_applicable"


@pytest.mark.parametrize(("at_once", "said"), [(1, "pass"), (2, "inconclusive"), (20, "fail")])
def test_tokens(at_once: int, said: str) -> None:
    asked = np.concatenate([30 + np.arange(at_once) / 1000, [50.0]])
    of = run(
        calls(np.concatenate([30 + np.arange(at_once) / 1000, [50.0]])),
        attempts(asked, 0.1, call=np.arange(at_once + 1), operations=("CreateToken",)),
        token_operations=("CreateToken",),
    )
    assert word("tokens", of) == said


@pytest.mark.parametrize(("in_a_row", "said"), [(1, "pass"), (3, "inconclusive"), (8, "fail")])
def test_one_token_after_another_for_one_expiry_is_a_stampede_too(in_a_row: int, said: str) -> None:
    asked = 30 + np.arange(in_a_row)
    of = run(
        calls(asked),
        attempts(asked, 0.1, call=np.arange(in_a_row), operations=("CreateToken",)),
        token_operations=("CreateToken",),
        expiries_s=(29.5,),
    )
    assert word("tokens", of) == said


def test_clients_of_different_processes_may_ask_for_tokens_at_once() -> None:
    of = run(
        calls(np.full(8, 30.0), worker=np.arange(8)),
        attempts(np.full(8, 30.0), 0.1, call=np.arange(8), operations=("CreateToken",)),
        token_operations=("CreateToken",),
    )
    assert word("tokens", of) == "pass"


def connected(opened: Any, closed: Any) -> Run:
    return run(calls(EVENLY), attempts(EVENLY, connection=0), connections=(opened, closed))


def test_connections() -> None:
    opened = np.concatenate([[0.0], np.arange(60.0)])
    assert word("connections", connected(opened, np.full(61, np.nan))) == "fail"
    assert word("connections", connected(opened, opened + 1)) == "pass"
    assert word("connections", connected(np.arange(40) / 1000, np.full(40, np.nan))) == "pass"
    assert (
        word("connections", msgspec.structs.replace(connected(opened, opened + 1), duration_s=5.0))
        == "inconclusive"
    )
    assert word("connections", run(calls(EVENLY), attempts(EVENLY))) == "not_applicable"


def test_connections_that_pile_up_by_fits_and_starts_beyond_what_was_needed_are_no_pool_for_sure() -> None:
    opened = np.concatenate([[0.0], np.linspace(5, 42, 12), [42.5]])
    assert word("connections", connected(opened, np.full(14, np.nan))) == "inconclusive"


@pytest.mark.parametrize(("open_s", "said"), [(0.7, "inconclusive"), (19.0, "pass")])
def test_operations_are_told_apart_by_what_is_asked_while_one_breaker_is_open(
    open_s: float, said: str
) -> None:
    began = np.arange(1200) / 20
    writes = np.arange(1200) % 2 == 1
    fails = writes & (began >= 20) & (began < 20.5 + open_s)
    shut = fails & (began >= 20.5)
    of = run(
        calls(began, np.where(shut, 0.0001, 0.05), ~fails, name=writes.astype(int), names=("read", "write")),
        attempts(
            began[~shut],
            status=np.where(fails, 503, 200)[~shut],
            call=np.flatnonzero(~shut),
            operation=writes.astype(int)[~shut],
            operations=("Read", "Write"),
        ),
        windows=(Window("one operation", 20, 20.5 + open_s, ("Write",)),),
    )
    assert word("breaker_apart", of) == said


def test_connections_that_failed_calls_left_behind_are_no_pool() -> None:
    """As streams that are not closed after a failure: all in the window, and they stay."""
    left = np.concatenate([[0.0], np.linspace(20, 30, 60)])
    of = connected(left, np.full(61, np.nan))
    outage = (Window("outage", 20, 30),)
    assert word("connections", msgspec.structs.replace(of, windows=outage)) == "fail"
    closed = connected(left, np.concatenate([[np.nan], np.full(60, 50.0)]))
    assert word("connections", msgspec.structs.replace(closed, windows=outage)) == "pass"
    at_once = np.concatenate([EVENLY, np.full(30, 25.0)])
    crowd = run(
        calls(at_once, np.concatenate([np.full(1200, 0.05), np.full(30, 2.0)])),
        attempts(EVENLY, connection=0),
        connections=(left, np.full(61, np.nan)),
        windows=outage,
    )
    assert word("connections", crowd) == "pass"


@pytest.mark.parametrize(
    ("drops", "duration_s", "said"),
    [(False, 90.0, "pass"), (True, 90.0, "fail"), (True, 50.5, "inconclusive")],
)
def test_connections_that_nobody_reads_to_the_end_of_an_answer(
    drops: bool, duration_s: float, said: str
) -> None:
    client = Client(budget="aws", drops_stalled=drops)
    stalled = (Trouble(20, 50, "stall", share=0.05),)
    of, _ = World(client, stalled, rate_per_s=16, duration_s=duration_s).play()
    assert word("connections", of) == said


def test_fairness() -> None:
    user = np.arange(1200) % 10
    alike = LUCK.random(1200) < 0.8
    assert word("fairness", run(calls(EVENLY, ok=alike, user=user))) == "pass"
    assert word("fairness", run(calls(EVENLY, ok=user < 5, user=user))) == "fail"
    assert word("fairness", run(calls(EVENLY, user=0))) == "not_applicable"


def test_recovery_in_time_too_late_and_not_to_be_told() -> None:
    def healing(bad_until_s: float, **how: Any) -> Run:
        ok = (EVENLY < 20) | np.greater(EVENLY, bad_until_s)
        return run(calls(EVENLY, 0.05, ok), windows=(Window("outage", 20, 30),), **how)

    soon = Targets(recovery_s=10)
    assert word("recovery", healing(35), soon) == "pass"
    assert word("recovery", healing(45), soon) == "fail"
    assert word("recovery", healing(99), soon) == "fail"
    assert word("recovery", healing(99)) == "inconclusive"
    assert word("recovery", healing(99, duration_s=30.5), soon) == "inconclusive"
    assert word("recovery", run(calls(EVENLY))) == "not_applicable"


def test_recovery_waits_for_calls_to_be_fast_again() -> None:
    lasted = np.where((EVENLY > 20) & (EVENLY < 38), 6.0, 0.05)
    of = run(calls(EVENLY, lasted), windows=(Window("brown-out", 20, 30),))
    assert judge(of, Targets()).windows[0].recovered_s == pytest.approx(14, abs=0.1)


def test_single_failures_that_are_allowed_do_not_put_recovery_off() -> None:
    ok = (EVENLY < 20) | (EVENLY > 33)
    ok[1100] = False
    of = run(calls(EVENLY, 0.05, ok), windows=(Window("outage", 20, 30),))
    assert judge(of, Targets()).windows[0].recovered_s == pytest.approx(3, abs=0.1)


def test_an_open_breaker_that_the_run_did_not_wait_for_is_inconclusive() -> None:
    client = Client(budget="aws", breaker_failures=5, breaker_open_s=40)
    of, _ = World(client, (Trouble(30, 50),), duration_s=60).play()
    assert word("breaker_closes", of) == word("recovery", of) == "inconclusive"


def test_breakers_say_nothing_where_it_is_not_known_whose_attempts_they_are() -> None:
    of, _ = World(Client(), (Trouble(30, 50),), duration_s=60).play()
    nobody = msgspec.structs.replace(of.attempts, call=np.full(len(of.attempts), -1, np.int32))
    blind = msgspec.structs.replace(of, attempts=nobody)
    assert word("breaker_opens", blind) == word("breaker_stays_shut", blind) == "inconclusive"


def test_who_needs_no_breaker_is_not_asked_for_one() -> None:
    of, _ = World(Client(), (Trouble(30, 50),), duration_s=60).play()
    assert word("breaker_opens", of) == "fail"
    assert word("breaker_opens", of, Targets(breaker_required=False)) == "not_applicable"


def test_failures_that_a_breaker_need_not_count_ask_for_none() -> None:
    limited = (Trouble(30, 50, "429", retry_after_s=1.0),)
    of, _ = World(Client(budget="aws", retries=1), limited, duration_s=60).play()
    assert word("breaker_opens", of) == "not_applicable"
    assert any("429 alone" in note for note in judge(of, Targets()).notes)
    failing, _ = World(Client(budget="aws", retries=1), (Trouble(30, 50),), duration_s=60).play()
    assert not any("429 alone" in note for note in judge(failing, Targets()).notes)


def test_a_row_of_failures_goes_on_past_a_429() -> None:
    within = (EVENLY >= 20) & (EVENLY < 40)
    status = np.where(within, np.where(np.arange(1200) % 4 == 0, 429, 503), 200)
    of = run(
        calls(EVENLY, 0.05, ~within),
        attempts(EVENLY, status=status, call=np.arange(1200)),
        windows=(Window("outage", 20, 40),),
    )
    assert word("breaker_opens", of) == "fail"


TWO = ("read", "write")
WRITE_FAILS = (Trouble(30, 50, operation="write"),)


@pytest.mark.parametrize(
    ("client", "opens", "apart"),
    [
        pytest.param(Client(budget="aws", breaker_failures=5), "pass", "pass", id="each its own"),
        pytest.param(
            Client(budget="aws", breaker_failures=5, shared_breaker=True), "inconclusive", "fail", id="shared"
        ),
        pytest.param(
            Client(budget="aws", breaker_failures=60, shared_breaker=True),
            "fail",
            "inconclusive",
            id="never opens",
        ),
        pytest.param(Client(budget="aws"), "fail", "inconclusive", id="none"),
    ],
)
def test_a_breaker_for_all_opens_by_luck_where_others_are_well(
    client: Client, opens: str, apart: str
) -> None:
    of, _ = World(client, WRITE_FAILS, names=TWO, duration_s=70).play()
    assert (word("breaker_opens", of), word("breaker_apart", of)) == (opens, apart)


def test_a_breaker_that_never_opens_may_be_none_or_one_for_all() -> None:
    of, _ = World(Client(budget="aws"), WRITE_FAILS, names=TWO, duration_s=70).play()
    told = next(v for v in judge(of, Targets()).verdicts if v.check == "load.breaker_opens")
    assert "there is none, or one for read and write together" in told.observed


def test_a_breaker_that_opens_while_all_is_well_is_found() -> None:
    stopped = np.arange(1200) % 50 == 0
    of = run(
        calls(EVENLY, np.where(stopped, 0.0001, 0.05), ~stopped),
        attempts(EVENLY[~stopped], call=np.flatnonzero(~stopped)),
    )
    assert word("breaker_stays_shut", of) == "fail"


def test_a_breaker_that_nobody_asks_cannot_let_anything_through() -> None:
    at = np.concatenate(
        [np.arange(200) / 10, [20.1, 20.2, 20.3, 20.4, 20.5, 21, 21.1, 21.2, 39.5], np.arange(40, 60)]
    )
    shut = (at >= 21) & (at < 39)
    of = run(
        calls(at, np.where(shut, 0.0001, 0.05), (at < 20) | (at >= 40)),
        attempts(
            at[~shut], status=np.where((at >= 20) & (at < 40), 503, 200)[~shut], call=np.flatnonzero(~shut)
        ),
        windows=(Window("outage", 20, 40),),
    )
    assert word("breaker_probes", of, Targets(breaker_open_s=3)) == "pass"


def test_a_breaker_that_opens_sooner_than_it_must_opens() -> None:
    within = (EVENLY >= 20) & (EVENLY < 40)
    sent = ~within | (np.arange(1200) < 403)
    of = run(
        calls(EVENLY, np.where(sent, 0.05, 0.0001), ~within),
        attempts(EVENLY[sent], status=np.where(within, 503, 200)[sent], call=np.flatnonzero(sent)),
        windows=(Window("outage", 20, 40),),
    )
    assert word("breaker_opens", of) == "pass"


def test_calls_that_wait_for_their_turn_and_are_refused_then_never_reached_the_provider() -> None:
    """pybreaker lets one call in at a time: those behind it learn late that the breaker has opened."""
    within = (EVENLY >= 20) & (EVENLY < 40)
    sent = ~within | (np.arange(1200) < 405)
    of = run(
        msgspec.structs.replace(
            calls(EVENLY, np.where(within, 0.9, 0.05), ~within), errors=("CircuitBreakerError",)
        ),
        attempts(EVENLY[sent], status=np.where(within, 503, 200)[sent], call=np.flatnonzero(sent)),
        windows=(Window("outage", 20, 40),),
    )
    report = judge(of, Targets())
    assert [(b.failures, b.refused) for b in report.breakers] == [(5, 395)]
    assert word("breaker_opens", of) == "pass"


SATURATED = (Process("generator", "worker 1", (0.97,) * 60), Process("mock", "mock", (0.2,) * 60))
BUSY_MOCK = (Process("generator", "worker 1", (0.3,) * 60), Process("mock", "mock", (0.98,) * 60))


@pytest.mark.parametrize("processes", [SATURATED, BUSY_MOCK], ids=["generator", "mock"])
def test_who_was_at_the_limit_makes_time_inconclusive_and_the_run_too(processes: tuple[Process, ...]) -> None:
    slow = run(calls(EVENLY, 7.0), attempts(EVENLY, call=np.arange(1200)), duration_s=70, processes=processes)
    report = judge(slow, Targets())
    verdict = next(v for v in report.verdicts if v.check == "load.duration")
    assert (verdict.verdict, report.outcome) == ("inconclusive", "inconclusive")
    assert "of its core" in verdict.observed
    assert {row.verdict for row in report.targets if row.check == "load.duration"} == {"inconclusive"}
    fine = run(calls(EVENLY), attempts(EVENLY, call=np.arange(1200)), processes=processes)
    assert judge(fine, Targets()).outcome == "inconclusive"


def starved(role: str, waited: float, seconds: int = 20) -> Process:
    """For so many of 60 seconds it waited for such a part of each."""
    return Process(role, role, (0.4,) * 60, None, (waited,) * seconds + (0.05,) * (60 - seconds))


@pytest.mark.parametrize(
    ("process", "bottleneck"),
    [
        (starved("generator", 0.5), "generator"),
        (starved("client", 0.5), "generator"),
        (starved("mock", 0.5), "mock"),
        (starved("generator", 0.3), ""),
        (starved("generator", 0.9, seconds=5), ""),
        (Process("generator", "generator", (0.4,) * 60), ""),
    ],
    ids=["generator", "client", "mock", "a crowded machine", "a bad moment", "nobody knows"],
)
def test_who_waited_for_a_core_tells_little_of_time(process: Process, bottleneck: str) -> None:
    slow = run(
        calls(EVENLY, 7.0), attempts(EVENLY, call=np.arange(1200)), duration_s=70, processes=(process,)
    )
    report = judge(slow, Targets())
    assert report.honesty.bottleneck == bottleneck
    verdict = next(v for v in report.verdicts if v.check == "load.duration")
    assert verdict.verdict == ("inconclusive" if bottleneck else "fail")
    assert ("was starved" in verdict.observed) is bool(bottleneck)
    fine = run(calls(EVENLY), attempts(EVENLY, call=np.arange(1200)), processes=(process,))
    assert judge(fine, Targets()).outcome == "pass"


def test_a_busy_second_is_no_bottleneck() -> None:
    fine = run(
        calls(EVENLY),
        attempts(EVENLY, call=np.arange(1200)),
        processes=(Process("mock", "mock", (0.3,) * 58 + (1.0, 1.0)),),
    )
    assert judge(fine, Targets()).honesty.bottleneck == ""


def test_calls_that_come_by_themselves_and_late_are_the_generators_fault() -> None:
    of = run(calls(EVENLY, late_s=1.5), attempts(EVENLY, call=np.arange(1200)))
    assert judge(of, Targets()).honesty.bottleneck == ""
    by_themselves = msgspec.structs.replace(of, facts={"arrivals": "open"})
    report = judge(by_themselves, Targets())
    assert (report.honesty.bottleneck, report.outcome) == ("generator", "inconclusive")


def test_an_answer_that_takes_the_mock_long_is_its_own_fault() -> None:
    slow = run(calls(EVENLY, 7.0), attempts(EVENLY, served_s=0.2, call=np.arange(1200)), duration_s=70)
    assert judge(slow, Targets()).honesty.bottleneck == "mock"


def test_what_aborts_a_run_does_so_once_it_is_sure_and_not_too_early() -> None:
    bad = of_success(600)
    targets = Targets(abort_on_fail=("duration", "load.success"), abort_after_s=10)
    told = abort(bad, targets)
    assert told is not None
    assert told.check == "load.success"
    assert abort(bad, Targets()) is None
    assert abort(msgspec.structs.replace(bad, duration_s=5.0), targets) is None
    assert abort(of_success(0), targets) is None


def test_every_promise_says_what_it_is_and_where_it_comes_from() -> None:
    for entry in PROMISES:
        assert entry.id.startswith("load.")
        assert entry.promise.endswith(".")
        assert entry.facts["source"]


@pytest.mark.parametrize(("in_process", "told"), [(True, True), (False, False)])
def test_attempts_of_nobody_are_told_with_their_reason(in_process: bool, told: bool) -> None:
    of = run(calls(EVENLY), attempts(EVENLY), facts={"in_process": in_process})
    notes = " ".join(judge(of, Targets()).honesty.notes)
    assert "Of 0 % of the attempts it is known which call they belong to." in notes
    assert ("threads of the client's own" in notes) is told

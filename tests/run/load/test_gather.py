from __future__ import annotations

import math
from array import array
from pathlib import Path

import msgspec
import numpy as np
import pytest

from harness.errors import UsageError
from harness.load.columns import UNKNOWN, QuotaWindow
from harness.locust_plugin.recorder import Recorder
from harness.run.callspec import parse_call
from harness.run.load import raw
from harness.run.load.gather import gather
from harness.run.load.reading import parse_load_scenario
from harness.run.load.setup import setup_of, write_setup

ZERO_S = 1000.0
DOOR, OTHER_DOOR = 8080, 8081

SCENARIO = """\
says: nothing
duration_s: 60
windows: [{name: outage, between_s: [20, 40]}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run that has begun and ended."""
    scenario = parse_load_scenario(SCENARIO, path="s.yaml", name="s")
    calls = (parse_call("read", "shop:read"),)
    write_setup(tmp_path, setup_of(scenario, provider="stripe", calls=calls, workers=2))
    say(tmp_path, "process", at_s=990.0, name="worker 1", role="generator", worker=0)
    say(tmp_path, "process", at_s=990.0, name="worker 2", role="generator", worker=1)
    say(tmp_path, "process", at_s=990.0, name="mock", role="mock")
    say(tmp_path, "zero", at_s=ZERO_S)
    return tmp_path


def say(folder: Path, what: str, **told: object) -> None:
    raw.append(folder / raw.NEWS, raw.News(what=what, **told))  # type: ignore[arg-type]


def saw(folder: Path, attempts: list[tuple[float, int]], connections: list[tuple[str, int, int]]) -> None:
    """What the mock saw: attempts as (when, on which connection), connections as (host, port, door)."""
    hosts = list(dict.fromkeys(host for host, _, _ in connections))
    count = len(attempts)
    rows = raw.packed(
        at=array("d", [at_s for at_s, _ in attempts]),
        ended=array("d", [at_s + 0.01 for at_s, _ in attempts]),
        served=array("d", [0.001] * count),
        retry_after=array("d", [math.nan] * count),
        status=array("i", [200] * count),
        operation=array("i", [0] * count),
        fault=array("i", [-1] * count),
        connection=array("i", [number for _, number in attempts]),
    )
    ends = raw.packed(
        opened=array("d", [ZERO_S] * len(connections)),
        closed=array("d", [math.nan] * len(connections)),
        host=array("i", [hosts.index(host) for host, _, _ in connections]),
        port=array("i", [port for _, port, _ in connections]),
        door=array("i", [door for _, _, door in connections]),
    )
    word = raw.Attempts(rows, ends, ("GetCustomers",), (), tuple(hosts), DOOR, 0, True, ZERO_S + 60)
    raw.append(folder / raw.ATTEMPTS, word)


def called(recorder: Recorder, began_s: float, *, user: int = 0, ok: bool = True, client: int = 0) -> int:
    number = recorder.begin(began_s, began_s, 0, user, client)
    recorder.end(number, began_s + 0.5, ok, False, None if ok else "TimeoutError: too slow")
    return number


def hand_on(folder: Path, recorder: Recorder, *, last: bool = True) -> None:
    raw.append(folder / raw.CALLS, recorder.take(last=last))


def test_an_attempt_finds_its_call_by_the_port_that_it_was_sent_from(folder: Path) -> None:
    recorder = Recorder(0, ("read",))
    first, second = called(recorder, ZERO_S + 1), called(recorder, ZERO_S + 2)
    recorder.own(ZERO_S + 1.0, 40001, first)
    recorder.own(ZERO_S + 2.0, 40001, second)
    hand_on(folder, recorder)
    saw(folder, [(ZERO_S + 1.1, 1), (ZERO_S + 1.4, 1), (ZERO_S + 2.1, 1)], [("127.0.0.1", 40001, DOOR)])
    run = gather(folder)
    assert list(run.attempts.call) == [0, 0, 1]
    assert list(run.connections.requests) == [3]


def test_workers_of_one_port_on_different_machines_are_told_apart(folder: Path) -> None:
    for worker, host in enumerate(("10.0.0.1", "10.0.0.2")):
        recorder = Recorder(worker, ("read",))
        recorder.host = host
        recorder.own(ZERO_S + 1.0, 40001, called(recorder, ZERO_S + 1 + worker))
        hand_on(folder, recorder)
    saw(
        folder,
        [(ZERO_S + 1.1, 2), (ZERO_S + 2.1, 1)],
        [("10.0.0.1", 40001, DOOR), ("10.0.0.2", 40001, DOOR)],
    )
    run = gather(folder)
    assert list(run.attempts.call) == [1, 0]
    assert list(run.calls.worker) == [0, 1]


def test_what_comes_to_a_door_of_its_own_belongs_to_the_call_that_goes_on_behind_it(folder: Path) -> None:
    recorder = Recorder(0, ("read",))
    number = called(recorder, ZERO_S + 3, client=1)
    recorder.own(ZERO_S + 3, 0, number, door=OTHER_DOOR)
    hand_on(folder, recorder)
    ends = [("127.0.0.1", 50000, OTHER_DOOR), ("127.0.0.1", 50001, OTHER_DOOR), ("127.0.0.1", 50002, DOOR)]
    saw(folder, [(ZERO_S + 3.1, 1), (ZERO_S + 3.2, 2), (ZERO_S + 3.3, 3)], ends)
    assert list(gather(folder).attempts.call) == [0, 0, UNKNOWN]


@pytest.mark.parametrize(("ok", "said"), [(True, "they report success"), (False, "TimeoutError: too slow")])
def test_calls_none_of_which_sends_anything_are_a_mistake_in_the_question(
    folder: Path, ok: bool, said: str
) -> None:
    recorder = Recorder(0, ("read",))
    called(recorder, ZERO_S + 1, ok=ok)
    hand_on(folder, recorder)
    saw(folder, [], [])
    with pytest.raises(UsageError, match="none of 1 call sent a request to stripe") as told:
        gather(folder)
    assert said in str(told.value)


def test_an_attempt_of_nobody_is_unknown(folder: Path) -> None:
    recorder = Recorder(0, ("read",))
    recorder.own(ZERO_S + 5.0, 40001, called(recorder, ZERO_S + 5))
    recorder.own(ZERO_S + 6.0, 40001, -1)
    hand_on(folder, recorder)
    saw(
        folder,
        [(ZERO_S + 4.0, 1), (ZERO_S + 5.1, 1), (ZERO_S + 6.1, 1)],
        [("127.0.0.1", 40001, DOOR)],
    )
    assert list(gather(folder).attempts.call) == [UNKNOWN, 0, UNKNOWN]


def test_clocks_are_brought_together(folder: Path) -> None:
    recorder = Recorder(1, ("read",))
    recorder.offset_s = 500.0
    recorder.own(ZERO_S - 499.0, 40001, called(recorder, ZERO_S - 499.0))
    hand_on(folder, recorder)
    saw(folder, [(ZERO_S + 1.2, 1)], [("127.0.0.1", 40001, DOOR)])
    run = gather(folder)
    assert run.calls.began_s[0] == pytest.approx(1.0)
    assert list(run.attempts.call) == [0]


def test_what_came_before_the_plan_is_left_out(folder: Path) -> None:
    recorder = Recorder(0, ("read",))
    early, late = called(recorder, ZERO_S - 1), called(recorder, ZERO_S + 1)
    recorder.own(ZERO_S - 1, 40001, early)
    recorder.own(ZERO_S + 1, 40001, late)
    hand_on(folder, recorder)
    saw(folder, [(ZERO_S - 0.9, 1), (ZERO_S + 0.2, 1), (ZERO_S + 1.1, 1)], [("127.0.0.1", 40001, DOOR)])
    run = gather(folder)
    assert len(run.calls) == len(run.attempts) == 1
    assert list(run.attempts.call) == [0]


def test_a_call_that_goes_on_at_the_end_has_no_end(folder: Path) -> None:
    recorder = Recorder(0, ("read",))
    recorder.begin(ZERO_S + 50, ZERO_S + 50, 0, 0, 0)
    hand_on(folder, recorder)
    saw(folder, [], [])
    run = gather(folder)
    assert np.isnan(run.calls.ended_s).all()
    assert not run.calls.ok.any()


def test_a_worker_that_was_killed_is_told_and_what_it_had_handed_on_is_kept(folder: Path) -> None:
    for worker in (0, 1):
        recorder = Recorder(worker, ("read",))
        called(recorder, ZERO_S + 1 + worker)
        hand_on(folder, recorder, last=worker == 0)
    with (folder / raw.CALLS).open("ab") as file:
        file.write(b"\x40\x00\x00\x00\x00\x00\x00\x00half a piece")
    say(folder, "gone", at_s=ZERO_S + 30, name="worker 2")
    saw(folder, [(ZERO_S - 0.5, 1)], [("127.0.0.1", 40001, DOOR)])
    run = gather(folder)
    assert len(run.calls) == 2
    assert {process.name: process.gone_s for process in run.processes}["worker 2"] == 30.0
    assert any("worker 2 ended at 30 s" in note for note in run.facts["notes"])


def test_attempts_of_calls_that_a_killed_worker_never_told_of_are_left_out(folder: Path) -> None:
    kept, killed = Recorder(0, ("read",)), Recorder(1, ("read",))
    kept.own(ZERO_S + 12.0, 40001, called(kept, ZERO_S + 12))
    killed.own(ZERO_S + 10.0, 40002, called(killed, ZERO_S + 10))
    killed.own(ZERO_S + 10.8, 40003, killed.begin(ZERO_S + 10.8, ZERO_S + 10.8, 0, 0, 0))
    hand_on(folder, kept)
    last = msgspec.structs.replace(killed.take(), at_s=ZERO_S + 11)
    raw.append(folder / raw.CALLS, last)
    say(folder, "gone", at_s=ZERO_S + 13, name="worker 2")
    ends = [("127.0.0.1", port, DOOR) for port in (40001, 40002, 40003, 40004)]
    told, untold = [(ZERO_S + 10.1, 2)], [(ZERO_S + 10.9, 3), (ZERO_S + 11.5, 2), (ZERO_S + 11.6, 4)]
    saw(folder, [*told, *untold, (ZERO_S + 12.1, 1), (ZERO_S + 20.0, 4)], ends)
    run = gather(folder)
    assert [round(float(at_s), 1) for at_s in run.attempts.at_s] == [10.1, 12.1, 20.0]
    assert list(run.attempts.call) == [0, 1, UNKNOWN]


def test_a_worker_that_was_killed_early_has_no_time_below_0(folder: Path) -> None:
    say(folder, "gone", at_s=ZERO_S - 2, name="worker 2")
    saw(folder, [], [])
    (note,) = gather(folder).facts["notes"]
    assert note.startswith("worker 2 ended before the scenario began; the run went on without it")


def test_names_and_errors_of_all_workers_are_one_list(folder: Path) -> None:
    for worker, names in enumerate((("read", "write"), ("write", "read"))):
        recorder = Recorder(worker, names)
        called(recorder, ZERO_S + 1 + worker, ok=False)
        hand_on(folder, recorder)
    saw(folder, [(ZERO_S - 0.5, 1)], [("127.0.0.1", 40001, DOOR)])
    calls = gather(folder).calls
    assert [calls.names[index] for index in calls.name] == ["read", "write"]
    assert [calls.errors[index] for index in calls.error] == ["TimeoutError: too slow"] * 2


def test_seconds_begin_with_the_plan(folder: Path) -> None:
    for second in (-1, 0, 1):
        seen = {"cpu": {"mock": 0.25 + second}, "waited": {"mock": 0.5}}
        say(folder, "second", at_s=ZERO_S + second + 0.5, users=3 + second, **seen)
    say(folder, "end", at_s=ZERO_S + 12.0)
    saw(folder, [], [])
    run = gather(folder)
    assert run.offered == ((0.5, 3), (1.5, 4))
    mock = next(process for process in run.processes if process.name == "mock")
    assert (mock.cpu, mock.waited) == ((0.25, 1.25), (0.5, 0.5))
    assert run.duration_s == 12.0
    assert [(window.name, window.from_s, window.to_s) for window in run.windows] == [("outage", 20.0, 40.0)]


def test_a_run_that_never_began_is_a_mistake_with_its_reason(tmp_path: Path, folder: Path) -> None:
    (folder / raw.NEWS).unlink()
    say(folder, "note", at_s=1.0, text="shop:read: no module 'shop'")
    with pytest.raises(UsageError, match="before it could begin: shop:read: no module 'shop'"):
        gather(folder)


def test_what_the_plan_grants_and_ends_is_told_with_the_run(tmp_path: Path) -> None:
    text = """\
says: less, and no token lasts
duration_s: 60
load: {users: 10, calls_per_s: 2}
rules:
  - {quota: {of_calls: 0.5, window_s: 2}, between_s: [20, 40]}
  - {fault: status.error, with: {status: 401}, credential: issued, between_s: [45, null]}
"""
    scenario = parse_load_scenario(text, path="s.yaml", name="s").lasting(120)
    calls = (parse_call("read", "shop:read"),)
    write_setup(tmp_path, setup_of(scenario, provider="stripe", calls=calls, users=20))
    say(tmp_path, "zero", at_s=ZERO_S)
    recorder = Recorder(0, ("read",))
    recorder.own(ZERO_S + 1, 50001, called(recorder, ZERO_S + 1))
    hand_on(tmp_path, recorder)
    saw(tmp_path, [(ZERO_S + 1, 1)], [("127.0.0.1", 50001, DOOR)])

    run = gather(tmp_path)

    assert run.quotas == (QuotaWindow(40, 2, (), 40.0, 80.0, "planned"),)
    assert run.expiries_s == (90.0,)

"""One process of the generator at work: its calls, made by the client and noted, and told to Locust as requests."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
from gevent.pool import Group
from gevent.queue import LifoQueue

from harness.errors import DriverError
from harness.locust_plugin.clients import Act, Function, Given, act_of, end_all, runs_here
from harness.locust_plugin.recorder import NOBODY, Recorder
from harness.run.load.setup import Ready, Setup

GRACE_S = 3.0
"""How long calls that go on at the end are waited for."""

CLOSE_S = 2.0
"""How long those that go on even then may take to come to an end."""

START_S = 60.0
"""How long a client may take to load."""

_URL = re.compile(r"https?://[^\s'\"]+")
_ID = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z_])\w{5,}\b|\b\d{5,}\b")

USERS_PER_WORKER = 100_000
"""By which users of different workers are told apart."""


@contextmanager
def loading(at_most_s: float = START_S) -> Iterator[None]:
    """While the client is loaded. DriverError where it takes longer, as long as it lets others have their turn."""
    why = DriverError(f"the client was not loaded after {at_most_s:g} s: what does it wait for?")
    with gevent.Timeout(at_most_s, why):
        yield


class CallFailed(Exception):
    """What Locust is told of a call that failed."""


class Seat:
    """One place to make calls from. `door`: the port of the mock's that only it uses; 0 where it shares one."""

    def __init__(self, acts: list[Act], client: int, door: int) -> None:
        self.acts, self.client, self.door = acts, client, door


class Player:
    """Makes calls. `fire`: Locust's request event. `started` is told the number and process id of each client that
    runs in a process of its own.

    Functions are called here and may go on side by side in any number; of other clients there are `seats`, each with
    one call at a time. DriverError, UsageError where the client cannot be started.
    """

    def __init__(
        self,
        setup: Setup,
        ready: Ready,
        *,
        worker: int,
        fire: Callable[..., None],
        started: Callable[[int, int], None],
        folder: Path,
    ) -> None:
        self.setup = setup
        self.worker = worker
        self._specs = setup.calls
        self._fire = fire
        self.recorder = Recorder(worker, tuple(spec.name for spec in setup.calls))
        self._mark = f"{setup.mark}-{worker}"
        self._going_on = Group()
        self.finishing = False
        self._users = 0
        self._turn = 0
        self._log = folder / f"client-{worker}.log"
        self.here = all(runs_here(spec) for spec in setup.calls)
        self.overhead_s = 0.0
        self._free: LifoQueue[Seat] = LifoQueue()
        self._seats: list[Seat] = []
        if self.here:
            given = self._given(ready, 0, 0)
            self._own = Seat([Function(spec, given) for spec in setup.calls], 0, 0)
        else:
            self._open_seats(ready, started)
        self.overhead_s = self._measured()

    @property
    def open_arrivals(self) -> bool:
        """Do calls come whatever becomes of those before?"""
        return self.here and self.setup.arrivals == "open" and self.setup.calls_per_s > 0

    def new_user(self) -> int:
        """The number of one more user."""
        self._users += 1
        return self.worker * USERS_PER_WORKER + self._users - 1

    def spawn(self, user: int, intended_s: float) -> None:
        """Make a call and do not wait for it."""
        self._going_on.add(gevent.spawn(self.make, user, intended_s))

    def make(self, user: int, intended_s: float | None = None) -> None:
        """Make a call, whichever is the next."""
        # hot: measured as `overhead_s`, and told in the report.
        if self.finishing:
            return
        self._turn = turn = (self._turn + 1) % len(self._specs)
        if self.here:
            self._make(self._own, turn, user, intended_s)
            return
        seat = self._free.get()
        try:
            self._make(seat, turn, user, intended_s)
        finally:
            self._free.put(seat)

    def _make(self, seat: Seat, turn: int, user: int, intended_s: float | None) -> None:
        recorder = self.recorder
        began_s = time.monotonic()
        number = recorder.begin(
            began_s if intended_s is None else intended_s, began_s, turn, user, seat.client
        )
        if seat.door:
            recorder.own(began_s, 0, number, door=seat.door)
        me = id(gevent.getcurrent())
        recorder.at_work[me] = number
        try:
            word = seat.acts[turn](self.worker * 10_000_000 + number, self._specs[turn].name)
        finally:
            del recorder.at_work[me]
        ended_s = time.monotonic()
        if number not in recorder.open:  # it has been told as going on
            return
        error = None if word.error is None else reason_of(word.error)
        recorder.end(number, ended_s, word.ok, word.fallback, error)
        self._fire(
            request_type="CALL",
            name=self._specs[turn].name,
            response_time=(ended_s - began_s) * 1000.0,
            response_length=0,
            exception=None if word.ok else CallFailed(error),
            context={},
        )

    def is_warm(self, since_s: float) -> bool:
        """Has every call that began before then ended? The first of a client waits until its program has started."""
        return all(began_s >= since_s for _, began_s, *_ in self.recorder.open.values())

    def finish(self) -> None:
        """Begin no more calls, and wait a little for those that go on."""
        self.finishing = True
        until_s = time.monotonic() + GRACE_S
        while self.recorder.open and time.monotonic() < until_s:
            gevent.sleep(0.05)

    def close(self) -> None:
        """Leave nothing running."""
        self.finishing = True
        self._going_on.kill(timeout=CLOSE_S)
        for seat in self._seats:
            for act in {id(act): act for act in seat.acts}.values():
                act.close()
        end_all(self._mark)

    def _open_seats(self, ready: Ready, started: Callable[[int, int], None]) -> None:
        workers = max(1, self.setup.workers)
        doors = ready.doors[self.worker :: workers] if self.worker < workers else ()
        wanted = -(-self.setup.most_users // workers)
        for place in range(min(wanted, len(doors)) or 1):
            door = doors[place] if place < len(doors) else 0
            given = self._given(ready, door, place + 1)
            acts: dict[tuple[str, str], Act] = {}
            for spec in self._specs:
                # Calls that one program makes are made by one process: what it remembers holds for all of them.
                key = (spec.driver, spec.target)
                if key not in acts:
                    acts[key] = act_of(spec, given, started)
            seat = Seat([acts[spec.driver, spec.target] for spec in self._specs], place + 1, door)
            self._seats.append(seat)
            self._free.put(seat)

    def _given(self, ready: Ready, door: int, process: int) -> Given:
        url = ready.url if not door else ready.url.replace(f":{ready.port}", f":{door}")
        env = {key: value.replace(ready.url, url) for key, value in ready.env.items()}
        return Given(url, ready.credentials, env, self.setup.timeout_s, self._mark, self._log, door, process)

    def _measured(self, times: int = 400) -> float:
        """What a call costs beside the client and Locust, in seconds: that of a function which does nothing."""
        recorder, fire, acts = self.recorder, self._fire, [_nothing] * len(self._specs)
        self.recorder, self._fire = Recorder(self.worker, ()), _no_event
        seat = Seat(list(acts), 0, 0)
        began_s = time.process_time()
        try:
            for _ in range(times):
                self._make(seat, 0, NOBODY, None)
        finally:
            self.recorder, self._fire = recorder, fire
        return (time.process_time() - began_s) / times


def reason_of(error: str) -> str:
    """The first line of what a client says, with its URLs and ids left out: calls fail for few reasons."""
    line = error.partition("\n")[0]
    return _ID.sub("(id)", _URL.sub("(URL)", line))[:200]


class _Nothing:
    def __call__(self, number: int, name: str) -> Any:
        return _FINE

    def close(self) -> None:
        pass


class _Fine:
    ok, fallback, error = True, False, None


_FINE = _Fine()
_nothing: Any = _Nothing()


def _no_event(**facts: object) -> None:
    pass

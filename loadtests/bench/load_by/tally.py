"""How many requests a process of Locust's makes in how much time, and what processor time they take."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import gevent

WARM_UP_S = 2.0

OUT, SECONDS = "BENCH_LOAD_OUT", "BENCH_LOAD_SECONDS"


def tally(environment: Any) -> None:
    """Measure from when all users are there, write it to the file that the environment names, and quit."""

    begun = False

    def begin(**kw: object) -> None:
        nonlocal begun
        if not begun:
            begun = True
            gevent.spawn(measure)

    def measure() -> None:
        gevent.sleep(WARM_UP_S)
        total = environment.stats.total
        count, busy_s, at_s = total.num_requests, time.process_time(), time.monotonic()
        gevent.sleep(float(os.environ[SECONDS]))
        measured = {
            "requests": total.num_requests - count,
            "failures": total.num_failures,
            "cpu_s": time.process_time() - busy_s,
            "lasted_s": time.monotonic() - at_s,
        }
        Path(os.environ[OUT]).write_text(json.dumps(measured), "utf-8")
        environment.runner.quit()

    environment.events.spawning_complete.add_listener(begin)

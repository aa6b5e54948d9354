"""Ours: a Python client, driven by `ClientUser`."""

from __future__ import annotations

import os
from typing import Any

import psutil
from locust import events

from harness.locust_plugin.locustfile import Client, Scenario
from loadtests.bench.load_by.tally import tally

__all__ = ["Client", "Scenario"]

CORE = "BENCH_LOAD_CORE"


def begin(environment: Any, **kw: object) -> None:
    """The mock, which this process has started, gets a core of its own."""
    for child in psutil.Process().children():
        os.sched_setaffinity(child.pid, {int(os.environ[CORE])})
    tally(environment)


_events: Any = events
_events.init.add_listener(begin)

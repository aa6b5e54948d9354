"""Plain Locust: its fastest user, with a request each."""

from __future__ import annotations

from typing import Any

from locust import FastHttpUser, events, task

from loadtests.bench.load_by.tally import tally


class Plain(FastHttpUser):
    """Asks for one pet after another."""

    number = 0

    @task
    def read(self) -> None:
        Plain.number = number = (Plain.number + 1) % 1000
        self.client.get(f"/pets/{number + 1}", name="read")


_events: Any = events
_events.init.add_listener(lambda environment, **kw: tally(environment))

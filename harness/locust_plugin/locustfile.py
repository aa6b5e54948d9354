"""What Locust loads in every process of a run of `harness load`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from locust import events

from harness.locust_plugin import ClientUser, ScenarioShape, conduct
from harness.run.load.setup import VARIABLE, read_setup


class Client(ClientUser):
    """The client under test."""


class Scenario(ScenarioShape):
    """The load of the scenario."""


def begin(environment: Any, **kw: object) -> None:
    """Take part in the run of the folder that the environment names."""
    folder = Path(os.environ.get(VARIABLE, "."))
    conduct(environment, lambda: (folder, read_setup(folder)))


_events: Any = events
_events.init.add_listener(begin)

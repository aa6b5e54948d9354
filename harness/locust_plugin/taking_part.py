"""Where a process of Locust's becomes part of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from locust.env import Environment
from locust.runners import WorkerRunner

from harness.locust_plugin.conductor import Conductor
from harness.locust_plugin.parts import expect_player
from harness.locust_plugin.workers import Worker
from harness.run.load.setup import Setup


def conduct(environment: Environment, setup: Callable[[], tuple[Path, Setup]]) -> None:
    """Take part in the run that `setup` tells of (the folder, and what is to be done there); a worker asks its master
    instead. To be called when Locust is initialised."""
    runner = environment.runner
    assert runner is not None
    expect_player(environment)
    if isinstance(runner, WorkerRunner):
        Worker(environment, runner)
    else:
        Conductor(environment, runner, *setup())

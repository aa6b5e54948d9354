"""Where a process of Locust's becomes part of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from locust.env import Environment
from locust.runners import WorkerRunner

from harness.locust_plugin.page import show_runs
from harness.locust_plugin.runs import Runs
from harness.locust_plugin.workers import Worker
from harness.run.load.setup import Setup


def conduct(
    environment: Environment,
    setup: Callable[[], tuple[Path, Setup]],
    over: Callable[[int], None] = lambda number: None,
) -> None:
    """Take part in the runs that `setup` tells of (the folder for all of them, and what is to be done in each); a
    worker asks its master instead. `over` is told the number of each that has ended. To be called when Locust is
    initialised."""
    runner = environment.runner
    assert runner is not None
    if isinstance(runner, WorkerRunner):
        Worker(environment, runner)
        return
    root, first = setup()
    if environment.web_ui is not None:
        show_runs(environment.web_ui, root)
    Runs(environment, runner, root, first, over)

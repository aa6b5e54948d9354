"""For those who know Locust: `locust -f loadtests/locustfile.py [--client NAME] [--scenario NAME]`.

All that Locust takes may stand beside it: its page, --headless, --csv, -u, -r, --master and --worker.

NAME is a client of harness.toml, where that is; else a client of Stripe that comes with the package is driven. The
verdict is printed where a run ends; with --headless, Locust's exit code is the verdict's, as that of `harness load`.
"""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from typing import Any

import click
import gevent
from locust import events

from harness.cli.asked import asked_client, specs_of
from harness.cli.load import SCENARIO
from harness.cli.load_judging import Judging, Look
from harness.cli.settings import CallSettings, ClientSettings, read_settings
from harness.errors import HarnessError
from harness.locust_plugin import ClientUser, ScenarioShape, conduct
from harness.locust_plugin.conductor import conductor_of
from harness.model.report import EXIT_CODES
from harness.run.load.gather import gather
from harness.run.load.reading import find_load_scenario
from harness.run.load.scenario import LoadScenario
from harness.run.load.setup import Setup, setup_of, write_setup

LOOKS_S = 1.0
"""How often it is asked whether a failure is to end the run."""

BUNDLED = ClientSettings("stripe", {"read": CallSettings("harness.demo.careful:read")})


class Client(ClientUser):
    """The client under test."""


class Scenario(ScenarioShape):
    """The load of the scenario."""


def options(parser: Any) -> None:
    """Beside Locust's own."""
    group = parser.add_argument_group("harness")
    group.add_argument("--client", env_var="HARNESS_CLIENT", default="", help="A client of harness.toml.")
    group.add_argument(
        "--scenario", env_var="HARNESS_SCENARIO", default=SCENARIO, help="As `harness load --list` has them."
    )
    group.add_argument(
        "--seconds", env_var="HARNESS_SECONDS", type=float, default=0.0, help="All of it in so much time."
    )
    group.add_argument("--targets", env_var="HARNESS_TARGETS", default="", help="As thresholds.yaml.")
    group.add_argument(
        "--report", env_var="HARNESS_REPORT", action="append", help="As `harness load` has it."
    )


def begin(environment: Any, **kw: object) -> None:
    """Take part; the process that conducts judges in the end, too."""
    given = environment.parsed_options
    try:
        conduct(environment, lambda: _prepared(environment, given))
    except HarnessError as error:
        raise SystemExit(f"harness: {error}") from None


def _prepared(environment: Any, given: Any) -> tuple[Path, Setup]:
    settings = read_settings(Path.cwd())
    if given.client or settings.clients:
        name, asked = asked_client(settings, given.client or None, None, (), (), ())
    else:
        name, asked = "careful", BUNDLED
    scenario = find_load_scenario(given.scenario)
    if given.seconds:
        scenario = scenario.lasting(given.seconds)
    targets = Path(given.targets) if given.targets else None
    judging = Judging(targets, scenario, None, tuple(given.report or ()), verbose=False)
    setup = setup_of(
        scenario,
        provider=asked.provider,
        calls=tuple(specs_of(asked)),
        client=name,
        seed=asked.seed or 1,
        timeout_s=settings.policy.deadline.request_s,
        workers=given.expect_workers if given.master else 0,
        host="0.0.0.0" if given.master else "127.0.0.1",
        again=_again(given, scenario),
        looks=judging.ends_early,
    )
    folder = tempfile.TemporaryDirectory(prefix="harness-load-")
    write_setup(Path(folder.name), setup)
    _judge_in_the_end(environment, folder, judging)
    return Path(folder.name), setup


def _again(given: Any, scenario: LoadScenario) -> str:
    words = ["locust", "-f", "loadtests/locustfile.py", "--scenario", scenario.id]
    words += ["--client", given.client] if given.client else []
    words += ["--seconds", f"{given.seconds:g}"] if given.seconds else []
    words += ["--targets", given.targets] if given.targets else []
    return shlex.join(words)


def _judge_in_the_end(environment: Any, folder: tempfile.TemporaryDirectory[str], judging: Judging) -> None:
    look = Look(Path(folder.name), judging)
    is_judged = False

    def end_early() -> None:
        while not is_judged:
            gevent.sleep(LOOKS_S)
            # In a thread: meanwhile calls go on.
            if gevent.get_hub().threadpool.apply(look.is_enough):
                environment.runner.quit()
                return

    def judge(**kw: object) -> None:
        nonlocal is_judged
        conductor = conductor_of(environment.runner)
        if is_judged or conductor is None:
            return
        is_judged = True
        conductor.finish()
        try:
            report = judging.judged(gather(Path(folder.name)), ended_by=look.why)
        except HarnessError as error:
            click.echo(f"harness: {error}", err=True)
            environment.process_exit_code = 2
            return
        judging.tell(report)
        environment.process_exit_code = EXIT_CODES[report.outcome]

    if judging.ends_early:
        gevent.spawn(end_early)
    environment.events.test_stop.add_listener(judge)
    environment.events.quitting.add_listener(judge)


_events: Any = events
_events.init_command_line_parser.add_listener(options)
_events.init.add_listener(begin)

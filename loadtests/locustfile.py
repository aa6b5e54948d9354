"""For those who know Locust: `locust -f loadtests/locustfile.py [--client NAME] [--scenario NAME]`.

All that Locust takes may stand beside it: its page, --headless, --csv, -u, -r, --master and --worker.

NAME is a client of harness.toml, where that is; else a client of Stripe that comes with the package is driven. The
verdict is printed where a run ends, and its report is linked in Locust's page, where `New` plays it again. The exit
code is that of the worst verdict, as `harness load` has it.
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
from harness.cli.load_judging import Judging, Looks
from harness.cli.load_verdicts import Verdicts
from harness.cli.loading import find_provider
from harness.cli.settings import CallSettings, ClientSettings, read_settings
from harness.errors import HarnessError
from harness.locust_plugin import ClientUser, ScenarioShape, conduct
from harness.run.load.reading import find_load_scenario, require_operations
from harness.run.load.scenario import LoadScenario
from harness.run.load.setup import Setup, setup_of

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
    """Take part; the process that conducts judges each run, too."""
    given = environment.parsed_options
    judged: list[_Judged] = []

    def prepared() -> tuple[Path, Setup]:
        judging, setup = _asked(given)
        judged.append(_Judged(environment, judging))
        return judged[0].root, setup

    try:
        conduct(environment, prepared, over=lambda number: judged[0].judge(number))
    except HarnessError as error:
        raise SystemExit(f"harness: {error}") from None


class _Judged:
    """The runs of this process: each is judged in its end, and looked at where a failure is to end it."""

    def __init__(self, environment: Any, judging: Judging) -> None:
        self._environment = environment
        self._folder = tempfile.TemporaryDirectory(prefix="harness-load-")
        self.root = Path(self._folder.name)
        self._looks = Looks(self.root, judging)
        self._verdicts = Verdicts(self.root, judging, has_page=environment.web_ui is not None)
        environment.process_exit_code = self._verdicts.exit_code
        if judging.ends_early:
            gevent.spawn(self._look)

    def judge(self, number: int) -> None:
        try:
            self._verdicts.judge(number, ended_by=self._looks.why(number), was_stopped=True)
        except HarnessError as error:
            click.echo(f"harness: {error}", err=True)
        self._environment.process_exit_code = self._verdicts.exit_code

    def _look(self) -> None:
        while True:
            gevent.sleep(LOOKS_S)
            # In a thread: meanwhile calls go on.
            gevent.get_hub().threadpool.apply(self._looks.look)


def _asked(given: Any) -> tuple[Judging, Setup]:
    settings = read_settings(Path.cwd())
    if given.client or settings.clients:
        name, asked = asked_client(settings, given.client or None, None, (), (), ())
    else:
        name, asked = "careful", BUNDLED
    scenario = find_load_scenario(given.scenario)
    if given.seconds:
        scenario = scenario.lasting(given.seconds)
    require_operations(scenario, find_provider(asked.provider).contract.operations)
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
    return judging, setup


def _again(given: Any, scenario: LoadScenario) -> str:
    words = ["locust", "-f", "loadtests/locustfile.py", "--scenario", scenario.id]
    words += ["--client", given.client] if given.client else []
    words += ["--seconds", f"{given.seconds:g}"] if given.seconds else []
    words += ["--targets", given.targets] if given.targets else []
    return shlex.join(words)


_events: Any = events
_events.init_command_line_parser.add_listener(options)
_events.init.add_listener(begin)

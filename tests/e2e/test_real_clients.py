"""Real clients against the battery: as many attempts as their documentation says, and exactly the verdicts that they
deserve. `clients/known.py` is the answer book."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from importlib.util import find_spec

import pytest

from harness.contract.files import load_provider
from harness.model.report import Report, ScenarioReport
from harness.run.battery import scenarios_of
from harness.run.callspec import parse_call
from harness.run.runner import verify
from harness.run.scenario import choose
from harness.server.lanes import Lanes
from tests.e2e.clients.known import CLIENTS, Client, Seen
from tests.e2e.clients.service import serving

QUICK = ("healthy", "error_503_once", "status_404", "reset_before_answer", "malformed")
OPS = ("read", "write")

every_client = pytest.mark.parametrize("client", CLIENTS, ids=[client.name for client in CLIENTS])


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with serving() as url:
        yield url


@every_client
def test_a_few_scenarios(client: Client, service: str) -> None:
    assert differences(client, played(client, service, *QUICK), QUICK) == []


@pytest.mark.slow
@every_client
def test_the_whole_battery(client: Client, service: str) -> None:
    report = played(client, service)
    # A provider that speaks TLS is played where the client is told whom to trust: `test_tls_battery.py`.
    ids = [scenario.id for scenario in scenarios_of(load_provider(client.provider)) if not scenario.tls]
    # A busy machine may stall a client for a moment, and will not stall it twice; a mistake is there both times.
    suspects = sorted({place.split()[1].rstrip(":") for place in differences(client, report, ids)})
    again = differences(client, played(client, service, *suspects), suspects) if suspects else []
    assert again == []


def played(client: Client, service: str, *scenarios: str) -> Report:
    """A run of `harness verify`, of the whole battery where no scenario is named."""
    for need in client.needs.split():
        there = shutil.which(need[1:]) if need.startswith("$") else find_spec(need)
        if not there:
            pytest.skip(f"{need.lstrip('$')} is not installed")
    provider = load_provider(client.provider)
    texts = {"read": client.read.run, "write": client.write.run}
    calls = [parse_call(op, text.replace("{service}", service)) for op, text in texts.items()]

    async def going() -> Report:
        lanes = Lanes()
        try:
            return await verify(
                provider, calls, scenarios=choose(scenarios_of(provider), scenarios), lanes=lanes
            )
        finally:
            await lanes.close_all()

    return asyncio.run(going())


def differences(client: Client, report: Report, ids: Iterable[str]) -> list[str]:
    """Where the report and the documentation do not agree, as `OP SCENARIO: what`."""
    known = {"read": client.read, "write": client.write}
    parts = [scenario for scenario in report.scenarios if scenario.id in ids]
    assert {(part.id, part.call) for part in parts} >= {(id, "read") for id in ids if id != "lost_answer"}
    return [f"{part.call} {part.id}: {what}" for part in parts for what in _of(part, known[part.call])]


def _of(part: ScenarioReport, known: Seen) -> Iterator[str]:
    if part.id != "outage":
        wanted = next((n for n, where in known.attempts.items() if _names(where, part.id)), 1)
        counts = {len(call.attempts) for call in part.calls}
        if counts != {wanted}:
            yield f"{sorted(counts)} attempts, documented are {wanted}"
        succeeds = _names(known.succeeds, part.id)
        if {call.ok for call in part.calls} != {succeeds}:
            yield f"the calls should {'succeed' if succeeds else 'fail'}: {part.calls[0].error}"
    failing = {verdict.check for verdict in part.verdicts if verdict.verdict == "fail"}
    deserved = {check for check, where in known.fails.items() if _names(where, part.id)}
    for verdict in part.verdicts:
        # Fixed waits on a busy machine may be too noisy to tell; that is no pass.
        noisy = (verdict.check, verdict.verdict) == ("backoff.jitters", "inconclusive")
        if verdict.check in failing ^ deserved and not noisy:
            yield f"{verdict.check} is {verdict.verdict}: {verdict.observed}"
    for check in deserved - {verdict.check for verdict in part.verdicts}:
        yield f"{check} was not asked"


def _names(where: str, scenario: str) -> bool:
    return any(fnmatchcase(scenario, glob) for glob in where.split())


@every_client
def test_the_answer_book_names_what_there_is(client: Client) -> None:
    scenarios = scenarios_of(load_provider(client.provider))
    for op in OPS:
        seen: Seen = getattr(client, op)
        for where in (*seen.attempts.values(), seen.succeeds, *seen.fails.values()):
            for glob in where.split():
                assert any(fnmatchcase(scenario.id, glob) for scenario in scenarios), f"{op}: {glob}"

"""Which scenarios a command is about."""

from __future__ import annotations

from pathlib import Path

import msgspec

from harness.cli.loading import read_text
from harness.contract.provider import Provider
from harness.run.battery import parse_scenarios, scenarios_of
from harness.run.scenario import Scenario, choose


def find_scenarios(provider: Provider, wanted: tuple[str, ...] = ()) -> tuple[Scenario, ...]:
    """The battery and the provider's own, or those `wanted`: ids, globs, files of one's own (`own.yaml`), or some
    of such a file (`own.yaml::brief_*`)."""
    known = {scenario.id: scenario for scenario in scenarios_of(provider)}
    names: list[str] = []
    for text in wanted:
        file, _, glob = text.partition("::")
        if not file.endswith((".yaml", ".yml")):
            names.append(text)
            continue
        own = choose(
            (
                msgspec.structs.replace(scenario, asked_as=f"{file}::{scenario.id}")
                for scenario in parse_scenarios(read_text(Path(file)), path=file, provider=provider)
            ),
            [glob] if glob else [],
        )
        known.update({scenario.id: scenario for scenario in own})
        names += [scenario.id for scenario in own]
    return choose(known.values(), names)

"""What several commands look up: scenarios, plans by name or file, and how a report is written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from harness.contract.provider import Provider
from harness.errors import FileError, UnknownName, did_you_mean
from harness.faults.plan import Plan, parse_plan
from harness.model.report import Report
from harness.report import by_ending
from harness.run.battery import parse_scenarios, scenarios_of
from harness.run.scenario import Scenario, choose


def find_scenarios(provider: Provider, wanted: tuple[str, ...] = ()) -> tuple[Scenario, ...]:
    """The battery and the provider's own, or those `wanted`: ids, globs, or files of one's own scenarios."""
    known = {scenario.id: scenario for scenario in scenarios_of(provider)}
    names = []
    for name in wanted:
        if not name.endswith((".yaml", ".yml")):
            names.append(name)
            continue
        own = parse_scenarios(read_text(Path(name)), path=name, provider=provider)
        known.update({scenario.id: scenario for scenario in own})
        names += [scenario.id for scenario in own]
    return choose(known.values(), names)


def find_plan(provider: Provider, wanted: str | None) -> Plan | None:
    """A plan of the provider by name, or any plan by its file."""
    if wanted is None:
        return None
    if wanted in provider.plans:
        path = f"{provider.folder}/plans/{wanted}.yaml"
        return parse_plan(provider.plans[wanted], path=path, name=wanted)
    if wanted.endswith((".yaml", ".yml", ".json")) or os.sep in wanted:
        return parse_plan(read_text(Path(wanted)), path=wanted, name=Path(wanted).stem)
    raise UnknownName(f"plan of {provider.name}", wanted, provider.plans)


def read_text(path: Path) -> str:
    """A file of the user's; a FileError names the nearest one where it is not there."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        there = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise FileError(str(path), f"{error.strerror}; {did_you_mean(path.name, there)}") from None
    except UnicodeDecodeError as error:
        raise FileError(str(path), f"not UTF-8 text: {error.reason} at byte {error.start}") from None


def write_report(path: Path, report: Report) -> None:
    """The report in the format that the file's ending names."""
    write_text(path, by_ending(path)(report))


def write_text(path: Path, text: str) -> None:
    """Write a whole file or none: whatever happens, no half of it is left."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise FileError(str(path), f"cannot be written: {error.strerror}") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(draft, 0o644)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise

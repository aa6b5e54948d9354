"""What several commands look up: scenarios, plans by name or file, and how a report is written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from harness.contract.files import load_provider, provider_names
from harness.contract.provider import Provider
from harness.errors import FileError, UnknownName, UsageError, did_you_mean
from harness.faults.plan import Plan, parse_plan
from harness.model.report import Report
from harness.report import by_ending
from harness.run.battery import parse_scenarios, scenarios_of
from harness.run.scenario import Scenario, choose


def find_provider(name: str) -> Provider:
    """A bundled provider, or what an OpenAPI document of the user's tells; with something to play."""
    if not name.strip():
        raise UsageError(f"no provider: there are {', '.join(provider_names())}, and any OpenAPI document")
    provider = load_provider(name)
    if not provider.contract.operations:
        raise FileError(name, "an OpenAPI document without operations: nothing can be played from it")
    return provider


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
    except FileNotFoundError:
        raise FileError(shown(path), f"no such file{_nearest(path)}") from None
    except OSError as error:
        raise FileError(shown(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise FileError(shown(path), f"not UTF-8 text: {error.reason} at byte {error.start}") from None


def shown(path: Path) -> str:
    """The path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _nearest(path: Path) -> str:
    """The end of a message that a file is not there: one of nearly that name, or else of that kind."""
    if not path.parent.is_dir():
        return f", nor is there a folder {path.parent}"
    there = [entry.name for entry in path.parent.iterdir()]
    alike = [name for name in there if Path(name).suffix == path.suffix]
    nearest = did_you_mean(path.name, there)
    if not nearest.startswith("did you mean"):
        nearest = f"in {path.parent} there are {', '.join(sorted(alike)[:8])}" if alike else ""
    return f"; {nearest}" if nearest else ""


def require_writable(path: Path) -> None:
    """A FileError where a report could not be written there: better told before a run than after it."""
    if path.is_dir():
        raise FileError(str(path), "a folder; the report needs a file's name")
    write_text(path, None)


def write_report(path: Path, report: Report) -> None:
    """The report in the format that the file's ending names."""
    write_text(path, by_ending(path)(report))


def write_text(path: Path, text: str | None) -> None:
    """Write a whole file or none: whatever happens, no half of it is left. Without a text it is only tried."""
    write_bytes(path, None if text is None else text.encode())


def write_bytes(path: Path, data: bytes | None) -> None:
    """Write a whole file or none, byte for byte."""
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data or b"")
        if data is not None:
            os.chmod(draft, 0o666 & ~_umask())
            os.replace(draft, path)
            draft = None
    except OSError as error:
        raise FileError(str(path), f"cannot be written: {error.strerror}") from None
    finally:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)


def _umask() -> int:
    """What the user takes from new files. It can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

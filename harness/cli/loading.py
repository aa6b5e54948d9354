"""What several commands look up: providers, plans by name or file, and what a file of the user's says."""

from __future__ import annotations

import os
from pathlib import Path

from harness.contract.files import load_playable, provider_names
from harness.contract.provider import Provider
from harness.errors import FileError, UnknownName, UsageError, did_you_mean
from harness.faults.plan import Plan, parse_plan


def find_provider(name: str, *, or_webhooks: bool = False) -> Provider:
    """A bundled provider, or what an OpenAPI document of the user's tells; with operations, or, where that is enough,
    webhooks to send."""
    if not name.strip():
        raise UsageError(f"no provider: there are {', '.join(provider_names())}, and any OpenAPI document")
    return load_playable(name, or_webhooks=or_webhooks)


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

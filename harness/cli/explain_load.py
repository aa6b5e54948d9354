"""The promises and scenarios of `harness load`, for `harness explain`: one of them, or `load` for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec

from rich.console import RenderableType

from harness.cli.page import heading, indented, rows
from harness.errors import UsageError
from harness.registry import Entry
from harness.run.load.reading import load_scenarios
from harness.run.load.scenario import LoadScenario

FAMILY = "load"

MISSING = "not installed: pip install 'harness[load]'"


def explain_load(name: str) -> Iterator[RenderableType]:
    """What is known of a promise, of all of them (`load`), or of a scenario; nothing of others."""
    if name.startswith(f"{FAMILY}."):
        known = _entries()
        if not known:
            raise UsageError(f"{name} is not known here: {MISSING}")
        yield from (part for entry in known if entry.id == name for part in _promise(entry))
    elif name == FAMILY:
        yield heading(FAMILY, "what a client should keep under load")
        yield rows(promises())
        yield heading("Scenarios of harness load")
        yield rows((scenario.id, scenario.says) for scenario in load_scenarios().values())
    elif name in load_scenarios():
        yield from _scenario(load_scenarios()[name])


def promises() -> Iterator[tuple[str, str]]:
    """The promises and what they ask."""
    known = _entries()
    yield from ((entry.id, entry.promise) for entry in known)
    if not known:
        yield FAMILY, MISSING


def load_names() -> tuple[str, ...]:
    """All that can be asked for."""
    return FAMILY, *(entry.id for entry in _entries()), *load_scenarios()


def _entries() -> tuple[Entry, ...]:
    """None where the extra that they need is not installed."""
    if find_spec("numpy") is None:
        return ()
    # Whoever asks for something else does not wait for numpy.
    from harness.load.promises import PROMISES

    return tuple(PROMISES)


def _promise(entry: Entry) -> Iterator[RenderableType]:
    yield heading(entry.id, "a check of a client under load")
    for part in entry.description.split("\n\n"):
        yield indented(re.sub(r"\s+", " ", part))
    if source := entry.facts.get("source"):
        yield heading("Source")
        yield indented(source)
    yield indented("\nput to the test by: harness load CLIENT", style="dim")


def _scenario(scenario: LoadScenario) -> Iterator[RenderableType]:
    load = scenario.load
    yield heading(scenario.id, "a scenario of harness load")
    yield rows(
        [
            ("what happens", scenario.says),
            ("lasts", f"{scenario.duration_s:g} s from when all users are there; --duration stretches it"),
            (
                "load",
                f"{load.users} users, {load.calls_per_s:g} calls a second of each; --users N, --spawn-rate N",
            ),
            *(
                (window.name, f"from {window.between_s[0]:g} s to {window.between_s[1]:g} s")
                for window in scenario.windows
            ),
        ]
    )
    yield indented(f"\nharness load CLIENT --scenario {scenario.id}", style="dim")

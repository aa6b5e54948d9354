"""From a driver's name to the driver: ours, and those of third parties by the entry point `harness.drivers`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points

from harness.errors import UnknownName
from harness.run.drivers.command import Command
from harness.run.drivers.driver import Driver
from harness.run.drivers.http import Http
from harness.run.drivers.python import Python
from harness.run.drivers.session import Session

Make = Callable[[str], Driver]

OURS: Mapping[str, Make] = {"python": Python, "command": Command, "session": Session, "http": Http}


def driver_names() -> tuple[str, ...]:
    """Every name that may stand before the colon of a call, ours first."""
    return (*OURS, *(entry.name for entry in entry_points(group="harness.drivers") if entry.name not in OURS))


def make_driver(name: str, target: str) -> Driver:
    """A new driver, not yet started. Raises UnknownName."""
    if name in OURS:
        return OURS[name](target)
    for entry in entry_points(group="harness.drivers", name=name):
        make: Make = entry.load()
        return make(target)
    raise UnknownName("driver", name, driver_names())

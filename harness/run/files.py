"""The battery that comes with the package: the only file that `run` reads."""

from __future__ import annotations

from pathlib import Path

BATTERY = Path(__file__).with_name("battery.yaml")


def battery_text() -> str:
    """The text of battery.yaml."""
    return BATTERY.read_text("utf-8")

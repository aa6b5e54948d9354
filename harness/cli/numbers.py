"""Whole numbers as flags take them, with errors for people; and the seed without one."""

from __future__ import annotations

import click

DEFAULT_SEED = 1
"""The same for everybody, so that two runs of one client differ by the client alone."""


class Whole(click.IntRange):
    """`--jobs 0`: 0 is not a whole number from 1."""

    name = "whole number"

    def _describe_range(self) -> str:
        return f"of whole numbers from {self.min}" + (f" to {self.max}" if self.max is not None else "")

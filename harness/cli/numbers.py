"""Whole numbers as flags take them, with errors for people."""

from __future__ import annotations

import click


class Whole(click.IntRange):
    """`--jobs 0`: 0 is not a whole number from 1."""

    name = "whole number"

    def _describe_range(self) -> str:
        return f"of whole numbers from {self.min}" + (f" to {self.max}" if self.max is not None else "")

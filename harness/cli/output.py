"""What is said on this terminal: its width, colours and characters, and a reader who may go away."""

from __future__ import annotations

import os
import shutil
import sys

import click

from harness.errors import UsageError

WIDEST = 120
"""Longer lines are hard to read, however wide the window is."""


def say(text: str = "") -> None:
    """Print it. Where nobody reads any more (`| head`), this and all that follows is for nobody."""
    try:
        click.echo(text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise UsageError(f"the output cannot be written: {error.strerror}") from None


def width() -> int:
    """Columns to fill; 100 where there is no terminal to ask."""
    return min(shutil.get_terminal_size((100, 24)).columns, WIDEST)


def coloured() -> bool:
    """May stdout have colours? The conventions of NO_COLOR and FORCE_COLOR hold."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def ascii_only() -> bool:
    """Can stdout not encode the marks?"""
    try:
        "✔✘·→".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False

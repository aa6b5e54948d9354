"""Cassettes on disk."""

from __future__ import annotations

from pathlib import Path

from harness.cassette.format import parse
from harness.cassette.recorded import Cassette
from harness.errors import FileError


def load_cassette(path: Path) -> Cassette:
    """The cassette in a file. FileError where there is none, or where it is none."""
    return parse(read(path), path=str(path))


def read(path: Path) -> str:
    """The text of a file. FileError where it cannot be read."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise FileError(str(path), "no such file") from None
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise FileError(str(path), f"not UTF-8 text: {error.reason} at byte {error.start}") from None

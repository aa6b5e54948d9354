"""The runs of one command: a folder each, under one, with what the processes of a run leave for one another there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

OVER = "over"
"""Is there when a run has ended in order, with all that it leaves."""

ENOUGH = "enough"
"""Is there when a run is to end before its time."""

WORD = "word.json"
PAGE = "report.html"


class Word(msgspec.Struct, frozen=True):
    """What was said of a run. `outcome`: its verdict; empty where it could not be judged, and `says` tells why."""

    number: int
    outcome: str
    says: str


def run_folder(root: Path, number: int) -> Path:
    """The folder of a run; they are numbered from 1."""
    return root / f"run-{number}"


def runs_in(root: Path) -> Iterator[tuple[int, Path]]:
    """The runs that have begun, in order."""
    number = 1
    while (folder := run_folder(root, number)).is_dir():
        yield number, folder
        number += 1


def words_of(root: Path) -> list[Word]:
    """What was said of the runs that have been judged."""
    files = (folder / WORD for _, folder in runs_in(root))
    return [msgspec.json.decode(file.read_bytes(), type=Word) for file in files if file.exists()]


def say_of(folder: Path, word: Word) -> None:
    """Leave the word where the page looks; whoever reads it meanwhile finds nothing or all of it."""
    new = folder / f"{WORD}.new"
    new.write_bytes(msgspec.json.encode(word))
    new.replace(folder / WORD)

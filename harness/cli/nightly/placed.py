"""Where in our own document the changes stand: file and line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from harness.cli.loading import read_text, shown
from harness.contract.place import lines
from harness.contract.tree import FILES
from harness.drift.seen.met import tokens
from harness.model.drift_report import Drifted


def placed(path: Path, changes: Iterable[Drifted]) -> tuple[Drifted, ...]:
    """The changes with the file and the line where they stand; those that stand nowhere in it as they are."""
    changes = tuple(changes)
    wanted: dict[Path, set[tuple[str, ...]]] = {}
    for each in changes:
        if each.change.place.old:
            file, at = _file(path, tokens(each.change.place.old))
            wanted.setdefault(file, set()).add(at)
    found = {file: lines(read_text(file), places) for file, places in wanted.items()}
    told = []
    for each in changes:
        if each.change.place.old:
            file, at = _file(path, tokens(each.change.place.old))
            each = msgspec.structs.replace(each, file=shown(file), line=found[file][at])
        told.append(each)
    return tuple(told)


def _file(path: Path, at: tuple[str, ...]) -> tuple[Path, tuple[str, ...]]:
    """Which file a pointer leads into: of those that the document refers to, each is a part of its tree."""
    if at[:1] == (FILES,) and len(at) > 1 and (path.parent / at[1]).is_file():
        return path.parent / at[1], at[2:]
    return path, at

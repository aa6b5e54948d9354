"""What a team may take over, so that its contract is true again: the document, the way to it as an OpenAPI Overlay,
and the names of the cassettes that are to be recorded again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from harness.cli.loading import read_text, shown
from harness.cli.nightly.sides import Ours, Theirs, as_written
from harness.cli.nightly.used_by import Recording
from harness.cli.vendor import take_over, write
from harness.cli.writing import write_text
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.files import load_as_written
from harness.contract.rewritten import rewritten
from harness.contract.tree import FILES
from harness.contract.written import written
from harness.drift.nights.mend import settled
from harness.drift.nights.overlay import overlay
from harness.drift.nights.published import part
from harness.drift.seen.observe import against_contract
from harness.errors import FileError
from harness.model.change import Change
from harness.model.drift_report import DriftReport
from harness.model.exchange import Exchange

OVERLAY, CASSETTES = "overlay.yaml", "cassettes.txt"


def of_document(folder: Path, our: Ours, their: Theirs, *, date: str) -> Iterator[str]:
    """Write the other document, as `harness contract add` would, and the overlay. What was written, in words.

    No overlay makes a text of our own what somebody else published; from the second night on it has what moved.
    """
    write(take_over(our.provider.name, their.source, refs=True, date=date), folder, force=True)
    yield f"wrote the updated document into {folder}"
    if our.kept is not None and not their.contract.document.written:
        before = our.provider.contract
        yield _overlay(folder, our, before.document.root, part(their.contract, before).document.root, date)
    elif our.path is not None and not our.is_own_text:
        old, new = load_as_written(our.path).root, as_written(their.source).root
        yield _overlay(folder, our, old, new, date)


def of_observations(
    folder: Path, our: Ours, changes: Sequence[Change], answers: Sequence[Exchange], *, date: str
) -> Iterator[str]:
    """Write our document with what was observed in it, and the overlay. What was written and left, in words.

    Beside the document that is written, the same answers are no drift any more, but for what is left.
    """
    path = our.path
    if path is None:
        yield f"{our.side.name} was fetched: take it over first, with harness contract add"
        return
    old = load_as_written(path).root
    if FILES in old:
        yield f"{shown(path)} refers to other files: what was seen is not written into it"
        return
    new, left = settled(old, changes, lambda tree: against_contract(_contract(tree, path.name), answers))
    if new == old:
        yield "no document to propose: ours says what was seen, as far as a document can"
    else:
        target = folder / path.name
        if target.resolve() == path.resolve():
            raise FileError(str(target), "is the document itself; --propose takes a folder of its own")
        write_text(target, rewritten(read_text(path), old, new, path=target.name))
        yield f"wrote {target}"
        yield _overlay(folder, our, old, new, date)
    for change in left:
        yield f"left to you: {change.rule} at {change.place.operation}: {change.message}"


def _contract(tree: dict[str, Any], name: str) -> Contract:
    return Contract(parse(msgspec.json.encode(tree), name=name))


def _overlay(folder: Path, our: Ours, old: dict[str, Any], new: dict[str, Any], date: str) -> str:
    title = f"{our.provider.name}, made true again"
    made = overlay(old, new, title=title, version=date, extends=_extended(our.path, folder))
    if not made["actions"]:
        return "no overlay: the documents say the same"
    write_text(folder / OVERLAY, written(made, path=OVERLAY))
    return f"wrote {folder / OVERLAY}: {len(made['actions'])} actions"


def _extended(path: Path | None, folder: Path) -> str:
    """Where the document is, seen from the overlay; nowhere, where that is a place of this machine alone."""
    if path is None or not path.resolve().is_relative_to(Path.cwd()):
        return ""
    return Path(os.path.relpath(path, folder)).as_posix()


def cassettes(folder: Path, our: Ours, report: DriftReport, recordings: Iterable[Recording]) -> Iterator[str]:
    """Write the names of the cassettes that have a call of an operation that fails or warns."""
    hurt = {
        place.operation
        for each in report.changes
        if each.severity != "info" and each.accepted is None
        for place in each.change.places
    }
    names = [shown(each.path) for each in recordings if each.concerns(our.provider.contract, hurt)]
    if names:
        write_text(folder / CASSETTES, "".join(f"{name}\n" for name in names))
        yield f"wrote {folder / CASSETTES}: {len(names)} to be recorded again"

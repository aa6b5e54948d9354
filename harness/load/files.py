"""Runs, targets and earlier reports on disk. A run is one .npz file: its columns, and all else as MessagePack."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from harness.errors import FileError
from harness.load.columns import Attempts, Calls, Connections, Process, QuotaWindow, Run, Window
from harness.load.promises import PROMISES
from harness.load.targets import parse_targets
from harness.model.load_report import LoadReport

FORMAT = 1
_REST = "rest"
_NO_RUN = "no run of harness load"


class _Rest(msgspec.Struct, frozen=True):
    """What is no column. `words`: the texts that columns point to, by table and field."""

    format: int
    words: dict[str, tuple[str, ...]]
    windows: tuple[Window, ...]
    processes: tuple[Process, ...]
    offered: tuple[tuple[float, int], ...]
    duration_s: float
    quotas: tuple[QuotaWindow, ...]
    token_operations: tuple[str, ...]
    clients: int
    facts: dict[str, Any]
    expiries_s: tuple[float, ...] = ()


def write_run(path: Path, run: Run) -> None:
    """Write the run so that it is there whole or not at all."""
    columns: dict[str, NDArray[Any]] = {}
    words: dict[str, tuple[str, ...]] = {}
    for table in ("calls", "attempts", "connections"):
        for field, value in msgspec.structs.asdict(getattr(run, table)).items():
            if isinstance(value, np.ndarray):
                columns[f"{table}.{field}"] = value
            elif value is not None:
                words[f"{table}.{field}"] = value
    kept = {name: getattr(run, name) for name in _Rest.__struct_fields__[2:]}
    rest = msgspec.msgpack.encode(_Rest(FORMAT, words, **kept))
    columns[_REST] = np.frombuffer(rest, dtype=np.uint8)
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as file:
            np.savez_compressed(file, **columns)  # type: ignore[arg-type]
        partial.replace(path)
    except OSError as error:
        raise FileError(str(path), f"cannot be written: {error.strerror}") from None


def read_run(path: Path) -> Run:
    """What `write_run` wrote. FileError where it is no such file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            columns: dict[str, Any] = {name: file[name] for name in file.files}
        rest = msgspec.msgpack.decode(columns.pop(_REST).tobytes(), type=_Rest)
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror or _NO_RUN}") from None
    except (
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        EOFError,
        zipfile.BadZipFile,
        msgspec.DecodeError,
    ):
        raise FileError(str(path), _NO_RUN) from None
    if rest.format != FORMAT:
        raise FileError(str(path), f"a run in format {rest.format}; this harness reads {FORMAT}")
    columns |= rest.words
    tables: dict[str, dict[str, Any]] = {"calls": {}, "attempts": {}, "connections": {}}
    for name, value in columns.items():
        table, _, field = name.partition(".")
        tables[table][field] = value
    return Run(
        calls=Calls(**tables["calls"]),
        attempts=Attempts(**tables["attempts"]),
        connections=Connections(**tables["connections"]),
        **{name: getattr(rest, name) for name in _Rest.__struct_fields__[2:]},
    )


def read_targets(path: Path) -> Any:
    """What thresholds.yaml, or a file like it, says: `targets.Given`. FileError with the line of a mistake."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        raise FileError(str(path), f"cannot be read: {why}") from None
    return parse_targets(text, path=str(path), promises=PROMISES.ids())


def read_report(path: Path) -> LoadReport:
    """An earlier run's report, as its JSON file has it: what `--baseline` takes."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=LoadReport)
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise FileError(str(path), f"no JSON report of harness load: {error}") from None

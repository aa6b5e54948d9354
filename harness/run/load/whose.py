"""Whose attempts are whose: calls and attempts are noted by different processes, and meet by ports and times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.load.columns import UNKNOWN, Number, Seconds
from harness.run.load import raw

Integers = NDArray[np.int64]

APART = -2
"""In the place of a call's row: it is no part of the run. It began before the plan did, or its process was killed
before it told of it."""

_WHO_COLUMNS = ("at", "port", "door", "call")


def columns_of(pieces: Iterable[raw.Columns], names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The same columns of several pieces as one."""
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
    for piece in pieces:
        for name in names:
            code, octets = piece[name]
            parts[name].append(np.frombuffer(octets, dtype=code))
    return {name: np.concatenate(found) if found else np.empty(0) for name, found in parts.items()}


def owners_of(
    pieces: list[raw.Calls],
    seen: raw.Attempts,
    numbers: dict[int, tuple[Integers, Integers]],
    news: list[raw.News],
) -> Number:
    """The row of each attempt's call. `numbers`: for each worker its calls' numbers, in order, and their rows."""
    owners = _owners(pieces, seen, numbers)
    for cut_s, gone_s in _silences(pieces, news):
        _leave_out(owners, seen, cut_s, gone_s)
    return owners


def _owners(
    pieces: list[raw.Calls], seen: raw.Attempts, numbers: dict[int, tuple[Integers, Integers]]
) -> Number:
    """Whoever last said that what comes from that port, or to that door, is his."""
    table = columns_of([seen.rows], ("at", "connection"))
    at_s, connection = table["at"], table["connection"].astype(np.int64) - 1
    owner = np.full(len(at_s), UNKNOWN, dtype=np.int32)
    ends = columns_of([seen.connections], ("host", "port", "door"))
    hosts = {host: number for number, host in enumerate(seen.hosts)}
    keys, times, rows, cuts = [], [], [], []
    cut_s = _cuts(pieces)
    for piece in pieces:
        who = columns_of([piece.who], _WHO_COLUMNS)
        host = hosts.get(piece.host, UNKNOWN)
        keys.append(_key(np.full(len(who["at"]), host), who["port"], who["door"], own_door=0))
        times.append(who["at"] + piece.offset_s)
        found = _rows(who["call"].astype(np.int64), *numbers.get(piece.worker, (None, None)))
        cut = cut_s.get(piece.worker, float("inf"))
        if cut_s.get(piece.worker) is not None:
            found = np.where((found == UNKNOWN) & (who["call"] >= 0), APART, found)
        rows.append(found)
        cuts.append(np.full(len(found), cut))
    if not keys or not len(at_s) or not len(ends["host"]):
        return owner
    key, time_s, row, cut_at = (np.concatenate(each) for each in (keys, times, rows, cuts))
    if not len(key):
        return owner
    begin_s = min(time_s.min(), at_s.min())
    said = _on_line(key, time_s - begin_s)
    order = np.argsort(said, kind="stable")
    said, key, row, cut_at = said[order], key[order], row[order], cut_at[order]
    inside = connection < len(ends["host"])
    at_door = _key(ends["host"], ends["port"], ends["door"], own_door=seen.door)[connection[inside]]
    place = np.searchsorted(said, _on_line(at_door, at_s[inside] - begin_s), side="right") - 1
    fits = (place >= 0) & (key[place] == at_door)
    # What comes after its process has told its last may be of a call that nobody knows of.
    known = np.where(at_s[inside] > cut_at[place], APART, row[place])
    owner[inside] = np.where(fits, known, UNKNOWN)
    return owner


def _cuts(pieces: list[raw.Calls]) -> dict[int, float]:
    """When workers that were killed told their last, on the mock's clock."""
    told = {piece.worker: piece.at_s + piece.offset_s for piece in pieces}
    return {
        worker: at_s for worker, at_s in told.items() if not any(p.last for p in pieces if p.worker == worker)
    }


def _silences(pieces: list[raw.Calls], news: list[raw.News]) -> list[tuple[float, float]]:
    """For each worker that was killed: when it told its last, and when it was missed."""
    workers = {each.name: each.worker for each in news if each.what == "process" and each.role == "generator"}
    gone = {workers[each.name]: each.at_s for each in news if each.what == "gone" and each.name in workers}
    return [(at_s, gone[worker]) for worker, at_s in _cuts(pieces).items() if worker in gone]


def _leave_out(owner: Number, seen: raw.Attempts, from_s: float, to_s: float) -> None:
    """Attempts of nobody while a worker had died and was not yet missed are its own: its calls are not known."""
    at_s = columns_of([seen.rows], ("at",))["at"]
    owner[(owner == UNKNOWN) & (at_s > from_s) & (at_s <= to_s)] = APART


def _key(host: NDArray[Any], port: NDArray[Any], door: NDArray[Any], *, own_door: int) -> Integers:
    """One number for the end that a connection can be known by: its door where that is not everybody's, else host and
    port of the client."""
    by_door = (door != own_door) & (door != 0)
    key: Integers = np.where(by_door, door, (host.astype(np.int64) + 1) * 65536 + port).astype(np.int64)
    return key


def _on_line(key: Integers, since_s: Seconds) -> Integers:
    """Sorts by key, then by time in microseconds."""
    line: Integers = key * (1 << 40) + np.round(since_s * 1e6).astype(np.int64)
    return line


def _rows(wanted: Integers, number: Integers | None, row: Integers | None) -> Integers:
    if number is None or row is None or not len(number):
        return np.full(len(wanted), UNKNOWN, dtype=np.int64)
    place = np.minimum(np.searchsorted(number, wanted), len(number) - 1)
    found: Integers = np.where(number[place] == wanted, row[place], UNKNOWN).astype(np.int64)
    return found

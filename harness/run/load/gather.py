"""From the folder of a run to the Run: every process's columns on one clock, calls with their attempts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness import __version__
from harness.errors import UsageError
from harness.faults.plan import Plan
from harness.load.columns import (
    UNKNOWN,
    Attempts,
    Calls,
    Connections,
    Number,
    Process,
    QuotaWindow,
    Run,
    Seconds,
    Window,
)
from harness.load.say import count
from harness.run.load import raw
from harness.run.load.scenario import plan_of
from harness.run.load.setup import Setup, read_setup
from harness.run.load.whose import APART, Integers, columns_of, owners_of

_CALL_COLUMNS = ("number", "intended", "began", "ended", "ok", "fallback", "name", "error", "user", "client")


def gather_so_far(folder: Path) -> Run | None:
    """A run that goes on, up to where all of its processes have told of it; None where that is nothing yet."""
    told = {piece.worker: piece.at_s + piece.offset_s for piece in raw.pieces(folder / raw.CALLS, raw.Calls)}
    seen: raw.Attempts | None = next(raw.pieces(folder / raw.SO_FAR, raw.Attempts), None)
    begun = any(each.what == "zero" for each in raw.pieces(folder / raw.NEWS, raw.News))
    if seen is None or not begun or len(told) < max(1, read_setup(folder).workers):
        return None
    return _gathered(folder, seen, until_s=min(seen.ended_s, *told.values()))


def ended_at_the_start(folder: Path) -> bool:
    """Was it over before the load stood, with nothing gone wrong?"""
    return not any(each.what in ("zero", "note") for each in raw.pieces(folder / raw.NEWS, raw.News))


def gather(folder: Path) -> Run:
    """All that the run left in its folder. UsageError where the load never stood, or the mock left no word."""
    seen: raw.Attempts | None = next(raw.pieces(folder / raw.ATTEMPTS, raw.Attempts), None)
    return _gathered(folder, seen)


def _gathered(folder: Path, seen: raw.Attempts | None, until_s: float = math.inf) -> Run:
    setup = read_setup(folder)
    news: list[raw.News] = list(raw.pieces(folder / raw.NEWS, raw.News))
    zero = next((each for each in news if each.what == "zero"), None)
    if zero is None or seen is None:
        why = next((each.text for each in reversed(news) if each.what == "note"), "")
        what = (
            "the run ended before it could begin" if zero is None else "the mock left no word of what it saw"
        )
        raise UsageError(what + (f": {why}" if why else ""))
    ended_s = min(until_s, next((each.at_s for each in news if each.what == "end"), seen.ended_s))
    pieces: list[raw.Calls] = list(raw.pieces(folder / raw.CALLS, raw.Calls))
    calls, numbers, clients = _calls(pieces, zero.at_s)
    if not len(columns_of([seen.rows], ("at",))["at"]) and (why := _sent_nothing(calls, setup.provider)):
        raise UsageError(why)
    connections, kept = _connections(seen, zero.at_s)
    owners = owners_of(pieces, seen, numbers, news)
    attempts = _attempts(seen, zero.at_s, kept, owners)
    processes = _processes(news, zero.at_s, clients)
    plan = plan_of(
        setup.played_rules, name=setup.scenario, one=zero.text or None, tokens=seen.token_operations
    )
    notes = [each.text for each in news if each.what == "note"]
    notes += [
        f"{process.name} ended {_when(process.gone_s)}; the run went on without it. "
        "What it did in its last seconds is not counted"
        for process in processes
        if process.gone_s is not None
    ]
    if seen.lost:
        notes.append(f"{seen.lost} exchanges were dropped before they were counted: the mock was too busy")
    return Run(
        calls=calls,
        attempts=attempts,
        connections=connections,
        windows=_windows(setup, plan, seen),
        processes=processes,
        offered=tuple(
            (round(each.at_s - zero.at_s, 3), each.users)
            for each in news
            if each.what == "second" and each.at_s >= zero.at_s
        ),
        duration_s=max(0.0, min(setup.duration_s, ended_s - zero.at_s)),
        quotas=(*_quotas(seen), *_planned(plan)),
        expiries_s=_expiries(plan),
        token_operations=seen.token_operations,
        facts=_facts(setup, zero, seen, notes, news),
    )


def _when(gone_s: float) -> str:
    return f"at {gone_s:.0f} s, before its time" if gone_s >= 0 else "before the scenario began"


def _sent_nothing(calls: Calls, provider: str) -> str:
    """What to say of calls none of which sent the provider a request."""
    number = int(np.count_nonzero(np.isfinite(calls.ended_s)))
    if not number:
        return ""
    failures = [calls.errors[row] for row in calls.error.tolist() if row >= 0]
    said = f"the first that failed says: {failures[0]}" if failures else "they report success"
    asked = "Does the client take the base URL that it is given?"
    return f"none of {count(number, 'call')} sent a request to {provider}; {said}. {asked}"


def _windows(setup: Setup, plan: Plan, seen: raw.Attempts) -> tuple[Window, ...]:
    """Those of the scenario, with what the plan says of each."""
    found = []
    for span in setup.windows:
        from_s, to_s = span.between_s
        rules = [
            rule
            for rule in plan.rules
            if rule.between_s[1] != float("inf") and rule.between_s[0] < to_s and from_s < rule.between_s[1]
        ]
        some = rules and all(rule.operations for rule in rules)
        operations = dict.fromkeys(name for rule in rules for name in rule.operations) if some else ()
        unseen = any(rule.stage == "connect" for rule in rules) and not seen.sees_refusals
        found.append(Window(span.name, from_s, to_s, tuple(operations), not unseen))
    return tuple(found)


def _quotas(seen: raw.Attempts) -> Iterator[QuotaWindow]:
    for quota in seen.quotas:
        if quota.scope == "account":
            yield QuotaWindow(quota.requests, quota.window_s, name=quota.name)
            continue
        for operation in seen.operations:
            name = f"{quota.name} {operation}".strip()
            yield QuotaWindow(quota.requests, quota.window_s, (operation,), name=name)


def _planned(plan: Plan) -> Iterator[QuotaWindow]:
    """What the plan has the provider grant for a time."""
    for rule in plan.rules:
        if rule.quota is not None:
            yield QuotaWindow(rule.quota.requests, rule.quota.window_s, (), *rule.between_s, rule.quota.name)


def _expiries(plan: Plan) -> tuple[float, ...]:
    """When the plan ends the lifetime of the tokens that were given out."""
    return tuple(sorted({rule.between_s[0] for rule in plan.rules if rule.credential == "issued"}))


def _facts(
    setup: Setup, zero: raw.News, seen: raw.Attempts, notes: list[str], news: list[raw.News]
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "scenario": setup.scenario,
        "says": setup.says,
        "client": setup.client,
        "provider": setup.provider,
        "calls": {call.name: call.text or call.target for call in setup.calls},
        "seed": setup.seed,
        "users": setup.users,
        "spawn_rate": setup.spawn_rate,
        "calls_per_s": setup.calls_per_s,
        "arrivals": setup.arrivals,
        "planned_s": setup.duration_s,
        "workers": setup.workers,
        "sees_refusals": seen.sees_refusals,
        "notes": notes,
        "again": setup.again,
        "harness": __version__,
    }
    for each in news:
        if each.what == "facts":
            facts |= each.facts
    if zero.text:
        facts["one_operation"] = zero.text
    return facts


def _calls(
    pieces: list[raw.Calls], zero_s: float
) -> tuple[Calls, dict[int, tuple[Integers, Integers]], dict[tuple[int, int], int]]:
    """The calls that began after 0 s; for each worker its calls' numbers, in order, and their rows (APART for those
    before); and which process a worker's client is."""
    names: dict[str, int] = {}
    errors: dict[str, int] = {}
    clients: dict[tuple[int, int], int] = {}
    tables: list[dict[str, NDArray[Any]]] = []
    for piece in pieces:
        table = columns_of([piece.rows], _CALL_COLUMNS)
        table["name"] = _renamed(table["name"], piece.names, names)
        table["error"] = _renamed(table["error"], piece.errors, errors)
        for column in ("intended", "began", "ended"):
            table[column] = table[column] + (piece.offset_s - zero_s)
        for client in np.unique(table["client"]):
            clients.setdefault((piece.worker, int(client)), len(clients))
        table["process"] = _mapped(
            table["client"],
            {client: row for (worker, client), row in clients.items() if worker == piece.worker},
        )
        table["worker"] = np.full(len(table["number"]), piece.worker)
        tables.append(table)
    every = (*_CALL_COLUMNS, "process", "worker")
    whole = {
        name: np.concatenate([table[name] for table in tables]) if tables else np.empty(0) for name in every
    }
    order = np.argsort(whole["began"], kind="stable")
    whole = {name: column[order] for name, column in whole.items()}
    early = int(np.count_nonzero(whole["began"] < 0.0))
    numbers = _numbers(whole["worker"], whole["number"], early)
    whole = {name: column[early:] for name, column in whole.items()}
    calls = Calls(
        intended_s=whole["intended"].astype(np.float64),
        began_s=whole["began"].astype(np.float64),
        ended_s=whole["ended"].astype(np.float64),
        ok=whole["ok"].astype(np.bool_),
        fallback=whole["fallback"].astype(np.bool_),
        name=whole["name"].astype(np.int32),
        error=whole["error"].astype(np.int32),
        user=whole["user"].astype(np.int32),
        worker=whole["process"].astype(np.int32),
        names=tuple(names),
        errors=tuple(errors),
    )
    return calls, numbers, clients


def _numbers(worker: NDArray[Any], number: NDArray[Any], early: int) -> dict[int, tuple[Integers, Integers]]:
    found: dict[int, tuple[Integers, Integers]] = {}
    for each in np.unique(worker):
        places = np.flatnonzero(worker == each)
        places = places[np.argsort(number[places], kind="stable")]
        rows = np.where(places < early, APART, places - early)
        found[int(each)] = number[places].astype(np.int64), rows.astype(np.int64)
    return found


def _renamed(column: NDArray[Any], own: Sequence[str], known: dict[str, int]) -> NDArray[Any]:
    """Indices into a process's own names as indices into everybody's."""
    return _mapped(column, {number: known.setdefault(name, len(known)) for number, name in enumerate(own)})


def _mapped(column: NDArray[Any], to: dict[int, int]) -> NDArray[Any]:
    if not to:
        return np.full(len(column), UNKNOWN, dtype=np.int32)
    table = np.full(max(to) + 2, UNKNOWN, dtype=np.int32)  # the last one is for -1
    for before, after in to.items():
        table[before] = after
    found: NDArray[Any] = table[column.astype(np.int64)]
    return found


def _connections(seen: raw.Attempts, zero_s: float) -> tuple[Connections, Integers]:
    """Those that were there after 0 s, and for each number of the lane its row."""
    table = columns_of([seen.connections], ("opened", "closed"))
    opened_s, closed_s = table["opened"] - zero_s, table["closed"] - zero_s
    there = ~np.isnan(opened_s) & (np.isnan(closed_s) | (closed_s >= 0.0))
    rows = np.where(there, np.cumsum(there) - 1, UNKNOWN)
    attempts = columns_of([seen.rows], ("at", "connection"))
    connection = attempts["connection"].astype(np.int64) - 1
    requests = np.bincount(connection[connection < len(rows)], minlength=len(rows)).astype(np.int32)
    return Connections(opened_s[there], closed_s[there], requests[there]), rows.astype(np.int64)


def _attempts(seen: raw.Attempts, zero_s: float, rows_of: Integers, owner: Number) -> Attempts:
    names = ("at", "ended", "served", "status", "operation", "fault", "connection", "retry_after")
    table = columns_of([seen.rows], names)
    at_s: Seconds = table["at"] - zero_s
    order = np.argsort(at_s, kind="stable")
    order = order[(at_s[order] >= 0.0) & (owner[order] != APART)]
    connection = table["connection"][order].astype(np.int64) - 1
    known = connection < len(rows_of)
    row = np.full(len(order), UNKNOWN, dtype=np.int32)
    row[known] = rows_of[connection[known]]
    return Attempts(
        at_s=at_s[order],
        ended_s=(table["ended"] - zero_s)[order],
        status=table["status"][order].astype(np.int32),
        served_s=table["served"][order],
        operation=table["operation"][order].astype(np.int32),
        fault=table["fault"][order].astype(np.int32),
        connection=row,
        call=owner[order],
        operations=seen.operations,
        faults=seen.faults,
        retry_after_s=table["retry_after"][order],
    )


def _processes(
    news: list[raw.News], zero_s: float, clients: dict[tuple[int, int], int]
) -> tuple[Process, ...]:
    """Those that noted calls come first, at the index by which the calls know them."""
    about = {each.name: each for each in news if each.what == "process"}
    gone = {each.name: each.at_s - zero_s for each in news if each.what == "gone"}
    seconds = [each for each in news if each.what == "second" and each.at_s >= zero_s]
    by_worker = {(each.worker, int(each.text or 0)): name for name, each in about.items() if each.worker >= 0}
    ordered = [
        by_worker.get(key, f"client {key[0]}.{key[1]}")
        for key in sorted(clients, key=lambda key: clients[key])
    ]
    ordered += [name for name in about if name not in ordered]
    return tuple(
        Process(
            about[name].role if name in about else "client",
            name,
            tuple(second.cpu.get(name, 0.0) for second in seconds),
            gone.get(name),
            tuple(second.waited[name] for second in seconds if name in second.waited),
        )
        for name in ordered
    )

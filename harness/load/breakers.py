"""Promises about circuit breakers under load: they open, probe and close, each for its own operation, and stay shut
while all is well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
import numpy as np

from harness.load import latency
from harness.load.columns import Flag, Window
from harness.load.evidence import Evidence
from harness.load.guard import Spell
from harness.load.promise import BREAKER, held, promise
from harness.load.retries import failed
from harness.load.say import count, percent, seconds
from harness.model.finding import Finding, broken, kept, short

GOES_ON = 20
"""Calls in a row that fail, each begun when more than enough had failed: no breaker counts to that."""

_UNKNOWN = "it is not known which attempts belong to which call"


class Row(msgspec.Struct, frozen=True):
    """Calls of one name in one process while the provider fails: the longest row of failures. `later`: how many of
    them began only after enough others of the row had failed."""

    worker: int
    name: int
    failures: int
    later: int


@promise(source=BREAKER)
def breaker_opens(evidence: Evidence) -> Iterator[Finding]:
    """When calls fail one after another, a breaker soon stops them from reaching the provider.

    Targets: `breaker_required`, `breaker_failures` in a row, `breaker_opens_s` after the first failure. Calls that
    are on their way when it opens are not held against it.
    """
    targets = evidence.targets
    for index, window in enumerate(evidence.windows):
        rows = rows_of_failures(evidence, window, targets.breaker_failures)
        opened = [spell for spell in evidence.spells if spell.window == index and spell.failures]
        if not rows and not opened:
            continue
        expected = f"calls that send nothing after {targets.breaker_failures} failed in a row"
        if not evidence.tells_calls:
            yield short(_UNKNOWN, expected)
            continue
        opened_for = {(spell.worker, name) for spell in opened for name in spell.names}
        many = evidence.clients / max(1, len(np.unique(evidence.calls.worker)))
        enough = GOES_ON * max(1.0, many)
        without = [row for row in rows if (row.worker, row.name) not in opened_for]
        gone_on = [row for row in without if row.later >= enough]
        if gone_on and targets.breaker_required:
            worst = max(gone_on, key=lambda row: row.failures)
            name = evidence.named((worst.name,))
            seen = f"{worst.failures:,} calls of {name} in a row failed in {window.name}, and each was sent"
            _, well = names_in(evidence, window)
            if well and not opened:
                seen += f"; one breaker for {evidence.named(well | {worst.name})} would count their successes, too"
            yield broken(seen, expected)
        elif opened:
            first = min(opened, key=lambda spell: spell.opened_s)
            after = f"{seconds(max(0.0, first.opened_s - window.from_s))} into {window.name}"
            yield kept(f"opened {after}, after {count(first.failures, 'failed call')}", expected)
        elif targets.breaker_required:
            most = max(row.later for row in rows)
            seen = f"{count(most, 'call')} began once enough had failed in {window.name}, needs {enough:.0f}"
            yield short(seen, expected)
        if targets.breaker_opens_s is not None and opened:
            took_s = max(_since_failing(evidence, window, spell) for spell in opened)
            yield held(
                "within" if took_s <= targets.breaker_opens_s else "beyond",
                f"the slowest breaker opened {seconds(took_s)} after the first failure in {window.name}",
                f"within {seconds(targets.breaker_opens_s)}",
                id="breaker_opens_s",
                label=f"breaker opens, in {window.name}",
                unit="s",
                where=window.name,
                target=targets.breaker_opens_s,
                measured=took_s,
            )


def rows_of_failures(evidence: Evidence, window: Window, enough: int) -> tuple[Row, ...]:
    """For every process and name the longest row of failed calls, if it is `enough` at least."""
    calls, found = evidence.calls, []
    chosen = evidence.inside(calls.began_s, window) & evidence.done & ~evidence.refused
    if window.seen and evidence.tells_calls:
        chosen &= evidence.made > 0
    for worker in np.unique(calls.worker[chosen]):
        for name in np.unique(calls.name[chosen & (calls.worker == worker)]):
            rows = np.flatnonzero(chosen & (calls.worker == worker) & (calls.name == name))
            rows = rows[np.argsort(calls.ended_s[rows], kind="stable")]
            bad = ~calls.ok[rows] | calls.fallback[rows]
            ends = np.flatnonzero(np.diff(np.concatenate(([0], bad.astype(np.int8), [0]))))
            if not len(ends):
                continue
            lengths = ends[1::2] - ends[::2]
            best = int(np.argmax(lengths))
            if lengths[best] < enough:
                continue
            row = rows[ends[2 * best] : ends[2 * best + 1]]
            opens_s = calls.ended_s[row[enough - 1]]
            later = int(np.count_nonzero(calls.began_s[row] > opens_s))
            found.append(Row(int(worker), int(name), int(lengths[best]), later))
    return tuple(found)


@promise(source=BREAKER)
def breaker_probes(evidence: Evidence) -> Iterator[Finding]:
    """An open breaker lets a call through now and then, to see whether the provider is well.

    Target: `breaker_open_s`, the longest time for which calls come and none is let through. Where none comes, there
    is nothing to let through.
    """
    limit_s = evidence.targets.breaker_open_s
    if limit_s is None:
        return
    expected = f"a call let through at least every {seconds(limit_s)}"
    for spell in _of_failures(evidence):
        if (
            spell.closed_s is None
            and spell.window is not None
            and spell.last_s > evidence.windows[spell.window].to_s
        ):
            continue  # it is the promise to close that says so
        name, paused_s = evidence.named(spell.names), seconds(spell.longest_s)
        seen = f"the breaker for {name} let none of the calls through that came in {paused_s}"
        if spell.longest_s > 1.1 * limit_s + 1:
            yield broken(seen, expected)
        elif spell.probes:
            yield kept(
                f"{count(spell.probes, 'call')} let through, the longest pause was {paused_s}",
                expected,
            )
        else:
            yield short(seen, expected)


@promise(source=BREAKER)
def breaker_closes(evidence: Evidence) -> Iterator[Finding]:
    """Once the provider is well again, the breaker closes.

    Target: `breaker_open_s`, after which it should have tried again. It is never too late to be told so: a breaker
    that is open when the run ends, sooner than that, is inconclusive.
    """
    limit_s = evidence.targets.breaker_open_s
    if limit_s is None:
        return
    expected = f"closed within {seconds(limit_s)} of healing"
    for spell in _of_failures(evidence):
        if spell.window is None or evidence.windows[spell.window].to_s >= evidence.run.duration_s:
            continue
        window, later = evidence.windows[spell.window], evidence.windows[spell.window + 1 :]
        name = evidence.named(spell.names)
        if spell.closed_s is not None:
            if spell.closed_s >= window.to_s:
                yield kept(
                    f"for {name} closed {seconds(spell.closed_s - window.to_s)} after {window.name}", expected
                )
            continue
        open_s = spell.last_s - window.to_s
        if any(each.from_s < spell.last_s for each in later):
            yield short(f"for {name} was open until the provider failed again", expected)
        elif open_s > 1.1 * limit_s + 1:
            yield broken(f"for {name} still refused calls {seconds(open_s)} after {window.name}", expected)
        elif open_s > 0:
            seen = f"for {name} still refused calls when the run ended, {seconds(open_s)} after {window.name}"
            yield short(seen, expected)
        else:
            yield short(f"no call of {name} came after {window.name}", expected)


@promise(source=BREAKER)
def breaker_apart(evidence: Evidence) -> Iterator[Finding]:
    """When one operation fails, calls of the others are not refused: each has a breaker of its own.

    Looked at: the calls of others while a breaker of the failing one is open, 20 of them at least.
    """
    expected = "calls of other operations go on"
    for index, window in enumerate(evidence.windows):
        failing, well = names_in(evidence, window)
        if not failing or not well:
            continue
        if not evidence.tells_calls:
            yield short(_UNKNOWN, expected)
            continue
        spells = [spell for spell in evidence.spells if spell.window == index and spell.failures]
        guarded = failing & {name for spell in spells for name in spell.names}
        if not guarded:
            continue
        within = _while_open(evidence, [spell for spell in spells if failing & set(spell.names)])
        for name in sorted(well):
            mine = within & (evidence.calls.name == name)
            number, stopped = int(np.count_nonzero(mine)), int(np.count_nonzero(mine & evidence.refused))
            said = f"{stopped:,} of {count(number, 'call')} of {evidence.named((name,))} were refused"
            seen = f"{said} while the breaker for {evidence.named(guarded)} was open, which alone failed"
            if stopped >= 5 and stopped > 0.01 * number:
                yield broken(seen, expected)
            elif number >= GOES_ON and stopped <= 0.01 * number:
                yield kept(seen, expected)
            else:
                yield short(seen, expected)


@promise(source="team policy: breaker open below 0.1 percent of calls in normal running")
def breaker_stays_shut(evidence: Evidence) -> Iterator[Finding]:
    """While all is well, calls are not refused. Target: `breaker_open_ratio`."""
    limit = evidence.targets.breaker_open_ratio
    number = int(np.count_nonzero(evidence.outside))
    if limit is None or not number or evidence.grouped is None:
        return
    expected = f"at most {percent(limit)}"
    if not evidence.tells_calls:
        yield short(_UNKNOWN, expected)
        return
    stopped = int(np.count_nonzero(evidence.refused & evidence.outside))
    word = latency.against_part(stopped, number, limit)
    yield held(
        word,
        f"{stopped:,} of {count(number, 'call')} sent nothing and failed in normal running",
        expected,
        id="breaker_open_ratio",
        label="calls refused in normal running",
        unit="ratio",
        where="outside",
        target=limit,
        measured=stopped / number,
    )


def _while_open(evidence: Evidence, spells: Iterable[Spell]) -> Flag:
    """The calls that were asked for in a process of which one of these breakers was open."""
    calls = evidence.calls
    found = np.zeros(len(calls), dtype=np.bool_)
    for spell in spells:
        found |= (
            (calls.worker == spell.worker)
            & (calls.began_s >= spell.first_s)
            & (calls.began_s <= spell.last_s)
        )
    return found


def names_in(evidence: Evidence, window: Window) -> tuple[frozenset[int], frozenset[int]]:
    """The names of calls whose operations fail in the window (nearly all attempts of them), and those of which none
    does. By the plan, where it says which operations; else by what their attempts got."""
    attempts, calls = evidence.run.attempts, evidence.calls
    known = attempts.call >= 0
    failing: set[int] = set()
    well: set[int] = set()
    name_of = np.full(len(attempts), -1, dtype=np.int32)
    name_of[known] = calls.name[attempts.call[known]]
    within = evidence.inside(attempts.at_s, window)
    wrong = failed(attempts.status) | (attempts.fault >= 0)
    for name in np.unique(name_of[name_of >= 0]):
        mine = name_of == name
        operations = {attempts.operations[o] for o in np.unique(attempts.operation[mine]) if o >= 0}
        if window.operations:
            hit = operations & set(window.operations)
            (failing if hit else well).add(int(name))
            continue
        number = int(np.count_nonzero(mine & within))
        share = np.count_nonzero(mine & within & wrong) / number if number else None
        if share is not None and share >= 0.9:
            failing.add(int(name))
        elif share is not None and share <= 0.05:
            well.add(int(name))
    return frozenset(failing), frozenset(well)


def _of_failures(evidence: Evidence) -> tuple[Spell, ...]:
    return tuple(s for s in evidence.spells if s.failures and s.window is not None and s.refused >= 3)


def _since_failing(evidence: Evidence, window: Window, spell: Spell) -> float:
    calls = evidence.calls
    mine = (calls.worker == spell.worker) & np.isin(calls.name, spell.names) & ~calls.ok & (evidence.made > 0)
    mine &= (calls.began_s >= window.from_s) & (calls.began_s <= spell.first_s)
    return max(0.0, spell.opened_s - float(calls.began_s[mine].min())) if mine.any() else 0.0

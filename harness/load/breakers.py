"""Promises about circuit breakers under load: they open, probe and close, each for its own operation, and stay shut
while all is well."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.load import latency
from harness.load.apart import beside, names_in, one_for_all
from harness.load.columns import Window
from harness.load.evidence import Evidence
from harness.load.guard import Spell
from harness.load.in_a_row import Row, gone_on, never_in_a_row, rows_of_failures
from harness.load.promise import BREAKER, UNKNOWN_OWNERS, held, promise
from harness.load.say import count, percent, seconds
from harness.model.finding import Finding, broken, kept, short


@promise(source=BREAKER)
def breaker_opens(evidence: Evidence) -> Iterator[Finding]:
    """When calls fail one after another, a breaker soon stops them from reaching the provider.

    Targets: `breaker_required`, `breaker_failures` in a row, `breaker_opens_s` after the first failure. Calls that
    are on their way when it opens are not held against it. Calls that end with a 401, 409, 425 or 429 are no failures
    here, since a breaker need not count them: the provider is well. Where a breaker is shared with operations that
    are well, it is their luck whether it opens, which is inconclusive: it is `breaker_apart` that is broken.
    """
    targets = evidence.targets
    for index, window in enumerate(evidence.windows):
        rows = rows_of_failures(evidence, window, targets.breaker_failures)
        opened = [spell for spell in evidence.spells if spell.window == index and spell.failures]
        expected = f"calls that send nothing after {targets.breaker_failures} failed in a row"
        if not rows and not opened:
            seen = never_in_a_row(evidence, window, targets.breaker_failures)
            if seen and targets.breaker_required:
                yield short(seen, expected)
            continue
        if not evidence.tells_calls:
            yield short(UNKNOWN_OWNERS, expected)
            continue
        opened_for = {(spell.worker, name) for spell in opened for name in spell.names}
        without = [row for row in rows if (row.worker, row.name) not in opened_for]
        enough = gone_on(evidence)
        sent = [row for row in without if row.later >= enough]
        if any(other.is_shared for other in beside(evidence, index)):
            yield short(_by_luck(evidence, window, opened, sent), expected)
        elif sent and targets.breaker_required:
            worst = max(sent, key=lambda row: row.failures)
            name = evidence.named((worst.name,))
            seen = f"{worst.failures:,} calls of {name} in a row failed in {window.name}, and each was sent"
            _, well = names_in(evidence, window)
            if well and not opened:
                seen += f"; {one_for_all(evidence, well | {worst.name}, well)}"
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
                latency.against_once(took_s, targets.breaker_opens_s),
                f"the slowest breaker opened {seconds(took_s)} after the first failure in {window.name}",
                f"within {seconds(targets.breaker_opens_s)}",
                id="breaker_opens_s",
                label=f"breaker opens, in {window.name}",
                unit="s",
                where=window.name,
                target=targets.breaker_opens_s,
                measured=took_s,
            )


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
        if spell.longest_s > latency.longer_than(latency.longer_than(limit_s)):
            yield broken(seen, expected)
        elif spell.probes and spell.longest_s <= latency.longer_than(limit_s):
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
        elif open_s > latency.longer_than(limit_s):
            yield broken(f"for {name} still refused calls {seconds(open_s)} after {window.name}", expected)
        elif open_s > 0:
            seen = f"for {name} still refused calls when the run ended, {seconds(open_s)} after {window.name}"
            yield short(seen, expected)
        else:
            yield short(f"no call of {name} came after {window.name}", expected)


@promise(source="team policy: breaker open below 0.1 percent of calls in normal running")
def breaker_stays_shut(evidence: Evidence) -> Iterator[Finding]:
    """While all is well, calls are not refused. Target: `breaker_open_ratio`."""
    limit = evidence.targets.breaker_open_ratio
    number = int(np.count_nonzero(evidence.outside))
    if limit is None or not number or evidence.grouped is None:
        return
    expected = f"at most {percent(limit)}"
    if not evidence.tells_calls:
        yield short(UNKNOWN_OWNERS, expected)
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


def _of_failures(evidence: Evidence) -> tuple[Spell, ...]:
    return tuple(s for s in evidence.spells if s.failures and s.window is not None and s.refused >= 3)


def _by_luck(evidence: Evidence, window: Window, opened: list[Spell], sent: list[Row]) -> str:
    """What a breaker did that counts the successes of operations that are well."""
    _, well = names_in(evidence, window)
    seen = f"a breaker opened in {window.name} that counts the successes of {evidence.named(well)}, too"
    if not sent:
        return seen
    worst = max(sent, key=lambda row: row.failures)
    return f"{seen}; {worst.failures:,} calls of {evidence.named((worst.name,))} in a row failed before, or elsewhere"


def _since_failing(evidence: Evidence, window: Window, spell: Spell) -> float:
    calls = evidence.calls
    mine = (calls.worker == spell.worker) & np.isin(calls.name, spell.names) & ~calls.ok & (evidence.made > 0)
    mine &= (calls.began_s >= window.from_s) & (calls.began_s <= spell.first_s)
    return max(0.0, spell.opened_s - float(calls.began_s[mine].min())) if mine.any() else 0.0

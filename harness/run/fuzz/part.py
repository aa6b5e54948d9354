"""All examples of one part, the allowed answers or the broken ones. Plays from a thread of its own, since Hypothesis
waits for each example."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from random import Random
from typing import Protocol

import msgspec

from harness.model.finding import VerdictName, weigh
from harness.model.message import Response
from harness.run.fuzz.pools import Pools
from harness.run.fuzz.trial import Demands, Intolerance, Known, Part, Trial
from harness.tolerance import tell
from harness.tolerance.variation import Base, Variation, varied

SECONDS_PER_EXAMPLE, LEAST_S = 0.25, 45.0
"""The time for all examples of a part. A client that waits before it tries again gets fewer of them."""

ERROR_SHARE = 6
"""One in so many examples is an error answer that is varied."""

ENOUGH = 10
"""Fewer answers show nothing, unless there are no more."""

MARKED = 3
"""Shorter values stand in a text by chance."""


class Stopped(BaseException):
    """The run is over: no example is to be played any more."""


class Play(Protocol):
    """Plays one answer, and waits for what comes of it."""

    def __call__(self, answer: Response, variations: tuple[Variation, ...], part: Part) -> Trial: ...


class Examples:
    """The examples of one part for one call. `found`: what it does not cope with, once they were played."""

    def __init__(
        self,
        part: Part,
        normal: Base,
        pools: Pools,
        play: Play,
        *,
        count: int,
        luck: Random,
        known: Known,
        demands: Demands,
        sent_back: Callable[[], frozenset[str]],
    ) -> None:
        self.found: list[Intolerance] = []
        self.part = part
        self._normal, self._pools, self._play = normal, pools, play
        self._count, self._luck, self._known = count, luck, known
        self._demands, self._sent_back = demands, sent_back
        self._until_s = time.monotonic() + max(LEAST_S, SECONDS_PER_EXAMPLE * count)
        self._sights: dict[VerdictName, int] = {}
        self._own_words: dict[tuple[object, ...], str] = {}
        self._stand_ins: dict[tuple[object, ...], str] = {}
        self._ways = 0

    def play(self) -> None:
        """All of them."""
        try:
            if self.part == "broken":
                self._search(self._normal, self._pools.broken(self._normal), self._count)
            else:
                self._play_allowed()
        except Stopped:
            return

    def rest(self, *, has_failed: bool) -> tuple[VerdictName, str] | None:
        """What is to be said beside the failures; None where they say it all."""
        if self._own_words:
            hint = "; if that is meant, say --raises with the type of the error"
            return "inconclusive", _some(self._own_words.values()) + hint
        if self._stand_ins:
            hint = (
                "; a value of its own for what the contract promises: let it fail, or say that it fell back"
            )
            return "inconclusive", _some(self._stand_ins.values()) + hint
        if has_failed:
            return None
        counted = f"{self._played} answers, {self._ways} ways to differ"
        if self.part == "broken" and not self._sights.get("pass"):
            return (
                "inconclusive",
                f"{counted}: nothing in what the call gave shows that it needs what was broken",
            )
        if self._played < min(ENOUGH, self._ways):
            return "inconclusive", f"only {counted}: there was no time for more"
        word = "refused or not needed in each" if self.part == "broken" else "coped with each"
        return "pass", f"{counted}: {word}"

    @property
    def _played(self) -> int:
        return sum(self._sights.values())

    def _play_allowed(self) -> None:
        errors = self._play_statuses()
        share = self._count // ERROR_SHARE if errors else 0
        pool = self._pools.allowed(self._normal, sent_back=self._sent_back())
        self._search(self._normal, pool, self._count - share - self._played)
        if errors:
            base = self._pools.base(errors[0])
            self._search(base, self._pools.allowed(base), share, status=base.response.status)

    def _play_statuses(self) -> list[Response]:
        """Play every declared status as it is; the error answers that the client copes with."""
        errors = []
        for answer in self._pools.statuses(self._normal.response.status, errors=self._demands.gets_errors):
            if not self._has_time():
                break
            self._ways += 1
            trial = self._trial(answer, ())
            base = self._pools.base(answer)
            if trial.failed:
                self.found.append(Intolerance(self.part, (), base, trial, answer.status))
            elif answer.status >= 400 and base.is_json:
                errors.append(answer)
        return errors

    def _search(self, base: Base, pool: list[Variation], count: int, *, status: int | None = None) -> None:
        # Hypothesis takes a while to load, and nothing else of the run needs it.
        from harness.tolerance.search import Search

        trials: dict[tuple[str, ...], Trial] = {}

        def fails(variations: tuple[Variation, ...]) -> bool:
            answer = varied(base, variations)
            if len(variations) > 1 and not self._pools.fits(answer):
                return False
            trial = trials[_names(variations)] = self._trial(answer, variations)
            if len(variations) == 1 and weigh(trial.findings) == "inconclusive":
                said = f"where {tell.differences(variations, base, status=status)}, {trial.said}"
                if self.part == "allowed":
                    self._own_words.setdefault(variations[0].family, said)
                elif trial.stands_in:
                    self._stand_ins.setdefault(variations[0].family, said)
            return trial.failed

        before = [] if status else self._known.fetch(self.part)
        self._ways += len(pool)
        search = Search(
            pool,
            fails,
            examples=max(1, count),
            luck=self._luck,
            singly=self.part == "broken",
            known=before,
            more=self._has_time,
        )
        still = []
        for found in search.run():
            trial = trials.get(_names(found.variations))
            if trial is None or not trial.failed:
                continue
            still.append(found.variations)
            if not status:
                self._known.keep(self.part, found.variations)
            self._tell(Intolerance(self.part, found.variations, base, trial, status))
        for variations in before:
            if variations not in still:
                self._known.forget(self.part, variations)

    def _tell(self, one: Intolerance) -> None:
        """Keep what was found; of the same failure at the same places, with another value there, the smaller one."""
        for index, other in enumerate(self.found):
            if one.trial.call.outcome.error is not None and _mark(one) == _mark(other):
                if _size(one) < _size(other):
                    self.found[index] = one
                return
        self.found.append(one)

    def _trial(self, answer: Response, variations: tuple[Variation, ...]) -> Trial:
        trial = self._play(answer, variations, self.part)
        word = weigh(trial.findings)
        self._sights[word] = self._sights.get(word, 0) + 1
        return trial

    def _has_time(self) -> bool:
        return time.monotonic() < self._until_s


def _names(variations: tuple[Variation, ...]) -> tuple[str, ...]:
    return tuple(sorted(msgspec.json.encode(one).decode() for one in variations))


def _some(said: Iterable[str]) -> str:
    """The first three, and how many more."""
    seen = list(said)
    return "; ".join(seen[:3]) + (f"; and {len(seen) - 3} more" if len(seen) > 3 else "")


def _mark(one: Intolerance) -> tuple[object, ...]:
    """What tells one failure from another: where the answer differs, and the error without the values there."""
    error = one.trial.call.outcome.error or ""
    for variation in one.variations:
        if variation.drops:
            continue
        shown = repr(variation.value)
        error = error.replace(shown, "...")
        if len(shown) > MARKED:
            error = error.replace(str(variation.value), "...")
    return frozenset((each.where, each.pointer) for each in one.variations), error


def _size(one: Intolerance) -> int:
    return sum(len(repr(each.value)) for each in one.variations)

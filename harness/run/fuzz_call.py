"""One call of the client under many answers: searched, confirmed, judged and told."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Protocol

import msgspec

from harness.checks.all import CHECKS
from harness.checks.registry import Evidence
from harness.model.call import Call
from harness.model.clock import Rng
from harness.model.finding import Finding, Verdict, weigh
from harness.model.message import Response
from harness.run.fuzz_client import FuzzedClient, without_framing
from harness.run.fuzz_pools import Pools
from harness.run.play import Stage, Subject, Theatre
from harness.tolerance import tell
from harness.tolerance.lean import spare
from harness.tolerance.spoil import WHOLE
from harness.tolerance.variation import Base, Variation, varied

ALLOWED_CHECK, BROKEN_CHECK = "tolerance.accepts_what_is_allowed", "tolerance.refuses_what_is_broken"

HANG_S = 6.0
"""How long a call may take that got its answer; more where a healthy one takes long."""

SECONDS_PER_EXAMPLE, LEAST_S = 0.25, 45.0
"""The time for all examples of a part. A client that waits before it tries again gets fewer of them."""

ERROR_SHARE = 6
"""One in so many examples is an error answer that is varied."""

ENOUGH = 10
"""Fewer answers show nothing."""


class Known(Protocol):
    """What failed before, kept from run to run."""

    def fetch(self, part: str) -> list[tuple[Variation, ...]]: ...

    def keep(self, part: str, variations: tuple[Variation, ...]) -> None: ...

    def forget(self, part: str, variations: tuple[Variation, ...]) -> None: ...


class Telling(msgspec.Struct, frozen=True):
    """What is needed to say how to see it again."""

    provider: str
    again: str
    raises: tuple[str, ...] = ()


class _Stopped(BaseException):
    """The run is over: no example is to be played any more."""


class Trial(msgspec.Struct, frozen=True):
    """One answer played, and what is to be said of it."""

    call: Call
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        return weigh(self.findings) == "fail"


class Intolerance(msgspec.Struct, frozen=True):
    """The smallest answer that a client does not cope with. `base`: what it differs from; `status` where that is
    another than the normal one's."""

    part: str
    variations: tuple[Variation, ...]
    base: Base
    trial: Trial
    status: int | None = None

    @property
    def answer(self) -> Response:
        return varied(self.base, self.variations)


class FuzzedCall:
    """The examples of one call."""

    def __init__(
        self,
        stage: Stage,
        theatre: Theatre,
        subject: Subject,
        *,
        luck: Random,
        rng: Rng,
        telling: Telling,
        known: Known,
    ) -> None:
        assert subject.operation is not None
        self.theatre, self.subject = theatre, subject
        self.stage = stage
        operation = theatre.provider.contract.operation(subject.operation)
        self.client = FuzzedClient(stage, theatre, subject.spec.name, operation.id)
        self.pools = Pools(theatre.provider, operation, rng, time.time())
        self.notes: list[str] = []
        self.shown: dict[str, list[Call]] = {"fuzz_allowed": [], "fuzz_broken": []}
        self._luck, self._telling, self._known = luck, telling, known
        self._loop = asyncio.get_running_loop()
        self._playing: asyncio.Future[Trial] | None = None
        self._stopped = False
        self._normal: Base | None = None
        self._healthy: Call | None = None
        self._steady = False
        self._why_not = ""
        self._first = tuple(stage.calls)
        self._first_exchanges = stage.lane.journal.after()

    # What the client does on an ordinary day.

    async def _begin(self) -> None:
        """Find the normal answer, and see that the client copes with it, time and again."""
        first = self._first[-1]
        mine = [
            e for e in self._first_exchanges if e.operation == self.client.operation and e.status is not None
        ]
        good = [e for e in mine if e.status is not None and e.status < 300]
        if not all(call.outcome.ok for call in self._first) or not good:
            self._why_not = (
                f"the call fails while nothing is wrong: {first.outcome.error or 'it got no good answer'}"
            )
            return
        exchange = good[-1]
        response = without_framing(
            Response(exchange.status or 200, exchange.response_headers, exchange.response_body)
        )
        base = self.pools.base(response)
        if not base.is_json:
            kind = response.header("content-type") or "no body"
            self._why_not = f"the answers of {self.client.operation} are of {kind}, and only JSON is varied"
            return
        if not self.pools.fits(response):
            self._why_not = f"no valid answer of {self.client.operation} is known to vary"
            return
        healthy_s = first.outcome.ended_s - first.outcome.began_s
        call_s = min(max(HANG_S, 10 * healthy_s), self.stage.limits.call_s)
        self.stage.limits = msgspec.structs.replace(self.stage.limits, call_s=call_s)
        for candidate in (*self.pools.fuller(base), base):
            if await self._copes(candidate):
                return
        self._why_not = "the call fails when its own normal answer is played to it again"

    async def _copes(self, base: Base) -> bool:
        calls = [await self.client.call(base.response, normal=base.response) for _ in range(2)]
        if not all(call.outcome.ok for call in calls):
            if calls[-1].outcome.ending == "ended" and self.stage.driver.keeps_state:
                await self.client.renew()
            return False
        self._normal, self._healthy = base, calls[0]
        one, other = (call.outcome.value for call in calls)
        self._steady = one == other
        return True

    # One part: allowed, or broken.

    async def verdicts(self, part: str, examples: int) -> list[Verdict]:
        """Play the part; one verdict for each intolerance, or one on all of it."""
        if self._normal is None and not self._why_not:
            await self._begin()
        check = ALLOWED_CHECK if part == "fuzz_allowed" else BROKEN_CHECK
        if self._why_not or self._normal is None or self._healthy is None:
            self.shown[part] = list(self._first)
            return [self._verdict(check, "inconclusive", self._why_not)]
        self.shown[part] = [self._healthy]
        running = _Part(self, part, examples)
        work = self._loop.run_in_executor(None, running.play)
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            self._stopped = True
            if self._playing is not None:
                self._playing.cancel()
            await asyncio.wait({work})
            raise
        found = [one for one in running.found if await self._is_confirmed(one)]
        verdicts = []
        for one in found:
            small = await self._leaner(one)
            self.shown[part].append(small.trial.call)
            verdicts.append(self._told(check, small))
        for one in running.found:
            if not any(one is other for other in found):
                said = f"{self._difference(one)}: {_first(one.trial)}, but not with a client begun anew"
                verdicts.append(self._verdict(check, "inconclusive", said))
        return verdicts + running.rest(check, has_failed=bool(found))

    def play(
        self, answer: Response, judge: Callable[[Call], tuple[Finding, ...]], *, is_broken: bool
    ) -> Trial:
        """One example, asked for from the thread that draws them."""
        if self._stopped:
            raise _Stopped
        asked = asyncio.run_coroutine_threadsafe(self._played(answer, judge, is_broken=is_broken), self._loop)
        try:
            return asked.result()
        except asyncio.CancelledError:
            raise _Stopped from None

    async def _played(
        self, answer: Response, judge: Callable[[Call], tuple[Finding, ...]], *, is_broken: bool
    ) -> Trial:
        assert self._normal is not None
        self._playing = asyncio.ensure_future(self._trial(answer, judge, is_broken=is_broken))
        return await self._playing

    async def _trial(
        self, answer: Response, judge: Callable[[Call], tuple[Finding, ...]], *, is_broken: bool
    ) -> Trial:
        assert self._normal is not None
        call = await self.client.call(answer, normal=self._normal.response, is_broken=is_broken)
        return Trial(call, judge(call))

    # Judging.

    def evidence(self, calls: Sequence[Call]) -> Evidence:
        """What the checks are to see."""
        subject, behaviour = self.subject, self.theatre.provider.behaviour
        return Evidence(
            calls=tuple(calls),
            journal=tuple(e for call in calls for e in call.attempts),
            kind=subject.kind,
            operation=subject.operation,
            method=subject.method,
            behaviour=behaviour,
            policy=self.theatre.policy,
            secrets=tuple(s for s in self.stage.lane.credentials.values() if s),
            keeps_state=self.stage.driver.keeps_state,
            timeout_s=self.theatre.policy.deadline.request_s,
        )

    def judge_allowed(self, variations: Sequence[Variation], call: Call) -> tuple[Finding, ...]:
        """What is to be said of a call that got an allowed answer."""
        may_refuse = not variations or any(one.means for one in variations)
        function = CHECKS[ALLOWED_CHECK].function
        return tuple(function(self.evidence([call]), declared=self._telling.raises, may_refuse=may_refuse))

    def judge_broken(self, variations: Sequence[Variation], call: Call) -> tuple[Finding, ...]:
        """What is to be said of a call that got a broken answer."""
        return tuple(
            CHECKS[BROKEN_CHECK].function(self.evidence([call]), **self._broken_parameters(variations))
        )

    def _broken_parameters(self, variations: Sequence[Variation]) -> dict[str, object]:
        (one,) = variations
        healthy = self._healthy.outcome.value if self._healthy is not None else None
        parameters: dict[str, object] = {"declared": self._telling.raises}
        if one.kind in WHOLE and self._reads_body:
            return parameters
        # Where two healthy calls give different values, a difference says nothing.
        shows = self._steady and one.kind not in WHOLE
        return parameters | {
            "whole": False,
            "instead": one.value if shows else None,
            "healthy": healthy if shows else {},
        }

    @functools.cached_property
    def _reads_body(self) -> bool:
        """Does the client give something of what the normal answer says? Else it may not need the body at all."""
        value = self._healthy.outcome.value if self._healthy is not None else None
        said = {repr(leaf) for leaf in _leaves(self._normal.value if self._normal else None)}
        return any(repr(leaf) in said for leaf in _leaves(value) if leaf not in (None, True, False, "", 0, 1))

    @functools.cached_property
    def sent_back(self) -> frozenset[str]:
        """Texts of the normal answer that the client puts into later requests: identifiers, as a rule."""
        calls = [*self._first, *([self._healthy] if self._healthy else [])]
        later = [e for call in calls for e in call.attempts[1:]]
        texts = {
            leaf
            for leaf in _leaves(self._normal.value if self._normal else None)
            if isinstance(leaf, str) and leaf
        }
        sent = [f"{e.path}?{e.query} {e.request_body.decode('utf-8', 'replace')}" for e in later]
        return frozenset(text for text in texts if any(text in each for each in sent))

    # Telling.

    async def _is_confirmed(self, one: Intolerance) -> bool:
        """Does a client begun anew cope with the normal answer, and fail with this one again?"""
        assert self._normal is not None
        if self.stage.driver.keeps_state:
            await self.client.renew()
        healthy = await self.client.call(self._normal.response, normal=self._normal.response)
        if not healthy.outcome.ok:
            return False
        return (await self._again(one, one.base)).failed

    async def _again(self, one: Intolerance, base: Base) -> Trial:
        is_broken = one.part == "fuzz_broken"
        judge = self.judge_broken if is_broken else self.judge_allowed
        return await self._trial(
            varied(base, one.variations), functools.partial(judge, one.variations), is_broken=is_broken
        )

    async def _leaner(self, one: Intolerance) -> Intolerance:
        """The same with as little else in the answer as the client lets us leave out."""
        schema = self.theatre.provider.contract.schema(self.pools.operation, one.base.response.status)
        if schema is None or not one.base.is_json or one.trial.call.outcome.ending == "cut":
            return one
        parts = list(spare(self.theatre.provider.contract.sampler, schema, one.base, one.variations))
        left_out: list[Variation] = []
        pending, plays = [parts] if parts else [], 0
        while pending and plays < 12:
            some = pending.pop(0)
            plays += 1
            base = self.pools.base(varied(one.base, [*left_out, *some]))
            if await self._is_as_bad(one, base):
                left_out += some
            elif len(some) > 1:
                pending += [some[: len(some) // 2], some[len(some) // 2 :]]
        if not left_out:
            return one
        base = self.pools.base(varied(one.base, left_out))
        trial = await self._again(one, base)
        return msgspec.structs.replace(one, base=base, trial=trial) if trial.failed else one

    async def _is_as_bad(self, one: Intolerance, base: Base) -> bool:
        assert self._normal is not None
        if not base.is_json or not self.pools.fits(base.response):
            return False
        if one.status is None:
            normal = await self.client.call(base.response, normal=self._normal.response)
            if not normal.outcome.ok:
                return False
        return (await self._again(one, base)).failed

    def _difference(self, one: Intolerance) -> str:
        return tell.differences(one.variations, one.base, status=one.status)

    def _told(self, check: str, one: Intolerance) -> Verdict:
        finding = next(f for f in one.trial.findings if f.sight == "broken")
        difference = self._difference(one)
        answer = one.answer
        parts = [
            "the smallest answer that does it:",
            *(f"  {line}" for line in tell.shown(answer, one.variations).splitlines()),
        ]
        parts += ["as a test to paste:", *(f"  {line}" for line in self._test(check, one).splitlines())]
        return Verdict(
            check,
            "fail",
            f"where {difference}, {finding.observed}",
            finding.expected,
            finding.source or CHECKS[check].facts["source"],
            self._telling.again,
            finding.attempts,
            "\n".join(parts),
        )

    def _test(self, check: str, one: Intolerance) -> str:
        is_broken = one.part == "fuzz_broken"
        headers = [str(v.pointer[0]) for v in one.variations if v.where == "header"]
        kept = [name for name, _ in one.answer.headers] if headers else ()
        rule = tell.rule(one.answer, self.client.operation, is_broken=is_broken, headers=kept)
        if any(e.operation == self.client.operation for e in one.trial.call.attempts[1:]):
            # What else is asked of the operation gets the provider's own answers.
            rule = {**rule, "nth": 1, "per": "call", "repeats": "alike"}
        what = [f"status {one.status}"] if one.status else []
        what += [f"{v.kind} {v.at}" for v in one.variations]
        name = tell.slug(f"{self.subject.spec.name} {' '.join(what)}")
        driver = self.stage.driver
        target = self.subject.spec.target
        asks = getattr(driver, "asks", ())
        if self.subject.spec.driver == "python" and "." not in target.partition(":")[2]:
            return tell.python_test(
                name,
                self._telling.provider,
                rule,
                target=target,
                asks=asks,
                is_async=getattr(driver, "is_async", False),
                is_broken=is_broken,
                is_error=one.answer.status >= 400,
            )
        parameters: dict[str, object] = (
            {"declared": list(self._telling.raises)} if self._telling.raises else {}
        )
        if is_broken:
            parameters |= self._broken_parameters(one.variations)
            parameters = {key: value for key, value in parameters.items() if value not in ((), [])}
        elif one.variations and not any(v.means for v in one.variations):
            parameters["may_refuse"] = False
        return f"# {name}.yaml, for: harness verify ... --scenario {name}.yaml\n" + tell.scenario(
            name, self._difference(one), [rule], check, parameters
        )

    def _verdict(self, check: str, word: str, observed: str) -> Verdict:
        entry = CHECKS[check]
        return msgspec.convert(
            {
                "check": check,
                "verdict": word,
                "observed": observed,
                "expected": entry.promise,
                "source": entry.facts["source"],
                "again": self._telling.again,
            },
            Verdict,
        )


class _Part:
    """The examples of one part, played from a thread of its own: Hypothesis waits for each."""

    def __init__(self, call: FuzzedCall, part: str, examples: int) -> None:
        self.found: list[Intolerance] = []
        self._call, self._part, self._examples = call, part, examples
        self._until_s = time.monotonic() + max(LEAST_S, SECONDS_PER_EXAMPLE * examples)
        self._sights: dict[str, int] = {"kept": 0, "broken": 0, "short": 0}
        self._own_words: dict[tuple[object, ...], str] = {}
        self._ways = 0

    @property
    def _is_broken(self) -> bool:
        return self._part == "fuzz_broken"

    def play(self) -> None:
        """All of it."""
        normal = self._call._normal
        assert normal is not None
        try:
            if self._is_broken:
                self._search(normal, self._call.pools.broken(normal), self._examples)
                return
            errors = self._statuses(normal)
            share = self._examples // ERROR_SHARE if errors else 0
            pool = self._call.pools.allowed(normal, sent_back=self._call.sent_back)
            self._search(normal, pool, self._examples - share - self._played)
            if errors:
                base = self._call.pools.base(errors[0])
                self._search(base, self._call.pools.allowed(base), share, status=base.response.status)
        except _Stopped:
            return

    def rest(self, check: str, *, has_failed: bool) -> list[Verdict]:
        """What is to be said beside the failures."""
        verdicts = []
        if self._own_words:
            seen = list(self._own_words.values())
            more = f"; and {len(seen) - 3} more" if len(seen) > 3 else ""
            hint = "; if that is meant, say --raises with the type of the error"
            verdicts.append(self._call._verdict(check, "inconclusive", "; ".join(seen[:3]) + more + hint))
        elif not has_failed:
            kept = self._sights["kept"]
            counted = f"{self._played} answers, {self._ways} ways to differ"
            if self._is_broken and kept == 0:
                said = f"{counted}: nothing in what the call gave shows that it needs what was broken"
                verdicts.append(self._call._verdict(check, "inconclusive", said))
            elif not self._is_broken and self._played < min(ENOUGH, self._ways):
                said = f"only {counted}: there was no time for more"
                verdicts.append(self._call._verdict(check, "inconclusive", said))
            else:
                said = "refused or not needed in each" if self._is_broken else "coped with each"
                verdicts.append(self._call._verdict(check, "pass", f"{counted}: {said}"))
        return verdicts

    @property
    def _played(self) -> int:
        return sum(self._sights.values())

    def _statuses(self, normal: Base) -> list[Response]:
        """Play every declared status as it is; the error answers that the client copes with."""
        errors = []
        for answer in self._call.pools.statuses(normal.response.status):
            if not self._has_time():
                break
            self._ways += 1
            trial = self._trial(answer, ())
            base = self._call.pools.base(answer)
            if trial.failed:
                self.found.append(Intolerance(self._part, (), base, trial, answer.status))
            elif answer.status >= 400 and base.is_json:
                errors.append(answer)
            elif weigh(trial.findings) == "inconclusive":
                self._own_words["status", answer.status] = (
                    f"where the status is {answer.status}, {_first(trial)}"
                )
        return errors

    def _search(self, base: Base, pool: list[Variation], examples: int, *, status: int | None = None) -> None:
        # Hypothesis takes a while to load, and nothing else of the run needs it.
        from harness.tolerance.search import Search

        trials: dict[tuple[str, ...], Trial] = {}

        def fails(variations: tuple[Variation, ...]) -> bool:
            answer = varied(base, variations)
            if len(variations) > 1 and not self._call.pools.fits(answer):
                return False
            trial = self._trial(answer, variations)
            trials[_names(variations)] = trial
            if len(variations) == 1 and weigh(trial.findings) == "inconclusive" and not self._is_broken:
                said = f"where {tell.differences(variations, base, status=status)}, {_first(trial)}"
                self._own_words.setdefault(variations[0].family, said)
            return trial.failed

        known = self._call._known
        before = [] if status else known.fetch(self._part)
        self._ways += len(pool)
        search = Search(
            pool,
            fails,
            examples=max(1, examples),
            luck=self._call._luck,
            singly=self._is_broken,
            known=before,
            more=self._has_time,
        )
        kept = []
        for found in search.run():
            trial = trials.get(_names(found.variations))
            if trial is not None and trial.failed and not self._is_told(found.variations, trial):
                self.found.append(Intolerance(self._part, found.variations, base, trial, status))
                kept.append(found.variations)
                if not status:
                    known.keep(self._part, found.variations)
        for variations in before:
            if variations not in kept:
                known.forget(self._part, variations)

    def _is_told(self, variations: tuple[Variation, ...], trial: Trial) -> bool:
        """Is the same failure at the same places known already, with another value there?"""
        places = {(one.where, one.pointer) for one in variations}
        return any(
            {(v.where, v.pointer) for v in one.variations} == places
            and one.trial.call.outcome.error == trial.call.outcome.error is not None
            for one in self.found
        )

    def _trial(self, answer: Response, variations: tuple[Variation, ...]) -> Trial:
        judge = self._call.judge_broken if self._is_broken else self._call.judge_allowed
        trial = self._call.play(answer, functools.partial(judge, variations), is_broken=self._is_broken)
        word = weigh(trial.findings)
        self._sights[{"pass": "kept", "fail": "broken"}.get(word, "short")] += 1
        return trial

    def _has_time(self) -> bool:
        return time.monotonic() < self._until_s


def _names(variations: Sequence[Variation]) -> tuple[str, ...]:
    return tuple(sorted(msgspec.json.encode(one).decode() for one in variations))


def _first(trial: Trial) -> str:
    return trial.findings[0].observed if trial.findings else "the call asked for nothing"


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for child in value.values():
            yield from _leaves(child)
    elif isinstance(value, list):
        for child in value:
            yield from _leaves(child)
    else:
        yield value

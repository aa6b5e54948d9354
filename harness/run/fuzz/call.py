"""One call of the client under many answers: searched, confirmed, judged and told."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Iterator, Sequence
from random import Random

import msgspec

from harness.checks.all import CHECKS
from harness.checks.registry import Evidence
from harness.model.call import Call
from harness.model.clock import Rng
from harness.model.crash import is_unmeant
from harness.model.finding import Finding, Verdict
from harness.model.message import Response
from harness.run.fuzz.client import FuzzedClient, without_framing
from harness.run.fuzz.part import Examples, Stopped
from harness.run.fuzz.pools import Pools
from harness.run.fuzz.telling import Telling, difference
from harness.run.fuzz.trial import CHECK_OF, Demands, Intolerance, Known, Part, Trial, names_of
from harness.run.stage import Stage, Subject, Theatre
from harness.tolerance.lean import spare
from harness.tolerance.spoil import BY_VALUE, WHOLE
from harness.tolerance.variation import Base, Variation, varied

HANG_S = 6.0
"""How long a call may take that got its answer; more where a healthy one takes long."""

LEANEST = 12
"""Answers played to find what else may be left out of one that a client does not cope with."""


class FuzzedCall:
    """The examples of one call. The stage has made the call once, while all was well."""

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
        demands: Demands,
        hang_s: float = HANG_S,
    ) -> None:
        assert subject.operation is not None
        self.theatre, self.subject, self.stage = theatre, subject, stage
        operation = theatre.provider.contract.operation(subject.operation)
        self.client = FuzzedClient(stage, theatre, subject.spec.name, operation.id)
        self.pools = Pools(theatre.provider, operation, rng, time.time())
        self.shown: dict[Part, list[Call]] = {"allowed": [], "broken": []}
        """The calls that a report is to show: a healthy one, and those that failed."""
        self._luck, self._telling, self._known, self._demands = luck, telling, known, demands
        self._hang_s = hang_s
        self._loop = asyncio.get_running_loop()
        self._playing: asyncio.Future[Trial] | None = None
        self._stopped = False
        self._normal: Base | None = None
        self._healthy: Call | None = None
        self._is_steady = False
        self._fallback: tuple[object, ...] = ()
        self._why_not = ""
        self._crash: Intolerance | None = None
        self._first = tuple(stage.calls)
        self._first_exchanges = stage.lane.journal.after()

    async def verdicts(self, part: Part, examples: int) -> list[Verdict]:
        """Play one part; a verdict for each intolerance, and one on all of it where that says more."""
        if self._normal is None and not self._why_not:
            await self._begin()
        if self._normal is None or self._healthy is None:
            self.shown[part] = list(self._first)
            if self._crash is not None and part == "allowed":
                self.shown[part].append(self._crash.trial.call)
                return [self._telling.failure(self._crash, self.subject, self.stage.driver, {})]
            return [self._telling.verdict(part, "inconclusive", self._why_not)]
        self.shown[part] = [self._healthy]
        if part == "broken":
            await self._see_fallback(self._healthy)
        running = Examples(
            part,
            self._normal,
            self.pools,
            self._play,
            count=examples,
            luck=self._luck,
            known=self._known,
            demands=self._demands,
            sent_back=lambda: self._sent_back,
        )
        await self._in_a_thread(running)
        verdicts = []
        for one in running.found:
            if await self._is_confirmed(one):
                small = await self._leaner(one)
                self.shown[part].append(small.trial.call)
                parameters = self._parameters(part, small.variations)
                verdicts.append(self._telling.failure(small, self.subject, self.stage.driver, parameters))
            else:
                said = f"where {difference(one)}, {one.trial.said}, but not with a client begun anew"
                verdicts.append(self._telling.verdict(part, "inconclusive", said))
        rest = running.rest(has_failed=bool(verdicts))
        return [*verdicts, *([self._telling.verdict(part, *rest)] if rest else [])]

    # What the client does on an ordinary day.

    async def _begin(self) -> None:
        """Find a normal answer that the client copes with, time and again."""
        candidates = list(self._candidates())
        if not candidates:
            self._why_not = f"{self.client.operation} has no valid answer in JSON, and only JSON is varied"
            return
        lasted_s = self._first[-1].outcome.ended_s - self._first[0].outcome.began_s
        call_s = min(max(self._hang_s, 10 * lasted_s), self.stage.limits.call_s)
        self.stage.limits = msgspec.structs.replace(self.stage.limits, call_s=call_s)
        trials = []
        for base in candidates:
            calls = [await self.client.call(base.response, normal=base.response) for _ in range(2)]
            trials.append(Trial(calls[-1], self._findings("allowed", calls[-1], ())))
            if all(call.outcome.ok for call in calls):
                self._normal, self._healthy = base, calls[-1]
                self._is_steady = calls[0].outcome.value == calls[-1].outcome.value
                return
            if self.stage.driver.keeps_state:
                await self.client.renew()
        error = trials[-1].call.outcome.error or "no reason given"
        self._why_not = f"the call fails while nothing is wrong: {error}"
        if all(trial.failed and is_unmeant(trial.call.outcome.error) for trial in trials):
            self._crash = Intolerance("allowed", (), candidates[-1], trials[-1])

    async def _see_fallback(self, healthy: Call) -> None:
        """What the client gives where it cannot reach the provider: to give the same for a broken answer is to have
        noticed."""
        call = await self.client.down()
        if call.outcome.ok and call.outcome.value != healthy.outcome.value:
            self._fallback = (call.outcome.value,)

    def _candidates(self) -> Iterator[Base]:
        """Normal answers, the fullest first: what the client got when all was well, else one that is declared."""
        contract, operation = self.theatre.provider.contract, self.pools.operation
        good = [
            Response(e.status, e.response_headers, e.response_body)
            for e in self._first_exchanges
            if e.operation == operation.id and e.status is not None and e.status < 300
        ]
        for response in (*good[-1:], self.pools.declared(contract.success(operation))):
            base = self.pools.base(without_framing(response))
            if base.is_json and self.pools.fits(base.response):
                yield from self.pools.fuller(base)
                yield base

    # Playing.

    async def _in_a_thread(self, running: Examples) -> None:
        work = self._loop.run_in_executor(None, running.play)
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            self._stopped = True
            if self._playing is not None:
                self._playing.cancel()
            await asyncio.wait({work})
            raise

    def _play(self, answer: Response, variations: tuple[Variation, ...], part: Part) -> Trial:
        """One example, asked for from the thread that draws them."""
        if self._stopped:
            raise Stopped
        asked = asyncio.run_coroutine_threadsafe(self._played(answer, variations, part), self._loop)
        try:
            return asked.result()
        except asyncio.CancelledError:
            raise Stopped from None

    async def _played(self, answer: Response, variations: tuple[Variation, ...], part: Part) -> Trial:
        self._playing = asyncio.ensure_future(self._trial(answer, variations, part))
        return await self._playing

    async def _trial(self, answer: Response, variations: tuple[Variation, ...], part: Part) -> Trial:
        assert self._normal is not None
        call = await self.client.call(
            answer, normal=self._normal.response, is_broken=part == "broken", names=names_of(variations)
        )
        stands_in = part == "broken" and all(one.drops for one in variations) and self._gave_otherwise(call)
        return Trial(call, self._findings(part, call, variations), stands_in)

    # Judging.

    def _gave_otherwise(self, call: Call) -> bool:
        """Did it succeed with another value than the one that it gives for the normal answer, time and again?"""
        if not self._is_steady or self._healthy is None or not call.outcome.ok or call.outcome.fallback:
            return False
        return call.outcome.value not in (self._healthy.outcome.value, *self._fallback)

    def _findings(self, part: Part, call: Call, variations: Sequence[Variation]) -> tuple[Finding, ...]:
        check = CHECKS[CHECK_OF[part]].function
        return tuple(check(self.evidence([call]), **self._parameters(part, variations)))

    def evidence(self, calls: Sequence[Call]) -> Evidence:
        """What the checks are to see."""
        return Evidence(
            calls=tuple(calls),
            journal=tuple(e for call in calls for e in call.attempts),
            kind=self.subject.kind,
            operation=self.subject.operation,
            method=self.subject.method,
            behaviour=self.theatre.provider.behaviour,
            policy=self.theatre.policy,
            secrets=tuple(s for s in self.stage.lane.credentials.values() if s),
            keeps_state=self.stage.driver.keeps_state,
            timeout_s=self.theatre.policy.deadline.request_s,
        )

    def _parameters(self, part: Part, variations: Sequence[Variation]) -> dict[str, object]:
        """What the part's check is to know beside the evidence."""
        demands = self._demands
        told: dict[str, object] = {"declared": demands.raises} if demands.raises else {}
        if demands.raises_only:
            told["declared_only"] = True
        if part == "allowed":
            if variations and not any(one.means for one in variations):
                told["may_refuse"] = False
            if self._normal is not None:
                told["usual"] = self._normal.response.status
            return told
        (one,) = variations
        if self._fallback:
            told["fallback"] = self._fallback
        if one.kind in WHOLE and (demands.reads or self._gives_of_the_body):
            return told
        # Where two healthy calls give different values, a difference says nothing.
        shows = self._is_steady and one.kind not in WHOLE and self._healthy is not None
        healthy = self._healthy.outcome.value if shows and self._healthy is not None else None
        if one.kind in BY_VALUE or (one.kind == "null_not_allowed" and self._may_lack(one)):
            told["by_value"] = True
        return told | {"whole": False, "instead": one.value if shows else None, "healthy": healthy}

    def _may_lack(self, one: Variation) -> bool:
        """May the answer be without that place? Then null there says to many what its absence does."""
        normal = self._normal
        gone = msgspec.structs.replace(one, drops=True)
        return normal is not None and self.pools.fits(varied(normal, (gone,)))

    @functools.cached_property
    def _gives_of_the_body(self) -> bool:
        """Does the client give something of what the normal answer says? Else it may not need the body at all."""
        value = self._healthy.outcome.value if self._healthy is not None else None
        said = {repr(leaf) for leaf in _leaves(self._normal.value if self._normal else None)}
        return any(repr(leaf) in said for leaf in _leaves(value) if leaf not in (None, True, False, "", 0, 1))

    @functools.cached_property
    def _sent_back(self) -> frozenset[str]:
        """Texts of the normal answer that the client puts into later requests: identifiers, as a rule."""
        calls = [*self._first, *([self._healthy] if self._healthy else [])]
        later = [e for call in calls for e in call.attempts[1:]]
        leaves = _leaves(self._normal.value if self._normal else None)
        sent = [f"{e.path}?{e.query} {e.request_body.decode('utf-8', 'replace')}" for e in later]
        return frozenset(
            leaf for leaf in leaves if isinstance(leaf, str) and leaf and any(leaf in each for each in sent)
        )

    # The smallest answer.

    async def _is_confirmed(self, one: Intolerance) -> bool:
        """Does a client begun anew cope with the normal answer, and fail with this one again?"""
        assert self._normal is not None
        if self.stage.driver.keeps_state:
            await self.client.renew()
        healthy = await self.client.call(self._normal.response, normal=self._normal.response)
        return healthy.outcome.ok and (await self._trial(one.answer, one.variations, one.part)).failed

    async def _leaner(self, one: Intolerance) -> Intolerance:
        """The same with as little else in the answer as the client lets us leave out."""
        schema = self.theatre.provider.contract.schema(self.pools.operation, one.base.response.status)
        if schema is None or not one.base.is_json or one.trial.call.outcome.ending == "cut":
            return one
        parts = list(spare(self.theatre.provider.contract.sampler, schema, one.base, one.variations))
        left_out: list[Variation] = []
        smallest, plays = one, 0
        pending = [parts] if parts else []
        while pending and plays < LEANEST:
            some = pending.pop(0)
            plays += 1
            lean = await self._as_bad(one, self.pools.base(varied(one.base, [*left_out, *some])))
            if lean is not None:
                left_out += some
                smallest = lean
            elif len(some) > 1:
                pending += [some[: len(some) // 2], some[len(some) // 2 :]]
        return smallest

    async def _as_bad(self, one: Intolerance, base: Base) -> Intolerance | None:
        """The same at another normal answer, if the client copes with that one, and fails in the same way still."""
        assert self._normal is not None
        if not base.is_json or not self.pools.fits(base.response):
            return None
        if one.status is None:
            normal = await self.client.call(base.response, normal=self._normal.response)
            if not normal.outcome.ok:
                return None
        trial = await self._trial(varied(base, one.variations), one.variations, one.part)
        if not trial.failed or trial.call.outcome.error != one.trial.call.outcome.error:
            return None
        return msgspec.structs.replace(one, base=base, trial=trial)


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _leaves(child)
    else:
        yield value

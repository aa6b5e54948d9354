"""A client that is given one answer after the other, each for one call."""

from __future__ import annotations

import msgspec

from harness.checks.tolerance import ALLOWED, BROKEN, OTHERS
from harness.faults.plan import Plan
from harness.faults.rule import Chosen, Rule
from harness.model.call import Call, Outcome
from harness.model.message import Response
from harness.run.stage import Stage, Theatre

VARIED = "this very answer"
DOWN = "out of reach"


class FuzzedClient:
    """One client in one lane. `operation`: whose answers are told."""

    def __init__(self, stage: Stage, theatre: Theatre, name: str, operation: str) -> None:
        self.stage, self.name, self.operation = stage, name, operation
        self._theatre = theatre
        self._is_gone = False

    async def call(
        self, answer: Response, *, normal: Response, is_broken: bool = False, names: str = ""
    ) -> Call:
        """One call that gets this answer, as often as it asks for the same; what else it asks of the operation gets
        the normal one. `names`: how those of the headers are written. A client that keeps to itself, or was stopped,
        is begun anew."""
        if self._is_gone:
            await self.renew()
        spelled = (Chosen("head.spelled", {"names": names}, VARIED),) if names else ()
        uses = (told(answer, BROKEN if is_broken else ALLOWED, VARIED), *spelled)
        self.stage.lane.set_plan(_plan(self.operation, uses, normal))
        call = await self._one_call()
        if not any(e.operation == self.operation for e in call.attempts) and self.stage.driver.keeps_state:
            # It has a breaker that opened, or a value that it keeps: that is not about this answer.
            await self.renew()
            call = await self._one_call()
        return call

    async def down(self) -> Call:
        """One call while the operation is out of reach, by a client begun anew; so is the next one."""
        reset = Rule(
            name=DOWN,
            uses=(Chosen("connection.reset_before_answer", {}, DOWN),),
            operations=(self.operation,),
        )
        self.stage.lane.set_plan(Plan("fuzz", (reset,)))
        call = await self._one_call()
        if self.stage.driver.keeps_state:
            await self.renew()
        return call

    async def renew(self) -> None:
        """End the client and begin it anew: nothing that it remembers is left."""
        await self.stage.driver.stop()
        spec = self._theatre
        self.stage.driver = spec.make_driver(*self._made_of)
        await self.stage.start()
        self._is_gone = False

    @property
    def _made_of(self) -> tuple[str, str]:
        return self.stage.spec.driver, self.stage.spec.target

    async def _one_call(self) -> Call:
        before = len(self.stage.calls)
        await self.stage.call(self.name)
        calls = self.stage.calls[before:]
        del self.stage.calls[before:]
        call = calls[0] if len(calls) == 1 else _together(calls)
        self._is_gone = call.outcome.ending in ("cut", "died") and self.stage.driver.keeps_state
        return call


def _together(calls: list[Call]) -> Call:
    """The calls of one process as one: it succeeded where all of them did."""
    failed = [call.outcome for call in calls if not call.outcome.ok]
    lead = (failed or [call.outcome for call in calls])[0]
    outcome = Outcome(
        ok=not failed,
        began_s=calls[0].outcome.began_s,
        ended_s=calls[-1].outcome.ended_s,
        error=lead.error,
        value=[call.outcome.value for call in calls],
        ending=lead.ending,
        stdout=lead.stdout,
        stderr=lead.stderr,
        fallback=any(call.outcome.fallback for call in calls),
    )
    return Call(calls[0].name, outcome, tuple(e for call in calls for e in call.attempts))


def _plan(operation: str, uses: tuple[Chosen, ...], normal: Response) -> Plan:
    first = Rule(
        name=VARIED,
        uses=uses,
        operations=(operation,),
        first=1,
        last=1,
        per_call=True,
        repeats_alike=True,
    )
    others = Rule(name=OTHERS, uses=(told(normal, ALLOWED, OTHERS),), operations=(operation,))
    return Plan("fuzz", (first, others))


def told(answer: Response, fault: str, rule: str) -> Chosen:
    """The fault that plays an answer as it is."""
    headers = {name: value for name, value in answer.headers if name != "content-type"}
    parameters: dict[str, object] = {
        "status": answer.status,
        "text": answer.body.decode("utf-8", "replace"),
        "content_type": answer.header("content-type") or "",
        "headers": headers,
    }
    return Chosen(fault, parameters, rule)


def without_framing(answer: Response) -> Response:
    """The answer without what is said of each delivery anew."""
    framing = ("date", "content-length", "connection", "transfer-encoding", "keep-alive")
    return msgspec.structs.replace(answer, headers=tuple(p for p in answer.headers if p[0] not in framing))

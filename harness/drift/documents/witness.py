"""Proofs: a message on which the two documents do not agree, judged by each document's own validators."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from harness.contract.contract import Contract, Miss
from harness.contract.deviate import deviations
from harness.contract.schema import Schema, Schemas
from harness.drift.documents.message import Asked, decoded, shown_answer, shown_request
from harness.drift.documents.pair import Pair, Side
from harness.model.change import Witness
from harness.model.exchange import Deviation
from harness.model.message import Request, Response

Concerns = Callable[[Deviation], bool]
"""Does a deviation come from the change that is to be proven? Others say nothing of it."""


def anything(deviation: Deviation) -> bool:
    """Whatever is wrong with the message comes from the change."""
    return True


def concerns(where: str, name: str = "") -> Concerns:
    """Deviations of that part of a message: of the parameter or header of that name, of the whole body."""
    start = f"/{name}" if name else ""

    def holds(deviation: Deviation) -> bool:
        at = deviation.pointer
        return deviation.where == where and (not start or at == start or at.startswith(start + "/"))

    return holds


def refused(
    pair: Pair, tries: Iterable[Asked], about: Concerns = anything, *, value: object = None
) -> Witness | str:
    """The first of these requests that the old document takes and the new one does not."""
    reason = "no request was found that tells the two apart"
    for asked in tries:
        old, new = asked.to(pair.old), asked.to(pair.new)
        unfit = wrong_request(pair.old, old)
        if unfit:
            reason = f"no request was made that the old document takes: {unfit[0].message}"
            continue
        refusals = [deviation for deviation in wrong_request(pair.new, new) if about(deviation)]
        if refusals:
            said = decoded(old.body) if value is None else value
            return Witness(
                "request", shown_request(pair.old, old), said, True, False, refusal=refusals[0].message
            )
        reason = "the validator of the new document takes what was tried"
    return reason


def unknown(side: Side, tries: Iterable[Asked], new: Contract) -> Witness | str:
    """A request that the old document takes, and for which the new one has no operation."""
    reason = "no request was made that the old document takes"
    for asked in tries:
        request = asked.to(side)
        if wrong_request(side, request):
            continue
        match = new.asked(request)
        if isinstance(match, Miss):
            near = f"; the nearest is {match.nearest[0]}" if match.nearest else ""
            refusal = f"no operation for {request.method} {request.path}{near}"
        else:
            taken = f"such a request is taken for {match.operation.name}"
            wrong = [each for each in new.judge(match, request).deviations if not each.is_advice]
            if not wrong:
                reason = taken
                continue
            refusal = f"{taken}: {wrong[0].message}"
        return Witness(
            "request", shown_request(side, request), decoded(request.body), True, False, refusal=refusal
        )
    return reason


def unexpected(pair: Pair, tries: Iterable[Response], about: Concerns = anything) -> Witness | str:
    """The first of these answers that the new document allows and the old one does not."""
    reason = "no answer was found that tells the two apart"
    for response in tries:
        unfit = wrong_answer(pair.new, response)
        if unfit:
            reason = f"no answer was made that the new document allows: {unfit[0].message}"
            continue
        refusals = [deviation for deviation in wrong_answer(pair.old, response) if about(deviation)]
        if refusals:
            return Witness(
                "answer",
                shown_answer(response),
                decoded(response.body),
                False,
                True,
                refusal=refusals[0].message,
            )
        reason = "the validator of the old document allows what was tried"
    return reason


def wrong_request(side: Side, request: Request) -> tuple[Deviation, ...]:
    """What one document says against a request; that it is not for this operation, first of all."""
    match = side.contract.asked(request)
    if isinstance(match, Miss):
        return (Deviation("path", "", f"no operation for {request.method} {request.path}", "path"),)
    if match.operation.id != side.operation.id:
        return (Deviation("path", "", f"taken for {match.operation.name}", "path"),)
    found = side.contract.judge(match, request).deviations
    return tuple(deviation for deviation in found if not deviation.is_advice)


def wrong_answer(side: Side, response: Response) -> tuple[Deviation, ...]:
    """What one document says against an answer."""
    contract = side.contract
    return (
        *contract.deviations(side.operation, response),
        *contract.header_deviations(side.operation, response),
    )


def first_refusal(schemas: Schemas, schema: Schema | None, value: object) -> str:
    """What is wrong with a value by a converted schema; empty where it fits."""
    wrong = deviations(schemas, schema, value, where="body") if schema is not None else ()
    return wrong[0].message if wrong else ""

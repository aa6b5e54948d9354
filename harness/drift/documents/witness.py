"""Proofs: a message on which the two documents do not agree, judged by each document's own validators."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

from harness.contract.contract import Contract, Miss
from harness.contract.deviate import deviations
from harness.contract.schema import Schema, Schemas
from harness.contract.yaml import pointer
from harness.drift.documents.message import Asked, decoded, shown_answer, shown_request
from harness.drift.documents.pair import Pair, Side
from harness.model.change import Witness
from harness.model.exchange import Deviation
from harness.model.message import Request, Response

T = TypeVar("T")

Concerns = Callable[[Deviation], bool]
"""Does a deviation come from the change that is to be proven? Others say nothing of it."""


def anything(deviation: Deviation) -> bool:
    """Whatever is wrong with the message comes from the change."""
    return True


def concerns(where: str, name: str = "") -> Concerns:
    """Deviations of that part of a message: of the parameter or header of that name, of the whole body."""

    def holds(deviation: Deviation) -> bool:
        return deviation.where == where and (not name or _is_of(deviation, name))

    return holds


def concerns_but(where: str, others: Collection[str]) -> Concerns:
    """Deviations of that part of a message, but for those of the parameters of these names."""

    def holds(deviation: Deviation) -> bool:
        return deviation.where == where and not any(_is_of(deviation, name) for name in others)

    return holds


def _is_of(deviation: Deviation, name: str) -> bool:
    return f"{deviation.pointer}/".startswith(f"{pointer([name])}/")


def refused(
    pair: Pair, tries: Iterable[Asked], about: Concerns = anything, *, value: object = None
) -> Witness | str:
    """The first of these requests that the old document takes and the new one does not."""
    found = _apart(
        tries,
        lambda asked: wrong_request(pair.old, asked.to(pair.old)),
        lambda asked: wrong_request(pair.new, asked.to(pair.new)),
        about,
        ("request", "the old document takes", "the new document takes"),
    )
    if isinstance(found, str):
        return found
    request = found[0].to(pair.old)
    said = decoded(request.body) if value is None else value
    return Witness("request", shown_request(pair.old, request), said, True, False, refusal=found[1])


def unknown(side: Side, tries: Iterable[Asked], new: Contract) -> Witness | str:
    """A request that the old document takes, and for which the new one has no operation."""
    reason = "no request was made that the old document takes"
    for asked in tries:
        request = asked.to(side)
        if wrong_request(side, request):
            continue
        match = new.asked(request)
        if isinstance(match, Miss):
            refusal = f"no operation for {request.method} {request.path}"
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
    found = _apart(
        tries,
        lambda response: wrong_answer(pair.new, response),
        lambda response: wrong_answer(pair.old, response),
        about,
        ("answer", "the new document allows", "the old document allows"),
    )
    if isinstance(found, str):
        return found
    response, refusal = found
    return Witness("answer", shown_answer(response), decoded(response.body), False, True, refusal=refusal)


def _apart(
    tries: Iterable[T],
    by_giver: Callable[[T], Sequence[Deviation]],
    by_refuser: Callable[[T], Sequence[Deviation]],
    about: Concerns,
    words: tuple[str, str, str],
) -> tuple[T, str] | str:
    """The first of these messages in which one side finds nothing wrong, and what the other one says of the change;
    else why there is none. `words`: what they are, and what each side does with what is good."""
    what, gives, takes = words
    reason = f"no {what} was found that tells the two apart"
    for message in tries:
        unfit = by_giver(message)
        if unfit:
            reason = f"no {what} was made that {gives}: {unfit[0].message}"
            continue
        refusal = next((wrong.message for wrong in by_refuser(message) if about(wrong)), None)
        if refusal is not None:
            return message, refusal
        reason = f"the validator of {takes} what was tried"
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

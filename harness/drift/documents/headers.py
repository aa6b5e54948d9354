"""Headers of answers: which are new, gone, or no longer sure to come, and what their values may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from harness.contract.parameters import Parameter
from harness.contract.yaml import pointer
from harness.drift.documents.comparing import Comparing
from harness.drift.documents.finding import Proof, found
from harness.drift.documents.lifecycle import is_deprecated
from harness.drift.documents.statuses import Answered
from harness.drift.documents.within import Finding, Meant, Prover, within
from harness.drift.documents.witness import concerns, unexpected
from harness.drift.documents.written import in_header, is_written_otherwise, longer, serialization
from harness.drift.schemas.values import Values
from harness.model.change import Place, Witness


def headers(comparing: Comparing, answered: Answered) -> Iterator[Finding]:
    """All that changed in the headers of an answer."""
    old, new = answered.headers(is_new=False), answered.headers(is_new=True)
    for name in dict.fromkeys((*old, *new)):
        ours, theirs = old.get(name), new.get(name)
        place = comparing.place(
            answered.pair,
            f"response {answered.named} header {name}",
            old=_at(answered, name, is_new=False),
            new=_at(answered, name, is_new=True),
        )
        part = f"the header {name} of {answered.named}"
        yield from compared(
            comparing,
            place,
            part,
            (ours, theirs),
            at=(place.old, place.new),
            lacking=_headerless(comparing, answered, name),
            saying=lambda _, after: _with_header(comparing, answered, after),
        )
        if ours is not None and theirs is not None:
            was, now = (is_deprecated(_node(answered, name, is_new=each)) for each in (False, True))
            if was != now:
                rule = "response.header.deprecated" if now else "response.header.reactivated"
                yield found(rule, place, part=part)


def compared(
    comparing: Comparing,
    place: Place,
    part: str,
    headers: tuple[Parameter | None, Parameter | None],
    *,
    at: tuple[str, str],
    lacking: Proof,
    saying: Callable[[Parameter, Parameter], Prover],
    family: str = "response.header",
) -> Iterator[Finding]:
    """What became of one header. `part`: the header in words; `at`: where both stand. It is proven by a message that
    lacks it, or that says a value of it. `family`: what stands before the names of its rules."""
    old, new = headers
    if old is None:
        yield found(f"{family}.added", place, part=part)
        return
    if new is None:
        rule = f"{family}.removed" if old.required else f"{family}.removed-optional"
        yield found(rule, place, proof=lacking, part=part)
        return
    if old.required and not new.required:
        yield found(f"{family}.became-optional", place, proof=lacking, part=part)
    elif new.required and not old.required:
        yield found(f"{family}.became-required", place, part=part)
    if is_written_otherwise(old, new):
        yield found(
            f"{family}.serialization.changed",
            place,
            proof=lambda: _written(comparing, new, saying(old, new)),
            part=part,
            old=serialization(old),
            new=serialization(new),
        )
    yield within(
        comparing,
        Meant(comparing.old, old.schema, schema_at(at[0], old)),
        Meant(comparing.new, new.schema, schema_at(at[1], new)),
        direction="response",
        prefix=f"{family}.",
        place=place,
        prove=saying(old, new),
        as_texts=not new.media,
    )


def _written(comparing: Comparing, header: Parameter, prove: Prover) -> Witness | str:
    """A message with a value of the header, as it is written now."""
    outcome: Witness | str = "no value of the header was made"
    for value in Values(comparing.new.schemas("response")).samples(header.schema or {}):
        outcome = prove(longer(value))
        if isinstance(outcome, Witness):
            break
    return outcome


def _at(answered: Answered, name: str, *, is_new: bool) -> str:
    """Where a header is written; where the answer is, if it has none of that name."""
    above = answered.at(is_new=is_new)
    headers = answered.node(is_new=is_new).get("headers")
    for written, node in headers.items() if isinstance(headers, dict) else ():
        if written.lower() == name:
            ref = node.get("$ref") if isinstance(node, dict) else None
            return ref[1:] if isinstance(ref, str) else above + pointer(["headers", written])
    return above


def schema_at(above: str, parameter: Parameter) -> str:
    """Where the schema of a parameter or header is written."""
    return above + (pointer(["content", parameter.media, "schema"]) if parameter.media else "/schema")


def _node(answered: Answered, name: str, *, is_new: bool) -> dict[str, Any]:
    """A header as it is written."""
    side = answered.pair.new if is_new else answered.pair.old
    headers = answered.node(is_new=is_new).get("headers")
    for written, node in headers.items() if isinstance(headers, dict) else ():
        if written.lower() == name:
            return side.contract.document.follow(node)
    return {}


def _with_header(comparing: Comparing, answered: Answered, header: Parameter) -> Prover:
    def prove(value: object) -> Witness | str:
        sent = ((header.name, in_header(header, value)),)
        made = comparing.new_says.answer(answered.pair.new, answered.status, headers=sent)
        return unexpected(answered.pair, (made,), concerns("header", header.name))

    return prove


def _headerless(comparing: Comparing, answered: Answered, name: str) -> Proof:
    def proof() -> Witness | str:
        made = comparing.new_says.answer(answered.pair.new, answered.status, without=(name,))
        return unexpected(answered.pair, (made,), concerns("header", name))

    return proof

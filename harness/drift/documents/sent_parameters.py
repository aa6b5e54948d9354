"""Headers, queries and cookies of what the provider sends by itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import msgspec

from harness.contract import parameters as judging
from harness.contract.parameters import Parameter
from harness.drift.documents.comparing import Comparing
from harness.drift.documents.finding import found
from harness.drift.documents.headers import compared
from harness.drift.documents.lifecycle import is_deprecated
from harness.drift.documents.sent import Sent, bare, parameter_at, parameter_node
from harness.drift.documents.within import Finding, Prover
from harness.drift.documents.written import in_cookie, in_header, in_query
from harness.model.change import Place, Witness

_WORDS = {"header": "header", "query": "query parameter", "cookie": "cookie"}


def parameters(comparing: Comparing, old: Sent, new: Sent, here: Place) -> Iterator[Finding]:
    """All that changed in them."""
    for where, word in _WORDS.items():
        family = "response.header" if where == "header" else "webhook.parameter"
        ours, theirs = ({each.name: each for each in side.compiled.parameters[where]} for side in (old, new))
        for name in dict.fromkeys((*ours, *theirs)):
            before, after = ours.get(name), theirs.get(name)
            place = msgspec.structs.replace(here, part=f"{here.part} {word} {name}".strip())
            part = f"the {word} {name} of it"
            yield from compared(
                comparing,
                place,
                part,
                (before, after),
                at=(parameter_at(old, where, name), parameter_at(new, where, name)),
                lacking=partial(_lacking, old, new, before),
                saying=partial(_saying, old, new),
                family=family,
            )
            was, now = (is_deprecated(parameter_node(side, where, name)) for side in (old, new))
            if before is not None and after is not None and was != now:
                yield found(f"{family}.deprecated" if now else f"{family}.reactivated", place, part=part)


def _lacking(old: Sent, new: Sent, before: Parameter | None) -> Witness | str:
    """A request of the provider without it."""
    refusal = _refusal(old, before, None) if before is not None else ""
    if not refusal:
        return "the old document allows a request without it"
    return Witness("answer", bare(new), None, False, True, refusal=refusal)


def _saying(old: Sent, new: Sent, before: Parameter, after: Parameter) -> Prover:
    """Requests of the provider that say that value."""

    def prove(value: object) -> Witness | str:
        text = _text(after, value)
        if _refusal(new, after, text):
            return "nothing was made that the new document allows"
        refusal = _refusal(old, before, text)
        if not refusal:
            return "the validator of the old document allows what was tried"
        return Witness("answer", _shown(new, after, text), value, False, True, refusal=refusal)

    return prove


def _text(parameter: Parameter, value: object) -> str:
    if parameter.where == "header":
        return in_header(parameter, value)
    return (
        in_cookie(parameter, value) if parameter.where == "cookie" else "&".join(in_query(parameter, value))
    )


def _shown(sent: Sent, parameter: Parameter, text: str) -> str:
    if parameter.where == "query":
        return bare(sent, f"/your-receiver?{text}")
    return f"{bare(sent)}\n{parameter.name if parameter.where == 'header' else 'cookie'}: {text}"


def _refusal(sent: Sent, parameter: Parameter, text: str | None) -> str:
    """What is wrong with a request that has this text, or none; what else is in it is nobody's business."""
    schemas, declared = sent.contract.schemas("response"), (parameter,)
    if parameter.where == "header":
        found = {} if text is None else {parameter.name: text}
        _, wrong = judging.judge_texts(schemas, declared, found)
    elif parameter.where == "cookie":
        _, wrong = judging.judge_cookies(schemas, declared, (("cookie", text or ""),))
    else:
        _, wrong = judging.judge_query(schemas, declared, text or "", others=frozenset())
    return next((each.message for each in wrong if each.keyword != "unknown"), "")

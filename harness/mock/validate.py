"""A request that does not fit the contract gets the provider's own refusal, worded after its first deviation."""

from __future__ import annotations

from collections.abc import Iterable

from harness.contract.behaviour import Behaviour
from harness.contract.template import filled
from harness.mock.turn import Turn
from harness.model.exchange import Deviation
from harness.model.message import Response

REFUSALS = (400, 415, 422)
"""The statuses by which a request that does not fit is refused."""

_STATUSES = {"content_type": (415, 422, 400), "malformed": (400, 422)}
"""By keyword the statuses that fit, the best one first: RFC 9110 sections 15.5.1, 15.5.16 and 15.5.21. A request
that can be read but does not hold is unprocessable."""


def refused(deviations: Iterable[Deviation], behaviour: Behaviour) -> Deviation | None:
    """The first deviation that this provider refuses; None where it takes the request as it is.

    Of a document alone, undeclared query parameters are let pass: OpenAPI does not forbid them; nor, of a
    document alone, is a body without a content type refused that can be read: its recipient may look at the data
    (RFC 9110 section 8.3). What is readOnly should not be sent, and is ignored where it is.
    """
    for deviation in deviations:
        if deviation.is_advice:
            continue
        if behaviour.errors is None:
            ignored = deviation.keyword == "untyped" or (
                deviation.where == "query" and deviation.keyword == "unknown"
            )
        else:
            ignored = _keyword(deviation) in behaviour.errors.ignores
        if not ignored:
            return deviation
    return None


def refusal(deviation: Deviation, turn: Turn) -> Response:
    """The answer to a request that does not fit: the provider's status, wording and code for the deviation."""
    errors = turn.behaviour.errors
    form = "form-urlencoded" in (turn.request.header("content-type") or "") or deviation.where == "query"
    param = parameter(deviation.pointer, brackets=form)
    message, code = deviation.message, ""
    if errors is None:
        message = _placed(deviation, param)
    else:
        keyword = _keyword(deviation)
        wording = errors.messages.get(keyword) or errors.messages.get("default", "{message}")
        message = str(filled(wording, {"message": message, "param": param, "path": turn.request.path}))
        code = errors.codes.get(keyword) or errors.codes.get("default", "")
    return turn.error(_status(deviation, turn), message=message, param=param, code=code)


def _placed(deviation: Deviation, param: str) -> str:
    """The message, with where it is unless it says so: `query parameter 'limit': "x" is not of type "integer"`."""
    if not param or deviation.keyword == "content_type" or repr(param) in deviation.message:
        return deviation.message
    kind = "member of the body" if deviation.where == "body" else f"{deviation.where} parameter"
    return f"{kind} {param!r}: {deviation.message}"


def parameter(pointer: str, *, brackets: bool) -> str:
    """How a person names what an RFC 6901 pointer points at: `items[0][price]` in a form, `items.0.price` in JSON."""
    first, *rest = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]] or [""]
    if brackets:
        return first + "".join(f"[{part}]" for part in rest)
    return ".".join((first, *rest))


def _status(deviation: Deviation, turn: Turn) -> int:
    errors = turn.behaviour.errors
    if errors is not None:
        return errors.keyword_statuses.get(_keyword(deviation), errors.invalid_request)
    wanted = _STATUSES.get(deviation.keyword, (422, 400))
    return turn.contract.first_declared(turn.operation, wanted) or wanted[0]


def _keyword(deviation: Deviation) -> str:
    """The keyword as behaviour.yaml has it: an undeclared field is `unknown`, as an undeclared parameter is, and no
    content type is a wrong one."""
    match deviation.keyword:
        case "additionalProperties" | "unevaluatedProperties":
            return "unknown"
        case "untyped":
            return "content_type"
        case keyword:
            return keyword

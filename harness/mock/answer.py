"""What the provider does with one request, top to bottom: find the operation, authorise, count against the quotas,
remember idempotency keys, validate, act on resources, else answer as the contract declares; or as the client prefers.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from harness.contract.behaviour import Behaviour
from harness.contract.contract import USUAL, Choice, Contract, Match, Miss, Operation
from harness.contract.error_answer import Facts, error_answer, rate_limit_answer, with_standing_headers
from harness.contract.judge import Judged
from harness.mock import authorise, idempotency, prefer, ratelimit, resources, tokens, validate
from harness.mock.echo import echoed
from harness.mock.prefer import Preferences
from harness.mock.state import Kept, State
from harness.mock.turn import Turn
from harness.model.clock import Rng
from harness.model.exchange import Deviation
from harness.model.message import Request, Response


class Reading(msgspec.Struct, frozen=True):
    """What was asked. `operation` is its id; None, like `judged`, where the contract has no such operation.

    `idempotency_key` is the one sent, whether or not the provider makes anything of it. `unauthorised` is the
    deviation in the credential, if any; `deviations` has it too. `accept`, `prefers`: how the client wants to be
    answered. `is_plain`: an answer as the contract has it is all that a valid request gets.
    """

    match: Match | Miss
    judged: Judged | None = None
    deviations: tuple[Deviation, ...] = ()
    idempotency_key: str | None = None
    operation: str | None = None
    unauthorised: Deviation | None = None
    accept: str = ""
    prefers: Preferences | None = None
    is_plain: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What the provider answers, and what it did: `effect` is `create customer cus_1`, or None. `lasts`: the same
    request would get the same answer, and nothing is counted or remembered of it. `wait_s`: how long the client asked
    to be kept waiting. `about`, `before`: the resource that it did it to, as `resources.Done` has them."""

    response: Response
    effect: str | None = None
    replayed: bool = False
    deviations: tuple[Deviation, ...] = ()
    lasts: bool = False
    wait_s: float = 0.0
    about: Kept | None = None
    before: Kept | None = None


def read(request: Request, *, contract: Contract, behaviour: Behaviour) -> Reading:
    """What was asked, and every way in which it does not fit the contract. Changes nothing."""
    head = read_head(request, contract=contract, behaviour=behaviour)
    return read_body(request, head, contract=contract)


def read_head(request: Request, *, contract: Contract, behaviour: Behaviour) -> Reading:
    """What was asked, as far as it does not depend on the body. Changes nothing."""
    key = idempotency.key_of(request, behaviour)
    accept, prefers = prefer.asked(request)
    match = contract.asked(request)
    if isinstance(match, Miss):
        keyword = "method" if match.allowed else "unknown"
        deviation = Deviation("operation", "", _nowhere(request, match), keyword)
        return Reading(match, None, (deviation,), key, None, None, accept, prefers)
    judged = contract.judge_head(match, request)
    unauthorised = authorise.refusal(request, match.operation, contract=contract, behaviour=behaviour)
    deviations = judged.deviations
    for refusal in (idempotency.missing(request, key, behaviour), unauthorised):
        if refusal is not None:
            deviations = (refusal, *deviations)
    operation = match.operation
    plain = not (unauthorised or prefers) and _is_plain(operation, accept, contract, behaviour)
    return Reading(match, judged, deviations, key, operation.id, unauthorised, accept, prefers, plain)


def _is_plain(operation: Operation, accept: str, contract: Contract, behaviour: Behaviour) -> bool:
    if not behaviour.says_nothing or operation.id in behaviour.parts:
        return False
    if operation.id in contract.token_operations:
        return False
    if not accept:
        return True
    status = contract.success(operation)
    usual = not contract.is_other(operation, status, Choice(accept))
    return usual and contract.acceptable(operation, status, accept)


def read_body(request: Request, head: Reading, *, contract: Contract) -> Reading:
    """What `read_head` found, and what the body says."""
    if isinstance(head.match, Miss) or head.judged is None:
        return head
    judged = contract.judge_body(head.match, request, head.judged)
    if judged is head.judged:
        return head
    wrong = judged.deviations[len(head.judged.deviations) :]
    return Reading(
        head.match,
        judged,
        (*head.deviations, *wrong) if wrong else head.deviations,
        head.idempotency_key,
        head.operation,
        head.unauthorised,
        head.accept,
        head.prefers,
        head.is_plain,
    )


def answer(
    request: Request,
    reading: Reading,
    *,
    contract: Contract,
    behaviour: Behaviour,
    state: State,
    credentials: dict[str, str],
    now_s: float,
    rng: Rng,
    strict: bool = False,
) -> Answer:
    """What the provider does; changes `state`. `now_s` is the epoch second of the request.

    `credentials` are the lane's own; any well-formed one is as good unless `strict`.
    """
    asked = reading.prefers
    if isinstance(reading.match, Miss) or reading.judged is None:
        response = _not_found(request, reading.match, contract, behaviour, rng, now_s)
        done = Answer(response, deviations=reading.deviations)
    elif reading.is_plain and not reading.deviations and not strict:
        # hot: what `_admitted` comes to when there is nothing to look after.
        turn = Turn(request, reading.match, reading.judged, contract, behaviour, state, now_s, rng)
        done = _acted(turn, echoed(turn), lasts=turn.operation.safe)
        if done.effect is not None:
            state.effects += 1
    else:
        choice = Choice(reading.accept) if reading.accept else USUAL
        turn = Turn(request, reading.match, reading.judged, contract, behaviour, state, now_s, rng, choice)
        done = _admitted(turn, reading, asked, credentials, strict=strict)
    if asked is None or not asked.wait_s:
        return done
    response = asked.late(done.response)
    return msgspec.structs.replace(done, response=response, wait_s=asked.wait_s, lasts=False)


def _admitted(
    turn: Turn, reading: Reading, asked: Preferences | None, credentials: dict[str, str], *, strict: bool
) -> Answer:
    """The answer of the operation, if who asks may ask and has not asked too often."""
    contract, behaviour = turn.contract, turn.behaviour
    unauthorised = reading.unauthorised
    if strict and unauthorised is None:
        unauthorised = authorise.stranger(turn.request, turn.operation, contract, behaviour, credentials)
    if unauthorised is not None:
        deviations = reading.deviations if reading.unauthorised else (unauthorised, *reading.deviations)
        return Answer(_unauthorised(turn, unauthorised), deviations=deviations)

    counted = ratelimit.count(turn.state, behaviour, turn.operation.id, turn.now_s)
    if counted.wait_s is not None:
        response = rate_limit_answer(
            contract,
            behaviour,
            turn.operation,
            form="provider",
            wait_s=counted.wait_s,
            rng=turn.rng,
            now_s=turn.now_s,
        )
        return Answer(response, deviations=reading.deviations)

    if asked is None or not asked.is_choice:
        done = _once(turn, reading)
    else:
        refused = validate.refused(reading.deviations, behaviour)
        done = _acted(turn, prefer.chosen(turn, asked, refused))
    if done.effect is not None:
        turn.state.effects += 1
    stamped = _stamped(turn, done.response, counted.known)
    lasts = done.lasts and stamped is done.response and not counted.known
    return Answer(
        stamped, done.effect, done.replayed, reading.deviations, lasts, about=done.about, before=done.before
    )


def _once(turn: Turn, reading: Reading) -> Answer:
    """The answer to an authorised request: a saved one for a known idempotency key, else a new one, then saved."""
    rules, key = turn.behaviour.idempotency, reading.idempotency_key
    if rules is None or turn.request.method not in rules.methods:
        return _valid(turn, reading)
    if key is None:
        return _valid(turn, reading)
    wanted = idempotency.digest(turn.request, turn.judged)
    saved = idempotency.look_up(turn.state, rules, key, wanted, turn.now_s)
    if saved == "mismatch":
        message = f"the idempotency key {key!r} was used before, with another request"
        template = rules.mismatch
        return Answer(
            turn.error(template.status, message=message, template=template, fill={"idempotency_key": key})
        )
    if saved is not None:
        return Answer(saved, replayed=True)
    refused = validate.refused(reading.deviations, turn.behaviour)
    done = _valid(turn, reading)
    if refused is None:
        # A request that was refused before anything began is not remembered: it may be mended and sent again.
        idempotency.save(turn.state, rules, key, wanted, done.response, turn.now_s)
    return done


def _valid(turn: Turn, reading: Reading) -> Answer:
    """The answer to a request whose key, if any, is new."""
    deviation = validate.refused(reading.deviations, turn.behaviour)
    if deviation is not None:
        return Answer(validate.refusal(deviation, turn))
    if turn.choice.accept:
        unacceptable = prefer.unacceptable(turn, turn.contract.success(turn.operation))
        if unacceptable is not None:
            return Answer(unacceptable)
    done = resources.act(turn)
    if done is not None:
        return Answer(done.response, done.effect, about=done.about, before=done.before)
    if turn.operation.id in turn.contract.token_operations:
        return _acted(turn, tokens.given_out(turn, echoed(turn)))
    return _acted(turn, echoed(turn), lasts=turn.operation.safe)


def _acted(turn: Turn, response: Response, *, lasts: bool = False) -> Answer:
    """An answer that says by its status whether anything was done."""
    acted = not turn.operation.safe and response.status < 300
    return Answer(response, turn.operation.id if acted else None, lasts=lasts)


def _not_found(
    request: Request, match: Match | Miss, contract: Contract, behaviour: Behaviour, rng: Rng, now_s: float
) -> Response:
    nearest = match.nearest if isinstance(match, Miss) else ()
    allowed = match.allowed if isinstance(match, Miss) else ()
    # The nearest operation lends its error shape: the path itself has none.
    operation = contract.operation(nearest[0]) if nearest else None
    response = error_answer(
        contract,
        behaviour,
        operation,
        405 if allowed else 404,
        rng=rng,
        now_s=now_s,
        message=_nowhere(request, match),
        fill={"path": request.path, "method": request.method},
    )
    return response.with_headers(("allow", ", ".join(allowed))) if allowed else response


def _nowhere(request: Request, match: Match | Miss) -> str:
    if isinstance(match, Miss) and match.allowed:
        return f"{request.path} does not answer to {request.method}; it does to {', '.join(match.allowed)}"
    nearest = match.nearest if isinstance(match, Miss) else ()
    hint = f"; did you mean {' or '.join(repr(name) for name in nearest[:3])}?" if nearest else ""
    return f"no operation {request.method} {request.path}{hint}"


def _unauthorised(turn: Turn, deviation: Deviation) -> Response:
    rules = turn.behaviour.authentication
    template = None
    if rules is not None:
        template = rules.missing if deviation.keyword == "missing" else rules.invalid
    return turn.error(401, message=deviation.message, template=template)


def _stamped(turn: Turn, response: Response, counted: Mapping[str, object]) -> Response:
    """The answer with the standing headers; those of the quotas tell how they really stand."""
    standing = turn.behaviour.standing
    if not standing.all:
        return response
    known = Facts(turn.behaviour, counted, rng=turn.rng, now_s=turn.now_s)
    if standing.counted:
        response = response.with_headers(*standing.counted.filled(known))
    return with_standing_headers(response, turn.behaviour, known)

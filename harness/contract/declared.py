"""Answers that somebody asked for by status or example: the provider's own, and nothing happens at the provider."""

from __future__ import annotations

from harness.contract.behaviour import Behaviour
from harness.contract.contract import Choice, Contract, Operation
from harness.contract.error_answer import (
    Facts,
    challenge,
    error_answer,
    rate_limit_answer,
    template_for,
    with_standing_headers,
)
from harness.errors import did_you_mean
from harness.model.clock import Rng
from harness.model.message import Response


def declared_answer(
    contract: Contract,
    behaviour: Behaviour,
    operation: Operation,
    status: int,
    *,
    choice: Choice,
    rng: Rng,
    now_s: float,
) -> Response:
    """The answer with `status` in that choice. An error comes in the provider's own words where it has any, unless
    an example is asked for; a 429 asks for a wait as the provider documents it. `now_s` is the epoch second."""
    if not choice.example:
        if status == 429 and behaviour.rate_limit is not None:
            return rate_limit_answer(
                contract, behaviour, operation, form="provider", wait_s=2.0, rng=rng, now_s=now_s
            )
        template = template_for(behaviour, status) if status >= 400 else None
        if template is not None or not contract.declares(operation, status):
            return error_answer(contract, behaviour, operation, status, rng=rng, now_s=now_s, choice=choice)
    answer = contract.answer(operation, status, rng=rng, now_s=now_s, choice=choice)
    if status == 401 and answer.header("www-authenticate") is None:
        answer = answer.with_headers(("www-authenticate", challenge(contract, behaviour, operation)))
    return with_standing_headers(answer, behaviour, Facts(behaviour, {}, rng=rng, now_s=now_s))


def undeclared(
    contract: Contract, behaviour: Behaviour, operation: Operation, status: int, choice: Choice
) -> str:
    """Why there is no such answer, and which there are; empty where there is one."""
    if not contract.declares(operation, status) and not _is_known(behaviour, status):
        known = ", ".join(contract.statuses(operation)) or "none"
        return f"status {status} is not declared for {operation.name}; declared: {known}"
    if choice.example:
        names = contract.examples(operation, status, choice.accept)
        if choice.example not in names:
            near = did_you_mean(choice.example, names)
            return f"{operation.name} {status} has no example {choice.example!r}; {near}"
    return ""


def _is_known(behaviour: Behaviour, status: int) -> bool:
    """Does the provider's behaviour word that status by its own name or its class?"""
    statuses = behaviour.errors.statuses if behaviour.errors else {}
    if str(status) in statuses or f"{status // 100}xx" in statuses:
        return True
    limits = behaviour.rate_limit
    return limits is not None and any(each.status == status for each in limits.exceeded)

"""Answers in the provider's place that are no faults of it: those that it declares, picked by status or example."""

from __future__ import annotations

from harness.contract.contract import Choice
from harness.contract.declared import declared_answer, undeclared
from harness.contract.error_answer import problem
from harness.faults.registry import Situation, fault
from harness.model.message import Response


@fault(effect=False)
def declared(situation: Situation, *, status: int = 0, example: str = "", dynamic: bool = False) -> Response:
    """Answer with a declared `status` (0: the success), the named `example`, or a fresh one. Seen at: any provider.

    What the operation does not declare is a 501 that says what it does, since the plan cannot mean it.
    """
    operation = situation.operation
    if operation is None:
        return problem(501, "answer.declared: no operation was asked for, so nothing is declared")
    status = status or situation.contract.success(operation)
    choice = Choice(situation.request.header("accept") or "", example, dynamic)
    missing = undeclared(situation.contract, situation.behaviour, operation, status, choice)
    if missing:
        return problem(501, f"answer.declared: {missing}")
    return declared_answer(
        situation.contract,
        situation.behaviour,
        operation,
        status,
        choice=choice,
        rng=situation.rng,
        now_s=situation.now_s,
    )

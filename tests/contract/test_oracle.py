"""Every request is judged as openapi-core judges it, but for the gaps that stand in a table with their reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from harness.contract.contract import Contract
from harness.model.message import Request
from tests.contract.asked import Case, Strategy, cases, texts
from tests.contract.oracle import GAPS, Oracle, compiled, ours

Judge = Callable[[Contract, Request], list[str]]


class Disagreement(AssertionError):
    """The judge, the oracle and what was built into the case do not agree, and no gap explains it."""


def agreements(
    strategy: Strategy,
    judge: Judge,
    *,
    examples: int,
    known: bool,
    derandomize: bool = True,
    phases: tuple[Phase, ...] = (Phase.generate, Phase.shrink),
) -> Counter[str]:
    """How often judge and oracle agreed, by verdict, and which gaps they parted at. Raises Disagreement.

    `known`: was a truth built into each case? Then the judge must find it, whatever the oracle says.
    """
    seen: Counter[str] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=derandomize,
        phases=phases,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(strategy)
    def compare(case: Case) -> None:
        found = judge(compiled(case.root), case.request)
        oracle = Oracle(case.root)
        told = oracle.errors(case.request)
        assert oracle.consulted == 1
        if known and (not found) != case.fits:
            raise Disagreement(f"built to {'fit' if case.fits else 'be wrong'}: {case}\nours: {found}")
        if (not found) == (not told):
            seen["refused" if found else "taken"] += 1
        elif not case.marks:
            raise Disagreement(f"{case}\nours: {found}\nopenapi-core: {told}")
        else:
            seen.update(case.marks)

    compare()
    return seen


def test_made_requests_are_judged_as_the_oracle_judges_them() -> None:
    seen = agreements(cases(), ours, examples=600, known=True)
    assert min(seen["taken"], seen["refused"]) > 100
    assert seen.keys() - {"taken", "refused"} <= GAPS.keys()


def test_any_text_is_judged_as_the_oracle_judges_it() -> None:
    seen = agreements(texts(), ours, examples=600, known=False)
    assert min(seen["taken"], seen["refused"]) > 40
    assert seen.keys() - {"taken", "refused"} <= GAPS.keys()


@pytest.mark.slow
@pytest.mark.parametrize(("strategy", "known"), [(cases(), True), (texts(), False)], ids=["cases", "texts"])
def test_at_length_nothing_else_shows(strategy: Strategy, known: bool) -> None:
    seen = agreements(strategy, ours, examples=6000, known=known, derandomize=False)
    assert min(seen["taken"], seen["refused"]) > 1000


BROKEN: dict[str, Judge] = {
    "takes everything": lambda contract, request: [],
    "refuses everything": lambda contract, request: ["no"],
    "does not look at bodies": lambda contract, request: ours(
        contract, Request(request.method, request.target, request.path, request.query, request.headers)
    ),
    "does not look at bounds": lambda contract, request: [
        each for each in ours(contract, request) if "imum" not in each and "max" not in each
    ],
    "does not ask who": lambda contract, request: [e for e in ours(contract, request) if e != "security"],
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_judge_is_found_out(name: str) -> None:
    with pytest.raises(
        (Disagreement, ExceptionGroup)
    ) as caught:  # Hypothesis groups several ways to disagree
        agreements(cases(), BROKEN[name], examples=600, known=False, phases=(Phase.generate,))
    inner = getattr(caught.value, "exceptions", (caught.value,))
    assert all(isinstance(each, Disagreement) for each in inner)

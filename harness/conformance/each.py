"""`for_each_operation`: the contract check of a provider as pytest tests, one an operation.

from harness import for_each_operation

@for_each_operation("stripe", base_url="http://localhost:8000", auth="env:STRIPE_API_KEY")
def test_contract(operation):
    operation.check()
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest

from harness.conformance.asking import in_order
from harness.conformance.checking import Check
from harness.conformance.question import Wish, choose, put
from harness.contract.contract import Operation
from harness.contract.files import load_provider, provider_names
from harness.contract.provider import Provider
from harness.model.report import ScenarioReport
from harness.report.terminal import telling

BASE_URL = "HARNESS_CHECK_BASE_URL"
"""The environment variable that says where the provider is, unless the test does."""

EXAMPLES = 10

Test = TypeVar("Test", bound=Callable[..., Any])


class Checks:
    """The checks of one decorated test, one for each address: they share what is known, and the pace."""

    def __init__(self, provider: Provider, wish: Wish) -> None:
        self.provider, self.wish = provider, wish
        self._open: dict[str, Check] = {}

    def at(self, base_url: str) -> Check:
        """The check at that address."""
        if base_url not in self._open:
            wish = msgspec.structs.replace(self.wish, base_url=base_url)
            question, credential = put(wish, self.provider, os.environ)
            self._open[base_url] = Check(self.provider, question, credential=credential)
        return self._open[base_url]


class CheckedOperation:
    """One operation of a provider, for a test to check."""

    def __init__(self, operation: Operation, checks: Checks) -> None:
        self._operation, self._checks = operation, checks

    def __repr__(self) -> str:
        return f"<operation {self.id} of {self._checks.provider.name}>"

    @property
    def id(self) -> str:
        """The operation's id in the document; without one `GET /path`."""
        return self._operation.id

    @property
    def method(self) -> str:
        """Upper case."""
        return self._operation.method

    @property
    def template(self) -> str:
        """The path, as `/v1/customers/{customer}`."""
        return self._operation.template

    def check(self, base_url: str | None = None) -> ScenarioReport:
        """Ask the provider and judge its answers; gives what was seen.

        `base_url`: in place of the decorator's and of HARNESS_CHECK_BASE_URL. AssertionError with the evidence where
        an answer breaks the contract. The test is skipped, with the reason, where too little was seen for a verdict,
        and where nobody said where the provider is.
        """
        __tracebackhide__ = True
        address = base_url or self._checks.wish.base_url or os.environ.get(BASE_URL, "")
        if not address:
            pytest.skip(f"nobody said where {self._checks.provider.name} is: {BASE_URL} is not set")
        check = self._checks.at(address)
        report = check.report([check.examine(self._operation)])
        if report.outcome == "fail":
            raise AssertionError(f"{self.id} breaks its contract\n\n{telling(report, most=5).rstrip()}")
        if report.outcome != "pass":
            unsure = (
                v.observed for run in report.scenarios for v in run.verdicts if v.verdict == "inconclusive"
            )
            pytest.skip(f"inconclusive: {next(unsure, 'nothing was put to the test')}")
        return report.scenarios[0]


def for_each_operation(
    provider: str,
    *,
    base_url: str = "",
    auth: str | None = None,
    operations: str | Sequence[str] = (),
    writes: bool = False,
    live: bool = False,
    examples: Mapping[str, str] | None = None,
    rate: str | None = None,
    max_examples: int = EXAMPLES,
    seed: int = 1,
    strict: bool = False,
) -> Callable[[Test], Test]:
    """Give the decorated test each operation of the provider, as the argument `operation`.

    `provider`: a bundled name, a name in `contracts/`, or the path of a document from the test's folder or from
    where pytest was started. The rest is as the flags of `harness check` are. `base_url` may be left to the
    environment (HARNESS_CHECK_BASE_URL) or to `operation.check(base_url=...)`.

    Raises HarnessError, while tests are collected, for what there is not.
    """
    wish = Wish(
        provider=provider,
        base_url=base_url,
        auth=auth,
        operations=(operations,) if isinstance(operations, str) else tuple(operations),
        writes=writes,
        live=live,
        told=examples or {},
        rate=rate,
        examples=max_examples,
        seed=seed,
        strict=strict,
        # pytest-xdist says to each of its processes how many there are.
        share=int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")),
    )

    def decorate(test: Test) -> Test:
        place = _place(provider, Path(test.__code__.co_filename).parent)
        known = load_provider(place)
        checks = Checks(known, msgspec.structs.replace(wish, provider=place))
        wanted = in_order(choose(known, wish.operations, writes=writes))
        each = [pytest.param(CheckedOperation(operation, checks), id=operation.id) for operation in wanted]
        marked: Test = pytest.mark.parametrize("operation", each)(test)
        return marked

    return decorate


def _place(name: str, near: Path) -> str:
    """Where a provider is found: by its own name, beside the test, or where pytest was started."""
    if name in provider_names():
        return name
    for path in (near / name, Path(name), Path("contracts") / name):
        if path.exists():
            return str(path)
    return name

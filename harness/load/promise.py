"""`@promise(source=...)`: what a client should keep under load, as a function from Evidence to Findings.

It yields nothing where the promise does not concern the run, `short` where there is too little to tell, else `kept`
or `broken`. A finding about a number with a target is a `Held`, which becomes a row of the report's table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

from harness.load.evidence import Evidence
from harness.model.finding import Finding, Sight
from harness.model.load_report import Unit
from harness.registry import Registry

Promise = Callable[[Evidence], Iterator[Finding]]
PromiseFunction = TypeVar("PromiseFunction", bound=Promise)

Doubt = Literal["", "mock", "both"]
"""Whose being at its limit makes a failure say nothing of the client: nobody's, the mock's, the generator's too."""

PROMISES: Registry[Promise] = Registry("check")

POLICY = "team policy: external calls"
SRE = "Google SRE book: retries below 10 percent of requests, https://sre.google/sre-book/handling-overload/"
JITTER = (
    "AWS: exponential backoff and jitter, "
    "https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/"
)
BREAKER = "team policy: breaker"
QUOTA = "team policy: rate limit"

UNKNOWN_OWNERS = "it is not known which attempts belong to which call"
"""What is seen where calls without an attempt say nothing."""


class Held(Finding, frozen=True):
    """A finding about one number and its target. `where`: overall, outside, window, or a window's name."""

    id: str = ""
    label: str = ""
    unit: Unit = "count"
    where: str = "overall"
    bound: Literal["at_most", "at_least"] = "at_most"
    target: float = 0.0
    measured: float | None = None


def promise(
    *, source: str, doubt: Doubt = "", each: bool = False
) -> Callable[[PromiseFunction], PromiseFunction]:
    """Register a promise as `load.<function>`. `each`: it passes only where each of its findings is kept."""

    def enter(function: PromiseFunction) -> PromiseFunction:
        PROMISES.enter(
            f"load.{function.__name__}", function, source=source, doubt=doubt, each="yes" if each else ""
        )
        return function

    return enter


def held(
    word: Literal["within", "beyond", "unclear"],
    observed: str,
    expected: str,
    *,
    id: str,
    label: str,
    unit: Unit,
    where: str,
    target: float,
    measured: float | None,
    bound: Literal["at_most", "at_least"] = "at_most",
) -> Held:
    """A number within its target, beyond it by more than luck, or neither for sure."""
    sights: dict[str, Sight] = {"within": "kept", "beyond": "broken", "unclear": "short"}
    return Held(
        sights[word],
        observed,
        expected,
        id=id,
        label=label,
        unit=unit,
        where=where,
        bound=bound,
        target=target,
        measured=measured,
    )

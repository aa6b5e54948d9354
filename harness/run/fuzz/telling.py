"""An intolerance as a verdict, with the smallest answer and a test to paste."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from harness.checks.all import CHECKS
from harness.model.finding import Verdict, VerdictName
from harness.run.drivers.driver import Driver
from harness.run.fuzz.trial import CHECK_OF, Intolerance, Part
from harness.run.stage import Subject
from harness.tolerance import tell


class Paste(Protocol):
    """Writes the test for a rule that plays the answer."""

    def __call__(self, name: str, rule: Mapping[str, object], one: Intolerance) -> str: ...


class Telling(msgspec.Struct, frozen=True):
    """What is needed to say how to see it again. `provider`: what it is called on the command line."""

    provider: str
    again: str
    paste: Paste | None = None

    def verdict(self, part: Part, word: VerdictName, observed: str) -> Verdict:
        """A verdict on a whole part."""
        entry = CHECKS[CHECK_OF[part]]
        return Verdict(entry.id, word, observed, entry.expected, entry.facts["source"], self.again)

    def failure(
        self, one: Intolerance, subject: Subject, driver: Driver, parameters: Mapping[str, object]
    ) -> Verdict:
        """The verdict on an intolerance. `parameters`: those of the check that judged it."""
        finding = next(finding for finding in one.trial.findings if finding.sight == "broken")
        entry = CHECKS[CHECK_OF[one.part]]
        shown = tell.shown(one.answer, one.variations)
        pasted = self._test(one, subject, driver, parameters)
        return Verdict(
            entry.id,
            "fail",
            f"where {difference(one)}, {finding.observed}",
            finding.expected,
            finding.source or entry.facts["source"],
            self.again,
            finding.attempts,
            f"the smallest answer that does it:\n{_indented(shown)}\nas a test to paste:\n{_indented(pasted)}",
        )

    def _test(
        self, one: Intolerance, subject: Subject, driver: Driver, parameters: Mapping[str, object]
    ) -> str:
        operation = subject.operation or ""
        by_header = any(variation.where == "header" for variation in one.variations)
        rule = tell.rule(
            one.answer,
            operation,
            is_broken=one.part == "broken",
            headers=[name for name, _ in one.answer.headers] if by_header else (),
            names=one.names,
        )
        if sum(e.operation == operation for e in one.trial.call.attempts) > 1:
            # What else is asked of the operation gets the provider's own answers.
            rule = {**rule, "nth": 1, "per": "call", "repeats": "alike"}
        what = [f"status {one.status}"] if one.status else []
        what += [f"{variation.kind} {variation.at}" for variation in one.variations]
        name = tell.slug(f"{subject.spec.name} {' '.join(what)}")
        if self.paste is not None:
            return self.paste(name, rule, one)
        if subject.spec.driver == "python" and "." not in subject.spec.target.partition(":")[2]:
            return tell.python_test(
                name,
                self.provider,
                rule,
                target=subject.spec.target,
                asks=getattr(driver, "asks", ()),
                is_async=getattr(driver, "is_async", False),
                must_fail=one.part == "broken" or one.answer.status >= 400,
            )
        wanted = {key: value for key, value in parameters.items() if value not in ((), [])}
        scenario = tell.scenario(name, difference(one), [rule], CHECK_OF[one.part], wanted)
        return f"# {name}.yaml, for: {self.again.partition(' --fuzz')[0]} --scenario {name}.yaml\n{scenario}"


def difference(one: Intolerance) -> str:
    """How the answer differs from a normal one, in a clause."""
    return tell.differences(one.variations, one.base, status=one.status)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.splitlines())

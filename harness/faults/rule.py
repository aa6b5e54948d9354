"""One line of a plan: whom it concerns, when it holds, and what it has go wrong."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from harness.contract.behaviour import Quota
from harness.model.exchange import Stage
from harness.model.message import Headers

PLANNED = "planned"
"""The name of a quota that a plan has the provider grant."""

Credential = Literal["issued", "lasting"]


class Presented(msgspec.Struct, frozen=True):
    """The credential that a request shows. `age_s`: since the provider gave it out; None where it did not."""

    age_s: float | None = None


class Chosen(msgspec.Struct, frozen=True):
    """A fault to play now. `rule` names the place in the plan that chose it."""

    fault: str
    parameters: dict[str, object] = {}
    rule: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a plan, ready to be played. Empty filters match everything.

    `step`: strikes when the count of matching requests is in `first`..`last` (0: no end) and a multiple of it.
    `script`: one entry for each matching request of a call, instead of `uses`. `repeats_alike`: a request that is the
    same as one before is not counted anew. `credential`: only for requests that show such a one. `quota`: what the
    provider grants meanwhile, in place of `uses`.
    """

    name: str
    stage: Stage = "request"
    uses: tuple[Chosen, ...] = ()
    script: tuple[tuple[Chosen, ...], ...] | None = None
    operations: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[tuple[str, re.Pattern[str]], ...] = ()
    first: int = 1
    last: int = 0
    step: int = 1
    per_call: bool = False
    repeats_alike: bool = False
    share: float = 1.0
    credential: Credential | None = None
    quota: Quota | None = None
    between_s: tuple[float, float] = (0.0, float("inf"))

    def concerns(self, operation: str | None, method: str, headers: Headers) -> bool:
        """Do the filters let such a request through?"""
        if self.methods and method not in self.methods:
            return False
        if self.operations and not any(fnmatchcase(operation or "", glob) for glob in self.operations):
            return False
        return all(
            any(name == wanted and pattern.fullmatch(value) for name, value in headers)
            for wanted, pattern in self.headers
        )

    def holds_at(self, since_s: float) -> bool:
        """Is the rule in force `since_s` after the plan was set?"""
        return self.between_s[0] <= since_s < self.between_s[1]

    def minds(self, shown: Presented | None, since_s: float) -> bool:
        """Is that the kind of credential that it is about, `since_s` after the plan was set?"""
        if self.credential is None:
            return True
        if shown is None or (shown.age_s is None) != (self.credential == "lasting"):
            return False
        return shown.age_s is None or shown.age_s > since_s - self.between_s[0]

    @property
    def counts(self) -> bool:
        """Does what one client gets by it depend on what came before, or on whether anybody listens?"""
        plain = self.stage == "request" and self.script is None and self.share >= 1.0
        plain = plain and self.quota is None and self.credential is None
        return not plain or (self.first, self.last, self.step) != (1, 0, 1)

    def strikes_on(self, count: int) -> bool:
        """Is the `count`th matching request (from 1) one of those asked for?"""
        return count >= self.first and (not self.last or count <= self.last) and count % self.step == 0

"""Plays a plan: a pure decision per request, with counted state."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from copy import copy

import msgspec

from harness.contract.behaviour import Quota
from harness.faults.plan import Plan
from harness.faults.rule import Chosen, Presented, Rule
from harness.model.clock import Rng
from harness.model.exchange import Stage
from harness.model.message import Headers

_REMEMBERED_CALLS = 10_000


class Coming(msgspec.Struct):
    """A rule for the next requests that match it, before the plan has its say. `left`: how many are still to come."""

    rule: Rule
    times: int
    left: int


class Progress:
    """A plan as one lane plays it: what was counted so far."""

    def __init__(self, plan: Plan, *, began_s: float) -> None:
        self.plan = plan
        self._coming: tuple[Coming, ...] = ()
        self._began_s = began_s
        self._counts: dict[str, int] = {}
        self._per_call: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._alike: OrderedDict[tuple[str, str, Hashable], int] = OrderedDict()
        self._connect = tuple(rule for rule in plan.rules if rule.stage == "connect")
        self._accept = tuple(rule for rule in plan.rules if rule.stage == "accept")
        self._handshake = tuple(rule for rule in plan.rules if rule.stage == "handshake")
        self._quotas = tuple(rule for rule in plan.rules if rule.quota is not None)
        self._request = tuple(rule for rule in plan.rules if rule.stage == "request" and rule.quota is None)
        self.minds_credentials = plan.minds_credentials

    def begin(self, at_s: float) -> None:
        """Count the time of the rules from now on. A provider that refuses connections has begun already."""
        if not self._connect:
            self._began_s = at_s

    def with_coming(self, rule: Rule, times: int) -> Progress:
        """The same progress, counting on, with a rule that strikes the next `times` connections or requests that
        match it. What it strikes the plan does not see; of several such rules the first goes first."""
        # Another object: whoever remembers what the one before was concerned with, asks this one anew.
        other = copy(self)
        other._coming = (*self._coming, Coming(rule, times, times))
        return other

    @property
    def unplayed(self) -> tuple[Rule, ...]:
        """The rules of `with_coming` that have struck nothing so far."""
        return tuple(coming.rule for coming in self._coming if coming.left == coming.times)

    def concerns(self, *, operation: str | None, method: str, headers: Headers) -> bool:
        """May a rule strike such a request, or count it, now or later?"""
        coming = (each.rule for each in self._coming if each.left and each.rule.stage == "request")
        if self._quotas:
            return True
        return any(rule.concerns(operation, method, headers) for rule in (*coming, *self._request))

    def quota(self, at_s: float) -> Quota | None:
        """What the provider grants now beside its own quotas; None where the plan has nothing to say of it."""
        holding = (rule.quota for rule in self._quotas if rule.holds_at(at_s - self._began_s))
        return next(holding, None)

    def pick(
        self,
        *,
        operation: str | None,
        method: str,
        headers: Headers,
        call: str,
        at_s: float,
        rng: Rng,
        asked: Hashable = None,
        shown: Presented | None = None,
    ) -> tuple[Chosen, ...]:
        """The faults for this request; none where no rule strikes. `call` tells calls apart, `asked` requests;
        `shown`: the credential of this one, where `minds_credentials`."""
        # hot: the loops are empty for a lane without a plan.
        for coming in self._coming:
            rule = coming.rule
            if coming.left and rule.stage == "request" and rule.concerns(operation, method, headers):
                coming.left -= 1
                return rule.uses
        chosen: tuple[Chosen, ...] = ()
        since_s = at_s - self._began_s
        for rule in self._request:
            if not rule.holds_at(since_s) or not rule.concerns(operation, method, headers):
                continue
            if not rule.minds(shown, since_s):
                continue
            count = self._count_alike(rule, call, asked) if rule.repeats_alike else self._count(rule, call)
            # Luck is drawn for every matching request, so that one rule's strike never shifts another's luck.
            lucky = rule.share >= 1.0 or rng.random() < rule.share
            if chosen:
                continue
            if rule.script is not None:
                chosen = rule.script[count - 1] if count <= len(rule.script) else ()
            elif lucky and rule.strikes_on(count):
                chosen = rule.uses
        return chosen

    def pick_connection(self, *, at_s: float, rng: Rng) -> tuple[Chosen, ...]:
        """The faults for a connection that was just accepted."""
        return self._pick_early("accept", self._accept, at_s, rng)

    def pick_handshake(self, *, at_s: float, rng: Rng) -> tuple[Chosen, ...]:
        """The faults for a TLS handshake that is about to begin."""
        return self._pick_early("handshake", self._handshake, at_s, rng)

    def _pick_early(self, stage: Stage, rules: tuple[Rule, ...], at_s: float, rng: Rng) -> tuple[Chosen, ...]:
        for coming in self._coming:
            if coming.left and coming.rule.stage == stage:
                coming.left -= 1
                return coming.rule.uses
        for rule in rules:
            if rule.holds_at(at_s - self._began_s):
                count = self._count(rule, "")
                if (rule.share >= 1.0 or rng.random() < rule.share) and rule.strikes_on(count):
                    return rule.uses
        return ()

    def refuses(self, at_s: float) -> bool:
        """Is the provider not even listening now?"""
        return any(rule.holds_at(at_s - self._began_s) for rule in self._connect)

    def refusal_edges(self) -> tuple[float, ...]:
        """The times, on the lane's clock, at which `refuses` may change."""
        edges = (self._began_s + edge for rule in self._connect for edge in rule.between_s)
        return tuple(sorted(edge for edge in edges if edge != float("inf")))

    def refusal(self) -> tuple[Chosen, ...]:
        """What the journal says of a refused connection."""
        return self._connect[0].uses if self._connect else ()

    @property
    def planned(self) -> tuple[str, ...]:
        """The ids of the faults that the plan may play."""
        return self.plan.faults

    def _count_alike(self, rule: Rule, call: str, asked: Hashable) -> int:
        key = (rule.name, call if rule.per_call else "", asked)
        count = self._alike.get(key)
        if count is None:
            count = self._alike[key] = self._count(rule, call)
            if len(self._alike) > _REMEMBERED_CALLS:
                self._alike.popitem(last=False)
        return count

    def _count(self, rule: Rule, call: str) -> int:
        if not rule.per_call and rule.script is None:
            self._counts[rule.name] = count = self._counts.get(rule.name, 0) + 1
            return count
        key = (rule.name, call)
        count = self._per_call.pop(key, 0) + 1
        self._per_call[key] = count
        if len(self._per_call) > _REMEMBERED_CALLS:
            self._per_call.popitem(last=False)
        return count

"""Plays a plan: a pure decision per request, with counted state."""

from __future__ import annotations

from collections import OrderedDict

from harness.faults.plan import Chosen, Plan, Rule
from harness.model.clock import Rng
from harness.model.message import Headers

_REMEMBERED_CALLS = 10_000


class Progress:
    """A plan as one lane plays it: what was counted so far."""

    def __init__(self, plan: Plan, *, began_s: float) -> None:
        self.plan = plan
        self._began_s = began_s
        self._counts: dict[str, int] = {}
        self._per_call: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._connect = tuple(rule for rule in plan.rules if rule.stage == "connect")
        self._accept = tuple(rule for rule in plan.rules if rule.stage == "accept")
        self._request = tuple(rule for rule in plan.rules if rule.stage == "request")

    def concerns(self, *, operation: str | None, method: str, headers: Headers) -> bool:
        """May a rule strike such a request, or count it, now or later?"""
        return any(rule.concerns(operation, method, headers) for rule in self._request)

    def pick(
        self, *, operation: str | None, method: str, headers: Headers, call: str, at_s: float, rng: Rng
    ) -> tuple[Chosen, ...]:
        """The faults for this request; none where no rule strikes. `call` tells calls apart."""
        # hot: the loop is empty for a lane without a plan.
        chosen: tuple[Chosen, ...] = ()
        since_s = at_s - self._began_s
        for rule in self._request:
            if not rule.holds_at(since_s) or not rule.concerns(operation, method, headers):
                continue
            count = self._count(rule, call)
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
        for rule in self._accept:
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

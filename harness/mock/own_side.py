"""The provider's own side: what it does with its resources though no client asks for it."""

from __future__ import annotations

from typing import Any

from harness.contract.behaviour import Behaviour
from harness.contract.contract import Contract, Match, Operation
from harness.contract.judge import Judged
from harness.mock.fields import Fields
from harness.mock.shelf import shelf_of
from harness.mock.state import Kept, Key, State
from harness.mock.turn import Turn
from harness.model.clock import Rng
from harness.model.message import Request


class OwnSide:
    """A provider at one moment. `base_url`: where clients find it."""

    def __init__(
        self,
        contract: Contract,
        behaviour: Behaviour,
        state: State,
        *,
        rng: Rng,
        now_s: float,
        base_url: str,
    ) -> None:
        self.contract, self.behaviour, self.state = contract, behaviour, state
        self._rng, self._now_s, self._base_url = rng, now_s, base_url

    def shelf(self, kind: str) -> dict[Key, Kept]:
        """All of a kind, in the order in which they were made."""
        return shelf_of(self.turn(self.place(kind)), kind)

    def place(self, kind: str) -> Operation:
        """An operation that is about a kind; the one that reads it where there is one."""
        resource = self.behaviour.resources[kind]
        return self.contract.operation(next(iter((*resource.read, *resource.create, *resource.list))))

    def turn(
        self, operation: Operation, body: Fields | None = None, parameters: dict[str, str] | None = None
    ) -> Turn:
        """The operation, as if the provider had asked itself."""
        path = operation.template
        scheme, _, host = self._base_url.partition("://")
        typed: dict[str, Any] = dict(parameters or {})
        return Turn(
            Request(operation.method, path, path, headers=(("host", host),), scheme=scheme),
            Match(operation, parameters or {}),
            Judged(path=typed, body=body),
            self.contract,
            self.behaviour,
            self.state,
            self._now_s,
            self._rng,
        )

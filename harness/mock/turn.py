"""One request's turn at the provider: what was asked, of whom, and how to answer it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from harness.contract.behaviour import Behaviour, Template
from harness.contract.contract import USUAL, Choice, Contract, Match, Operation
from harness.contract.error_answer import error_answer
from harness.contract.judge import Judged
from harness.mock.samples import leading_back, sample
from harness.mock.state import Sample, State
from harness.model.clock import Rng
from harness.model.message import Request, Response


class Turn(msgspec.Struct, frozen=True):
    """Everything that the steps of the pipeline look at. Only `state` changes. `now_s` is the epoch second.

    `choice`: how the client wants to be answered.
    """

    request: Request
    match: Match
    judged: Judged
    contract: Contract
    behaviour: Behaviour
    state: State
    now_s: float
    rng: Rng
    choice: Choice = USUAL

    @property
    def operation(self) -> Operation:
        """The operation that was asked for."""
        return self.match.operation

    @property
    def is_form(self) -> bool:
        """Did the request's body come as a form, in which all values are texts?"""
        media_type = self.request.header("content-type") or ""
        return "form-urlencoded" in media_type or "form-data" in media_type

    def sample(self) -> Sample:
        """A sampled answer as the contract declares it, in a form that the client accepts: the same one for the same
        request."""
        return self._sample(self.choice)

    def json(self, body: object) -> Response:
        """A successful answer with a body of ours, and beside it the headers that the contract wants."""
        declared = self._sample(USUAL).response
        return Response(declared.status, declared.headers, msgspec.json.encode(body))

    def _sample(self, choice: Choice) -> Sample:
        found = sample(
            self.contract,
            self.operation,
            self.contract.success(self.operation),
            request=self.request,
            state=self.state,
            now_s=self.now_s,
            choice=choice,
        )
        if found.back is None:
            return found
        return leading_back(found, self.contract, self.operation, self.request.base_url)

    def success(self) -> Response:
        """The answer of `sample()`."""
        return self.sample().response

    def error(
        self,
        status: int,
        *,
        message: str = "",
        param: str = "",
        code: str = "",
        template: Template | None = None,
        fill: Mapping[str, object] | None = None,
    ) -> Response:
        """The provider's error answer; a template brings its own status."""
        known = {"path": self.request.path, "method": self.request.method, **(fill or {})}
        return error_answer(
            self.contract,
            self.behaviour,
            self.operation,
            template.status if template else status,
            rng=self.rng,
            now_s=self.now_s,
            message=message,
            param=param,
            code=code,
            template=template,
            fill=known,
            choice=self.choice,
        )

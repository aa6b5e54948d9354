"""One operation after another is asked, and every answer laid beside the contract."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from harness.conformance.credential import Credential
from harness.conformance.declared import without_additions
from harness.conformance.known import Known, names_of
from harness.conformance.promises import NOT_ABOUT_THE_CONTRACT, Answered, Answers, kind_of
from harness.conformance.roomy import roomy
from harness.conformance.sending import Asked, Replied, Sender
from harness.contract.contract import Match, Operation
from harness.contract.provider import Provider
from harness.contract.second_opinion import SecondOpinion
from harness.model.message import Request, Response

if TYPE_CHECKING:
    from harness.conformance.drawing import Drawer, Mode

STORM, SILENCE = 5, 2
"""After so many requests in a row that got no answer, nothing more is asked; and where there never was an answer."""

DOORS = 3
"""A credential that so many operations answered with 401, and none with anything else, is tried no further."""

SHRINKING = 25
"""How many more requests may be made to find the smallest that shows a mistake."""

_NO_BODY = frozenset((204, 205, 304))


class Sample(msgspec.Struct, frozen=True):
    """One request, how to send it again, and what came of it."""

    asked: Asked
    curl: str
    replied: Replied
    answered: Answered | None


class Examined(msgspec.Struct, frozen=True):
    """All that was asked of one operation."""

    operation: Operation
    samples: tuple[Sample, ...]
    trouble: str = ""

    @property
    def answers(self) -> Answers:
        """What the promises are judged by."""
        found = tuple(sample.answered for sample in self.samples if sample.answered is not None)
        return Answers(self.operation, found, self.trouble)


class Asker:
    """Asks a provider. `drawer` None: only what is given to `sample`. `trouble`: why nothing more is asked, once that
    is so."""

    def __init__(
        self,
        provider: Provider,
        sender: Sender,
        drawer: Drawer | None,
        known: Known,
        *,
        credential: Credential | None,
        sources: Mapping[str, tuple[Operation, ...]] = {},
        strict: SecondOpinion | None = None,
    ) -> None:
        self._provider, self._contract = provider, provider.contract
        self._sender, self._drawer, self.known = sender, drawer, known
        self._credential, self._strict = credential, strict
        self._sources, self._met = sources, set[str]()
        self._unanswered, self._has_answered = 0, False
        self._shut_out: set[str] | None = set() if credential is not None else None
        self.trouble = ""

    def examine(self, operation: Operation, *, most: int, seed: int, hunts: bool = True) -> Examined:
        """Ask about one operation: up to `most` requests. Who `hunts` for mistakes makes a quarter of them odd, and
        some more to find the smallest that shows a mistake; who does not, sends only what is declared, and asks for
        pages of a decent size."""
        samples: dict[tuple[str, str, bytes, tuple[tuple[str, str], ...]], Sample] = {}
        self._met.add(operation.id)
        for source in self._sources.get(operation.id, ()):
            if self.missing(operation) and source.id not in self._met and not self.missing(source):
                self.examine(source, most=1, seed=seed, hunts=hunts)
        trouble = self._hindrance(operation)
        odd = most // 4 if hunts else 0
        wanted: list[tuple[Mode, int]] = [("fitting", most - odd), ("odd", odd)]
        for mode, share in wanted:
            if trouble or self.trouble or not share:
                continue
            limit = len(samples) + share + (SHRINKING if hunts else 0)

            def show(asked: Asked, limit: int = limit) -> tuple[str, ...]:
                if not hunts:
                    asked = without_additions(self._contract, operation, asked)
                    asked = roomy(self._contract, operation, asked)
                key = (asked.method, asked.url, asked.body, asked.headers)
                if key not in samples:
                    if self.trouble or len(samples) >= limit:
                        return ()
                    samples[key] = self.sample(operation, asked)
                answered = samples[key].answered
                return _kinds(answered) if answered is not None and hunts else ()

            try:
                assert self._drawer is not None
                self._drawer.draw(
                    operation,
                    mode,
                    show,
                    bindings=self.known.bindings(operation),
                    # Pages made of one size are the same call, and count once.
                    most=share if hunts else 3 * share,
                    seed=seed,
                )
            except Exception as error:
                # Whatever schemathesis or Hypothesis cannot do with this operation is no word on the provider; of
                # odd requests there may be none.
                if mode == "fitting" and not samples:
                    trouble = f"no request could be drawn: {type(error).__name__}: {_line(error)}"
        return Examined(
            operation, tuple(samples.values()), trouble or self.trouble or self._unknown(operation)
        )

    def _hindrance(self, operation: Operation) -> str:
        if self.trouble:
            return self.trouble
        if self._drawer is None:
            return "nothing is drawn"
        if "#" in operation.template or "?" in operation.template:
            return "it is told from others by more than its path, which schemathesis cannot draw"
        return ""

    def missing(self, operation: Operation) -> tuple[str, ...]:
        """The path parameters of which no value is known."""
        bindings = self.known.bindings(operation)
        return tuple(name for name in names_of(operation.template) if not bindings or name not in bindings[0])

    def _unknown(self, operation: Operation) -> str:
        missing = self.missing(operation)
        if not missing:
            return ""
        return f"nothing is known to exist for {' and '.join(missing)}"

    def sample(self, operation: Operation, asked: Asked) -> Sample:
        """Send one request, and learn from the answer what exists."""
        credential = self._credential
        placed = credential.placed(self._provider, operation) if credential else ()
        replied = self._sender.send(asked, placed, operation.id)
        shown = credential.example(self._provider, operation) if credential else ()
        answered = None
        if replied.response is None:
            self._unanswered += 1
            if self._unanswered >= (STORM if self._has_answered else SILENCE):
                self.trouble = f"{self._unanswered} requests in a row got no answer: {replied.trouble}"
        else:
            self._unanswered, self._has_answered = 0, True
            self._note_of_credential(operation, replied.response.status)
            answered = self._answered(operation, asked, replied.response, replied)
        self.trouble = self.trouble or self._sender.closed
        return Sample(asked, asked.curl(shown), replied, answered)

    def _note_of_credential(self, operation: Operation, status: int) -> None:
        """A provider may lock out who asks on with a credential that it refuses."""
        if status != 401 or self._shut_out is None:
            self._shut_out = None
            return
        self._shut_out.add(operation.id)
        if len(self._shut_out) >= DOORS:
            self.trouble = f"every answer so far was 401, of {DOORS} operations"

    def _answered(
        self, operation: Operation, asked: Asked, response: Response, replied: Replied
    ) -> Answered | None:
        """The answer beside the contract; None where the request turned out to be for another operation."""
        request = Request(
            asked.method,
            f"{asked.path}?{asked.query}" if asked.query else asked.path,
            asked.path,
            asked.query,
            tuple((name.lower(), value) for name, value in asked.headers),
            asked.body,
        )
        match = self._contract.asked(request)
        if not isinstance(match, Match) or match.operation.id != operation.id:
            return None
        fits = not any(not wrong.is_advice for wrong in self._contract.judge(match, request).deviations)
        status = response.status
        declared = self._contract.declares(operation, status)
        bodiless = operation.method == "HEAD" or status in _NO_BODY
        answered = Answered(
            status,
            tuple(exchange.number for exchange in replied.exchanges),
            fits=fits,
            # What was drawn may name what there is not, wherever in the request it stands.
            exists=not (match.path_parameters or asked.query or asked.body),
            declared=declared,
            deviations=(
                *self._contract.deviations(operation, response),
                *self._contract.header_deviations(operation, response),
            ),
            has_media=not bodiless and bool(self._contract.media_types(operation, status)),
            has_headers=self._contract.declares_headers(operation, status),
            strict=self._strict.of_answer(operation, response)
            if self._strict and declared and not bodiless and status not in NOT_ABOUT_THE_CONTRACT
            else None,
            rank=(len(asked.curl()), asked.curl()),
        )
        if answered.succeeds:
            path = {name: unquote(value) for name, value in match.path_parameters.items()}
            self.known.learn(operation, path, status, _json(response))
        return answered


def in_order(operations: Iterable[Operation]) -> list[Operation]:
    """What needs no id first, so that ids are learnt; of equals what makes something first. Last what deletes, and
    there the parts of a thing before the thing."""

    def rank(operation: Operation) -> tuple[bool, int, int]:
        deletes, depth = operation.method == "DELETE", len(names_of(operation.template))
        return deletes, -depth if deletes else depth, 0 if operation.method == "POST" else 1

    return sorted(operations, key=rank)


def _kinds(answered: Answered) -> tuple[str, ...]:
    """The kinds of mistakes that an answer shows, as the promises count them."""
    if not answered.tells:
        return ()
    if answered.status >= 500:
        return (f"{answered.status}",)
    wrong = answered.deviations
    if not wrong and answered.strict:
        return answered.strict
    return tuple(f"{kind_of(deviation)} {answered.status}" for deviation in wrong)


def _json(response: Response) -> object:
    try:
        return json.loads(response.body)
    except ValueError:
        return None


def _line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")[:200]

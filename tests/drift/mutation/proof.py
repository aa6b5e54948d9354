"""Witnesses judged again: by the contract from the text that is shown, and by openapi-core, which is not ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.contract.contract import Contract, Match
from harness.contract.match import bases
from harness.contract.second_opinion import SecondOpinion
from harness.model.change import Change, Witness
from harness.model.message import Headers, Request, Response


class Court:
    """Both documents of a mutation, and the second opinions of them. `heard`: what openapi-core said, counted."""

    def __init__(self, old: Contract, new: Contract) -> None:
        self.old, self.new = old, new
        self.heard: Counter[str] = Counter()
        self._seconds = {id(each): SecondOpinion(each) for each in (old, new)}

    def faults(self, change: Change) -> Iterator[str]:
        """What is wrong with a change's proof."""
        witness = change.witness
        if witness is None or change.level != "breaking":
            return
        if witness.fits_old == witness.fits_new:
            yield f"{change.rule}: the witness proves nothing, since it fits both or none"
        if "characters)" in witness.text[-40:]:
            return
        for contract, fits in ((self.old, witness.fits_old), (self.new, witness.fits_new)):
            side = "old" if contract is self.old else "new"
            ours, theirs = self._judged(contract, change, witness)
            if ours is not None and ours != fits:
                yield f"{change.rule}: on the {side} side it is said to fit: {fits}, and as shown it does: {ours}"
            word = "silent" if theirs is None else "agrees" if theirs == fits else "differs"
            self.heard[f"{witness.kind} {'fits' if fits else 'does not fit'}: {word}"] += 1
            if word == "differs":
                self.heard[f"   {change.rule} {side} fits={fits}"] += 1

    def _judged(
        self, contract: Contract, change: Change, witness: Witness
    ) -> tuple[bool | None, bool | None]:
        second = self._seconds[id(contract)]
        if change.place.operation.startswith(("webhook", "callback")):
            return None, None
        if witness.kind == "request":
            request = _request(witness.text, contract)
            match = contract.asked(request)
            if not isinstance(match, Match):
                return None, None
            said = second.of_request(match, request)
            fits = not contract.judge(match, request).deviations
            if change.rule.startswith("security."):
                return fits and contract.guard(match.operation).admits(request), None
            if change.rule == "response.media-type.removed":
                status = int(change.place.part.split(" ")[1])
                return fits and contract.acceptable(
                    match.operation, status, request.header("accept") or ""
                ), None
            return fits, None if said is None else not said
        response = _response(witness.text)
        operation = next(
            (op for op in contract.operations.values() if op.name == change.place.operation), None
        )
        if operation is None:
            return None, None
        ours = (*contract.deviations(operation, response), *contract.header_deviations(operation, response))
        said = second.of_answer(operation, response)
        return not ours, None if said is None else not said


def _parts(text: str) -> tuple[str, Headers, bytes]:
    head, _, body = text.partition("\n\n")
    first, *rest = head.split("\n")
    pairs = (line.partition(": ") for line in rest)
    return first, tuple((name.lower(), value) for name, _, value in pairs if name != "host"), body.encode()


def _request(text: str, contract: Contract) -> Request:
    first, headers, body = _parts(text)
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    base = next(iter(bases(contract.server_urls[:1])), "")
    if base and path.startswith(base + "/"):
        path, target = path.removeprefix(base), target.removeprefix(base)
    return Request(method, target, path, query, headers, body)


def _response(text: str) -> Response:
    first, headers, body = _parts(text)
    return Response(int(first.split(" ")[1]), headers, body)

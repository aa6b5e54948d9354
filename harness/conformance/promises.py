"""What a provider promises of every answer by declaring it: each promise is a function from answers to Findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from http.client import responses
from typing import TypeVar

import msgspec

from harness.contract.contract import Operation
from harness.model.exchange import Deviation
from harness.model.finding import Finding, broken, kept, short
from harness.registry import Registry

NOT_ABOUT_THE_CONTRACT = frozenset((401, 403, 407, 408, 429, 502, 503, 504))
"""Answers that speak of who asks, how often, and what stands in between: RFC 9110 section 15, RFC 6585."""

RESPONSES = "OpenAPI 3.1.1 section 4.8.16, https://spec.openapis.org/oas/v3.1.1.html#responses-object"
RESPONSE = "OpenAPI 3.1.1 section 4.8.17, https://spec.openapis.org/oas/v3.1.1.html#response-object"
SERVER_ERRORS = "RFC 9110 section 15.6, https://www.rfc-editor.org/rfc/rfc9110#section-15.6"


class Answered(msgspec.Struct, frozen=True):
    """One request and the final answer to it.

    `fits`: the request fits the contract. `exists`: nothing in it was drawn, so that it can name nothing made up.
    `deviations`: each way in which the answer does not fit. `has_media`, `has_headers`: what the contract declares of
    this answer. `strict`: what openapi-core has against the answer; None where it was not asked, or gave up. `rank`:
    how much there is to read in the request, and its text. `numbers`: of the exchanges.
    """

    status: int
    numbers: tuple[int, ...]
    fits: bool = True
    exists: bool = True
    declared: bool = True
    deviations: tuple[Deviation, ...] = ()
    has_media: bool = True
    has_headers: bool = False
    strict: tuple[str, ...] | None = None
    rank: tuple[int, str] = (0, "")

    @property
    def tells(self) -> bool:
        """Does it say anything of the contract? A 404 for what may not exist only if declared."""
        if self.status in NOT_ABOUT_THE_CONTRACT:
            return False
        if self.status in (404, 410) and not self.exists:
            return self.declared
        return self.declared or self.fits or not 400 <= self.status < 500

    @property
    def succeeds(self) -> bool:
        """Is it what the operation is for?"""
        return 200 <= self.status < 400 and self.tells

    def wrong(self, *wheres: str) -> tuple[Deviation, ...]:
        """The deviations in one part of the answer."""
        return tuple(deviation for deviation in self.deviations if deviation.where in wheres)


class Answers(msgspec.Struct, frozen=True):
    """All that was asked of one operation. `trouble`: why there are no more answers."""

    operation: Operation
    all: tuple[Answered, ...]
    trouble: str = ""

    @property
    def telling(self) -> tuple[Answered, ...]:
        """Those that say anything of the contract."""
        return tuple(answer for answer in self.all if answer.tells)

    def seen(self) -> str:
        """`2 times 200, 3 times 404`."""
        counts: dict[int, int] = {}
        for answer in self.all:
            counts[answer.status] = counts.get(answer.status, 0) + 1
        return ", ".join(
            f"{status}" if times == 1 else f"{times} times {status}"
            for status, times in sorted(counts.items())
        )


Promise = Callable[[Answers], Iterator[Finding]]
PromiseFunction = TypeVar("PromiseFunction", bound=Promise)

PROMISES: Registry[Promise] = Registry("check")


def promise(*, source: str) -> Callable[[PromiseFunction], PromiseFunction]:
    """Register a promise as `conformance.<function>`."""

    def enter(function: PromiseFunction) -> PromiseFunction:
        PROMISES.enter(f"conformance.{function.__name__}", function, source=source)
        return function

    return enter


@promise(source=RESPONSES)
def put_to_the_test(answers: Answers) -> Iterator[Finding]:
    """At least one request to the operation succeeds, so that its contract is put to the test at all.

    Never broken: a check that knows no ids, or may not ask, is no evidence against the provider.
    """
    expected = "an answer that the operation is there for"
    successes = [answer for answer in answers.all if answer.succeeds]
    if successes:
        seen = f"{len(successes)} of {_requests(len(answers.all))} succeeded"
        yield kept(seen, expected, attempts=successes[0].numbers[-1:])
    else:
        yield short(_why(answers), expected)


@promise(source=RESPONSES)
def status_declared(answers: Answers) -> Iterator[Finding]:
    """Every status that the operation answers with is one that its contract declares.

    Not judged: 401, 403, 407, 408, 429, 502, 503 and 504, which are about who asks, how often, and what stands in
    between; other 4xx for a request that does not fit the contract; 404 and 410 unless the request is nothing but
    the path, since what was drawn may name what there is not; and 5xx, which are a promise of their own.
    """
    expected = "a status that the contract declares"
    told = [answer for answer in answers.telling if answer.status < 500]
    yield from _broken(((a, d) for a in told for d in a.wrong("status")), expected)
    yield from _else([a for a in told if a.declared], expected)


@promise(source=RESPONSE)
def content_type_declared(answers: Answers) -> Iterator[Finding]:
    """Every answer has one of the media types that are declared for its status."""
    expected = "a media type that the contract declares"
    told = [a for a in answers.telling if a.declared and a.has_media]
    found = ((a, d) for a in told for d in a.deviations if _is_content(d))
    yield from _broken(found, expected)
    yield from _else(told, expected)


@promise(source=RESPONSE)
def body_fits(answers: Answers) -> Iterator[Finding]:
    """Every body is what the schema of its status says, and can be read as its media type."""
    expected = "a body that fits the schema"
    told = [a for a in answers.telling if a.declared and a.has_media]
    found = ((a, d) for a in told for d in a.wrong("body"))
    yield from _broken(found, expected)
    yield from _else([a for a in told if not any(map(_is_content, a.deviations))], expected)


@promise(source=RESPONSE)
def headers_fit(answers: Answers) -> Iterator[Finding]:
    """Every answer has the headers that are required of it, each with a value that fits its schema."""
    expected = "the declared headers"
    told = [answer for answer in answers.telling if answer.declared and answer.has_headers]
    found = ((a, d) for a in told for d in a.wrong("header") if not _is_content(d))
    yield from _broken(found, expected)
    yield from _else(told, expected)


@promise(source=SERVER_ERRORS)
def no_server_error(answers: Answers) -> Iterator[Finding]:
    """No request makes the provider fail with a 5xx, whatever is in it; 502, 503 and 504 are taken for an outage."""
    expected = "no 5xx for any request"
    failed = [answer for answer in answers.telling if answer.status >= 500]
    yield from _broken(((answer, _server_error(answer)) for answer in failed), expected)
    if any(answer.status < 500 and answer.status not in NOT_ABOUT_THE_CONTRACT for answer in answers.all):
        yield kept(f"{_requests(len(answers.all))} and no such answer", expected)


@promise(source="https://openapi-core.readthedocs.io/")
def openapi_core_agrees(answers: Answers) -> Iterator[Finding]:
    """openapi-core, another reader of the same contract, judges every answer as the harness does (`--strict` only).

    Never broken: where two readers part, one of them is wrong, and a person has to look.
    """
    expected = "the same word from openapi-core"
    told = [answer for answer in answers.telling if answer.declared and answer.strict is not None]
    refused = [
        (a, Deviation("", "", text, text)) for a in told for text in a.strict or () if not a.deviations
    ]
    taken = [(a, d) for a in told for d in a.deviations if not a.strict]
    for answer, deviation, times in smallest(refused):
        seen = f"openapi-core refuses what the harness takes: {deviation.message}"
        yield short(
            f"{seen}, in {_answers(times)} with {answer.status}", expected, attempts=answer.numbers[-1:]
        )
    for answer, deviation, times in smallest(taken):
        seen = f"openapi-core takes what the harness refuses: {deviation.pointer}: {deviation.message}"
        yield short(
            f"{seen}, in {_answers(times)} with {answer.status}", expected, attempts=answer.numbers[-1:]
        )
    if not refused and not taken:
        yield from _else(told, expected)


def smallest(found: Iterable[tuple[Answered, Deviation]]) -> list[tuple[Answered, Deviation, int]]:
    """Of each kind of deviation the answer to the smallest request, and how many answers show it."""
    kinds: dict[tuple[str, ...], list[tuple[Answered, Deviation]]] = {}
    for answer, deviation in found:
        kinds.setdefault((kind_of(deviation), str(answer.status)), []).append((answer, deviation))
    return [
        (
            *min(shown, key=lambda pair: (not pair[0].fits, pair[0].rank)),
            len({answer.numbers for answer, _ in shown}),
        )
        for shown in kinds.values()
    ]


def kind_of(deviation: Deviation) -> str:
    """What is the same for two sights of one mistake: wherever in a list it stands."""
    return f"{deviation.where} {re.sub(r'/[0-9]+(?=/|$)', '/*', deviation.pointer)} {deviation.keyword}"


def _broken(found: Iterable[tuple[Answered, Deviation]], expected: str) -> Iterator[Finding]:
    for answer, deviation, times in smallest(found):
        where = f"{deviation.pointer}: " if deviation.pointer else ""
        how = f" ({deviation.keyword})" if deviation.where in ("body", "header") and deviation.keyword else ""
        often = f", in {times} answers" if times > 1 else ""
        status = "" if deviation.where == "status" else f", in a {answer.status}"
        yield broken(
            f"{where}{deviation.message}{how}{status}{often}", expected, attempts=answer.numbers[-1:]
        )


def _else(told: list[Answered], expected: str) -> Iterator[Finding]:
    if told:
        successes = [answer for answer in told if answer.succeeds] or told
        yield kept(f"seen in {_answers(len(told))}", expected, attempts=successes[0].numbers[-1:])


def _why(answers: Answers) -> str:
    seen = f"no success among the answers: {answers.seen()}" if answers.all else "no answer"
    return f"{seen}; {answers.trouble}" if answers.trouble else seen


def _server_error(answer: Answered) -> Deviation:
    phrase = responses.get(answer.status, "server error")
    request = (
        "a request that fits the contract" if answer.fits else "a request that does not fit the contract"
    )
    return Deviation("status", "", f"{answer.status} {phrase} for {request}", str(answer.status))


def _is_content(deviation: Deviation) -> bool:
    return deviation.where == "header" and deviation.pointer == "/content-type"


def _answers(number: int) -> str:
    return "1 answer" if number == 1 else f"{number} answers"


def _requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number} requests"

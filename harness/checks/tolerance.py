"""Promises about the content of answers: what the contract allows is coped with, what it forbids is not believed.

They look at calls that got `answer.exactly` or `answer.broken`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.checks.registry import Evidence, check
from harness.checks.sources import NOT_THE_CONTRACT, TOLERANT_READER
from harness.model.call import Call
from harness.model.crash import is_crash, is_misread, is_unparsed, type_of
from harness.model.exchange import Exchange
from harness.model.finding import Finding, broken, kept, short

ALLOWED, BROKEN = "answer.exactly", "answer.broken"

BUSY = 30
"""Requests in one call that was cut, from which on it is no waiting any more but a loop."""

OTHERS = "the normal answer"
"""The rule of a plan that gives other requests of the call `answer.exactly`, too: those are not looked at."""

_NOTHING = (None, "None", "null", "undefined", "NaN")
"""What a program gives where there was nothing. An empty text or list may be what its author chose."""


@check(source=TOLERANT_READER)
def accepts_what_is_allowed(
    evidence: Evidence,
    *,
    declared: tuple[str, ...] = (),
    declared_only: bool = False,
    may_refuse: bool = True,
    usual: int | None = None,
) -> Iterator[Finding]:
    """An answer that the contract allows, however unusual, makes the client neither crash nor hang.

    An error of the language itself (KeyError, TypeError, a panic), or one that takes the answer for no valid one, is
    a crash. A failure in the client's own words may be what it means to do, unless it must not refuse (`may_refuse`:
    false), as where a field is new that it need not know, or the status is another than the `usual` one, which it may
    refuse, but not by parsing a body that is none; `declared` are the types of errors that it means, and with
    `declared_only` it means no other. After an error status every failure is right but a crash.
    """
    for call in evidence.calls:
        answers = _answers(call, ALLOWED)
        if not answers:
            continue
        numbers = tuple(e.number for e in answers)
        status = answers[0].answer_status or answers[0].status or 200
        expected = "a call that copes with what the contract allows"
        if status >= 400:
            expected = "a failure that the client declares"
        outcome, error = call.outcome, call.outcome.error or "no reason given"
        told = type_of(outcome.error)
        if _is_unseen(call):
            yield short(_unseen(call), expected, attempts=numbers)
        elif outcome.ending == "cut":
            yield from _cut(call, answers, status, expected, numbers)
        elif outcome.ending in ("died", "garbage"):
            yield broken(f"the client died: {error}", expected, attempts=numbers)
        elif outcome.ok:
            yield kept("the call succeeded", expected, attempts=numbers)
        elif told in declared:
            yield kept(f"the call failed as it declares: {error}", expected, attempts=numbers)
        elif _failed_elsewhere(call, answers):
            yield short(f"another request of the call failed: {error}", expected, attempts=numbers)
        elif is_crash(outcome.error):
            yield broken(f"the call crashed: {error}", expected, attempts=numbers)
        elif declared_only:
            yield broken(f"the call failed, which it does not declare: {error}", expected, attempts=numbers)
        elif status >= 400:
            yield kept(f"the call failed: {error}", expected, attempts=numbers)
        elif usual is not None and status != usual and not is_unparsed(outcome.error):
            yield kept(f"the call refused the status: {error}", expected, attempts=numbers)
        elif is_misread(outcome.error):
            yield broken(f"the call took it for no valid answer: {error}", expected, attempts=numbers)
        elif not may_refuse:
            yield broken(f"the call failed: {error}", expected, attempts=numbers)
        else:
            said = f"the call failed in words of its own, which may be what it means to do: {error}"
            yield short(said, expected, attempts=numbers)


@check(source=NOT_THE_CONTRACT)
def refuses_what_is_broken(
    evidence: Evidence,
    *,
    declared: tuple[str, ...] = (),
    declared_only: bool = False,
    whole: bool = True,
    fallback: tuple[Any, ...] = (),
    by_value: bool = False,
    instead: Any = None,
    healthy: Any = None,
) -> Iterator[Finding]:
    """An answer that breaks the contract is not taken for success, and makes the client neither crash nor hang.

    An error of the language itself (KeyError, TypeError, a panic) is a crash, unless its type is `declared`; any
    other failure is right, unless those are the only ones (`declared_only`). `whole`: nothing of the body can be
    read. Else it is broken in one place, and a client that does not use that may well succeed: it is held against it
    where the value that the call gives (`healthy`: the one that it gives for a normal answer) holds what stands there
    `instead`, or nothing any more. Not where it is broken `by_value` alone, out of bounds or of no known kind: a
    client may leave it to others to judge that, and pass it on. Nor where it made the right type of it, a number of a
    text or a text of a number. What it gives where the provider is out of reach (`fallback`, one value or none) says
    that it noticed.
    """
    expected = "a failure, for what the contract does not allow"
    for call in evidence.calls:
        answers = _answers(call, BROKEN)
        if not answers:
            continue
        numbers = tuple(e.number for e in answers)
        outcome, error = call.outcome, call.outcome.error or "no reason given"
        if _is_unseen(call):
            yield short(_unseen(call), expected, attempts=numbers)
        elif outcome.ending == "cut":
            yield from _cut(call, answers, 200, expected, numbers)
        elif outcome.ending in ("died", "garbage"):
            yield broken(f"the client died: {error}", expected, attempts=numbers)
        elif not outcome.ok:
            if type_of(outcome.error) in declared:
                yield kept(f"the call failed as it declares: {error}", expected, attempts=numbers)
            elif is_crash(outcome.error) and not is_misread(outcome.error):
                yield broken(f"the call crashed: {error}", expected, attempts=numbers)
            elif declared and declared_only:
                yield broken(
                    f"the call failed, which it does not declare: {error}", expected, attempts=numbers
                )
            else:
                yield kept(f"the call failed: {error}", expected, attempts=numbers)
        elif outcome.fallback:
            yield kept("the call says that it fell back", expected, attempts=numbers)
        elif outcome.value in fallback:
            said = "the call gave what it gives where the provider is out of reach"
            yield kept(said, expected, attempts=numbers)
        elif len(_asked(call)) > len(answers):
            yield short("the call succeeded after other requests", expected, attempts=numbers)
        elif whole:
            yield broken("the call took it for success", expected, attempts=numbers)
        elif carries(outcome.value, healthy, instead) and by_value:
            said = f"the call passed on {_brief(outcome.value)}, which has the right type"
            yield short(said, expected, attempts=numbers)
        elif carries(outcome.value, healthy, instead):
            yield broken(
                f"the call took it for success, and gave {_brief(outcome.value)}", expected, attempts=numbers
            )
        elif healthy is not None and outcome.value != healthy:
            said = f"the call succeeded with {_brief(outcome.value)}, in place of {_brief(healthy)}"
            yield short(said, expected, attempts=numbers)
        else:
            said = "the call succeeded; nothing in what it gave shows the broken place"
            yield short(said, expected, attempts=numbers)


def carries(value: object, healthy: object, instead: object) -> bool:
    """Does a value hold what stood in the broken place, where the healthy one held something else?"""
    before, after = dict(_leaves(healthy)), dict(_leaves(value))
    for place, was in before.items():
        now = after.get(place)
        if now == was and type(now) is type(was):
            continue
        if _is_nothing(now) and not _is_nothing(was):
            return True
        if _is_mended(was, now, instead):
            continue
        if instead not in _NOTHING and (now == instead and type(now) is type(instead)):
            return True
        if isinstance(now, str) and _text(instead) in now and _text(instead) not in str(was):
            return True
    return instead not in _NOTHING and any(
        leaf == instead and type(leaf) is type(instead)
        for place, leaf in after.items()
        if place not in before
    )


def _is_mended(was: object, now: object, instead: object) -> bool:
    """Is it a text of the number that stood there, as the client gives a text of any number there?"""
    is_number = _text(instead).isdecimal() and not isinstance(instead, bool)
    return is_number and isinstance(was, str) and now == _text(instead)


def _leaves(
    value: object, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], object]]:
    if isinstance(value, dict) and value:
        for name, child in value.items():
            yield from _leaves(child, (*place, str(name)))
    elif isinstance(value, list) and value:
        for index, child in enumerate(value):
            yield from _leaves(child, (*place, index))
    else:
        yield place, value


def _is_nothing(value: object) -> bool:
    return any(value == nothing and type(value) is type(nothing) for nothing in _NOTHING)


def _text(value: object) -> str:
    return "None" if value is None else str(value)


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _answers(call: Call, fault: str) -> tuple[Exchange, ...]:
    """The attempts of a call that got the answer in question."""
    return tuple(e for e in call.attempts if any(f.fault == fault and f.rule != OTHERS for f in e.faults))


def _asked(call: Call) -> tuple[Exchange, ...]:
    return tuple(e for e in call.attempts if e.stage == "request")


def _is_unseen(call: Call) -> bool:
    return call.outcome.ending == "unseen"


def _unseen(call: Call) -> str:
    return f"nobody told how the call ended after {len(call.attempts)} requests"


def _failed_elsewhere(call: Call, answers: tuple[Exchange, ...]) -> bool:
    """Did another request of the call get an error?"""
    mine = {e.number for e in answers}
    return any(e.number not in mine and (e.status is None or e.status >= 400) for e in call.attempts)


def _cut(
    call: Call, answers: tuple[Exchange, ...], status: int, expected: str, numbers: tuple[int, ...]
) -> Iterator[Finding]:
    """A call that did not come to its end: stuck, going round in a loop, or waiting between attempts."""
    asked = len(call.attempts)
    if asked >= BUSY:
        yield broken(
            f"the call went on without end: {asked} requests in {call.duration_s:.0f} s",
            expected,
            attempts=numbers,
        )
    elif asked == len(answers) == 1 and status < 400:
        yield broken(
            f"the call hung: it had its answer, and did not end in {call.duration_s:.0f} s",
            expected,
            attempts=numbers,
        )
    else:
        said = f"the call was stopped after {call.duration_s:.0f} s and {asked} requests; it may have been waiting"
        yield short(said, expected, attempts=numbers)

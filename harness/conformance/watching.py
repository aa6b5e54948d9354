"""The live provider asked for what it really does: recorded calls again, and calls drawn from its contract.

Gives the answers, and why there are no others. What they say is judged elsewhere (`harness/drift/`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from harness.conformance.asking import Asker, Examined, Sample, in_order
from harness.conformance.credential import Credential, Placed
from harness.conformance.known import Known, sources_of
from harness.conformance.question import Question
from harness.conformance.refusals import refusal
from harness.conformance.replaying import Recall, Recalls
from harness.conformance.sending import Replied, Sender
from harness.conformance.spoiled import is_page, spoiled
from harness.contract.body import essence
from harness.contract.contract import Contract, Operation
from harness.contract.match import names_in
from harness.contract.provider import Provider
from harness.model.exchange import Exchange

if TYPE_CHECKING:
    from harness.conformance.drawing import Drawer

_MAY_BE_GONE = (404, 410)
_REFUSED = frozenset((401, 403, 407))


class Seen(msgspec.Struct, frozen=True):
    """What came of a watch.

    `exchanges`: the last answer to each request that got one; those that say nothing of the contract (refusals, 5xx)
    are among them, unless there were no others. `untold`: what could not be checked, and why: not drift, and not
    silence; `doubtful`: the operations that this is about. `left`: what was not asked at all, and why. `asked`: how
    many requests of each operation were answered.
    """

    exchanges: tuple[Exchange, ...] = ()
    untold: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    asked: dict[str, int] = {}
    doubtful: frozenset[str] = frozenset()
    waited_s: float = 0.0
    stopped: bool = False


class Progress(msgspec.Struct, frozen=True):
    """Where a watch stands. `said`: why it waits, if it does."""

    operation: str
    done: int
    total: int
    said: str = ""


def watch(
    provider: Provider,
    question: Question,
    *,
    recorded: Iterable[Exchange] = (),
    draws: bool = True,
    credential: Credential | None = None,
    tell: Callable[[Progress], None] = lambda news: None,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Seen:
    """Ask the provider about the operations of the question, at most `question.examples` requests each.

    `recorded` calls go first, as they were, but for credentials and for ids that are no longer there, which are
    replaced by others that are known; `draws`: the rest is drawn from the contract. Operations that write are asked
    only where the question has them (`question.choose(..., writes=True)`), and nothing faster than the provider's
    quota allows. Ctrl-C ends it: `stopped`, with what was seen until then. UsageError where schemathesis is
    to draw, and is not installed.
    """
    return _Watch(provider, question, tuple(recorded), draws, credential, tell, now, sleep).run()


class _Watch:
    def __init__(
        self,
        provider: Provider,
        question: Question,
        recorded: tuple[Exchange, ...],
        draws: bool,
        credential: Credential | None,
        tell: Callable[[Progress], None],
        now: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._provider, self._question, self._draws, self._tell = provider, question, draws, tell
        self._credential = credential
        self._at = Progress("", 0, len(question.operations))
        pace = question.pace(provider.behaviour, now=now, sleep=sleep)
        self._sender = Sender(provider.behaviour, pace, now=now, tell=self._waiting)
        contract = provider.contract
        sources = {each.id: sources_of(contract, each) for each in question.operations}
        every = dict.fromkeys((*question.operations, *(s for group in sources.values() for s in group)))
        self._known = Known(provider, question.told)
        self._asker = Asker(
            provider,
            self._sender,
            _drawer(contract, every, question.base_url) if draws else None,
            self._known,
            credential=credential,
            sources=sources,
        )
        self._recalls = Recalls(contract, question, recorded)
        self._left = self._recalls.left

    def run(self) -> Seen:
        """Ask, and gather what came."""
        examined: list[Examined] = []
        others: list[Exchange] = []
        stopped = False
        order = in_order(self._question.operations)
        try:
            for number, operation in enumerate(order):
                self._at = Progress(operation.name, number, len(order))
                self._tell(self._at)
                examined.append(self._examined(operation))
            others = [exchange for call in self._recalls.others for exchange in self._other(call)]
        except KeyboardInterrupt:
            stopped = True
        finally:
            self._sender.close()
        return self._seen(examined, others, stopped)

    def _examined(self, operation: Operation) -> Examined:
        most = self._question.examples
        samples: list[Sample] = []
        for call in self._recalls.of.get(operation.id, ())[:most]:
            if self._asker.trouble:
                break
            samples += self._replayed(operation, call)
        trouble = ""
        if self._draws and len(samples) < most and not self._asker.trouble:
            drawn = self._asker.examine(
                operation, most=most - len(samples), seed=self._question.seed, hunts=False
            )
            samples, trouble = [*samples, *drawn.samples], drawn.trouble
        return Examined(operation, tuple(samples), self._asker.trouble or trouble)

    def _replayed(self, operation: Operation, call: Recall) -> Iterator[Sample]:
        """The call as it was recorded; where it names what there is no more, also with what is known to exist."""
        sample = self._asker.sample(operation, call.asked)
        yield sample
        status = sample.replied.response.status if sample.replied.response is not None else 0
        if status not in _MAY_BE_GONE or not call.went_well or self._asker.trouble:
            return
        for binding in self._known.bindings(operation):
            if call.path.keys() <= binding.keys() and any(binding[n] != call.path[n] for n in call.path):
                yield self._asker.sample(operation, call.with_path(binding, self._question.base_url))
                return

    def _other(self, call: Recall) -> Iterator[Exchange]:
        """A recorded call that the document has no operation for, with the credential as others carry it."""
        if self._asker.trouble:
            return
        any_operation = next(iter(self._provider.contract.operations.values()), None)
        placed: tuple[Placed, ...] = ()
        if self._credential is not None and any_operation is not None:
            placed = self._credential.placed(self._provider, any_operation)
        replied = self._sender.send(call.asked, placed, "")
        if replied.response is not None:
            yield msgspec.structs.replace(replied.exchanges[-1], operation=None)

    # What came of it.

    def _seen(self, examined: list[Examined], others: list[Exchange], stopped: bool) -> Seen:
        untold: dict[str, list[str]] = {}
        exchanges = [*others]
        asked: dict[str, int] = {}
        refused = refusal(examined)
        answers = {each.operation.name: _answers(each) for each in examined}
        no_word = spoiled(answers, self._question.base_url, is_declared=self._is_declared)
        for each in examined:
            came = answers[each.operation.name]
            found = [exchange for exchange in came if exchange.number not in no_word]
            asked[each.operation.name] = len(found)
            exchanges += found
            lost = [no_word[exchange.number] for exchange in came if exchange.number in no_word]
            why = _of_spoiled(lost, len(came)) or self._why(each, found)
            if refused:
                continue
            if why:
                untold.setdefault(why, []).append(each.operation.name)
            elif each.trouble and not any(200 <= (exchange.status or 0) < 400 for exchange in found):
                missing = self._asker.missing(each.operation)
                unknown = (
                    f"no {missing[0]} is known; --example {missing[0]}=ID names one that is there"
                    if missing
                    else ""
                )
                self._left.setdefault(unknown or each.trouble, []).append(each.operation.name)
        if stopped:
            met = {each.operation.id for each in examined}
            rest = [op.name for op in self._question.operations if op.id not in met]
            untold.setdefault("stopped before it was asked", []).extend(rest)
        reasons = [refused] if refused else []
        reasons += [f"{_few(names)}: {why}" for why, names in untold.items()]
        if not exchanges and not reasons:
            reasons.append("nothing could be asked" + (f": {next(iter(self._left))}" if self._left else ""))
        return Seen(
            () if refused else tuple(exchanges),
            tuple(reasons),
            tuple(f"{_few(names)}: {why}" for why, names in self._left.items()),
            asked,
            frozenset(name for names in untold.values() for name in names),
            self._sender.waited_s,
            stopped,
        )

    def _is_declared(self, operation: str, exchange: Exchange) -> bool:
        """Does the document know such an answer, by its status and media type?"""
        contract = self._provider.contract
        known = next((each for each in self._question.operations if each.name == operation), None)
        if known is None:
            return False
        if not is_page(exchange):
            return contract.first_declared(known, (exchange.status or 0,)) is not None
        pages = {essence(media) for media in contract.media_types(known, exchange.status or 0)}
        return bool(pages & {"text/html", "application/xhtml+xml", "text/*", "*/*"})

    def _why(self, examined: Examined, answered: list[Exchange]) -> str:
        """Why an operation was asked, and nothing is known of it; empty where something is, or nothing was asked."""
        if self._asker.trouble and not answered:
            return self._asker.trouble
        lost = [sample.replied for sample in examined.samples if _last(sample.replied) is None]
        if lost:
            return f"{len(lost)} of {len(examined.samples)} requests got no answer: {lost[0].trouble}"
        statuses = {exchange.status or 0 for exchange in answered}
        said = " and ".join(str(status) for status in sorted(statuses))
        if statuses and statuses <= _REFUSED:
            return f"every answer was {said}: the credential is not enough for it"
        if statuses and min(statuses) >= 500:
            return f"every answer was {said}: it is out of order"
        # What was drawn names nothing, unless an id is known: that is no word on the provider.
        was_there = any(call.went_well for call in self._recalls.of.get(examined.operation.id, ()))
        names_things = bool(names_in(examined.operation.template))
        if was_there and names_things and statuses and statuses <= {*_MAY_BE_GONE, *_REFUSED}:
            return f"every answer was {said}: what is asked for may be gone"
        return ""

    def _waiting(self, said: str) -> None:
        self._tell(msgspec.structs.replace(self._at, said=said))


def _drawer(contract: Contract, operations: Iterable[Operation], base_url: str) -> Drawer:
    # schemathesis takes a second to import, and is an extra: calls that were recorded go without.
    from harness.conformance.drawing import Drawer

    return Drawer(contract, operations, base_url=base_url)


def _answers(examined: Examined) -> list[Exchange]:
    answered = (_last(sample.replied) for sample in examined.samples)
    return [exchange for exchange in answered if exchange is not None]


def _of_spoiled(lost: list[str], came: int) -> str:
    """Why answers that came are no word of the provider; empty where none was lost."""
    if not lost:
        return ""
    many = "every answer was" if len(lost) == came else f"{len(lost)} of {came} answers were"
    return f"{many} {lost[0]}: something stands in between"


def _last(replied: Replied) -> Exchange | None:
    return replied.exchanges[-1] if replied.response is not None else None


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown

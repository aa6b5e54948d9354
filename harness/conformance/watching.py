"""The live provider asked for what it really does: recorded calls again, and calls drawn from its contract.

Gives the answers, and why there are no others. What they say is judged elsewhere (`harness/drift/`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec

from harness.conformance.asking import Asker, Examined, Sample, in_order
from harness.conformance.credential import Credential, Placed
from harness.conformance.known import Binding, Known, sources_of
from harness.conformance.question import READS, Question
from harness.conformance.refusals import refusal
from harness.conformance.sending import Asked, Replied, Sender
from harness.contract.contract import Contract, Match, Operation
from harness.contract.match import names_in
from harness.contract.provider import Provider
from harness.model.exchange import Exchange
from harness.model.message import Request
from harness.redaction.looks import MARK
from harness.redaction.names import SECRET_HEADERS, announced, words_of
from harness.redaction.said import is_marked

if TYPE_CHECKING:
    from harness.conformance.drawing import Drawer

_SENT_AGAIN = frozenset(("accept", "accept-language", "content-type", "prefer"))
_MAY_BE_GONE = (404, 410)
_REFUSED = frozenset((401, 403, 407))


class Seen(msgspec.Struct, frozen=True):
    """What came of a watch.

    `exchanges`: the last answer to each request that got one; those that say nothing of the contract (refusals, 5xx)
    are among them, unless there were no others. `untold`: what could not be checked, and why: not drift, and not
    silence. `left`: what was not asked at all, and why. `asked`: how many requests of each operation were answered.
    """

    exchanges: tuple[Exchange, ...] = ()
    untold: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    asked: dict[str, int] = {}
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


class _Call(msgspec.Struct, frozen=True):
    """A recorded call that can be asked again."""

    operation: Operation | None
    asked: Asked
    path: dict[str, str] = {}
    went_well: bool = False


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
        self._left: dict[str, list[str]] = {}
        self._calls, self._others = self._again(recorded)

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
            others = [exchange for call in self._others for exchange in self._other(call)]
        except KeyboardInterrupt:
            stopped = True
        finally:
            self._sender.close()
        return self._seen(examined, others, stopped)

    def _examined(self, operation: Operation) -> Examined:
        most = self._question.examples
        samples: list[Sample] = []
        for call in self._calls.get(operation.id, ())[:most]:
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

    def _replayed(self, operation: Operation, call: _Call) -> Iterator[Sample]:
        """The call as it was recorded; where it names what there is no more, also with what is known to exist."""
        sample = self._asker.sample(operation, call.asked)
        yield sample
        status = sample.replied.response.status if sample.replied.response is not None else 0
        if status not in _MAY_BE_GONE or not call.went_well:
            return
        for binding in self._known.bindings(operation):
            if call.path.keys() <= binding.keys() and any(binding[n] != call.path[n] for n in call.path):
                yield self._asker.sample(operation, self._with_path(call.asked, operation, binding))
                return

    def _other(self, call: _Call) -> Iterator[Exchange]:
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

    # What was recorded, as requests.

    def _again(self, recorded: Iterable[Exchange]) -> tuple[dict[str, list[_Call]], list[_Call]]:
        calls: dict[str, list[_Call]] = {}
        others: list[_Call] = []
        met: set[tuple[str, str, bytes]] = set()
        wanted = {operation.id for operation in self._question.operations}
        for exchange in recorded:
            if exchange.method is None or exchange.path is None or exchange.faults:
                continue
            call = self._call(exchange)
            name = call.operation.name if call.operation else f"{exchange.method} {exchange.path}"
            key = (call.asked.method, call.asked.url, call.asked.body)
            if key in met:
                continue
            met.add(key)
            if call.operation is not None and call.operation.id not in wanted:
                if exchange.method not in READS:
                    self._leave(name, "it changes something: --writes says that this is meant")
            elif call.operation is None and exchange.method not in READS:
                self._leave(name, "no operation of the document, and it may change something")
            elif MARK.search(call.asked.body.decode("latin-1")) or is_marked(call.asked.url):
                self._leave(name, "a secret was taken out of the recording that the call needs")
            elif call.operation is None:
                others.append(call)
            else:
                calls.setdefault(call.operation.id, []).append(call)
        return calls, others

    def _call(self, exchange: Exchange) -> _Call:
        path, query = exchange.path or "/", _without_credentials(exchange.query)
        target = f"{path}?{query}" if query else path
        request = Request(
            exchange.method or "", target, path, query, exchange.request_headers, exchange.request_body
        )
        match = self._provider.contract.asked(request)
        base = self._question.base_url
        if not isinstance(match, Match):
            root = urlsplit(base).path
            path = path.removeprefix(root) if path.startswith(f"{root}/") else path
            url = base + (f"{path}?{query}" if query else path)
            return _Call(None, self._asked(exchange, None, url, path, query))
        operation = match.operation
        asked = self._asked(exchange, operation, "", "", query)
        return _Call(
            operation,
            self._with_path(asked, operation, match.path_parameters),
            {name: match.path_parameters[name] for name in names_in(operation.template)},
            went_well=200 <= (exchange.status or 0) < 300,
        )

    def _asked(
        self, exchange: Exchange, operation: Operation | None, url: str, path: str, query: str
    ) -> Asked:
        taken = self._provider.contract.header_names(operation) if operation is not None else frozenset()
        headers = tuple(
            (name, value)
            for name, value in exchange.request_headers
            if (name in _SENT_AGAIN or name in taken or "version" in words_of(name))
            and name not in SECRET_HEADERS
            and not announced(name)
            and not is_marked(value)
        )
        return Asked(exchange.method or "", url, path, query, headers, exchange.request_body)

    def _with_path(self, asked: Asked, operation: Operation, values: Binding) -> Asked:
        """The same request for other things."""
        path = operation.template.partition("#")[0].partition("?")[0]
        for name in names_in(path):
            for form in (f"{{{name}}}", f"{{{name}*}}", f"{{+{name}}}"):
                path = path.replace(
                    form, quote(values.get(name, ""), safe="/" if form != f"{{{name}}}" else "")
                )
        url = self._question.base_url + path + (f"?{asked.query}" if asked.query else "")
        return msgspec.structs.replace(asked, url=url, path=path)

    def _leave(self, name: str, why: str) -> None:
        names = self._left.setdefault(why, [])
        if name not in names:
            names.append(name)

    # What came of it.

    def _seen(self, examined: list[Examined], others: list[Exchange], stopped: bool) -> Seen:
        untold: dict[str, list[str]] = {}
        exchanges = [*others]
        asked: dict[str, int] = {}
        refused = refusal(examined)
        for each in examined:
            answered = [_last(sample.replied) for sample in each.samples]
            found = [exchange for exchange in answered if exchange is not None]
            asked[each.operation.name] = len(found)
            exchanges += found
            why = self._why(each, found)
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
                self._leave(each.operation.name, unknown or each.trouble)
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
            self._sender.waited_s,
            stopped,
        )

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
        was_there = any(call.went_well for call in self._calls.get(examined.operation.id, ()))
        if was_there and statuses and statuses <= {*_MAY_BE_GONE, *_REFUSED}:
            return f"every answer was {said}: what is asked for may be gone"
        return ""

    def _waiting(self, said: str) -> None:
        self._tell(msgspec.structs.replace(self._at, said=said))


def _drawer(contract: Contract, operations: Iterable[Operation], base_url: str) -> Drawer:
    # schemathesis takes a second to import, and is an extra: calls that were recorded go without.
    from harness.conformance.drawing import Drawer

    return Drawer(contract, operations, base_url=base_url)


def _last(replied: Replied) -> Exchange | None:
    return replied.exchanges[-1] if replied.response is not None else None


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown


def _without_credentials(query: str) -> str:
    """The query without what carries a credential: that is added anew."""
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not announced(name)]
    return query if len(kept) == len(pairs) else urlencode(kept)

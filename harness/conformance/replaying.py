"""Calls that were recorded, as requests that can be sent again: without old credentials, to another address."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec

from harness.conformance.known import Binding
from harness.conformance.question import READS, Question
from harness.conformance.sending import Asked
from harness.contract.contract import Contract, Match, Operation
from harness.contract.match import names_in
from harness.model.exchange import Exchange
from harness.model.message import Request
from harness.redaction.looks import MARK
from harness.redaction.names import SECRET_HEADERS, announced, words_of
from harness.redaction.said import is_marked

_SENT_AGAIN = frozenset(("accept", "accept-language", "content-type", "prefer"))


class Recall(msgspec.Struct, frozen=True):
    """A recorded call as it is to be asked again. `operation` None: the document has none for it. `path`: the path
    parameters. `went_well`: it did when it was recorded."""

    operation: Operation | None
    asked: Asked
    path: Binding = {}
    went_well: bool = False

    def with_path(self, values: Binding, base_url: str) -> Asked:
        """The same request for other things. Only for one of an operation."""
        assert self.operation is not None
        path = self.operation.template.partition("#")[0].partition("?")[0]
        for name in names_in(path):
            value = values.get(name, "")
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
            for form in (f"{{{name}*}}", f"{{+{name}}}"):
                path = path.replace(form, quote(value, safe="/"))
        url = base_url + path + (f"?{self.asked.query}" if self.asked.query else "")
        return msgspec.structs.replace(self.asked, url=url, path=path)


class Recalls:
    """What can be asked again of a recording, each call once.

    `of`: by the operation's id; `others`: what the document has no operation for. `left`: what is not asked, by the
    reason why.
    """

    def __init__(self, contract: Contract, question: Question, recorded: Iterable[Exchange]) -> None:
        self._contract, self._base_url = contract, question.base_url
        self.of: dict[str, list[Recall]] = {}
        self.others: list[Recall] = []
        self.left: dict[str, list[str]] = {}
        met: set[tuple[str, str, bytes]] = set()
        wanted = {operation.id for operation in question.operations}
        for exchange in recorded:
            if exchange.method is None or exchange.path is None or exchange.faults:
                continue
            call = self._recall(exchange)
            key = (call.asked.method, call.asked.url, call.asked.body)
            if key not in met:
                met.add(key)
                self._sort(call, exchange, wanted)

    def _sort(self, call: Recall, exchange: Exchange, wanted: set[str]) -> None:
        operation, writes = call.operation, exchange.method not in READS
        name = operation.name if operation is not None else f"{exchange.method} {exchange.path}"
        if operation is not None and operation.id not in wanted:
            if writes:
                self._leave(name, "it changes something: --writes says that this is meant")
        elif operation is None and writes:
            self._leave(name, "no operation of the document, and it may change something")
        elif MARK.search(call.asked.body.decode("latin-1")) or is_marked(call.asked.url):
            self._leave(name, "a secret was taken out of the recording that the call needs")
        elif operation is None:
            self.others.append(call)
        else:
            self.of.setdefault(operation.id, []).append(call)

    def _leave(self, name: str, why: str) -> None:
        names = self.left.setdefault(why, [])
        if name not in names:
            names.append(name)

    def _recall(self, exchange: Exchange) -> Recall:
        path, query = exchange.path or "/", _without_credentials(exchange.query)
        target = f"{path}?{query}" if query else path
        method, headers, body = exchange.method or "", exchange.request_headers, exchange.request_body
        match = self._contract.asked(Request(method, target, path, query, headers, body))
        if not isinstance(match, Match):
            root = urlsplit(self._base_url).path
            path = path.removeprefix(root) if path.startswith(f"{root}/") else path
            url = self._base_url + (f"{path}?{query}" if query else path)
            return Recall(None, Asked(method, url, path, query, self._headers(exchange, None), body))
        operation = match.operation
        call = Recall(
            operation,
            Asked(method, "", "", query, self._headers(exchange, operation), body),
            {name: match.path_parameters[name] for name in names_in(operation.template)},
            went_well=200 <= (exchange.status or 0) < 300,
        )
        return msgspec.structs.replace(call, asked=call.with_path(match.path_parameters, self._base_url))

    def _headers(self, exchange: Exchange, operation: Operation | None) -> tuple[tuple[str, str], ...]:
        """What the operation takes, says which form or version is wanted, and carries no credential."""
        taken = self._contract.header_names(operation) if operation is not None else frozenset()
        return tuple(
            (name, value)
            for name, value in exchange.request_headers
            if (name in _SENT_AGAIN or name in taken or "version" in words_of(name))
            and name not in SECRET_HEADERS
            # Whether something has changed since, or a part of it: the whole answer is wanted.
            and not name.startswith("if-")
            and name != "range"
            and not announced(name)
            and not is_marked(value)
        )


def _without_credentials(query: str) -> str:
    """The query without what carries a credential: that is added anew."""
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not announced(name)]
    return query if len(kept) == len(pairs) else urlencode(kept)

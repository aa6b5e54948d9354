"""What a provider promised: the operations of a document, requests judged by them, and answers made from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import msgspec

from harness.contract import body as bodies
from harness.contract import negotiate, shape
from harness.contract.apart import with_form_in_query
from harness.contract.document import Document, Warning
from harness.contract.encode import content_type
from harness.contract.judge import TOO_DEEP, Judge, Judged, ReadBody
from harness.contract.links import Links
from harness.contract.make import Maker
from harness.contract.operation import REDIRECTS, Compiled
from harness.contract.outgoing import Outgoing
from harness.contract.parameters import Decode
from harness.contract.realistic import Luck
from harness.contract.routes import Match, Miss, Operation, Routes
from harness.contract.sample import Sampler
from harness.contract.schema import TYPES, Direction, Schema, Schemas
from harness.contract.security import TOKEN_PLACE, Guard, Scheme, scheme_nodes
from harness.model.clock import Rng
from harness.model.exchange import Deviation
from harness.model.message import Headers, Request, Response

__all__ = ("MOCKS_OWN", "USUAL", "Choice", "Contract", "Match", "Miss", "Operation")

_NO_BODY = frozenset((204, 205, 304))
_REMEMBERED = 4096
"""How many Accept headers are remembered: they come from outside, so there may be any number."""


class Choice(msgspec.Struct, frozen=True):
    """Which form of a declared answer is wanted: the media type that an Accept header asks for, the named example,
    or one that was made up (`dynamic`) whatever examples there are. Empty: as the contract has it."""

    accept: str = ""
    example: str = ""
    dynamic: bool = False


USUAL = Choice()

MOCKS_OWN = frozenset(("__code", "__example", "__dynamic"))
"""Query parameters by which a client chooses an answer of a mock. No provider knows them, so none judges them."""


class Contract:
    """A document, compiled operation by operation on first use. `schemas` makes those of each direction: others may
    judge values in another way."""

    def __init__(
        self, document: Document, *, schemas: Callable[[Document, Direction], Schemas] = Schemas
    ) -> None:
        self.document = document
        self._inward = schemas(document, "request")
        self._outward = schemas(document, "response")
        self._maker = Maker(self._outward)
        self._routes = Routes(document, self._inward, self._outward)
        self._compiled = self._routes.compiled
        self.operations: Mapping[str, Operation] = self._routes.operations
        self.server_urls = self._routes.server_urls
        self.links = Links(self.server_urls)
        self._judge = Judge(self._inward, self._outward, in_query=self._keys_in_query())
        self._fitting: dict[tuple[str, int], Callable[[object], bool]] = {}
        self._asked: dict[tuple[str, int, str], bodies.Media | None] = {}

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """The oddities known so far: the document's, and those found while its schemas were used."""
        found = {**self._inward.warnings, **self._outward.warnings, **self._maker.warnings}
        return (*self.document.warnings, *found.values())

    @cached_property
    def outgoing(self) -> Outgoing:
        """The requests that the provider sends: webhooks and callbacks."""
        return Outgoing(self.document, self._outward, self._maker)

    @cached_property
    def token_operations(self) -> frozenset[str]:
        """The ids of the operations that give out tokens."""
        return frozenset(name for name, each in self.operations.items() if TOKEN_PLACE.search(each.template))

    def operation(self, name: str) -> Operation:
        """The operation of that id, or of that method and path template; else UnknownName."""
        return self._routes.operation(name)

    def match(self, method: str, path: str) -> Match | Miss:
        """The operation for a method and a percent-encoded path, with or without a server's base path."""
        return self._routes.match(method, path)

    def asked(self, request: Request) -> Match | Miss:
        """The operation that a request is for, also where the path alone does not tell."""
        return self._routes.asked(request)

    def judge(self, match: Match, request: Request) -> Judged:
        """A request's parameters and body by the contract. Who asks is not judged here."""
        return self.judge_body(match, request, self.judge_head(match, request))

    def judge_head(self, match: Match, request: Request) -> Judged:
        """A request's parameters by the contract; its body is not looked at."""
        compiled = self._compiled[match.operation.id]
        if match.shared:
            request = with_form_in_query(request, compiled)
        texts = match.path_parameters
        decode: Decode = str
        if "%" in request.path and any(parameter.structured for parameter in compiled.parameters["path"]):
            # Only a bare separator separates: with its percent signs encoded, the path yields its texts undecoded.
            raw = self.match(request.method, request.path.replace("%", "%25"))
            if isinstance(raw, Match) and raw.operation == match.operation:
                texts, decode = raw.path_parameters, unquote
        found = match.path_parameters
        try:
            return self._judge.head(compiled, request, found, texts=texts, decode=decode)
        except RecursionError:
            deviation = Deviation("query", "", f"the query {TOO_DEEP}", "malformed")
            return Judged({**found}, deviations=(deviation,))

    def judge_body(self, match: Match, request: Request, head: Judged) -> Judged:
        """What `judge_head` found, and the request's body by the contract."""
        compiled = self._compiled[match.operation.id]
        if match.shared:
            request = with_form_in_query(request, compiled)
        return self._judge.body(compiled, request, head)

    def body_reader(self, match: Match, head: Request) -> ReadBody | None:
        """What reads valid bodies of requests with that head; None where it takes more than that."""
        return None if match.shared else self._judge.reader(self._compiled[match.operation.id], head)

    def compiled(self, operation: Operation) -> Compiled:
        """What the document says of an operation, in the form in which requests and answers are judged."""
        return self._compiled[operation.id]

    def schemas(self, direction: Direction) -> Schemas:
        """The document's schemas as they hold in one direction: those that requests or answers are judged by."""
        return self._inward if direction == "request" else self._outward

    def guard(self, operation: Operation) -> Guard:
        """What the operation wants to see of whoever asks."""
        return self._compiled[operation.id].guard

    def security(self, operation: Operation) -> tuple[tuple[Scheme, ...], ...]:
        """The alternatives, each a combination of schemes; `()` when none is needed."""
        return self.guard(operation).alternatives

    def success(self, operation: Operation) -> int:
        """The lowest declared 2xx status; where nothing but a redirect is declared to go well, that; else 200."""
        return self._compiled[operation.id].success

    def statuses(self, operation: Operation) -> tuple[str, ...]:
        """The declared statuses as the document has them: `200`, `4XX`, `default`."""
        return tuple(self._compiled[operation.id].responses)

    def declares(self, operation: Operation, status: int) -> bool:
        """Is there an answer for this status: its own, its range's, or the default?"""
        return self._compiled[operation.id].answer(status) is not None

    def first_declared(self, operation: Operation, statuses: Iterable[int]) -> int | None:
        """The first of these statuses that has an answer of its own or of its range; None where none has."""
        declared = self._compiled[operation.id].responses.keys()
        for status in statuses:
            if not declared.isdisjoint((str(status), f"{status // 100}XX", f"{status // 100}xx")):
                return status
        return None

    def media_types(self, operation: Operation, status: int) -> tuple[str, ...]:
        """The media types of that answer, as the document has them."""
        answer = self._compiled[operation.id].answer(status)
        return tuple(media.type for media in answer.media) if answer is not None else ()

    def declares_headers(self, operation: Operation, status: int) -> bool:
        """Are there headers, beside its content type, that the document declares of that answer?"""
        return bool(self._compiled[operation.id].answer_headers(status))

    def header_deviations(self, operation: Operation, response: Response) -> tuple[Deviation, ...]:
        """Each declared header of an answer whose value its schema does not allow. `deviations` does not look at
        values of headers."""
        return self._judge.answer_headers(
            self._compiled[operation.id].answer_headers(response.status), response
        )

    def headers(self, operation: Operation, status: int, *, rng: Rng, now_s: float) -> Headers:
        """A value for every declared header of that answer, but for those that a client acts on."""
        answer = self._compiled[operation.id].answer(status)
        return tuple(self._maker.headers(answer, Luck(rng, now_s), every=True)) if answer is not None else ()

    def needed_headers(self, operation: Operation, status: int, luck: Luck) -> Headers:
        """The headers of that answer that are required or have an example, beside its content type."""
        answer = self._compiled[operation.id].answer(status)
        if answer is None:
            return ()
        return tuple(self._maker.headers(answer, luck, redirects=status in REDIRECTS))

    def media_type(self, operation: Operation, status: int, accept: str = "") -> str | None:
        """The media type of that answer: of those declared the one that is asked for, else JSON, else the first.

        None without a body.
        """
        media = self._media(operation, status, accept)
        return None if media is None else content_type(media.type)

    def acceptable(self, operation: Operation, status: int, accept: str) -> bool:
        """Does an Accept header accept that answer in one of its media types? One without a body is always."""
        answer = self._compiled[operation.id].answer(status)
        if accept in negotiate.ANYTHING or answer is None or not answer.media or status in _NO_BODY:
            return True
        return self._asked_of(operation, status, accept) is not None

    def is_other(self, operation: Operation, status: int, choice: Choice) -> bool:
        """Is that form of the answer another than the usual one?"""
        if choice.example or choice.dynamic:
            return True
        return self._media(operation, status, choice.accept) is not self._media(operation, status)

    def examples(self, operation: Operation, status: int, accept: str = "") -> tuple[str, ...]:
        """The names of the examples that the document gives of that answer."""
        media = self._media(operation, status, accept)
        return tuple(self._maker.named(media)) if media is not None else ()

    def value(self, operation: Operation, status: int, *, rng: Rng, now_s: float) -> object:
        """A fresh valid JSON value of that answer's body; None when it has no JSON body."""
        answer = self._compiled[operation.id].answer(status)
        media = answer.json if answer is not None and status not in _NO_BODY else None
        if media is None:
            return None
        return self._maker.value(f"{operation.name} {status}", media, Luck(rng, now_s))

    def answer(
        self, operation: Operation, status: int, *, rng: Rng, now_s: float, choice: Choice = USUAL
    ) -> Response:
        """A complete valid answer: content type, body, and of the headers those that are required or have an example.

        What `choice` asks for and the document does not have is not heeded. An example that is asked for by its name
        is given as it stands, valid or not.
        """
        luck = Luck(rng, now_s)
        answer = self._compiled[operation.id].answer(status)
        if answer is None:
            return Response(status)
        headers = self.needed_headers(operation, status, luck)
        media = self._media(operation, status, choice.accept)
        if media is None:
            return Response(status, headers)
        where = f"{operation.name} {status}"
        body = self._maker.body(where, media, luck, example=choice.example, fresh=choice.dynamic)
        return Response(status, (("content-type", content_type(media.type)), *headers), body)

    def properties(self, operation: Operation, status: int) -> Mapping[str, object]:
        """The property schemas of that answer's JSON object, references and allOf merged; `{}` if it is none."""
        answer = self._compiled[operation.id].answer(status)
        media = answer.json if answer is not None else None
        if media is None or media.schema is None:
            return {}
        members = shape.members(self._outward, media.schema)
        return {name: self._maker.sampler.merger.merged(member) for name, member in members.items()}

    def cleared(self, operation: Operation, status: int, fields: dict[str, Any]) -> dict[str, Any]:
        """The fields with null for each empty text, at any depth, where that answer's JSON object declares null.

        A form has no other way to say that there is nothing.
        """
        answer = self._compiled[operation.id].answer(status)
        media = answer.json if answer is not None else None
        if media is None or media.schema is None:
            return fields
        return {name: self._cleared(media.schema, name, value) for name, value in fields.items()}

    def _cleared(self, schema: Schema, name: str, value: Any) -> Any:
        member = shape.member(self._outward, schema, name)
        if member is None:
            return value
        if isinstance(value, dict):
            return {key: self._cleared(member, key, inner) for key, inner in value.items()}
        kinds = shape.types(self._outward, member)
        return None if value == "" and "null" in kinds and len(kinds) < len(TYPES) else value

    def deviations(self, operation: Operation, response: Response) -> tuple[Deviation, ...]:
        """Each way in which an answer does not fit the contract: status, content type, required headers, body."""
        compiled = self._compiled[operation.id]
        answer = compiled.answer(response.status)
        if answer is not None:
            bodiless = operation.method == "HEAD" or response.status in _NO_BODY
            return self._judge.answer(answer, response, bodiless=bodiless)
        if not compiled.responses:
            return ()
        known = ", ".join(compiled.responses)
        message = f"status {response.status} is not declared for {operation.name}; declared are {known}"
        return (Deviation("status", "", message, "status"),)

    def fits(self, operation: Operation, status: int, value: object) -> bool:
        """Is that value a body that the contract allows for that answer, as JSON?"""
        key = operation.id, status
        fitting = self._fitting.get(key)
        if fitting is None:
            fitting = self._fitting[key] = self.fitting(operation, status)
        return fitting(value)

    def fitting(self, operation: Operation, status: int) -> Callable[[object], bool]:
        """What tells of a value whether it is a body that the contract allows for that answer, as JSON."""
        answer = self._compiled[operation.id].answer(status)
        media = answer.json if answer is not None else None
        schema = media.schema if media is not None else None
        if schema is None:
            return lambda value: True
        validator, found = self._outward.validator, schema
        return lambda value: validator(found).is_valid(value)

    @property
    def sampler(self) -> Sampler:
        """What makes values of the schemas of answers, and holds them."""
        return self._maker.sampler

    def schema(self, operation: Operation, status: int) -> Schema | None:
        """The schema of that answer's JSON body; None where it has none."""
        answer = self._compiled[operation.id].answer(status)
        media = answer.json if answer is not None and status not in _NO_BODY else None
        return media.schema if media is not None else None

    def requires_parameters(self, operation: Operation) -> bool:
        """Is there a parameter that must be sent?"""
        declared = self._compiled[operation.id].parameters.values()
        return any(parameter.required for parameters in declared for parameter in parameters)

    def header_names(self, operation: Operation) -> frozenset[str]:
        """The lower case names of the headers that the operation takes as parameters."""
        return self._compiled[operation.id].header_names

    def defaults(self, operation: Operation) -> dict[str, dict[str, object]]:
        """What is meant where a request says nothing: the defaults of its parameters, by place and name, and those of
        its body's members."""
        compiled = self._compiled[operation.id]
        found: dict[str, dict[str, object]] = {}
        for where in ("query", "header", "cookie"):
            schemas = {each.name: self._inward.resolve(each.schema) for each in compiled.parameters[where]}
            found[where] = {name: node["default"] for name, node in schemas.items() if "default" in node}
        found["body"] = {}
        for media in compiled.body:
            if media.schema is not None:
                for name, member in shape.members(self._inward, media.schema).items():
                    node = self._inward.resolve(member)
                    if "default" in node:
                        found["body"].setdefault(name, node["default"])
        return found

    @property
    def server_templates(self) -> tuple[str, ...]:
        """The servers' URLs as they are written, variables and all."""
        return self._routes.server_templates

    def _keys_in_query(self) -> frozenset[str]:
        """The query parameters that no operation declares: credentials, and what is for a mock."""
        schemes = scheme_nodes(self.document).values()
        return MOCKS_OWN.union(str(node.get("name")) for node in schemes if node.get("in") == "query")

    def _media(self, operation: Operation, status: int, accept: str = "") -> bodies.Media | None:
        """The media type of that answer that is asked for, else the usual one; None without a body."""
        answer = self._compiled[operation.id].answer(status)
        if answer is None or status in _NO_BODY:
            return None
        if accept in negotiate.ANYTHING:
            return answer.usual
        return self._asked_of(operation, status, accept) or answer.usual

    def _asked_of(self, operation: Operation, status: int, accept: str) -> bodies.Media | None:
        key = operation.id, status, accept
        if key not in self._asked:
            if len(self._asked) >= _REMEMBERED:
                self._asked.clear()
            answer = self._compiled[operation.id].answer(status)
            self._asked[key] = answer.asked(accept) if answer is not None else None
        return self._asked[key]

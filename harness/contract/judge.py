"""Requests and answers, judged by what the document says of their operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from harness.contract import body as bodies
from harness.contract import multipart, parameters, unsent
from harness.contract.deviate import deviations
from harness.contract.operation import Answers, Compiled
from harness.contract.schema import Schemas
from harness.model.exchange import Deviation
from harness.model.message import Request, Response

ReadBody: TypeAlias = "Callable[[bytes], object]"
"""The value of a valid body. Raises Malformed for any other, and does not say what is wrong with it."""

TOO_DEEP = "is nested too deeply to be read"
_REMEMBERED = 256
"""How many content types are remembered: they come from outside, so there may be any number."""


class Judged(msgspec.Struct, frozen=True):
    """A request as values of the contract's types, and each way in which it does not fit.

    Of headers and cookies there are those that the contract declares; what else was sent is nobody's business.
    """

    path: dict[str, object] = {}
    query: dict[str, object] = {}
    headers: dict[str, object] = {}
    cookies: dict[str, object] = {}
    body: object = None
    deviations: tuple[Deviation, ...] = ()


class _Way(msgspec.Struct, frozen=True):
    """How a body of one content type is read: as which declared media type, under which name. `wrong`: what is wrong
    with the content type itself. `media` is None where nothing declared fits."""

    media: bodies.Media | None
    read_as: str
    is_json: bool
    is_judged: bool
    has_read_only: bool
    is_multipart: bool = False
    wrong: tuple[Deviation, ...] = ()


class Judge:
    """Judges by the schemas of one document. `in_query`: what may stand in any query."""

    def __init__(self, inward: Schemas, outward: Schemas, *, in_query: frozenset[str]) -> None:
        self._inward, self._outward, self._in_query = inward, outward, in_query
        self._ways: dict[tuple[int, str], tuple[Compiled, _Way]] = {}

    def head(
        self,
        compiled: Compiled,
        request: Request,
        found: Mapping[str, str],
        *,
        texts: Mapping[str, str],
        decode: parameters.Decode,
    ) -> Judged:
        """A request's parameters. `found`: those of the path, decoded; `texts`: as `decode` is to read them.

        RecursionError where the query is nested too deeply.
        """
        declared = compiled.parameters
        values, wrong = parameters.judge_texts(self._inward, declared["path"], texts, decode=decode)
        # Those that the document does not declare stay text.
        path = {**found, **values}
        if declared["querystring"]:
            whole = declared["querystring"][0]
            query, more = parameters.judge_querystring(
                self._inward, whole, request.query, others=self._in_query
            )
            wrong += more
        elif declared["query"] or request.query:
            query, more = parameters.judge_query(
                self._inward, declared["query"], request.query, others=self._in_query
            )
            wrong += more
        else:
            query = {}
        headers: dict[str, object] = {}
        if declared["header"]:
            sent = parameters.headers(declared["header"], request.headers)
            headers, more = parameters.judge_texts(self._inward, declared["header"], sent)
            wrong += more
        cookies: dict[str, object] = {}
        if declared["cookie"]:
            cookies, more = parameters.judge_cookies(self._inward, declared["cookie"], request.headers)
            wrong += more
        return Judged(path, query, headers, cookies, None, tuple(wrong))

    def body(self, compiled: Compiled, request: Request, head: Judged) -> Judged:
        """What was found of the head, and a request's body."""
        try:
            value, wrong = self._body(compiled, request)
        except RecursionError:
            value, wrong = None, [Deviation("body", "", f"the body {TOO_DEEP}", "malformed")]
        if value is None and not wrong:
            return head
        deviations = (*head.deviations, *wrong) if wrong else head.deviations
        return Judged(head.path, head.query, head.headers, head.cookies, value, deviations)

    def answer(self, declared: Answers, response: Response, *, bodiless: bool) -> tuple[Deviation, ...]:
        """An answer's required headers, content type and body."""
        wrong = [
            Deviation("header", f"/{name}", f"header {name!r} is required", "required")
            for name, header in declared.headers.items()
            if header.required and name != "content-type" and response.header(name) is None
        ]
        if not bodiless:
            wrong += self._answer_body(declared, response)
        return tuple(wrong)

    def answer_headers(
        self, declared: tuple[parameters.Parameter, ...], response: Response
    ) -> tuple[Deviation, ...]:
        """Each header of an answer that has another value than its schema allows; whether it must be there is not
        asked."""
        sent = parameters.headers(declared, response.headers)
        _, wrong = parameters.judge_texts(self._outward, declared, sent)
        return tuple(deviation for deviation in wrong if deviation.pointer.split("/")[1] in sent)

    def reader(self, compiled: Compiled, head: Request) -> ReadBody | None:
        """What reads valid bodies of requests with that head; None where it is not JSON with a schema."""
        # hot: what the content type decides is decided.
        content_type = head.header("content-type") or ""
        way = self._way(compiled, content_type) if compiled.body else None
        schema = way.media.schema if way is not None and way.media is not None else None
        if way is None or schema is None or not way.is_json or way.wrong or way.has_read_only:
            return None
        decode, validator = bodies.decode_json, self._inward.validator

        def read(body: bytes) -> object:
            value = decode(body)
            if not validator(schema).is_valid(value):
                raise bodies.Malformed("not as declared")
            return value

        return read

    def _body(self, compiled: Compiled, request: Request) -> tuple[object, list[Deviation]]:
        content_type = request.header("content-type") or ""
        if not compiled.body:
            if request.body and "415" in compiled.responses:
                kind = f"a body of type {content_type!r}, where none is taken"
                return None, [bodies.content_deviation(kind)]
            return self._undeclared(content_type, request), []
        if not request.body and not ("form" in content_type and compiled.body_required):
            missing = [Deviation("body", "", "a request body is required", "required")]
            return None, missing if compiled.body_required else []
        way = self._way(compiled, content_type)
        if way.media is None:
            return self._undeclared(content_type, request), [*way.wrong]
        return self._content(way, request.body)

    def _content(self, way: _Way, body: bytes) -> tuple[object, list[Deviation]]:
        """The value of a body that is read in a known way, and what is wrong with it."""
        # hot: a valid body in JSON is decoded, and judged once.
        media, wrong = way.media, [*way.wrong]
        assert media is not None
        try:
            if way.is_json:
                value = bodies.decode_json(body)
            else:
                value = bodies.decode(self._inward, media.schema, way.read_as, body, encoding=media.rules)
        except bodies.Malformed as error:
            return None, [*wrong, Deviation("body", "", str(error), "malformed")]
        if way.is_multipart and media.rules:
            wrong += multipart.judged(self._inward, multipart.parts(way.read_as, body) or [], media.rules)
        if way.is_judged and media.schema is not None and not isinstance(value, bytes):
            wrong += deviations(self._inward, media.schema, value, where="body")
            if way.has_read_only:
                wrong += unsent.read_only(self._inward, media.schema, value)
        return value, wrong

    def _way(self, compiled: Compiled, content_type: str) -> _Way:
        # hot: most clients say one content type, and it takes long to understand one.
        known = self._ways.get((id(compiled), content_type))
        if known is None:
            if len(self._ways) >= _REMEMBERED:
                self._ways.clear()
            # The operation is kept beside it: an id is only good while its object lives.
            known = self._ways[id(compiled), content_type] = (
                compiled,
                self._new_way(compiled.body, content_type),
            )
        return known[1]

    def _new_way(self, declared: tuple[bodies.Media, ...], content_type: str) -> _Way:
        names = ", ".join(media.type for media in declared)
        wrong: tuple[Deviation, ...] = ()
        media: bodies.Media | None = declared[0]
        if content_type:
            media = bodies.choose(declared, content_type)
        elif all(bodies.essence(each.type) != "*/*" for each in declared):
            wrong = (bodies.content_deviation(f"content-type is missing; expected {names}", "untyped"),)
        if media is None:
            kind = bodies.essence(content_type)
            said = f"content type {kind!r} is not accepted here; expected {names}"
            return _Way(None, content_type, False, False, False, wrong=(bodies.content_deviation(said),))
        # Some providers read a body as JSON whatever the client calls it; `x-read-as` in the document says so.
        read_as = str(media.node.get("x-read-as") or content_type or media.type)
        # What a schema says of a stream without `itemSchema` is anybody's guess: of each item, or of the text.
        is_judged = media.is_stream or not bodies.is_stream(read_as)
        has_read_only = media.schema is not None and unsent.has_read_only(self._inward, media.schema)
        return _Way(
            media,
            read_as,
            bodies.is_json(read_as),
            is_judged,
            has_read_only,
            bodies.essence(read_as).startswith("multipart/"),
            wrong,
        )

    def _undeclared(self, content_type: str, request: Request) -> object:
        """A body of which the contract says nothing, read as well as it goes."""
        if not request.body or not content_type:
            return None
        try:
            value = bodies.decode(self._inward, None, content_type, request.body)
        except bodies.Malformed:
            return None
        return None if isinstance(value, bytes) else value

    def _answer_body(self, answer: Answers, response: Response) -> list[Deviation]:
        if not answer.media:
            return []
        content_type = response.header("content-type") or ""
        names = ", ".join(media.type for media in answer.media)
        media = bodies.choose(answer.media, content_type) if content_type else None
        if media is None:
            said = f"content type {bodies.essence(content_type)!r}" if content_type else "no content type"
            return [bodies.content_deviation(f"{said}; declared are {names}")]
        is_xml = bodies.is_xml(content_type)
        is_stream = media.is_stream and bodies.is_stream(content_type)
        if not (is_xml or is_stream or bodies.is_json(content_type)):
            return []
        if is_xml and not response.body.strip():
            return []  # as of an answer that says all in its headers
        try:
            value = bodies.decode(self._outward, media.schema, content_type, response.body)
        except bodies.Malformed as error:
            return [Deviation("body", "", str(error), "malformed")]
        # Of XML no more than that it is some: what an empty element means, and whether a list is wrapped, documents
        # leave open too often for a verdict on an answer.
        if media.schema is None or is_xml:
            return []
        return list(deviations(self._outward, media.schema, value, where="body"))

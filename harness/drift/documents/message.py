"""Messages made of one document, to be judged by both: whole requests and answers, as small as they may be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from harness.contract.apart import divided
from harness.contract.body import Media, decode, essence, is_json
from harness.contract.contract import Contract
from harness.contract.encode import content_type, encode, numbered
from harness.contract.forked import Fork
from harness.contract.make import Maker
from harness.contract.match import bases, names_in
from harness.contract.parameters import Parameter
from harness.contract.realistic import Luck
from harness.drift.documents.pair import Side
from harness.drift.documents.written import in_cookie, in_header, in_path, in_query
from harness.model.clock import Rng
from harness.model.message import Headers, Request, Response

NOW_S = 1_750_000_000.0
"""What counts as now in made-up values. Fixed: the same two documents give the same witnesses."""

_LONGEST = 4000

Named = tuple[str, str]
"""Where a parameter stands, and its name."""


class Asked(msgspec.Struct, frozen=True):
    """A request without its path: that depends on the document. `path`: the texts of its parameters in order."""

    path: tuple[str, ...]
    query: tuple[str, ...] = ()
    headers: Headers = ()
    body: bytes = b""

    def to(self, side: Side) -> Request:
        """The request as it is for the operation of that document."""
        path, _, _ = divided(side.operation.template)
        for name, text in zip(names_in(path), self.path, strict=False):
            path = path.replace("{" + name + "}", text, 1)
        query = "&".join(self.query)
        target = f"{path}?{query}" if query else path
        return Request(side.operation.method, target, path, query, self.headers, self.body)


class Speaker:
    """Makes messages that keep to one contract. `seed` decides what they say."""

    def __init__(self, contract: Contract, seed: int = 0) -> None:
        self.contract = contract
        self._rng = Fork(_Origin(seed)).numbered(0)
        self._maker = Maker(contract.schemas("request"))

    def asked(
        self,
        side: Side,
        *,
        instead: Mapping[Named, object] | None = None,
        without: Collection[Named] = (),
        media: Media | None = None,
        body: bytes | None = None,
        bodiless: bool = False,
    ) -> Asked:
        """A request with what must be there. `instead`: values of parameters; `without`: parameters that are left
        out; `media`: of the body, which is made where `body` is not given."""
        instead = instead or {}
        texts: dict[str, str] = {}
        query: list[str] = []
        headers: list[tuple[str, str]] = []
        for parameters in side.compiled.parameters.values():
            for parameter in parameters:
                key = parameter.where, parameter.name
                if key in without or not (parameter.required or key in instead):
                    continue
                value = instead[key] if key in instead else self.value(parameter)
                if parameter.where == "path":
                    texts[parameter.name] = in_path(parameter, value)
                elif parameter.where == "header":
                    headers.append((parameter.name, in_header(parameter, value)))
                elif parameter.where == "cookie":
                    headers.append(("cookie", in_cookie(parameter, value)))
                else:
                    query += in_query(parameter, value)
        path, _, _ = divided(side.operation.template)
        # A name of which the document says no more is a text.
        plain = {
            name: quote(str(value), safe="") for (where, name), value in instead.items() if where == "path"
        }
        ordered = tuple(texts.get(name) or plain.get(name, "1") for name in names_in(path))
        sent, octets = self._body(side, media, body, bodiless=bodiless)
        return Asked(ordered, tuple(query), (*headers, *sent), octets)

    def value(self, parameter: Parameter) -> object:
        """A valid value of a parameter."""
        value, _ = self._maker.sampler.valid_value(
            parameter.schema, Luck(self._rng, NOW_S), name=parameter.name
        )
        return value

    def answer(
        self,
        side: Side,
        status: int,
        *,
        media: Media | None = None,
        value: object = msgspec.UNSET,
        without: Collection[str] = (),
        headers: Headers = (),
    ) -> Response:
        """An answer. `value`: what its body says, in that media type; `without`: headers that are left out."""
        if value is not msgspec.UNSET and media is not None:
            octets = encode(self.contract.schemas("response"), media, value)
            typed = ("content-type", content_type(media.type))
            needed = self.contract.needed_headers(side.operation, status, Luck(self._rng, NOW_S))
            made = Response(status, (typed, *needed), octets)
        else:
            made = self.contract.answer(side.operation, status, rng=self._rng, now_s=NOW_S)
        made = made.with_headers(*headers) if headers else made
        kept = tuple((name, text) for name, text in made.headers if name not in without)
        return Response(made.status, kept, made.body)

    def _body(
        self, side: Side, media: Media | None, body: bytes | None, *, bodiless: bool
    ) -> tuple[Headers, bytes]:
        declared = side.compiled.body
        if bodiless or not declared or not (media or body or side.compiled.body_required):
            return (), b""
        media = media or next((each for each in declared if is_json(each.type)), declared[0])
        octets = self._made(side, media) if body is None else body
        return (("content-type", content_type(media.type)),), octets

    def _made(self, side: Side, media: Media) -> bytes:
        """A body. Of a form in which a list of one could be a text as well, the items are numbered."""
        luck, inward = Luck(self._rng, NOW_S), self.contract.schemas("request")
        if essence(media.type) != "application/x-www-form-urlencoded" or media.schema is None:
            return self._maker.body(side.operation.name, media, luck)
        value = self._maker.value(side.operation.name, media, luck)
        plain = encode(inward, media, value)
        read = decode(inward, media.schema, media.type, plain, encoding=media.rules)
        return plain if read == value or not isinstance(value, dict) else numbered(value)


class _Origin:
    """Luck's first number."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def random(self) -> float:
        return 0.0

    def randrange(self, start: int, stop: int) -> int:
        return start

    def getrandbits(self, k: int) -> int:
        return self._seed


def shown_request(side: Side, request: Request) -> str:
    """The request as HTTP/1.1 shows it, at the first address that the document has."""
    urls = side.contract.server_urls
    host = next((netloc for url in urls if (netloc := urlsplit(url).netloc)), "")
    base = next(iter(bases(urls[:1])), "")
    lines = [f"{request.method} {base}{request.target} HTTP/1.1"]
    lines += [f"host: {host}"] if host else []
    return _shown(lines, request.headers, request.body)


def shown_answer(response: Response) -> str:
    """The answer as HTTP/1.1 shows it."""
    return _shown([f"HTTP/1.1 {response.status}"], response.headers, response.body)


def _shown(lines: list[str], headers: Headers, body: bytes) -> str:
    text = body.decode(errors="replace")
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} characters)"
    return "\n".join((*lines, *(f"{name}: {value}" for name, value in headers), "", short)).rstrip()


def decoded(body: bytes) -> Any:
    """The JSON value of a body; None where it is none."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def seeds(count: int) -> Iterator[int]:
    """The numbers that several tries begin with."""
    yield from range(1, count + 1)


def luck_of(seed: int) -> Rng:
    """Luck that is the same for the same number."""
    return Fork(_Origin(seed)).numbered(0)

"""Secrets out of what was recorded, before it is written: the same secret has the same mark everywhere.

Two passes. `learn` collects: what a name announces, what says by its shape that it is a key, what looks random, and
what the caller knows. `clean` puts a mark (`<redacted:token-1>`) in the place of each, wherever it occurs: in other
fields, in the middle of a text, percent-encoded, escaped, in base64. A mark tells nothing of what it stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote

import msgspec

from harness.cassette.coding import coding_of, sized
from harness.cassette.recorded import Recorded
from harness.model.message import Headers, Request, Response, first
from harness.redaction import fields
from harness.redaction.fields import Field
from harness.redaction.looks import MARK, keys_in, pair_of, random_in, unpacked
from harness.redaction.mask import Mask
from harness.redaction.names import SECRET_HEADERS, announced, is_identity
from harness.redaction.said import is_marked, is_said, is_told_by_itself, kind_in_query, kind_of

Place = tuple[str, ...]
"""Where something stands: `("response", "headers", "set-cookie")`."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9\-]{1,24})[ \t]+(?=\S)")
_LINE_OF_JSON = re.compile(r"(?m)^(?:data:[ \t]*)?([{\[].*[}\]])[ \t\r]*$")
_FORM = re.compile(r"[\w.\-\[\]%+]+=[^\s<>{}]*")
_WITHOUT_ENTROPY = frozenset(
    {"content-security-policy", "content-type", "user-agent", "last-modified", "expires", "alt-svc", "p3p"}
    | {"report-to", "nel", "server-timing", "if-none-match", "accept", "accept-language", "traceparent"}
    | {
        "tracestate",
        "baggage",
        "x-stripe-client-user-agent",
        "x-stripe-client-telemetry",
        "strict-transport-security",
    }
)


class Found(NamedTuple):
    """A secret, and where it stands; `exchange`: in which one, counted from 0."""

    kind: str
    exchange: int
    place: Place


class Redactor:
    """Learns secrets and takes them out.

    `known`: secrets that the caller knows. `names`: lower case names of header fields, parameters and cookies that
    carry a credential with this provider, beside those that announce it.
    """

    def __init__(self, known: Iterable[str] = (), *, names: Iterable[str] = ()) -> None:
        self._names = frozenset(name.lower() for name in names)
        self.found: list[Found] = []
        self._kinds: dict[str, str] = {}
        self._marks: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._random: dict[str, Found] = {}
        self._identities: set[str] = set()
        self._index = 0
        self._mask = Mask({})
        self._learning = True
        for secret in known:
            if secret.strip():
                self._kinds.setdefault(secret.strip(), "known")
        self.settle()

    def redacted(self, exchanges: Iterable[Recorded]) -> tuple[Recorded, ...]:
        """The exchanges without secrets."""
        exchanges = tuple(exchanges)
        for index, each in enumerate(exchanges):
            self.learn(each, index)
        self.settle()
        return tuple(self.clean(each) for each in exchanges)

    def learn(self, recorded: Recorded, index: int = 0) -> None:
        """Collect the secrets of one exchange."""
        self._learning, self._index = True, index
        self._recorded(recorded)

    def settle(self) -> None:
        """Give each secret that was learnt its mark. What looks random and names a thing is none."""
        for text, found in self._random.items():
            if text not in self._identities and text not in self._kinds:
                self._kinds[text] = found.kind
                self.found.append(found)
        self._random.clear()
        for secret, kind in self._kinds.items():
            if secret not in self._marks:
                self._marks[secret] = self._next_mark(kind)
        self._mask = Mask({s: mark for s, mark in self._marks.items() if is_told_by_itself(s)})
        self._learning = False

    def clean(self, recorded: Recorded) -> Recorded:
        """One exchange without the secrets that were learnt."""
        self._learning = False
        return self._recorded(recorded)

    def text(self, text: str) -> str:
        """Any text without the secrets that were learnt."""
        return self._masked(text)

    def _next_mark(self, kind: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"<redacted:{kind}-{self._counts[kind]}>"

    # An exchange, part by part. Each part is learnt, or given back clean.

    def _recorded(self, recorded: Recorded) -> Recorded:
        asked, answer = recorded.request, recorded.response
        origin = self._written(recorded.origin, ("request", "uri"))
        path = "/".join(self._segment(segment) for segment in asked.path.split("/"))
        query = self._fields(asked.query, fields.in_form(asked.query), ("request", "uri"), in_query=True)
        sent, body = self._message(asked.headers, asked.body, "request")
        headers, octets = self._message(answer.headers, answer.body, "response")
        return msgspec.structs.replace(
            recorded,
            origin=origin,
            request=Request(asked.method, f"{path}?{query}" if query else path, path, query, sent, body),
            response=Response(answer.status, headers, octets),
            reason=self._value("", recorded.reason, ("response", "status")),
        )

    def _written(self, text: str, at: Place) -> str:
        """A part of an address that is no pair: marks are percent-encoded there."""
        if self._learning:
            self._count_marks(text)
            self._learn_keys(text, at)
            return text
        return self._mask.text(text, write=lambda mark: quote(mark, safe=""))

    def _segment(self, segment: str) -> str:
        said = unquote(segment)
        clean = self._value("", said, ("request", "uri"))
        return segment if clean == said else quote(clean, safe="")

    def _message(self, headers: Headers, body: bytes, side: str) -> tuple[Headers, bytes]:
        clean = tuple((name, self._header(name, value, (side, "headers", name))) for name, value in headers)
        if not body:
            return clean, body
        if coding_of(headers):
            # Nobody can look into it, so nobody can say what is in it.
            if self._learning:
                return clean, body
            octets = self._next_mark("body").encode()
            return sized(tuple(pair for pair in clean if pair[0] != "content-encoding"), octets), octets
        octets = self._body(headers, body, (side, "body"))
        return (clean if octets == body else sized(clean, octets)), octets

    def _header(self, name: str, value: str, at: Place) -> str:
        if name == "cookie":
            return self._pairs(value, at)
        if name == "set-cookie":
            pair, sign, rest = value.partition(";")
            return self._pairs(pair, at) + sign + rest
        kind = "credential" if name in SECRET_HEADERS or name in self._names else announced(name)
        if not kind or name.startswith("access-control-"):
            by_chance = not is_identity(name) and name not in _WITHOUT_ENTROPY
            return self._value(name, value, at, resources=False, random=by_chance)
        scheme = _SCHEME.match(value)
        start = scheme.end() if scheme else 0
        credential = value[start:]
        if self._learning and scheme and scheme[1].lower() == "basic":
            for looks in pair_of(unpacked(credential)):
                self._learnt(looks.kind, looks.text, at)
        return value[:start] + self._whole("basic" if self._is_basic(scheme) else kind, credential, at)

    def _is_basic(self, scheme: re.Match[str] | None) -> bool:
        return scheme is not None and scheme[1].lower() == "basic"

    def _pairs(self, text: str, at: Place) -> str:
        """Cookies: whatever each of them says is a secret."""
        cookies = fields.in_cookies(text)
        return fields.replaced(text, [(each, self._whole("cookie", each.value, at)) for each in cookies])

    def _body(self, headers: Headers, body: bytes, at: Place) -> bytes:
        media = first(headers, "content-type") or ""
        charset = _charset(media)
        try:
            text = body.decode(charset)
        except UnicodeDecodeError:
            return self._unreadable(body, at)
        boundary = re.search(r'(?i)boundary="?([^";]+)', media)
        if fields.is_json(text):
            clean = self._fields(text, fields.in_json(text), at)
        elif boundary and "multipart" in media.lower():
            clean = self._mixed(text, fields.in_multipart(text, boundary[1]), at)
        elif "x-www-form-urlencoded" in media.lower() or (not media and _FORM.fullmatch(text)):
            clean = self._fields(text, fields.in_form(text), at)
        elif text.lstrip().startswith("<"):
            clean = self._mixed(text, fields.in_xml(text), at)
        else:
            clean = self._prose(text, at)
        return body if clean == text else clean.encode(charset)

    def _unreadable(self, body: bytes, at: Place) -> bytes:
        text = body.decode("latin-1")
        if self._learning:
            self._learn_keys(text, at)
            return body
        return self._mask.text(text).encode("latin-1", "replace")

    def _mixed(self, text: str, found: list[Field], at: Place) -> str:
        """A text of which the fields are not all."""
        if self._learning:
            self._learn_keys(text, at)
            for pair in fields.in_prose(text):
                if is_said(pair):
                    self._learnt(announced(pair.name), pair.value, at)
        clean = self._fields(text, found, at)
        return clean if self._learning else self._mask.text(clean)

    def _prose(self, text: str, at: Place) -> str:
        """Any text: lines of JSON (and events that carry it), and what is said in so many words."""
        lines = [
            Field("", match[1], match.start(1), match.end(1), str)
            for match in _LINE_OF_JSON.finditer(text)
            if fields.is_json(match[1])
        ]
        clean = fields.replaced(text, [(line, self._value("", line.value, at)) for line in lines])
        return self._value("", clean, at, nested=not lines)

    def _fields(self, text: str, found: Iterable[Field], at: Place, *, in_query: bool = False) -> str:
        changes = []
        for field in found:
            clean = self._value(field.name, field.value, (*at, *field.pointer), in_query=in_query)
            if clean != field.value:
                changes.append((field, clean))
        return fields.replaced(text, changes) if changes else text

    # A value.

    def _value(
        self,
        name: str,
        value: str,
        at: Place,
        *,
        resources: bool = True,
        random: bool = True,
        nested: bool = True,
        in_query: bool = False,
    ) -> str:
        """A value learnt, or clean. `resources`: it may name a thing; `random`: it is a secret if it looks random;
        `nested`: it may be JSON in a text."""
        if not value:
            return value
        if self._learning:
            self._count_marks(value)
        if MARK.fullmatch(value):
            return value
        kind = kind_in_query(name, value, self._names) if in_query else kind_of(name, value)
        if kind:
            return self._whole(kind, value, at)
        if nested and value[0] in "{[" and fields.is_json(value):
            return self._fields(value, fields.in_json(value), at)
        clean = value
        for pairs in (fields.in_urls(value), fields.in_prose(value)) if len(value) > 8 else ():
            said = [pair for pair in pairs if is_said(pair)]
            if said and self._learning:
                for pair in said:
                    self._learnt(announced(pair.name), pair.value, at)
        if not self._learning:
            for read in (fields.in_urls, fields.in_prose) if len(value) > 8 else ():
                known = [(pair, self._marks[pair.value]) for pair in read(clean) if self._is_known(pair)]
                clean = fields.replaced(clean, known)
            return self._masked(clean)
        self._learn_keys(value, at)
        if is_identity(name):
            self._identities.update(random_in(value))
        elif random:
            for run in random_in(value, resources=resources):
                self._random.setdefault(run, Found("random", self._index, at))
        return value

    def _is_known(self, pair: Field) -> bool:
        return pair.value in self._marks and is_said(pair)

    def _whole(self, kind: str, value: str, at: Place) -> str:
        """A value that is a secret from its beginning to its end."""
        if not value or is_marked(value):
            if self._learning:
                self._count_marks(value)
            return value
        if self._learning:
            self._learnt(kind, value, at)
            self._learn_keys(value, at, whole=True)
            return value
        if value not in self._marks:
            self._marks[value] = self._next_mark(kind)
        return self._marks[value]

    def _learn_keys(self, value: str, at: Place, *, whole: bool = False) -> None:
        for looks in keys_in(value):
            if whole:
                self._kinds.setdefault(looks.text, looks.kind)
            else:
                self._learnt(looks.kind, looks.text, at)

    def _learnt(self, kind: str, secret: str, at: Place) -> None:
        if not secret or is_marked(secret):
            return
        self._kinds.setdefault(secret, kind)
        self.found.append(Found(self._kinds[secret], self._index, at))

    def _count_marks(self, value: str) -> None:
        for mark in MARK.findall(unquote(value)):
            kind, _, number = mark[len("<redacted:") : -1].rpartition("-")
            self._counts[kind] = max(self._counts.get(kind, 0), int(number))

    def _masked(self, text: str) -> str:
        return self._mask.text(text, encoded=self._encoded)

    def _encoded(self, run: str) -> str:
        if run not in self._marks:
            self._marks[run] = self._next_mark("encoded")
        return self._marks[run]


def _charset(media: str) -> str:
    found = re.search(r'(?i)charset="?([\w\-]+)', media)
    try:
        return b"".decode(found[1]) or found[1] if found else "utf-8"
    except LookupError:
        return "utf-8"

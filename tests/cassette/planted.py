"""Exchanges with a secret planted in them, one for each place where secrets are found in the wild."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from harness.cassette.coding import decoded
from harness.cassette.recorded import Recorded, request_to
from harness.model.message import Headers, Response

JSON = ("content-type", "application/json")
FORM = ("content-type", "application/x-www-form-urlencoded")


def exchange(
    *,
    method: str = "POST",
    uri: str = "https://api.acme.test/v1/things",
    sent: Headers = (),
    body: str | bytes = b"",
    headers: Headers = (JSON,),
    answer: object = None,
    octets: bytes | None = None,
    status: int = 200,
) -> Recorded:
    """An exchange with api.acme.test; `answer` is its body as JSON."""
    asked = body.encode() if isinstance(body, str) else body
    origin, request = request_to(method, uri, sent, asked)
    given = json.dumps({} if answer is None else answer).encode() if octets is None else octets
    headers, given = decoded(headers, given)
    return Recorded(request, Response(status, headers, given), origin, "OK", "2026-11-21T15:00:00Z")


def _gzipped(text: str) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(text.encode()) + packer.flush()


def _basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def _jwt(secret: str) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"sub": "user", "key": secret}).encode()).decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{claims.rstrip('=')}.c2lnbmF0dXJlb2Z0aGlz"


BOUNDARY = "xYzBoundary"
MULTIPART = ("content-type", f"multipart/form-data; boundary={BOUNDARY}")

PLACES: dict[str, Callable[[str], Recorded]] = {
    "bearer header": lambda s: exchange(sent=(("authorization", f"Bearer {s}"),)),
    "basic user, no password": lambda s: exchange(sent=(("authorization", f"Basic {_basic(s, '')}"),)),
    "basic password": lambda s: exchange(sent=(("authorization", f"Basic {_basic('me', s)}"),)),
    "api key header": lambda s: exchange(sent=(("x-api-key", s),)),
    "header of its own name": lambda s: exchange(sent=(("x-acme-auth-token", s),)),
    "cookie": lambda s: exchange(sent=(("cookie", f"lang=de; sid={s}"),)),
    "set-cookie": lambda s: exchange(headers=(JSON, ("set-cookie", f"sid={s}; Path=/; HttpOnly"))),
    "header of the answer": lambda s: exchange(headers=(JSON, ("x-csrf-token", s))),
    "query": lambda s: exchange(uri=f"https://api.acme.test/v1?page=2&api_key={quote_plus(s)}"),
    "signature in a query": lambda s: exchange(
        uri=f"https://api.acme.test/v1?X-Amz-Signature={quote(s, safe='')}"
    ),
    "user of an address": lambda s: exchange(uri=f"https://me:{quote(s, safe='')}@api.acme.test/v1"),
    "form": lambda s: exchange(sent=(FORM,), body=f"grant_type=x&client_secret={quote_plus(s)}"),
    "form, nested name": lambda s: exchange(sent=(FORM,), body=f"account[api_key]={quote_plus(s)}"),
    "multipart": lambda s: exchange(
        sent=(MULTIPART,),
        body=f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="password"\r\n\r\n{s}\r\n--{BOUNDARY}--\r\n',
    ),
    "json": lambda s: exchange(sent=(JSON,), body=json.dumps({"user": {"password": s}})),
    "camel case": lambda s: exchange(sent=(JSON,), body=json.dumps({"config": {"accessToken": s}})),
    "list in json": lambda s: exchange(sent=(JSON,), body=json.dumps({"tokens": [s]})),
    "name and value": lambda s: exchange(
        sent=(JSON,), body=json.dumps([{"name": "DB_PASSWORD", "value": s}])
    ),
    "value and name": lambda s: exchange(sent=(JSON,), body=json.dumps([{"value": s, "name": "API_TOKEN"}])),
    "below its name": lambda s: exchange(sent=(JSON,), body=json.dumps({"secret": {"value": s}})),
    "json in json": lambda s: exchange(
        sent=(JSON,), body=json.dumps({"payload": json.dumps({"api_key": s})})
    ),
    "json without a type": lambda s: exchange(body=json.dumps({"secret": s})),
    "token of an answer": lambda s: exchange(answer={"access_token": s, "token_type": "bearer"}),
    "address in an answer": lambda s: exchange(
        answer={"next": f"https://a.test/x?token={quote_plus(s)}&page=2"}
    ),
    "database address": lambda s: exchange(answer={"dsn": f"postgres://app:{quote(s, safe='')}@db/app"}),
    "jwt": lambda s: exchange(answer={"note": f"see {_jwt(s)}"}),
    "pem": lambda s: exchange(
        answer={"file": f"-----BEGIN PRIVATE KEY-----\n{s}\n-----END PRIVATE KEY-----\n"}
    ),
    "xml element": lambda s: exchange(
        headers=(("content-type", "text/xml"),),
        octets=f"<a><SecretAccessKey>{s}</SecretAccessKey></a>".encode(),
    ),
    "xml attribute": lambda s: exchange(
        headers=(("content-type", "text/xml"),), octets=f'<user name="me" password="{s}"/>'.encode()
    ),
    "zipped answer": lambda s: exchange(
        headers=(JSON, ("content-encoding", "gzip")), octets=_gzipped(json.dumps({"refresh_token": s}))
    ),
    "lines of json": lambda s: exchange(
        headers=(("content-type", "application/x-ndjson"),),
        octets=b'{"a":1}\n' + json.dumps({"secret": s}).encode() + b"\n",
    ),
    "events": lambda s: exchange(
        headers=(("content-type", "text/event-stream"),),
        octets=f"event: x\ndata: {json.dumps({'token': s})}\n\n".encode(),
    ),
    "in so many words": lambda s: exchange(
        headers=(("content-type", "text/plain"),), octets=f"login with password={s} now".encode()
    ),
    "page with a form": lambda s: exchange(
        headers=(("content-type", "text/html"),),
        octets=f'<html><input name="csrf_token" value="{s}"></html>'.encode(),
    ),
    "location": lambda s: exchange(headers=(JSON, ("location", f"/callback?access_token={quote_plus(s)}"))),
}
"""Where a secret is planted."""

ECHOES: dict[str, Callable[[str], Recorded]] = {
    "in a sentence": lambda s: exchange(answer={"message": f"the key {s} is not valid"}),
    "in a path": lambda s: exchange(uri=f"https://api.acme.test/v1/keys/{quote(s, safe='')}"),
    "in a header": lambda s: exchange(headers=(JSON, ("x-debug", f"asked by {s}."))),
    "in base64": lambda s: exchange(answer={"blob": base64.b64encode(f"x{s}y".encode()).decode()}),
    "in base64 that begins elsewhere": lambda s: exchange(
        answer={"blob": "ab" + base64.b64encode(f"12345{s}".encode()).decode()}
    ),
    "in hexadecimal digits": lambda s: exchange(answer={"blob": s.encode().hex()}),
    "as the name of a member": lambda s: exchange(answer={"known": {s: True}}),
    "in a text": lambda s: exchange(
        headers=(("content-type", "text/plain"),), octets=f"hello {s}\n".encode()
    ),
    "in what is no text": lambda s: exchange(
        headers=(("content-type", "application/octet-stream"),), octets=b"\xff\xfe\x00" + s.encode() + b"\xff"
    ),
    "in a phrase": lambda s: exchange(answer={"url": f"https://a.test/cb?anything={quote(s, safe='')}"}),
}
"""Where a secret that is known from elsewhere comes again."""


def traces(secret: str) -> list[str]:
    """The ways in which a secret might still be read in a file."""
    octets = secret.encode()
    shifted = [
        base64.b64encode(b"\0" * n + octets).decode().rstrip("=")[4 if n else 0 : -2] for n in range(3)
    ]
    return [
        secret,
        quote(secret, safe=""),
        octets.hex(),
        json.dumps(secret)[1:-1],
        *(t for t in shifted if len(t) >= 8),
    ]

"""Cases of another mock server's test harness: read, asked of a lane, and compared with what came."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

CASES = Path(os.environ.get("HARNESS_CORPUS", "../shared/corpus")) / "prism_cases.json"

_OWN_ERRORS = "stoplight.io/prism/errors"
_BOUNDARY = "x-cases-boundary"


class Case(NamedTuple):
    """One case. `flags` are those of the server that it was written for."""

    name: str
    document: bytes
    flags: tuple[str, ...]
    request: bytes
    status: int
    headers: dict[str, str]
    body: str
    exact: bool

    @property
    def is_proxied(self) -> bool:
        """Is it about passing requests on to a live server?"""
        return self.flags[0] == "proxy"

    @property
    def is_postman(self) -> bool:
        """Is its document a collection of Postman's, and no OpenAPI?"""
        return self.name.endswith(".pc")

    @property
    def own_error(self) -> bool:
        """Is the answer an error in that server's own words? Then only the status is anybody else's."""
        return _OWN_ERRORS in self.body or self.headers.get("content-type") == "application/problem+json"


class Came(NamedTuple):
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes


def read_cases() -> list[Case]:
    """All cases in their order; none where the corpus is absent."""
    return [_case(node) for node in json.loads(CASES.read_bytes())] if CASES.exists() else []


def differences(case: Case, came: Came) -> list[str]:
    """Where an answer is not what the case says: `status`, the names of headers, `body`."""
    wrong = ["status"] if came.status != case.status else []
    if not case.own_error:
        wrong += [name for name, value in case.headers.items() if not _same_header(came, name, value)]
    if case.own_error or not case.body:
        return wrong
    said = _value(case.body)
    got = _value(came.body.decode(errors="replace"))
    same = got == said if case.exact else _alike(got, said)
    return wrong if same else [*wrong, "body"]


def _same_header(came: Came, name: str, value: str) -> bool:
    got = came.headers.get(name)
    if name != "content-type" or got is None:
        return got == value
    # Parameters such as the character set are not what the cases are about.
    return got.partition(";")[0].strip().lower() == value.partition(";")[0].strip().lower()


def _alike(got: object, said: object) -> bool:
    """Values of one kind: the same members of objects, whatever they are."""
    if isinstance(said, dict):
        return isinstance(got, dict) and got.keys() == said.keys()
    if isinstance(said, str) and said.startswith("<"):
        return isinstance(got, str) and re.findall(r"</?\w+>", got) == re.findall(r"</?\w+>", said)
    return type(got) is type(said)


def _value(text: str) -> object:
    text = text.strip()
    try:
        return json.loads(text)
    except ValueError:
        return text


def _case(node: dict[str, Any]) -> Case:
    exact = "expect" in node
    answer = node.get("expect") or node.get("expect-loose") or node["expect-keysOnly"]
    head, _, body = answer.strip("\n").partition("\n\n")
    first, *lines = head.splitlines()
    flags = tuple(word for word in node["server"].split() if word not in ("${document}", "-p", "4010"))
    request = request_of(node["command"])
    if {"-d", "--dynamic"} & set(flags) and b"__dynamic" not in request:
        # What is a flag of that server is a preference of the client here.
        request = request.replace(b"\r\n", b"\r\nPrefer: dynamic=true\r\n", 1)
    return Case(
        name=node["file"].removeprefix("specs/").removesuffix(".txt"),
        document=node["spec"].encode(),
        flags=flags,
        request=request,
        status=int(first.split()[1]),
        headers={name.lower(): value for name, _, value in (line.partition(": ") for line in lines)},
        body=body,
        exact=exact,
    )


def request_of(command: str) -> bytes:
    """The bytes that a curl command puts on the wire, as far as the cases use curl."""
    words = shlex.split(command)[1:]
    method, url, data = "", "", []
    headers = {"Host": "localhost:4010", "User-Agent": "curl/8", "Accept": "*/*"}
    parts: list[str] = []
    while words:
        match words.pop(0):
            case "-X" | "--request":
                method = words.pop(0)
            case "-sIXGET":
                method = "GET"
            case "--head":
                method = "HEAD"
            case "-H" | "--header":
                name, _, value = words.pop(0).partition(":")
                _put(headers, name.strip(), value.strip())
            case "--cookie":
                headers["Cookie"] = words.pop(0)
            case "-d" | "--data":
                data.append(words.pop(0))
            case "--data-urlencode":
                name, _, value = words.pop(0).partition("=")
                data.append(f"{name}={quote(value, safe='')}")
            case "-F":
                parts.append(words.pop(0))
            case "-i" | "--location" | "--url":
                continue
            case word:
                assert "//" in word, f"what is {word!r} to curl?"
                url = word
    body = "&".join(data).encode()
    if data:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    if parts:
        headers["Content-Type"] = f"multipart/form-data; boundary={_BOUNDARY}"
        body = b"".join(_part(part) for part in parts) + f"--{_BOUNDARY}--\r\n".encode()
    if body:
        headers["Content-Length"] = str(len(body))
    target = urlsplit(url)
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    lines = [f"{method or ('POST' if body else 'GET')} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _put(headers: dict[str, str], name: str, value: str) -> None:
    """A header of the command line replaces curl's own; without a value it removes it."""
    for known in [known for known in headers if known.lower() == name.lower()]:
        del headers[known]
    if value:
        headers[name] = value


def _part(text: str) -> bytes:
    name, _, value = text.partition("=")
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return f"{head}{value}\r\n".encode()

"""Recordings of other tools, taken over: betamax and VCR for Ruby (`http_interactions`), HAR 1.2 (`log.entries`)."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from harness.cassette.coding import decoded
from harness.cassette.format import from_dict, loaded, parse
from harness.cassette.recorded import Cassette, Facts, Recorded, request_to
from harness.errors import FileError
from harness.model.message import Headers, Response


def migrated(text: str, *, path: str, hosts: Collection[str] = ()) -> tuple[Cassette, tuple[str, ...]]:
    """The cassette of another tool's recording, and what was left out of it. `hosts`: no others are taken over.

    FileError where it is no recording that is known.
    """
    tree = loaded(text, path=path)
    if isinstance(tree, dict) and isinstance(tree.get("http_interactions"), list):
        found, left = _interactions(tree["http_interactions"], path)
        tool = str(tree.get("recorded_with") or "betamax")
    elif isinstance(tree, dict) and isinstance(tree.get("log"), dict):
        found, left = _entries(tree["log"], path)
        creator = tree["log"].get("creator")
        tool = f"HAR of {creator.get('name', 'somebody')}" if isinstance(creator, dict) else "HAR"
    elif isinstance(tree, dict) and isinstance(tree.get("interactions"), list):
        cassette = parse(text, path=path)
        found, left, tool = list(cassette.exchanges), [], cassette.facts.taken_from or "vcrpy"
    else:
        known = "betamax and VCR (`http_interactions`), HAR (`log.entries`) and vcrpy (`interactions`)"
        raise FileError(path, f"no recording that is known here: {known} are")
    if hosts:
        elsewhere = [each for each in found if urlsplit(each.origin).hostname not in hosts]
        found = [each for each in found if each not in elsewhere]
        if elsewhere:
            names = sorted({urlsplit(each.origin).hostname or "no host" for each in elsewhere})
            left = [
                *left,
                f"{len(elsewhere)} to {', '.join(names[:5])}{' and others' if len(names) > 5 else ''}",
            ]
    return Cassette(tuple(found), Facts(taken_from=tool)), tuple(left)


def _interactions(interactions: list[Any], path: str) -> tuple[list[Recorded], list[str]]:
    found = []
    for number, interaction in enumerate(interactions, 1):
        try:
            found.append(from_dict(interaction))
        except ValueError as error:
            raise FileError(path, f"interaction {number}: {error}") from None
    return found, []


def _entries(log: dict[str, Any], path: str) -> tuple[list[Recorded], list[str]]:
    entries = log.get("entries")
    if not isinstance(entries, list):
        raise FileError(path, "a HAR has a list `log.entries`")
    found, unanswered = [], 0
    for number, entry in enumerate(entries, 1):
        try:
            recorded = _entry(entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FileError(path, f"entry {number} is none of HAR 1.2: {error!r}") from None
        if recorded is None:
            unanswered += 1
        else:
            found.append(recorded)
    return found, [f"{unanswered} without an answer"] if unanswered else []


def _entry(entry: dict[str, Any]) -> Recorded | None:
    """One entry; None for a request that was never answered (a browser writes status 0)."""
    asked, answer = entry["request"], entry["response"]
    if not 100 <= int(answer["status"]) <= 999:
        return None
    sent, body = decoded(tuple(_fields(asked)), _posted(asked.get("postData")))
    origin, request = request_to(str(asked["method"]), str(asked["url"]), sent, body)
    content = answer.get("content") or {}
    text = content.get("text") or ""
    octets = b64decode(text) if content.get("encoding") == "base64" else text.encode("utf-8", "surrogatepass")
    # What a HAR holds is decoded already, whatever the header says.
    plain = tuple(pair for pair in _fields(answer) if pair[0] != "content-encoding")
    headers, octets = decoded(plain, octets)
    response = Response(int(answer["status"]), headers, octets)
    when = entry.get("startedDateTime")
    recorded = Recorded(request, response, origin, str(answer.get("statusText") or ""))
    return msgspec.structs.replace(recorded, recorded_at=when) if isinstance(when, str) else recorded


def _fields(message: dict[str, Any]) -> Headers:
    pairs = ((str(field["name"]).lower(), str(field["value"])) for field in message.get("headers") or ())
    # `:authority` and the like are HTTP/2's own.
    return tuple(pair for pair in pairs if not pair[0].startswith(":"))


def _posted(data: Any) -> bytes:
    if not isinstance(data, dict):
        return b""
    if data.get("text"):
        return str(data["text"]).encode("utf-8", "surrogatepass")
    return urlencode(list(_parameters(data))).encode()


def _parameters(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for parameter in data.get("params") or ():
        yield str(parameter["name"]), str(parameter.get("value") or "")

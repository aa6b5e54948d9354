"""vcrpy with our reading, writing and matching. Imported only where a cassette is played."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import vcr
from vcr.request import Request as Asked

from harness import __version__
from harness.cassette.credentials import credential_names
from harness.cassette.format import as_dict, from_dict, loaded, parse, written
from harness.cassette.meaning import differences, meaning
from harness.cassette.recorded import Cassette, Facts, request_to
from harness.cassette.redact import Redactor
from harness.contract.contract import Contract
from harness.contract.files import load_provider
from harness.model.message import Request

MATCH_ON = ("method", "scheme", "host", "port", "meaning")


def player(provider: str | None, secrets: Iterable[str]) -> vcr.VCR:
    """A VCR that matches by meaning and writes no secret.

    `provider`: by whose contract; UnknownName or FileError where there is none.
    """
    known = load_provider(provider) if provider is not None else None
    names = credential_names(known) if known is not None else frozenset()
    made = vcr.VCR(match_on=MATCH_ON, serializer="harness", before_record_response=_dated)
    made.register_serializer("harness", _Serializer(names, tuple(secrets), known.name if known else ""))
    made.register_matcher("meaning", _Matcher(known.contract if known is not None else None))
    return made


class _Serializer:
    """What vcrpy writes and reads by. Raises FileError where a text is no cassette."""

    def __init__(self, names: frozenset[str], secrets: tuple[str, ...], provider: str) -> None:
        self._names, self._secrets, self._provider = names, secrets, provider

    def deserialize(self, text: str) -> dict[str, Any]:
        cassette = parse(text, path="cassette")
        interactions = [as_dict(each) for each in cassette.exchanges]
        for interaction in interactions:
            interaction["response"].setdefault("harness", {})
        tree = loaded(text, path="cassette")
        return {"version": 1, "interactions": interactions, "metadata": tree.get("metadata") or {}}

    def serialize(self, tree: dict[str, Any]) -> str:
        exchanges = tuple(from_dict(each) for each in tree["interactions"])
        clean = Redactor(self._secrets, names=self._names).redacted(exchanges)
        metadata = dict(tree.get("metadata") or {})
        about = metadata.pop("harness", None) or {}
        facts = Facts(
            harness=__version__,
            provider=self._provider or str(about.get("provider", "")),
            recorded_by="mock" if about.get("recorded_by") == "mock" else "live",
            recorded_at=max(each.recorded_at for each in clean) if clean else "",
        )
        return written(Cassette(clean, facts, metadata), path="cassette.yaml")


class _Matcher:
    """Do two requests mean the same? AssertionError says in what they differ, as vcrpy's own matchers do."""

    __name__ = "meaning"

    def __init__(self, contract: Contract | None) -> None:
        self._contract = contract

    def __call__(self, asked: Asked, recorded: Asked) -> None:
        one, other = (meaning(_request(each), self._contract) for each in (recorded, asked))
        if one.operation != other.operation:
            raise AssertionError(f"{other.operation} is not {one.operation}")
        apart = list(differences(one, other, asked_s=time.time()))
        if apart:
            raise AssertionError("; ".join(map(str, apart[:4])))


def _request(asked: Asked) -> Request:
    body = asked.body
    if not isinstance(body, bytes | str | None):
        body = b"".join(body)
    octets = body.encode() if isinstance(body, str) else body or b""
    headers = tuple((name.lower(), str(value)) for name, value in asked.headers.items())
    return request_to(asked.method, asked.uri, headers, octets)[1]


def _dated(response: dict[str, Any]) -> dict[str, Any]:
    """An answer with the moment at which it was recorded, unless it comes from a file."""
    if "harness" not in response:
        now = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
        response = {**response, "harness": {"recorded_at": now}}
    return response

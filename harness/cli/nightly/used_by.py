"""What tells of a client's use of a provider: cassettes, journals, reports of `harness verify`."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from harness.cassette.format import ENDINGS, parse
from harness.cassette.journal import to_journal
from harness.cassette.recorded import Recorded
from harness.cli.loading import read_text, shown
from harness.cli.settings import Settings
from harness.contract.contract import Contract, Match
from harness.contract.provider import Provider
from harness.drift.nights.usage import Usage, usage
from harness.errors import FileError, UsageError, did_you_mean
from harness.model.exchange import Exchange
from harness.model.message import Request


class Recording(msgspec.Struct, frozen=True):
    """One file of exchanges with a provider. `asked`: operations of which no more is known than that. `is_of_mock`: a
    mock of ours answered, which says what a client asks for, and nothing of what the provider answers."""

    path: Path
    exchanges: tuple[Exchange, ...] = ()
    asked: tuple[str, ...] = ()
    is_of_mock: bool = False

    def concerns(self, contract: Contract, operations: Iterable[str]) -> bool:
        """Does it have an exchange of one of these operations, by their names?"""
        wanted = set(operations)
        return any(
            isinstance(match, Match) and match.operation.name in wanted
            for match in (contract.asked(_request(each)) for each in self.exchanges)
        )


def _request(each: Exchange) -> Request:
    path = each.path or "/"
    target = f"{path}?{each.query}" if each.query else path
    return Request(each.method or "", target, path, each.query, each.request_headers, each.request_body)


def recordings(named: Iterable[str], provider: Provider | None, settings: Settings) -> tuple[Recording, ...]:
    """The files that are meant: cassettes, folders of them, journals, reports; or a client, which has cassettes. Of
    what a cassette has of several hosts, what was asked of the provider; all without one.

    FileError or UsageError for what is none of these.
    """
    found = [each for text in named for each in _named(text, provider, settings)]
    return tuple({each.path: each for each in found}.values())


def usage_of(told: Iterable[Recording], provider: Provider) -> Usage:
    """What these recordings tell of a client. UsageError where they tell nothing of that provider."""
    told = tuple(told)
    exchanges = [exchange for each in told for exchange in each.exchanges]
    asked = [name for each in told for name in each.asked]
    sources = [shown(each.path) for each in told]
    found = usage(provider.contract, exchanges, asked=asked, sources=sources)
    if not found.operations:
        raise UsageError(
            f"no request in {', '.join(sources)} is for an operation of {provider.name}: "
            "nothing tells what the client uses"
        )
    return found


def _named(text: str, provider: Provider | None, settings: Settings) -> Iterator[Recording]:
    path = Path(text).expanduser()
    if text in settings.clients and not path.exists():
        cassettes = settings.clients[text].cassettes
        if not cassettes:
            raise UsageError(f"nothing tells what {text} uses: harness.toml may name its cassettes = [...]")
        for cassette in cassettes:
            yield from _named(cassette, provider, Settings())
        return
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in ENDINGS)
        met = [each for file in files if (each := _recording(file, provider, strict=False)) is not None]
        if not met:
            raise FileError(shown(path), "no cassette in it")
        yield from met
        return
    if not path.exists() and settings.clients and "." not in path.name:
        raise UsageError(f"no file and no client {text!r}; {did_you_mean(text, settings.clients)}")
    read = _recording(path, provider, strict=True)
    assert read is not None
    yield read


def _recording(path: Path, provider: Provider | None, *, strict: bool) -> Recording | None:
    """A file read; None for one that is no recording, where that is no mistake."""
    text = read_text(path)
    told = _told(text) if path.suffix.lower() == ".json" else None
    if isinstance(told, list) or (isinstance(told, dict) and told.keys() & {"exchanges", "scenarios"}):
        return _journal(path, told)
    if not strict and "interactions" not in text:
        return None
    cassette = parse(text, path=shown(path))
    recorded: Iterable[Recorded] = cassette.exchanges
    if provider is not None:
        recorded = _of_provider(recorded, provider)
    return Recording(path, tuple(to_journal(recorded)), is_of_mock=cassette.facts.recorded_by == "mock")


def _told(text: str) -> Any:
    try:
        return msgspec.json.decode(text.encode())
    except msgspec.DecodeError:
        return None


def _journal(path: Path, told: Any) -> Recording:
    if isinstance(told, list):
        told = {"exchanges": told}
    try:
        exchanges = tuple(_exchange(each) for each in _dicts(told.get("exchanges")))
    except (msgspec.ValidationError, ValueError) as error:
        raise FileError(shown(path), f"no journal of the control API: {error}") from None
    attempts = [
        attempt
        for scenario in _dicts(told.get("scenarios"))
        for call in _dicts(scenario.get("calls"))
        for attempt in _dicts(call.get("attempts"))
    ]
    asked = tuple(each["operation"] for each in attempts if isinstance(each.get("operation"), str))
    if not exchanges and not asked:
        expected = "what GET /lanes/ID/journal answers, or what `harness verify --report x.json` wrote"
        raise FileError(shown(path), f"no request in it; expected a cassette, {expected}")
    return Recording(path, exchanges, asked, is_of_mock=True)


def _exchange(told: dict[str, Any]) -> Exchange:
    """As the control API tells it."""
    bodies = {name: _octets(told.get(name)) for name in ("request_body", "response_body")}
    plain = {name: value for name, value in told.items() if name not in (*bodies, "fault")}
    return msgspec.structs.replace(msgspec.convert(plain, Exchange), **bodies)


def _octets(told: object) -> bytes:
    if not isinstance(told, dict):
        return b""
    if isinstance(told.get("base64"), str):
        return base64.b64decode(told["base64"])
    return str(told.get("text", "")).encode()


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _of_provider(recorded: Iterable[Recorded], provider: Provider) -> list[Recorded]:
    """Those that went to the provider's own hosts; all, where none did: it was played then, or is a sandbox."""
    recorded = list(recorded)
    urls = [*provider.contract.server_urls, *provider.card.base_urls]
    hosts = {urlsplit(url).hostname for url in urls} - {None}
    own = [each for each in recorded if urlsplit(each.origin).hostname in hosts]
    return own or recorded

"""A cassette in use: played, added to, written at the end without secrets."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from harness import __version__
from harness.cassette.credentials import credential_names, secrets_in
from harness.cassette.files import load_cassette
from harness.cassette.format import require_ending, written
from harness.cassette.recorded import Cassette, Facts, Recorded, Source
from harness.cassette.redact import Redactor
from harness.cassette.replay import Replay
from harness.cli.loading import read_text
from harness.cli.writing import require_writable, write_text
from harness.contract.provider import Provider
from harness.errors import UsageError
from harness.redaction.said import marks_in
from harness.server.player import Live, Player, moment

Mode = Literal["none", "new", "all"]
"""`none`: what is recorded is played, and nothing else. `new`: what it lacks is recorded. `all`: recorded anew."""


class Recording:
    """A cassette of one provider, while it is used. `player`: what answers by it."""

    def __init__(
        self, provider: Provider, path: Path, cassette: Cassette, live: Live | None, *, command: str = ""
    ) -> None:
        self.path = path
        self._provider, self._cassette, self._live, self._command = provider, cassette, live, command
        self.player = Player(Replay(cassette, provider.contract, path=str(path)), provider, live=live)

    @classmethod
    def of(
        cls, provider: Provider, path: Path, *, record: Mode, base_url: str | None = None, command: str = ""
    ) -> Recording:
        """The cassette in a file. FileError where there is none to be played, UsageError where it is not known whom
        to ask what it lacks."""
        require_ending(str(path))
        if record == "none":
            if base_url:
                raise UsageError("--base-url is where the live provider is; it is asked with --record new")
            read_text(path)  # names the nearest file where there is none
            return cls(provider, path, load_cassette(path), None, command=command)
        require_writable(path)
        known = load_cassette(path) if record == "new" and path.exists() else Cassette()
        live = Live(base_url or live_url(provider))
        return cls(provider, path, known, live, command=command)

    async def close(self) -> None:
        """Give up the connections to the live provider."""
        if self._live is not None:
            await self._live.close()

    def keep(self, secrets: Iterable[str] = ()) -> str:
        """Write what was recorded, if anything was, and say so. `secrets`: further ones that are known."""
        if self._live is None or not self._live.recorded:
            return ""
        return write_recorded(
            self.path,
            (*self._cassette.exchanges, *self._live.recorded),
            provider=self._provider,
            recorded_by="live",
            command=self._command,
            secrets=secrets,
            metadata=self._cassette.metadata,
        )


def write_recorded(
    path: Path,
    exchanges: Iterable[Recorded],
    *,
    provider: Provider,
    recorded_by: Source,
    command: str,
    secrets: Iterable[str] = (),
    metadata: dict[str, object] | None = None,
) -> str:
    """Write exchanges without the secrets in them, and say what was written."""
    redactor = Redactor((*secrets, *secrets_in(os.environ)), names=credential_names(provider))
    clean = redactor.redacted(exchanges)
    facts = Facts(
        harness=__version__,
        provider=provider.name,
        recorded_by=recorded_by,
        recorded_at=moment(time.time()),
        command=redactor.text(command),
    )
    draft = Cassette(clean, facts, metadata or {})
    count = len(marks_in(written(draft, path="")))
    text = written(
        msgspec.structs.replace(draft, facts=msgspec.structs.replace(facts, redacted=count)), path=str(path)
    )
    write_text(path, text)
    return f"wrote {path}: {_many(len(clean), 'exchange')}, {_many(count, 'secret')} redacted"


def live_url(provider: Provider) -> str:
    """Where the live provider is. UsageError where nothing says it."""
    for url in (*provider.card.base_urls, *provider.contract.server_urls):
        if url.startswith(("https://", "http://")):
            return url
    raise UsageError(f"where is {provider.name}? Its documents do not say; --base-url URL does")


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

"""The two sides of drift: our document, and what it is held against. What cannot be reached is no mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec

from harness.cli.fetch import is_url, without_secrets
from harness.cli.loading import shown
from harness.cli.settings import ClientSettings, Settings
from harness.cli.vendor import MOST_FILES, Source
from harness.contract.contract import Contract
from harness.contract.document import Document, parse
from harness.contract.files import document_path, load_document, load_provider, provider_names
from harness.contract.provider import Card, Provider
from harness.drift.nights.published import Published, unpack
from harness.errors import FileError, UnknownName, UsageError
from harness.model.drift_report import Side
from harness.redaction import fields
from harness.redaction.known import REDACTED
from harness.redaction.said import kind_in_query


class Unreached(Exception):
    """What our document is to be held against could not be had: not drift, and not silence."""


class Ours(msgspec.Struct, frozen=True):
    """Our side: a provider, and the client of it that is meant, if one is. `path`: its document, None where that was
    fetched. `kept`: what stands in for our own text, which `text` is then."""

    provider: Provider
    side: Side
    path: Path | None
    client: str = ""
    settings: ClientSettings | None = None
    kept: Published | None = None
    text: Contract | None = None

    @property
    def is_own_text(self) -> bool:
        """Is our document a text of our own, and no copy of one that the provider publishes?"""
        card = self.provider.card
        return self.kept is None and is_url(card.document) and not card.sha256

    def since(self, kept: Published) -> Ours:
        """With what the provider had published in place of a text of our own."""
        card = self.provider.card
        then = unpack(kept, name=f"the published document of {self.provider.name}")
        return msgspec.structs.replace(
            self,
            provider=Provider(card, then, self.provider.behaviour),
            side=Side(f"{kept.source} of {kept.date}", kept.version, kept.date),
            path=None,
            kept=kept,
            text=self.provider.contract,
        )


class Theirs(msgspec.Struct, frozen=True):
    """The other document. `source`: its bytes, and what stands beside it."""

    contract: Contract
    side: Side
    source: Source


def ours(named: str, settings: Settings) -> Ours:
    """A client of harness.toml, or else a provider or a document. UnknownName says the nearest of them all; Unreached
    where the URL of a document gives none."""
    if named in settings.clients:
        client = settings.clients[named]
        return _of(load_provider(client.provider), client.provider, named, client)
    if is_url(named):
        fetched = theirs(named)
        title = fetched.contract.document.title
        card = Card(name=title, title=title, kind="document", docs="", document=fetched.side.name)
        return Ours(Provider(card, fetched.contract), fetched.side, None)
    try:
        return _of(load_provider(named), named)
    except UnknownName:
        known = [*settings.clients, *provider_names()]
        raise UnknownName("client or provider" if settings.clients else "provider", named, known) from None


def _of(provider: Provider, named: str, client: str = "", settings: ClientSettings | None = None) -> Ours:
    path = document_path(named)
    if not _says_something(provider.contract):
        raise FileError(shown(path), "an OpenAPI document without operations: nothing of it can drift")
    side = Side(shown(path), _version(provider.contract), provider.card.date)
    return Ours(provider, side, path, client, settings)


def _says_something(contract: Contract) -> bool:
    return bool(contract.operations or contract.outgoing.names)


def published(of: Ours) -> str:
    """Where the provider publishes its document, by its card. UsageError where nobody knows."""
    named = of.provider.card.document
    if (of.path is None and of.kept is None) or not is_url(named):
        raise UsageError(
            f"--against says what {of.provider.name} is held against: a file, a URL of its document, or live"
        )
    return named


def theirs(named: str) -> Theirs:
    """The document of that file, provider or URL. Unreached where a URL does not give a document."""
    if not is_url(named):
        try:
            path = document_path(named)
        except UnknownName:
            known = ["live", *provider_names()]
            raise UnknownName("file, URL or provider to be held against, as", named, known) from None
        contract = Contract(load_document(path))
        return Theirs(contract, Side(shown(path), _version(contract)), Source(str(path)))
    try:
        source = Source(named)
        contract = Contract(_read(source))
        if not _says_something(contract):
            raise FileError(shown_url(named), "an OpenAPI document without operations")
    except FileError as error:
        raise Unreached(f"{shown_url(named)} {error.message}") from None
    return Theirs(contract, Side(shown_url(named), _version(contract)), source)


def as_written(source: Source) -> Document:
    """The other document in the dialect that it is written in."""
    return parse(source.data, name=source.name, read=_beside(source), as_written=True)


def _read(source: Source) -> Document:
    return parse(source.data, name=source.shown, read=_beside(source))


def _beside(source: Source) -> Callable[[str], bytes]:
    """Reads what the document refers to, and no more files than a document has."""
    read: set[str] = set()

    def one(relative: str) -> bytes:
        read.add(relative)
        if len(read) > MOST_FILES:
            raise FileError(source.shown, f"refers to more than {MOST_FILES} files")
        return source.read(relative)

    return one


def shown_url(url: str) -> str:
    """The URL without what is a secret in it."""
    parts = urlsplit(without_secrets(url))
    query = parts.query
    for field in reversed(fields.in_form(query)):
        if kind_in_query(field.name, field.value, frozenset()):
            query = fields.replaced(query, [(field, REDACTED)])
    return urlunsplit(parts._replace(query=query))


def _version(contract: Contract) -> str:
    return contract.document.text("info", "version")

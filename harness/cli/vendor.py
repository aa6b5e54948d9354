"""A document taken over as it is: its bytes, the files it refers to, and a card that says whence and when."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import msgspec

from harness.cli.fetch import MOST_BYTES, fetch, is_url, without_secrets
from harness.cli.writing import write_bytes
from harness.contract.contract import Contract
from harness.contract.document import Document, parse
from harness.contract.files import DOCUMENTS, read_bytes
from harness.contract.provider import Card
from harness.contract.written import written
from harness.errors import FileError, UsageError

MOST_FILES = 500

Read = Callable[[str], bytes]


class Vendored(msgspec.Struct, frozen=True):
    """What was taken over: every file by its path in the folder, the card, and what the document promises.

    `left` are the files that it refers to and that were not asked for.
    """

    files: dict[str, bytes]
    card: Card
    contract: Contract
    left: tuple[str, ...] = ()


class Source:
    """Where a document comes from, and what stands beside it there."""

    def __init__(self, text: str) -> None:
        if is_url(text):
            self.data, url = fetch(text)
            self.shown = without_secrets(text)
            self.name = posixpath.basename(urlsplit(url).path)
            self._read: Read = lambda relative: _fetch_beside(url, relative)
        else:
            path = Path(text).expanduser()
            self.data = read_bytes(path)
            self.shown, self.name = text, path.name
            self._read = lambda relative: (path.parent / relative).read_bytes()

    def read(self, relative: str) -> bytes:
        """A file beside the document. OSError where there is none."""
        return self._read(relative)


def take_over(name: str, source: Source, *, refs: bool, date: str) -> Vendored:
    """The document as a provider of that name; a FileError where it is none.

    `refs`: with the files that it refers to. `date`: of today, YYYY-MM-DD.
    """
    is_json = source.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
    own = "openapi.json" if is_json else "openapi.yaml"
    files: dict[str, bytes] = {}
    left: list[str] = []

    def read(relative: str) -> bytes:
        if not refs:
            left.append(relative)
            raise OSError("it was not taken over")
        if relative.startswith(("../", "/")) or relative == own or relative.split("/")[0] in _TAKEN:
            raise FileError(
                source.shown, f"refers to {relative!r}, which has no place in one folder with it; {_BUNDLE}"
            )
        # Other files may refer to the document by the name that it had.
        files[relative] = source.data if relative == source.name else source.read(relative)
        if len(files) > MOST_FILES or sum(map(len, files.values())) > MOST_BYTES:
            raise FileError(source.shown, f"refers to more than can be taken over; {_BUNDLE}")
        return files[relative]

    try:
        document = parse(source.data, name=own, read=read)
    except FileError as error:
        if error.path == own:
            raise FileError(source.shown, error.message, line=error.line) from None
        raise
    document.dialect = "aws" if document.is_converted_from_aws else ""
    contract = Contract(document)
    files[own] = source.data
    return Vendored(
        files, _card(name, source.shown, document, contract, date), contract, tuple(sorted(set(left)))
    )


_TAKEN = ("provider.yaml", "behaviour.yaml", "plans", "scenarios")
_BUNDLE = "make one file of it first: npx @redocly/cli bundle DOCUMENT"


def _card(name: str, shown: str, document: Document, contract: Contract, date: str) -> Card:
    return Card(
        name=name,
        title=document.title if document.text("info", "title") else name,
        kind="document",
        docs=document.text("externalDocs", "url"),
        document=shown,
        document_version=document.text("info", "version"),
        licence=document.text("info", "license", "name"),
        base_urls=contract.server_urls,
        date=date,
        sha256=document.digest,
        dialect=document.dialect,
    )


def write(vendored: Vendored, folder: Path, *, force: bool) -> None:
    """Put it into a folder, the card last. Nothing is written where something would be lost, unless by `force`."""
    names = (*vendored.files, "provider.yaml")
    there = sorted({name for name in (*names, *DOCUMENTS) if (folder / name).exists()})
    if there and not force:
        raise UsageError(
            f"{folder} has {', '.join(there[:5])}; --force overwrites, --to FOLDER puts it elsewhere"
        )
    for name, data in vendored.files.items():
        write_bytes(folder / name, data)
    for name in DOCUMENTS:
        if name not in vendored.files:
            # Of an earlier version in the other format: a folder has one document.
            (folder / name).unlink(missing_ok=True)
    needed = ("name", "title", "kind", "docs", "document")
    told = msgspec.to_builtins(vendored.card).items()
    card = {key: value for key, value in told if value or key in needed}
    write_bytes(folder / "provider.yaml", written(card, path="provider.yaml").encode())


def _fetch_beside(url: str, relative: str) -> bytes:
    target = urljoin(url, relative)
    if urlsplit(target)[:2] != urlsplit(url)[:2]:
        raise FileError(
            without_secrets(url), f"refers to {relative!r}, which is on another host; it is not fetched"
        )
    return fetch(target)[0]

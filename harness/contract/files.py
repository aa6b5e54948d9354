"""Providers on disk: bundled folders, folders like them, and any OpenAPI document. Only here is a file read."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from harness.contract import yaml
from harness.contract.behaviour import UNKNOWN, Behaviour, Idempotency
from harness.contract.coherence import require_coherence
from harness.contract.contract import Contract
from harness.contract.document import Document, parse
from harness.contract.provider import Card, Provider
from harness.errors import FileError, UnknownName

DOCUMENTS = ("openapi.yaml", "openapi.yml", "openapi.json")
"""What a provider's folder may call its document, in this order."""

_PACKAGE = Path(__file__).resolve().parent.parent


def contracts_folder() -> Path:
    """Where the bundled providers are: `contracts/` beside the package in a checkout, inside it in a wheel."""
    beside = _PACKAGE.parent / "contracts"
    return beside if (beside / "generic").is_dir() else _PACKAGE / "bundled" / "contracts"


OWN_CONTRACTS = Path("contracts")
"""Where `harness contract add` puts a user's own."""


def provider_names() -> tuple[str, ...]:
    """The user's own providers and the bundled ones: every folder with a provider.yaml."""
    folders = (OWN_CONTRACTS, contracts_folder())
    return tuple(sorted({path.parent.name for folder in folders for path in folder.glob("*/provider.yaml")}))


def load_provider(name_or_path: str, *, within: Path | None = None) -> Provider:
    """The provider of that name, in that folder, or of that OpenAPI document.

    `within`: the folder (without links in it) that an OpenAPI document's references must not lead out of. What is
    written with a path separator or ends in .json, .yaml or .yml is a path; anything else is the name of one of the
    user's own in contracts/, or else of a bundled one, or else a folder or file of that very name. UnknownName or
    FileError says what comes nearest.
    """
    path = _place_of(name_or_path)
    with yaml.uncollected():
        return _from_folder(path) if path.is_dir() else _from_document(path, within)


def load_playable(name_or_path: str, *, or_webhooks: bool = False) -> Provider:
    """As `load_provider`, with operations to play, or, where that is enough, webhooks to send. Else FileError."""
    provider = load_provider(name_or_path)
    sent = provider.contract.outgoing.names
    if provider.contract.operations or (or_webhooks and sent):
        return provider
    without = "an OpenAPI document without operations"
    if sent:
        hint = "its webhooks are sent by `harness serve` and by `mock_provider` in a test"
        raise FileError(name_or_path, f"{without}, so no client can ask it anything; {hint}")
    raise FileError(name_or_path, f"{without}: nothing can be played from it")


def document_path(name_or_path: str) -> Path:
    """Where the OpenAPI document of a provider stands, by its name, its folder or the document's own path."""
    path = _place_of(name_or_path)
    return _document_in(path) if path.is_dir() else path


def load_document(path: Path, *, within: Path | None = None) -> Document:
    """An OpenAPI document with the files that it refers to, which are found relative to it.

    FileError where one of these lies outside the folder `within`.
    """
    return parse(read_bytes(path), name=str(path), read=_reader(path, within), again=lambda: read_bytes(path))


def load_as_written(path: Path) -> Document:
    """A document in the dialect that it was written in, with the files that it refers to."""
    return parse(read_bytes(path), name=str(path), read=_reader(path, None), as_written=True)


def _place_of(name_or_path: str) -> Path:
    """The folder or document that is meant; there need not be anything where a path leads."""
    if name_or_path.startswith(("http://", "https://")):
        why = "documents are read from files; `harness contract add NAME --from URL` takes this one over"
        raise FileError(name_or_path, why)
    path = Path(name_or_path).expanduser()
    if not _is_path(name_or_path):
        for folder in (OWN_CONTRACTS, contracts_folder()):
            if (folder / name_or_path / "provider.yaml").is_file():
                return folder.absolute() / name_or_path
        if not path.exists():
            raise UnknownName("provider", name_or_path, provider_names())
    return path


def _is_path(text: str) -> bool:
    return "/" in text or "\\" in text or Path(text).suffix.lower() in (".json", ".yaml", ".yml")


def _from_folder(folder: Path) -> Provider:
    card = yaml.convert(_text(folder / "provider.yaml"), Card, path=str(folder / "provider.yaml"))
    document = _document_in(folder)
    loaded = load_document(document)
    loaded.dialect = card.dialect
    contract = Contract(loaded)
    behaviour = _implied(contract, str(document))
    source = folder / "behaviour.yaml"
    if source.is_file():
        text = _text(source)
        behaviour = yaml.convert(text, Behaviour, path=str(source))
        require_coherence(behaviour, contract, text=text, path=str(source))
    plans = {**_generic_plans(), **_texts(folder / "plans")}
    return Provider(
        card, contract, behaviour, folder=str(folder), plans=plans, scenarios=_texts(folder / "scenarios")
    )


def _document_in(folder: Path) -> Path:
    document = next((folder / name for name in DOCUMENTS if (folder / name).is_file()), None)
    if document is None:
        raise FileError(
            str(folder / DOCUMENTS[0]), f"no such file; a provider's folder needs one of {_listed(DOCUMENTS)}"
        )
    return document


def _from_document(path: Path, within: Path | None) -> Provider:
    document = load_document(path, within=within)
    contract = Contract(document)
    card = Card(
        name=re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "document",
        title=document.title,
        kind="document",
        docs=document.text("externalDocs", "url"),
        document=str(path),
        document_version=document.text("info", "version"),
        licence=document.text("info", "license", "name"),
        base_urls=contract.server_urls,
    )
    return Provider(
        card, contract, _implied(contract, str(path)), folder=str(path.parent), plans=_generic_plans()
    )


def _implied(contract: Contract, source: str) -> Behaviour:
    """What a document alone tells of behaviour: writes are repeatable where it declares an Idempotency-Key header."""
    methods = {
        op.method for op in contract.operations.values() if "idempotency-key" in contract.header_names(op)
    }
    if not methods:
        return UNKNOWN
    note = "The document declares the header; what a replay gets is taken from the general norm."
    return Behaviour(idempotency=Idempotency(source=source, note=note, methods=tuple(sorted(methods))))


def _generic_plans() -> dict[str, str]:
    return _texts(contracts_folder() / "generic" / "plans")


def _texts(folder: Path) -> dict[str, str]:
    """The YAML files of a folder by their stems; none when there is no such folder."""
    found = sorted(path for path in folder.glob("*") if path.suffix in (".yaml", ".yml"))
    return {path.stem: _text(path) for path in found}


def _text(path: Path) -> str:
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise FileError(str(path), f"not UTF-8 text (byte {error.start})") from None


def read_bytes(path: Path) -> bytes:
    """A file, or a FileError with the nearest one where it is not there."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileError(str(path), f"no such file; {_nearest(path)}") from None
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {error.strerror or error}") from None


def _reader(document: Path, within: Path | None) -> Callable[[str], bytes]:
    def read(relative: str) -> bytes:
        path = document.parent / relative
        # Resolved: a link may lead out of it too.
        if within is not None and not path.resolve().is_relative_to(within):
            raise FileError(str(document), f"$ref to {relative!r} lies outside {within}")
        return path.read_bytes()

    return read


def _nearest(path: Path) -> str:
    """What to try instead of a path where there is nothing."""
    folder = path.parent
    if not folder.is_dir():
        return f"nor is there a folder {folder}"
    names = [entry.name for entry in folder.iterdir()]
    near = get_close_matches(path.name, names, n=1, cutoff=0.5)
    if near:
        return f"did you mean {str(folder / near[0])!r}?"
    documents = sorted(name for name in names if name.endswith((".json", ".yaml", ".yml")))
    return f"there are {_listed(documents[:8])}" if documents else f"{folder} has no document"


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names)

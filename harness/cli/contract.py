"""`harness contract`: take over a provider's document, keep what is used of it, look at it."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import click
import msgspec

from harness.cli.linting import as_data, in_lines, linted, sarif_rules, unusable
from harness.cli.loading import read_text
from harness.cli.operation import described
from harness.cli.subcommands import Group
from harness.cli.vendor import Source, take_over, write
from harness.cli.writing import write_text
from harness.contract.choose import chosen as chosen_of
from harness.contract.choose import find, knows
from harness.contract.contract import Contract, Operation
from harness.contract.files import (
    OWN_CONTRACTS,
    document_path,
    load_as_written,
    load_provider,
    provider_names,
)
from harness.contract.provider import Provider
from harness.contract.slice import sliced
from harness.contract.written import written
from harness.errors import FileError, UnknownName, UsageError, did_you_mean
from harness.report.sarif import render as render_sarif

"""Where `add` puts providers of one's own."""

_SEED = 1


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def contract(ctx: click.Context) -> None:
    """Take over, cut, check and read the OpenAPI documents of providers."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)


@contract.command()
@click.argument("name")
@click.option(
    "--from", "source", required=True, metavar="FILE|URL", help="The document. A URL is fetched once."
)
@click.option("--to", metavar="FOLDER", type=click.Path(path_type=Path), help="Default: contracts/NAME.")
@click.option("--refs", is_flag=True, help="Take over the files that it refers to by relative $refs, too.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def add(name: str, source: str, to: Path | None, refs: bool, force: bool) -> int:
    """Take over a provider's document as it is, byte for byte, with a card that says whence and when.

    \b
      harness contract add acme --from https://docs.acme.example/openapi.yaml
      harness verify --provider acme --call read="python get.py"
    """
    if not name.replace("-", "").replace("_", "").isalnum() or name != name.lower():
        raise UsageError(
            f"{name!r} is no name for a provider: small letters, digits and hyphens, as in 'acme-v2'"
        )
    folder = to or OWN_CONTRACTS / name
    taken = take_over(name, Source(source), refs=refs, date=datetime.now(UTC).date().isoformat())
    write(taken, folder, force=force)
    where = name if to is None else folder if folder.is_absolute() else f"./{folder}"
    operations, oddities = len(taken.contract.operations), len(taken.contract.warnings)
    click.echo(f"{taken.card.title} {taken.card.document_version}: {_many(operations, 'operation')}")
    click.echo(f"wrote {', '.join(str(folder / file) for file in (*sorted(taken.files), 'provider.yaml'))}")
    if taken.left:
        click.echo(
            f"not taken over, so that references to them dangle (--refs does): {', '.join(taken.left)}"
        )
    if oddities:
        click.echo(f"{_many(oddities, 'warning')}: harness contract lint {where}")
    click.echo(f"harness serve {where} plays it")
    return 0


@contract.command(name="slice")
@click.argument("document", metavar="DOCUMENT|PROVIDER")
@click.option(
    "--operations",
    multiple=True,
    metavar='ID,GLOB,"GET /path"',
    help="Ids, globs of ids, or a method and a path, with commas between them. Repeatable.",
)
@click.option(
    "--from-journal",
    "journals",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What was used: a journal of the control API, or a JSON report of `harness verify`.",
)
@click.option(
    "--to", metavar="FILE", type=click.Path(path_type=Path), help="By ending .json or .yaml; else stdout."
)
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def slice_(
    document: str, operations: tuple[str, ...], journals: tuple[Path, ...], to: Path | None, force: bool
) -> int:
    """Keep just some operations of a document, with everything that they refer to.

    \b
      harness contract slice contracts/acme --operations 'listOrders,*Customer,GET /health'
      harness contract slice acme.json --from-journal journal.json --to used.json
    """
    path = document_path(document)
    whole, contract = load_as_written(path), load_provider(document).contract
    if not operations and not journals:
        raise UsageError("which operations? --operations ID,GLOB,... or --from-journal FILE says it")
    chosen = dict.fromkeys(chosen_of(contract, operations))
    for journal in journals:
        chosen.update(dict.fromkeys(_used(contract, journal)))
    tree = sliced(whole, [(operation.method, operation.template) for operation in chosen])
    if to is None:
        click.echo(written(tree, path=path.name), nl=False)
        return 0
    if to.exists() and (not force or to.resolve() == path.resolve()):
        what = "is the document itself" if to.resolve() == path.resolve() else "exists; --force overwrites it"
        raise UsageError(f"{to} {what}")
    if to.suffix.lower() not in (".json", ".yaml", ".yml"):
        raise UsageError(f"{to}: a document's name ends in .json, .yaml or .yml")
    text = written(tree, path=to.name)
    write_text(to, text)
    size, of = _size(len(text.encode())), _size(path.stat().st_size)
    click.echo(f"wrote {to}: {len(chosen)} of {_many(len(contract.operations), 'operation')}, {size} of {of}")
    return 0


@contract.command(name="lint")
@click.argument("documents", nargs=-1, required=True, metavar="DOCUMENT|PROVIDER|PLAN...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--report", metavar="FILE.sarif|sarif", help="As SARIF, for code scanning; `sarif` is stdout.")
def lint_(documents: tuple[str, ...], form: Literal["text", "json"], report: str | None) -> int:
    """What is odd about a document, and what the harness makes of it. Nothing of it keeps it from being played.

    Of a provider its plans and scenarios are read, too; a plan of your own is a file with `rules:`.

    Exit code 0, also with warnings; 2 where something cannot be used at all.
    """
    if report is not None and report != "sarif" and Path(report).suffix.lower() != ".sarif":
        raise UsageError(f"--report {report}: findings are reported as SARIF, as in lint.sarif")
    told, broken = [], None
    for document in documents:
        try:
            told.append((document, linted(document)))
        except FileError as error:
            if report is None:
                raise
            told.append((document, (unusable(error),)))
            broken = broken or error
    if report is not None:
        text = render_sarif([each for _, found in told for each in found], rules=sarif_rules())
        if report == "sarif":
            click.echo(text, nl=False)
        else:
            write_text(Path(report), text)
            click.echo(f"wrote {report}")
    elif form == "json":
        answers = [as_data(document, found) for document, found in told]
        data = answers[0] if len(answers) == 1 else answers
        click.echo(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())
    else:
        for document, found in told:
            for line in in_lines(document, found):
                click.echo(line)
    if broken is not None:
        raise broken
    return 2 if any(each.level == "error" for _, found in told for each in found) else 0


@contract.command()
@click.argument("words", nargs=-1, required=True, metavar="[DOCUMENT|PROVIDER] OPERATION")
@click.option(
    "--seed", type=click.IntRange(min=0), default=_SEED, show_default=True, help="Of the answers shown."
)
def show(words: tuple[str, ...], seed: int) -> int:
    """One operation: what it takes, what it answers (with an example each), and what is known of it beside that.

    \b
      harness contract show stripe PostCustomers
      harness contract show openapi.yaml "GET /orders/{id}"
    """
    *places, name = words
    if places and name.startswith("/"):
        name = f"{places.pop().upper()} {name}"
    if len(places) > 1:
        raise UsageError(f"too much: {' '.join(words)}; one document or provider, and one operation")
    if not places and (Path(name).exists() or name in provider_names()):
        ids = load_provider(name).contract.operations
        raise UsageError(f"which operation of {name}? {did_you_mean('', ids)}")
    provider = load_provider(places[0]) if places else _knowing(name)
    operation = find(provider.contract, name)
    now_s = time.time()
    answers = described(provider, operation, rng=random.Random(seed), now_s=now_s)
    width = min(shutil.get_terminal_size((100, 24)).columns, 110)
    for line in answers:
        click.echo(line if len(line) <= width else line[: width - 3] + "...")
    return 0


def _knowing(name: str) -> Provider:
    """The one provider that has such an operation: of one's own under contracts/, or bundled."""
    providers = {known: load_provider(known) for known in provider_names()}
    found = [known for known, provider in providers.items() if knows(provider.contract, name)]
    if not found:
        ids = {operation for provider in providers.values() for operation in provider.contract.operations}
        raise UnknownName(f"operation (in {', '.join(providers)})", name, ids)
    if len(found) > 1:
        raise UsageError(f"{' and '.join(found)} have {name!r}: say which, as in `show {found[0]} {name!r}`")
    return providers[found[0]]


def _used(contract: Contract, path: Path) -> Iterator[Operation]:
    """The operations that a journal, or a report of `harness verify`, has seen."""
    try:
        told = msgspec.json.decode(read_text(path).encode())
    except msgspec.DecodeError as error:
        raise FileError(str(path), f"not JSON: {error}") from None
    seen = list(_attempts(told))
    names = {name for name in seen if isinstance(name, str)}
    if not names:
        expected = (
            "expected what GET /lanes/ID/journal answers, or what `harness verify --report x.json` wrote"
        )
        raise FileError(str(path), f"no operation in it; {expected}")
    for name in sorted(names):
        if not knows(contract, name):
            message = f"operation {name!r} is not in the document; {did_you_mean(name, contract.operations)}"
            raise FileError(str(path), message)
        yield contract.operation(name)
    strays = sum(name is None for name in seen)
    if strays:
        click.echo(f"{path}: {_many(strays, 'request')} for no operation of the document", err=True)


def _attempts(told: Any) -> Iterator[Any]:
    """The operation of each exchange of a journal, or of each attempt of a report."""
    if isinstance(told, list):
        told = {"exchanges": told}
    if not isinstance(told, dict):
        return
    attempts = _dicts(told.get("exchanges"))
    for scenario in _dicts(told.get("scenarios")):
        for call in _dicts(scenario.get("calls")):
            attempts += _dicts(call.get("attempts"))
    # An attempt that never became a request says nothing about operations.
    yield from (attempt.get("operation") for attempt in attempts if attempt.get("method") is not None)


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _size(octets: int) -> str:
    return f"{octets / 1e6:.1f} MB" if octets >= 1e6 else f"{octets / 1e3:.1f} kB"

"""`harness cassette`: look at recorded exchanges, judge them, take secrets out, take over what others recorded."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import click
import msgspec

from harness import __version__
from harness.cassette.credentials import credential_names, secrets_in
from harness.cassette.format import ENDINGS, parse, require_ending, written
from harness.cassette.lint import DAY_S, Oddity, lint
from harness.cassette.migrate import migrated
from harness.cassette.recorded import Cassette, Recorded
from harness.cassette.redact import Redactor
from harness.cli.loading import find_provider, read_text
from harness.cli.output import say, width
from harness.cli.subcommands import Group
from harness.cli.writing import write_text
from harness.contract.contract import Contract, Match
from harness.contract.files import provider_names
from harness.contract.place import lines
from harness.contract.provider import Provider
from harness.errors import UsageError
from harness.redaction.said import marks_in
from harness.report.sarif import Located, Rule
from harness.report.sarif import render as render_sarif

RULES = (
    Rule("secret", "No cassette holds a secret."),
    Rule("age", "A cassette is not older than what it stands for."),
    Rule("unreadable", "The bodies of a cassette can be read."),
    Rule("operation", "What is recorded is an operation of the contract."),
    Rule("request.openapi-core", "A recorded request fits the contract, as openapi-core reads it."),
    Rule("response.openapi-core", "A recorded answer fits the contract, as openapi-core reads it."),
)


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def cassette(ctx: click.Context) -> None:
    """Look at, judge, redact and take over recorded exchanges (the files of vcrpy)."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)


_PROVIDER = click.option(
    "--provider", metavar="PROVIDER|DOCUMENT", help="Whom it was recorded from. Else what the file says."
)


@cassette.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("number", type=click.IntRange(min=1), required=False)
@_PROVIDER
def show(file: Path, number: int | None, provider: str | None) -> int:
    """What is in a cassette: one line an exchange, or one exchange as it was. Secrets are not shown.

    \b
      harness cassette show cassettes/stripe/refund.yaml
      harness cassette show cassettes/stripe/refund.yaml 2
    """
    recorded = parse(read_text(file), path=str(file))
    known = _provider_of(recorded, provider)
    exchanges = Redactor(names=_names(known)).redacted(recorded.exchanges)
    if number is None:
        for line in _table(file, recorded, exchanges, known.contract if known else None):
            fits = not line.startswith(" ") or len(line) <= width()
            say(line if fits else line[: width() - 3] + "...")
        return 0
    if number > len(exchanges):
        raise UsageError(f"{file} has {_many(len(exchanges), 'exchange')}; there is no number {number}")
    for line in _in_full(exchanges[number - 1]):
        say(line)
    return 0


@cassette.command(name="lint")
@click.argument("files", nargs=-1, required=True, metavar="FILE|FOLDER...", type=click.Path(path_type=Path))
@_PROVIDER
@click.option("--max-age", metavar="DAYS", type=click.FloatRange(min=0), help="What is older is an error.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--report", metavar="FILE.sarif|sarif", help="As SARIF, for code scanning; `sarif` is stdout.")
def lint_(
    files: tuple[Path, ...],
    provider: str | None,
    max_age: float | None,
    form: Literal["text", "json"],
    report: str | None,
) -> int:
    """What is wrong with cassettes: against the contract, by our own validator and by openapi-core; secrets; age.

    Exit code 0, also with warnings; 1 with errors; 2 where a file is no cassette.
    """
    if report is not None and report != "sarif" and Path(report).suffix.lower() != ".sarif":
        raise UsageError(f"--report {report}: findings are reported as SARIF, as in lint.sarif")
    told: list[tuple[str, int, Oddity]] = []
    paths = list(_cassettes(files))
    for path in paths:
        text = read_text(path)
        recorded = parse(text, path=str(path))
        known = _provider_of(recorded, provider)
        if known is None and form == "text":
            click.echo(f"{path}: of no known provider, so by no contract; --provider says which", err=True)
        found = lint(
            recorded,
            known.contract if known else None,
            now_s=time.time(),
            max_age_s=None if max_age is None else max_age * DAY_S,
            names=_names(known),
        )
        placed = lines(text, [oddity.at for oddity in found])
        told += [(str(path), placed[oddity.at], oddity) for oddity in found]
    errors = sum(oddity.level == "error" for _, _, oddity in told)
    if report is not None:
        found_in = [Located(each.rule, each.message, file, line, each.level) for file, line, each in told]
        text = render_sarif(found_in, rules=RULES)
        if report == "sarif":
            say(text)
            return int(errors > 0)
        write_text(Path(report), text)
        click.echo(f"wrote {report}", err=True)
    if form == "json":
        findings = [
            {
                "file": file,
                "line": line,
                "exchange": oddity.exchange,
                "rule": oddity.rule,
                "level": oddity.level,
                "judge": oddity.judge,
                "message": oddity.message,
            }
            for file, line, oddity in told
        ]
        answer = {"files": [str(path) for path in paths], "errors": errors, "findings": findings}
        say(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())
        return int(errors > 0)
    for file, line, oddity in told:
        judge = f" by {oddity.judge}" if oddity.judge != "harness" else ""
        say(f"{file}:{line}: {oddity.level}: {oddity.message}  [{oddity.rule}{judge}]")
    warnings = len(told) - errors
    say(f"{_many(len(paths), 'cassette')}: {_many(errors, 'error')}, {_many(warnings, 'warning')}")
    return int(errors > 0)


@cassette.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE|FOLDER...", type=click.Path(path_type=Path))
@_PROVIDER
@click.option("--to", metavar="FILE", type=click.Path(path_type=Path), help="Else the file itself.")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where there is something to redact.")
def redact(files: tuple[Path, ...], provider: str | None, to: Path | None, check: bool) -> int:
    """Take the secrets out of cassettes: the same one has the same mark, in all of these files.

    Secrets are what the names of headers, parameters and members announce, what looks like a key or random, and the
    values of variables of this environment whose names say so.
    """
    paths = list(_cassettes(files))
    if to is not None and len(paths) != 1:
        raise UsageError(f"--to takes one file; there are {len(paths)}")
    read = [(path, parse(read_text(path), path=str(path))) for path in paths]
    names = {name for _, recorded in read for name in _names(_provider_of(recorded, provider))}
    redactor = Redactor(secrets_in(os.environ), names=names)
    for _, recorded in read:
        for exchange in recorded.exchanges:
            redactor.learn(exchange)
    redactor.settle()
    changed = 0
    for path, recorded in read:
        clean = clean_of(recorded, redactor)
        same = clean.exchanges == recorded.exchanges
        changed += not same
        if same and to is None:
            say(f"{path}: nothing to redact")
            continue
        if check:
            say(f"{path}: holds secrets")
            continue
        write_text(to or path, written(clean, path=str(to or path)))
        say(f"{to or path}: {_many(clean.facts.redacted, 'secret')} redacted")
    return int(check and changed > 0)


@cassette.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", required=True, metavar="FILE", type=click.Path(path_type=Path), help=".yaml or .json")
@click.option("--host", "hosts", multiple=True, metavar="HOST", help="Take over what went to it, no other.")
@_PROVIDER
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def migrate(file: Path, to: Path, hosts: tuple[str, ...], provider: str | None, force: bool) -> int:
    """Take over what betamax or VCR recorded, or a browser's HAR. Secrets are taken out.

    \b
      harness cassette migrate session.har --host api.stripe.com --to cassettes/stripe/checkout.yaml
    """
    require_ending(str(to))
    if to.exists() and not force:
        raise UsageError(f"{to} exists; --force overwrites it")
    taken, left = migrated(read_text(file), path=str(file), hosts=hosts)
    known = _provider_of(taken, provider)
    redactor = Redactor(secrets_in(os.environ), names=_names(known))
    for exchange in taken.exchanges:
        redactor.learn(exchange)
    redactor.settle()
    clean = clean_of(taken, redactor, provider=known.name if known else "")
    write_text(to, written(clean, path=str(to)))
    say(
        f"wrote {to}: {_many(len(clean.exchanges), 'exchange')}, {_many(clean.facts.redacted, 'secret')} redacted"
    )
    for what in left:
        say(f"left out: {what}")
    return 0


def clean_of(recorded: Cassette, redactor: Redactor, **facts: str) -> Cassette:
    """The cassette without the secrets that the redactor has learnt; `facts` are said of it from now on."""
    exchanges = tuple(redactor.clean(exchange) for exchange in recorded.exchanges)
    draft = msgspec.structs.replace(recorded, exchanges=exchanges)
    count = len(marks_in(written(draft, path="")))
    known = {name: value for name, value in facts.items() if value}
    about = msgspec.structs.replace(recorded.facts, harness=__version__, redacted=count, **known)
    return msgspec.structs.replace(draft, facts=about)


def _cassettes(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        named = sorted(each for each in path.rglob("*") if each.suffix.lower() in ENDINGS and each.is_file())
        found = [each for each in named if "interactions" in read_text(each)]
        if not found:
            raise UsageError(f"{path}: a folder without cassettes")
        yield from found


def _provider_of(recorded: Cassette, wanted: str | None) -> Provider | None:
    """The provider that is asked for, else the one that the file names, else the one whose address was asked."""
    if wanted is not None:
        return find_provider(wanted)
    if recorded.facts.provider in provider_names():
        return find_provider(recorded.facts.provider)
    origins = {each.origin for each in recorded.exchanges}
    for name in provider_names() if origins else ():
        known = find_provider(name)
        urls = (*known.card.base_urls, *known.contract.server_urls)
        if any(url.startswith(origin) for origin in origins if "://" in origin for url in urls):
            return known
    return None


def _names(provider: Provider | None) -> frozenset[str]:
    return credential_names(provider) if provider is not None else frozenset()


def _table(
    file: Path, recorded: Cassette, exchanges: Sequence[Recorded], contract: Contract | None
) -> Iterator[str]:
    facts = recorded.facts
    by = {"live": "the live provider", "mock": "our own mock, not the live provider"}.get(
        facts.recorded_by, ""
    )
    said = [facts.provider, f"recorded from {by}" if by else "", facts.recorded_at]
    said += [f"taken over from {facts.taken_from}" if facts.taken_from else ""]
    about = ", ".join(filter(None, said))
    yield f"{file}: {_many(len(exchanges), 'exchange')}{f'; {about}' if about else ''}"
    if facts.command:
        yield f"made again by: {facts.command}"
    for number, each in enumerate(exchanges, 1):
        match = contract.asked(each.request) if contract is not None else None
        operation = f"  {match.operation.id}" if isinstance(match, Match) else ""
        request, size = f"{each.request.method:6} {each.request.target}", len(each.response.body)
        yield f"{number:4}  {each.response.status}  {request}{operation}  {size:,} B"


def _in_full(recorded: Recorded) -> Iterator[str]:
    request, response = recorded.request, recorded.response
    yield f"{request.method} {recorded.uri}"
    yield from (f"{name}: {value}" for name, value in request.headers)
    yield from ("", *_text(request.body)) if request.body else ()
    yield ""
    yield f"{response.status} {recorded.reason}".rstrip()
    yield from (f"{name}: {value}" for name, value in response.headers)
    yield from ("", *_text(response.body)) if response.body else ()


def _text(body: bytes) -> Iterator[str]:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        yield f"({len(body):,} bytes that are no text)"
        return
    with suppress(msgspec.DecodeError):
        text = msgspec.json.format(text, indent=2)
    yield from text.splitlines()


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

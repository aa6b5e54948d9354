"""`harness check`: does a provider keep its own contract?"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
import msgspec

from harness.cli.loading import find_provider
from harness.cli.numbers import DEFAULT_SEED, Whole
from harness.cli.output import ascii_only, coloured, width
from harness.cli.progress import Progress
from harness.cli.report_files import HELP, Reports
from harness.contract.choose import chosen
from harness.contract.contract import Operation
from harness.contract.provider import Provider
from harness.errors import UsageError
from harness.model.report import EXIT_CODES
from harness.report.terminal import render

if TYPE_CHECKING:
    from harness.conformance.checking import News


@click.command()
@click.argument("provider", metavar="PROVIDER|DOCUMENT")
@click.option("--base-url", metavar="URL", help="The sandbox or staging system. Never guessed.")
@click.option("--auth", metavar="env:NAME", help="The credential, from an environment variable.")
@click.option(
    "--operations", multiple=True, metavar="ID,GLOB", help="Only these, with commas between. Repeatable."
)
@click.option("--writes", is_flag=True, help="Also what changes something: POST, PUT, PATCH, DELETE.")
@click.option("--live", is_flag=True, help="Yes: --writes to the address that the provider's users use.")
@click.option(
    "--example", "examples", multiple=True, metavar="NAME=ID", help="A path parameter that names something."
)
@click.option("--rate", metavar="N/s", help="At most so fast: 2/s, 90/m. Only slower than the quota.")
@click.option("--max-examples", type=Whole(1), default=20, show_default=True, help="Requests an operation.")
@click.option("--seed", type=Whole(0), default=DEFAULT_SEED, show_default=True, help="Of what is drawn.")
@click.option("--strict", is_flag=True, help="Ask openapi-core, too, and tell where it disagrees.")
@click.option("--report", "reports", multiple=True, metavar="FILE|FORMAT", help=HELP)
@click.option("-v", "--verbose", is_flag=True, help="Passes and every sighting of a failure, too.")
def check(
    provider: str,
    base_url: str | None,
    auth: str | None,
    operations: tuple[str, ...],
    writes: bool,
    live: bool,
    examples: tuple[str, ...],
    rate: str | None,
    max_examples: int,
    seed: int,
    strict: bool,
    reports: tuple[str, ...],
    verbose: bool,
) -> int:
    """Ask a provider's sandbox what its contract allows, and judge the answers by that contract.

    \b
      harness check stripe --base-url https://sandbox.example.com --auth env:STRIPE_API_KEY
      harness check openapi.yaml --base-url http://localhost:8000 --operations 'list*,getOrder' --writes

    Only reads unless --writes is given, and stays within the provider's documented rate limit. What could not be
    put to the test, since the provider was down or refused the credential, is inconclusive (exit code 3).
    """
    # schemathesis and Hypothesis take a second to import: only this command pays for them.
    from harness.conformance.checking import Check, Question, read_base_url, read_credential
    from harness.conformance.pace import parse_rate

    known = find_provider(provider)
    if base_url is None:
        raise UsageError(
            f"--base-url says where {known.name} is to be asked, as --base-url http://localhost:8000"
        )
    address = read_base_url(base_url)
    wanted = _wanted(known, operations, writes=writes)
    if writes and not live and _is_live(known, address):
        raise UsageError(
            f"--writes to {address}, which is where {known.name}'s users are: --live says that this is meant"
        )
    credential = read_credential(auth, os.environ) if auth else None
    told = dict(_pair(text) for text in examples)
    reporting = Reports(reports)
    flags = [provider, "--base-url", address]
    flags += ["--auth", auth] if auth else []
    flags += [word for text in examples for word in ("--example", text)]
    flags += [flag for flag, given in (("--writes", writes), ("--live", live), ("--strict", strict)) if given]
    flags += ["--rate", rate] if rate else []
    flags += ["--max-examples", str(max_examples), "--seed", str(seed)]
    only = [word for text in operations for word in ("--operations", text)]
    question = Question(
        base_url=address,
        operations=wanted,
        told=told,
        examples=max_examples,
        seed=seed,
        most_per_s=parse_rate(rate) if rate else None,
        strict=strict,
        again=shlex.join(flags),
    )
    with Progress(f"check {known.name}") as progress:

        def tell(news: News) -> None:
            said = f"{news.operation}: {news.said}" if news.said else news.operation
            progress.show(news.done, news.total, said)

        checking = Check(known, question, credential=credential, tell=tell)
        try:
            report = checking.run()
        finally:
            checking.close()
    report = msgspec.structs.replace(report, again=shlex.join(["harness", "check", *flags, *only]))
    shown = render(
        report,
        width=width(),
        colour=coloured(),
        verbose=verbose,
        ascii_only=ascii_only(),
        has_page=reporting.has_page,
    )
    reporting.tell(shown.rstrip("\n"))
    reporting.write(report)
    return EXIT_CODES[report.outcome]


def _wanted(provider: Provider, operations: tuple[str, ...], *, writes: bool) -> tuple[Operation, ...]:
    """The operations to check, in the order of the document."""
    contract = provider.contract
    asked = tuple(dict.fromkeys(chosen(contract, operations))) if operations else None
    within = asked if asked is not None else tuple(contract.operations.values())
    wanted = tuple(operation for operation in within if writes or _reads(operation))
    if not wanted:
        names = ", ".join(operation.id for operation in within[:3])
        raise UsageError(f"{names}: nothing of it only reads; --writes checks what changes something, too")
    if asked is not None and len(wanted) < len(asked) and not any("*" in text for text in operations):
        left = ", ".join(operation.id for operation in asked if operation not in wanted)
        raise UsageError(f"{left}: changes something at the provider; --writes says that this is meant")
    return wanted


def _reads(operation: Operation) -> bool:
    return operation.method in ("GET", "HEAD", "OPTIONS")


def _is_live(provider: Provider, address: str) -> bool:
    host = urlsplit(address).hostname
    return any(urlsplit(url).hostname == host for url in provider.card.base_urls)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise UsageError(
            f"--example {text}: expected the name of a path parameter and an id, as customer=cus_1"
        )
    return name, value

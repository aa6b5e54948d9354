"""`harness check`: does a provider keep its own contract?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from harness.cli import STOPPED
from harness.cli.asking import asking_options
from harness.cli.loading import find_provider
from harness.cli.output import ascii_only, coloured, width
from harness.cli.progress import Progress
from harness.cli.report_files import HELP, Reports
from harness.cli.scratch import hypothesis_keeps_with_us
from harness.conformance.question import Wish, pair, put
from harness.errors import UsageError
from harness.model.report import EXIT_CODES
from harness.report import by_ending
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
@asking_options
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
    put to the test, since the provider was down or refused the credential, is inconclusive (exit code 3). Ctrl-C
    reports what was seen until then (exit code 130).
    """
    # schemathesis and Hypothesis take a second to import: only this command pays for them.
    from harness.conformance.checking import Check

    known = find_provider(provider)
    if base_url is None:
        raise UsageError(
            f"--base-url says where {known.name} is to be asked, as --base-url http://localhost:8000"
        )
    wish = Wish(
        provider=provider,
        base_url=base_url,
        auth=auth,
        operations=operations,
        writes=writes,
        live=live,
        told=dict(pair(text) for text in examples),
        rate=rate,
        examples=max_examples,
        seed=seed,
        strict=strict,
    )
    question, credential = put(wish, known, os.environ)
    reporting = Reports(reports, by_ending)
    hypothesis_keeps_with_us()
    with Progress(f"check {known.name}") as progress:

        def tell(news: News) -> None:
            said = f"{news.operation}: {news.said}" if news.said else news.operation
            progress.show(news.done, news.total, said)

        checking = Check(known, question, credential=credential, tell=tell)
        try:
            report = checking.run()
        finally:
            checking.close()
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
    return STOPPED if checking.stopped else EXIT_CODES[report.outcome]

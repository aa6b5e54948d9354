"""`harness drift`: did the provider's API move under us, and whom does it hurt?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from harness.cli import STOPPED
from harness.cli.asking import asking_options
from harness.cli.nightly import propose as proposals
from harness.cli.nightly.asked import Asked
from harness.cli.nightly.compare import Found, over_nights
from harness.cli.nightly.judge import judged, shown
from harness.cli.nightly.shape import implied_by
from harness.cli.nightly.sides import Unreached
from harness.cli.nightly.tonight import Tonight, prepared
from harness.cli.output import ascii_only, coloured, say, width
from harness.cli.report_files import Reports
from harness.cli.settings import read_settings
from harness.cli.writing import write_text
from harness.drift.nights.news import is_news, troubles
from harness.drift.nights.state import Remembered
from harness.errors import UsageError
from harness.model.drift_report import EXIT_CODES, DriftReport
from harness.report.drift import by_ending, markdown, terminal


@click.command()
@click.argument("what", metavar="PROVIDER|CLIENT|OLD", required=False)
@click.argument("new", metavar="[NEW]", required=False)
@click.option("--against", metavar="FILE|URL|live", help="Default: where our document came from.")
@click.option("--base-url", metavar="URL", help="With --against live: where the provider is asked.")
@click.option("--auth", metavar="env:NAME", help="The credential, from an environment variable.")
@click.option(
    "--cassettes",
    multiple=True,
    metavar="FILE|FOLDER",
    help="What was recorded: those calls are asked again. Default: the client's own. Repeatable.",
)
@click.option(
    "--operations", multiple=True, metavar="ID,GLOB", help="Ask only these, with commas between. Repeatable."
)
@asking_options
@click.option(
    "--used-by",
    multiple=True,
    metavar="FILE|FOLDER|CLIENT",
    help="What tells what the client uses: cassettes, a journal, a report of verify. Repeatable.",
)
@click.option("--accept", metavar="FILE", help="Changes that are accepted, with reasons and last days.")
@click.option("--state", metavar="FILE", help="What was there last night: made where there is none.")
@click.option("--anew", is_flag=True, help="Hold coming nights against what is published tonight.")
@click.option("--issue", metavar="FILE", help="The body of the one issue that is kept up to date (Markdown).")
@click.option("--notify", metavar="URL|env:NAME", help="A webhook that is told when there is news.")
@click.option(
    "--notify-format", type=click.Choice(["slack", "json"]), help="Default: slack at its own hosts."
)
@click.option(
    "--propose", metavar="FOLDER", help="Write the document as it is to be, an Overlay, what to record again."
)
@click.option(
    "--report",
    "reports",
    multiple=True,
    metavar="FILE|FORMAT",
    help="A file by its ending, .html .json .xml .md .sarif; or html, json, xml, md for stdout. Repeatable.",
)
@click.option("--shape", is_flag=True, help="Only print the contract that recorded exchanges imply.")
@click.option("-v", "--verbose", is_flag=True, help="Every change in full.")
def drift(what: str | None, **given: object) -> int:
    """Did the provider's API move under us? What changed, whether it breaks the client, and how to see that.

    \b
      harness drift shop                                     a client, against the published document
      harness drift stripe --against openapi-new.json --used-by cassettes/stripe
      harness drift shop --against live --base-url https://sandbox.example.com --auth env:STRIPE_API_KEY
      harness drift old.yaml new.yaml
      harness drift --shape cassettes/stripe                 the contract that recordings imply

    A breaking change fails where the client uses what changed, and warns elsewhere. Exit code 1 where something
    fails, 3 where something could not be checked, else 0.
    """
    if what is None:
        raise UsageError(
            "what is to be looked at? A client, a provider or a document: harness drift stripe ..."
        )
    asked = msgspec.convert({"what": what, **given}, Asked)
    began_s = time.monotonic()
    settings = read_settings(Path.cwd())
    if asked.shape:
        say(implied_by(asked.what, asked.cassettes, settings).rstrip("\n"))
        return 0
    reporting = Reports(asked.reports, by_ending)
    try:
        tonight = prepared(asked, settings, today=datetime.now(UTC).date().isoformat())
    except Unreached as unreached:
        reporting.tell(f"? inconclusive  {unreached}")
        return EXIT_CODES["inconclusive"]
    found = tonight.found()
    duration_s = time.monotonic() - began_s
    memory = tonight.memory

    def taken_in(before: Remembered | None) -> tuple[DriftReport, Remembered]:
        """The report, and what is to be remembered, after that night."""
        pool = before.pool if before is not None else {}
        of_nights = over_nights(found, tonight.our, pool if memory.keeps else None, today=tonight.today)
        night = judged(tonight, of_nights, before, duration_s=duration_s)
        kept = msgspec.structs.replace(night.remembered, pool=of_nights.pool, published=found.published)
        return night.report, kept

    report, remembered = taken_in(memory.before)
    told = shown(report, tonight, found)
    reporting.tell(_rendered(told, asked, has_page=reporting.has_page))
    for line in _proposed(tonight, found, told):
        reporting.tell(line)
    has_news = tonight.hook is not None and is_news(told, memory.before)
    trouble = tonight.hook.post(told) if tonight.hook is not None and has_news else ""
    if trouble:
        click.echo(f"harness: {trouble}", err=True)
        told = msgspec.structs.replace(told, notes=(*told.notes, trouble))
    if asked.issue:
        write_text(Path(asked.issue), markdown.issue(told))
        reporting.tell(f"wrote {asked.issue}")
    reporting.write(told)

    def kept(now: Remembered | None) -> Remembered:
        # Another run may have answered the same question meanwhile: its counts are not lost.
        last = remembered if now == memory.before else taken_in(now)[1]
        told_of = troubles(told, now, is_told=has_news and not trouble)
        return msgspec.structs.replace(last, unsent=bool(trouble), troubles=told_of)

    memory.keep(kept)
    return STOPPED if found.stopped else EXIT_CODES[told.outcome]


def _rendered(told: DriftReport, asked: Asked, *, has_page: bool) -> str:
    return terminal.render(
        told,
        width=width(),
        colour=coloured(),
        verbose=asked.verbose,
        ascii_only=ascii_only(),
        has_page=has_page,
    ).rstrip("\n")


def _proposed(tonight: Tonight, found: Found, told: DriftReport) -> Iterator[str]:
    if not tonight.asked.propose:
        return
    folder, our = Path(tonight.asked.propose), tonight.our
    if found.their is not None:
        yield from proposals.of_document(folder, our, found.their, date=told.date)
    elif found.exchanges:
        changes = [each.change for each in told.changes if each.found_by == "live"]
        yield from proposals.of_observations(folder, our, changes, found.exchanges, date=told.date)
    else:
        yield "nothing to propose: there was nothing to compare with"
    yield from proposals.cassettes(folder, our, told, tonight.recordings)

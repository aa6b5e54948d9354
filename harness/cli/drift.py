"""`harness drift`: did the provider's API move under us, and whom does it hurt?"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from harness import __version__
from harness.cli import STOPPED
from harness.cli.asking import asking_options
from harness.cli.loading import read_text
from harness.cli.nightly import propose as proposals
from harness.cli.nightly.asked import Asked, printable
from harness.cli.nightly.compare import Found, documents, live, require_live
from harness.cli.nightly.notify import read_hook
from harness.cli.nightly.placed import placed
from harness.cli.nightly.shape import implied_by
from harness.cli.nightly.sides import Ours, Unreached, ours, published, shown_url
from harness.cli.nightly.used_by import Recording, recordings, usage_of
from harness.cli.output import ascii_only, coloured, say, width
from harness.cli.report_files import Reports
from harness.cli.settings import Settings, read_settings
from harness.cli.writing import alone, require_writable, write_text
from harness.conformance.question import Wish, pair
from harness.drift.nights.accepted import Entry, parse_accepted
from harness.drift.nights.news import is_news, troubles
from harness.drift.nights.night import Night, report
from harness.drift.nights.pool import Kept
from harness.drift.nights.state import State, parse_state, written
from harness.drift.nights.use import Said
from harness.drift.rules.catalogue import RULES
from harness.errors import UsageError
from harness.model.drift_report import EXIT_CODES, DriftReport
from harness.redaction.known import Redaction
from harness.report.drift import by_ending, markdown, terminal

Told = TypeVar("Told", bound=msgspec.Struct)

_PLACED = ("fail", "warn")
"""Severities whose place in our document is looked up."""


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
    today = datetime.now(UTC).date().isoformat()
    settings = read_settings(Path.cwd())
    if asked.shape:
        say(implied_by(asked.what, asked.cassettes, settings).rstrip("\n"))
        return 0
    reporting = Reports(asked.reports, by_ending)
    try:
        our = ours(asked.what, settings)
    except Unreached as unreached:
        reporting.tell(f"? inconclusive  {unreached}")
        return EXIT_CODES["inconclusive"]
    against = _against(asked, our)
    entries = _accepted(asked, settings)
    hook = read_hook(asked.notify, asked.notify_format, os.environ) if asked.notify else None
    state_path = _state_path(asked, settings)
    state = _state(state_path)
    for path in (asked.issue, str(state_path) if state_path else None):
        if path is not None:
            require_writable(Path(path))
    if asked.propose and Path(asked.propose).is_file():
        raise UsageError(f"--propose {asked.propose}: a file; it takes a folder")
    recorded = _recorded(asked.cassettes, our, settings) if asked.is_live or asked.cassettes else ()
    told = _telling(asked, our, settings)
    usage = usage_of(told, our.provider) if told else None
    name = _question(our, asked)
    before = state.questions.get(name)
    pool = None if state_path is None else before.pool if before is not None else {}
    found = _found(asked, our, against, recorded, today, pool)
    night = report(
        Night(
            harness=__version__,
            provider=our.provider.name,
            client=our.client,
            old=our.side,
            new=found.new,
            today=today,
            again=asked.again,
            duration_s=time.monotonic() - began_s,
            notes=(*found.notes, *_of_use(our, told), *_of_origin(our, found)),
        ),
        found.changes,
        found.untold,
        usage=usage,
        said=Said(settings.drift.uses, settings.drift.ignores),
        accepted=entries,
        before=before,
        keeps_state=state_path is not None,
        looked_at=found.looked_at,
        operations=_operations(our, found),
    )
    shown = _cleaned(_placed(night.report, our, always=bool(asked.reports)), found)
    remembered = _cleaned(night.remembered, found)
    reporting.tell(_rendered(shown, asked, has_page=reporting.has_page))
    if asked.propose:
        for line in _proposed(Path(asked.propose), asked, our, found, shown, (*recorded, *told)):
            reporting.tell(line)
    has_news = hook is not None and is_news(shown, before)
    trouble = hook.post(shown) if hook is not None and has_news else ""
    if trouble:
        click.echo(f"harness: {trouble}", err=True)
        shown = msgspec.structs.replace(shown, notes=(*shown.notes, trouble))
    if asked.issue:
        write_text(Path(asked.issue), markdown.issue(shown))
        reporting.tell(f"wrote {asked.issue}")
    reporting.write(shown)
    if state_path is not None:
        told_of = troubles(shown, before, is_told=has_news and not trouble)
        remembered = msgspec.structs.replace(
            remembered, unsent=bool(trouble), troubles=told_of, pool=found.pool
        )
        with alone(state_path):
            # Another question may have been answered meanwhile.
            others = _state(state_path).questions
            write_text(state_path, written(State(questions={**others, name: remembered})))
    return STOPPED if found.stopped else EXIT_CODES[shown.outcome]


def _against(asked: Asked, our: Ours) -> str:
    """What our side is held against."""
    if asked.new is not None and asked.against is not None:
        raise UsageError(f"{asked.new} and --against {printable(asked.against)}: one of them")
    if not asked.is_live:
        flags = (("--base-url", asked.base_url), ("--auth", asked.auth), ("--writes", asked.writes))
        unheard = next((flag for flag, given in flags if given), None)
        if unheard is not None:
            raise UsageError(f"{unheard} is for --against live")
    else:
        require_live(asked.base_url, our.provider.name)
    return asked.new or asked.against or published(our)


def _found(
    asked: Asked,
    our: Ours,
    against: str,
    recorded: Sequence[Recording],
    today: str,
    pool: Mapping[str, Kept] | None,
) -> Found:
    if not asked.is_live:
        return documents(our, against)
    wish = Wish(
        provider=asked.what,
        base_url=require_live(asked.base_url, our.provider.name),
        auth=asked.auth,
        operations=asked.operations,
        writes=asked.writes,
        live=asked.live,
        told=dict(pair(text) for text in asked.examples),
        rate=asked.rate,
        examples=asked.max_examples,
        seed=asked.seed,
    )
    return live(our, wish, recorded, today=today, pool=pool)


def _recorded(named: Sequence[str], our: Ours, settings: Settings) -> tuple[Recording, ...]:
    own = our.settings.cassettes if our.settings is not None else ()
    return recordings(named or own, our.provider, settings)


def _telling(asked: Asked, our: Ours, settings: Settings) -> tuple[Recording, ...]:
    """What tells what the client uses: what is named, else what a client has, else the cassettes that are named."""
    return _recorded(asked.used_by or asked.cassettes, our, settings)


def _of_use(our: Ours, told: Sequence[Recording]) -> Iterator[str]:
    if our.client and not told:
        yield (
            f"nothing tells what {our.client} uses, so every operation counts: name its cassettes in harness.toml, "
            "or give --used-by"
        )


def _operations(our: Ours, found: Found) -> frozenset[str]:
    """The names of operations, on either side."""
    contracts = [our.provider.contract, *([found.their.contract] if found.their is not None else [])]
    asked = [each for contract in contracts for each in contract.operations.values()]
    return frozenset(name for each in asked for name in (each.id, each.name))


def _of_origin(our: Ours, found: Found) -> Iterator[str]:
    card = our.provider.card
    if found.their is not None and not card.sha256 and found.new.name == shown_url(card.document):
        yield (
            f"{our.side.name} is no copy of the published document: what differs may have differed from the start; "
            "--state FILE tells what is new from the next night on"
        )


def _accepted(asked: Asked, settings: Settings) -> tuple[Entry, ...]:
    path = asked.accept or settings.drift.accept
    if path is None:
        return ()
    return parse_accepted(read_text(Path(path)), path=path, rules=RULES)


def _state_path(asked: Asked, settings: Settings) -> Path | None:
    named = asked.state or settings.drift.state
    return Path(named) if named else None


def _state(path: Path | None) -> State:
    if path is None or not path.exists():
        return State()
    return parse_state(read_text(path), path=str(path))


def _question(our: Ours, asked: Asked) -> str:
    """What the state remembers this night under."""
    whose = f"{our.provider.name}, as {our.client} uses it" if our.client else our.provider.name
    return f"{whose}, against {'live' if asked.is_live else 'a document'}"


def _placed(told: DriftReport, our: Ours, *, always: bool) -> DriftReport:
    """With the file and line of what matters, where our document is a file."""
    if our.path is None:
        return told
    matters = [each for each in told.changes if always or each.severity in _PLACED]
    found = {each.id: each for each in placed(our.path, matters)}
    return msgspec.structs.replace(told, changes=tuple(found.get(each.id, each) for each in told.changes))


def _cleaned(told: Told, found: Found) -> Told:
    """Without the credential, wherever the provider repeated it."""
    if found.credential is None:
        return told
    redaction = Redaction(found.credential.forms)
    return msgspec.convert(redaction.data(msgspec.to_builtins(told)), type(told))


def _rendered(told: DriftReport, asked: Asked, *, has_page: bool) -> str:
    return terminal.render(
        told,
        width=width(),
        colour=coloured(),
        verbose=asked.verbose,
        ascii_only=ascii_only(),
        has_page=has_page,
    ).rstrip("\n")


def _proposed(
    folder: Path, asked: Asked, our: Ours, found: Found, told: DriftReport, recorded: Sequence[Recording]
) -> Iterator[str]:
    if found.their is not None:
        yield from proposals.of_document(folder, our, found.their, date=told.date)
    elif found.exchanges:
        changes = [each.change for each in told.changes if each.found_by == "live"]
        yield from proposals.of_observations(folder, our, changes, found.exchanges, date=told.date)
    else:
        yield "nothing to propose: there was nothing to compare with"
    once = {each.path: each for each in recorded}
    yield from proposals.cassettes(folder, our, told, once.values())

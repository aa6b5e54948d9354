"""`harness drift`: what changed between two documents of a provider, and whom it breaks."""

from __future__ import annotations

import click

from harness.cli.fetch import fetch, is_url
from harness.cli.output import ascii_only, coloured, say, width
from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.contract.files import document_path, load_document
from harness.drift.compare import Comparison, compare
from harness.model.change import Change, Level
from harness.report.terminal import sheet, trimmed

_TITLES: dict[Level, str] = {
    "breaking": "Breaking: a client that keeps to the old document fails",
    "risky": "Risky: breaks those who rely on more than was promised",
    "info": "Information",
}
_STYLES: dict[Level, str] = {"breaking": "bold red", "risky": "yellow", "info": "dim"}


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("-v", "--verbose", is_flag=True, help="Every place of a change, and what harms nobody.")
def drift(old: str, new: str, verbose: bool) -> int:
    """Compare two documents of a provider: what changed, and does it break clients?

    \b
      harness drift old/openapi.yaml new/openapi.yaml
      harness drift stripe https://example.com/openapi.json

    OLD and NEW are files, names of bundled providers, or URLs. What is merely written otherwise is no change.
    Exit code 1 where a change breaks clients, else 0.
    """
    comparison = compare(_contract(old), _contract(new))
    console = sheet(width(), colour=coloured())
    with console.capture() as written:
        for level, title in _TITLES.items():
            changes = [change for change in comparison.changes if change.level == level]
            if changes and (verbose or level != "info"):
                console.print(f"\n{title}", style=_STYLES[level])
                for change in changes:
                    for line in _lines(change, verbose=verbose):
                        console.print(line, markup=False, highlight=False, soft_wrap=True)
        console.print(f"\n{_summary(comparison, verbose=verbose)}", highlight=False)
    say(trimmed(written.get(), ascii_only=ascii_only()).strip("\n"))
    return 1 if comparison.count("breaking") else 0


def _contract(named: str) -> Contract:
    if is_url(named):
        data, url = fetch(named)
        return Contract(parse(data, name=url))
    return Contract(load_document(document_path(named)))


def _lines(change: Change, *, verbose: bool) -> list[str]:
    place = change.place
    where = " ".join(part for part in (place.operation or "the document", place.part, place.value) if part)
    lines = [f"  {where}: {change.message} [{change.rule}]"]
    others = [each.operation for each in change.places[1:]]
    if others:
        lines.append(f"    also: {', '.join(others)}" if verbose else f"    and in {len(others)} places more")
    if change.witness is not None:
        lines += [f"    | {line}" for line in change.witness.text.splitlines()]
        lines.append(f"    -> {change.witness.refusal}")
    return lines


def _summary(comparison: Comparison, *, verbose: bool) -> str:
    counts = {level: comparison.count(level) for level in _TITLES}
    if not any(counts.values()):
        return f"No change in {comparison.operations} operations."
    told = f"{counts['breaking']} breaking, {counts['risky']} risky, {counts['info']} for information"
    return f"{told}{'' if verbose or not counts['info'] else ' (-v shows it)'}."

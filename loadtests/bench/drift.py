"""How long a comparison of two documents takes: `python -m loadtests.bench.drift`.

Loading is in it, and where there is a goal, all that `harness drift OLD NEW` takes, imports and report too. It is
processor time: others on the machine disturb it little.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import msgspec

from harness.contract.contract import Contract
from harness.contract.document import parse
from harness.drift.documents.compare import Comparison, compare
from loadtests.bench.documents import GITHUB, STRIPE, corpus
from loadtests.bench.table import aligned

STRIPE_LATER = Path("stripe.2025-10.apisguru.json")
GOALS_S = {"Stripe, 2022 and 2025": 3.0, "GitHub, 1 changed": 5.0}


class Pair(msgspec.Struct, frozen=True):
    """Two documents as bytes, under a name for people."""

    name: str
    old: bytes
    new: bytes


def changed(document: bytes, most: int) -> bytes:
    """The document with that many of its named schemas changed, evenly spread: a string of each gets a bound."""
    root = msgspec.json.decode(document)
    found = list(_bounded(root["components"]["schemas"]))
    for member in found[:: max(1, len(found) // most)][:most]:
        member["maxLength"] = 3
    return msgspec.json.encode(root)


def _bounded(schemas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for schema in schemas.values():
        members = schema.get("properties") or {}
        for member in members.values():
            if member.get("type") == "string" and not member.keys() & {
                "enum",
                "format",
                "pattern",
                "maxLength",
            }:
                yield member
                break


def pairs(folder: Path) -> Iterator[Pair]:
    """What is compared: two versions of a provider, and copies with ever more changes."""
    stripe, later, github = ((folder / name).read_bytes() for name in (STRIPE, STRIPE_LATER, GITHUB))
    yield Pair("Stripe, 2022 and 2025", stripe, later)
    yield Pair("Stripe, back", later, stripe)
    yield Pair("GitHub, the same again", github, msgspec.json.encode(msgspec.json.decode(github)))
    for most in (1, 10, 100):
        yield Pair(f"GitHub, {most} changed", github, changed(github, most))


def compared(pair: Pair) -> tuple[Comparison, float, float]:
    """What differs, and the seconds that loading and comparing took."""
    start = time.process_time()
    old, new = (Contract(parse(each, name=pair.name)) for each in (pair.old, pair.new))
    loaded = time.process_time()
    found = compare(old, new)
    return found, loaded - start, time.process_time() - loaded


def command_s(pair: Pair) -> float:
    """The seconds that the whole command takes, from its start to its end."""
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("old.json", "new.json")]
        for path, document in zip(paths, (pair.old, pair.new), strict=True):
            path.write_bytes(document)
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "harness", "drift", *paths], stdout=subprocess.DEVNULL, check=False
        )
        after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


@click.command()
@click.option("--only", default="", help="Only the pairs whose names hold this.")
@click.option("--profile", default=0, help="Print that many lines of where the time goes.")
def main(only: str, profile: int) -> None:
    """Compare documents of the corpus, and print what it takes."""
    named = corpus() or Path("../shared/corpus")
    folder = next((each for each in (named, named / "documents") if (each / STRIPE).is_file()), None)
    if folder is None:
        raise click.ClickException(f"no documents in {named} (set HARNESS_CORPUS)")
    lines: list[tuple[str, ...]] = [
        (
            "documents",
            "loading s",
            "comparing s",
            "all s",
            "command s",
            "goal",
            "changes",
            "breaking",
            "proven",
        )
    ]
    for pair in pairs(folder):
        if only not in pair.name:
            continue
        profiler = cProfile.Profile()
        if profile:
            profiler.enable()
        found, loading_s, comparing_s = compared(pair)
        if profile:
            profiler.disable()
            pstats.Stats(profiler).sort_stats("cumulative").print_stats(profile)
        levels = Counter(change.level for change in found.changes)
        proven = sum(change.witness is not None for change in found.changes if change.level == "breaking")
        goal = GOALS_S.get(pair.name)
        lines.append(
            (
                pair.name,
                *(f"{each:.2f}" for each in (loading_s, comparing_s, loading_s + comparing_s)),
                f"{command_s(pair):.2f}" if goal else "-",
                f"{goal:g}" if goal else "-",
                *(str(each) for each in (len(found.changes), levels["breaking"], proven)),
            )
        )
    click.echo(aligned(lines))


if __name__ == "__main__":
    main()

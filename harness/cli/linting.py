"""What is odd about documents, and what cannot be used in plans and scenarios, each with its file and line."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.cli.loading import read_text, shown
from harness.contract import reading
from harness.contract.files import document_path, load_provider, read_bytes
from harness.contract.lint import RULES, Oddity, counted, lint
from harness.contract.place import lines
from harness.contract.provider import Provider
from harness.contract.tree import FILES, escaped
from harness.errors import FileError, HarnessError
from harness.faults.plan import parse_plan
from harness.report.sarif import Located, Rule
from harness.run.battery import parse_scenarios

OPENAPI = "https://spec.openapis.org/oas/latest.html"

_SEED = 1
_LONG_BYTES = 1_000_000
"""From here on it takes so long that people want to see how it goes."""

_OTHERS = {
    "changed": "A document that was taken over is as it was then, byte for byte.",
    "plan": "A plan names faults that there are, with parameters that they take.",
    "scenario": "A scenario names plans, calls and checks that there are.",
    "unusable": "A file can be read as what it is meant to be.",
}


def linted(wanted: str) -> tuple[Located, ...]:
    """The findings on a document, a provider with its plans and scenarios, or a plan; in the order of file and line.

    FileError where the document itself cannot be used.
    """
    path = Path(wanted)
    if path.is_file() and _is_plan(path):
        return tuple(_plan(read_text(path), shown(path.resolve())))
    path = document_path(wanted)
    with _shown(path) as begun:
        provider = load_provider(wanted)
        oddities = (*_changed(provider), *lint(provider.contract, rng=random.Random(_SEED), begun=begun))
    found = [
        Located(oddity.rule, oddity.message, file, line, "warning", pointer)
        for file, line, pointer, oddity in sorted(_placed(path, oddities))
    ]
    return (*found, *_beside(provider))


def unusable(error: FileError) -> Located:
    """A file that cannot be used, as a finding."""
    return Located("unusable", error.message, error.path, error.line, "error")


def sarif_rules() -> tuple[Rule, ...]:
    """What the rules are about."""
    known = (Rule(name, _sentence(rule.__doc__ or ""), OPENAPI) for name, rule in RULES.items())
    return (*known, *(Rule(name, promise) for name, promise in _OTHERS.items()))


def as_data(document: str, found: tuple[Located, ...]) -> dict[str, Any]:
    """The findings as JSON has them."""
    warnings = [
        {"file": f.file, "line": f.line, "pointer": f.pointer, "rule": f.rule, "message": f.message}
        for f in found
    ]
    return {"document": _name(document), "counts": counted(each.rule for each in found), "warnings": warnings}


def in_lines(document: str, found: tuple[Located, ...]) -> Iterator[str]:
    """The findings for people, and how many there are."""
    for each in found:
        place = f"{each.file}:{each.line}" if each.line else each.file
        yield f"{place}: {each.message}  [{each.rule}] {each.pointer}".rstrip()
    kinds = Counter(each.level for each in found)
    many = ", ".join(f"{n} {level}{'' if n == 1 else 's'}" for level, n in sorted(kinds.items()))
    counts = ", ".join(f"{number} {rule}" for rule, number in counted(each.rule for each in found).items())
    yield f"{many}: {counts}" if found else f"{_name(document)}: nothing odd"


@contextmanager
def _shown(path: Path) -> Iterator[Callable[[str], None]]:
    """What is told of each rule that is begun: a live line on a terminal, where the document is long."""
    if path.stat().st_size < _LONG_BYTES or not sys.stderr.isatty():
        yield lambda rule: None
        return
    from harness.cli.progress import Progress  # rich takes longer to import than a short document to judge

    names = tuple(RULES)
    with Progress(f"lint {path.name}") as progress:
        yield lambda rule: progress.show(names.index(rule), len(names), rule)


def _name(document: str) -> str:
    path = Path(document)
    return document if path.is_file() and _is_plan(path) else str(document_path(document))


def _sentence(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


def _is_plan(path: Path) -> bool:
    """Has it rules, and is it no OpenAPI document?"""
    if path.suffix.lower() not in (".yaml", ".yml", ".json"):
        return False
    try:
        data = reading.tree(read_bytes(path), str(path))
    except HarnessError:
        return False
    return isinstance(data, dict) and "rules" in data and not {"openapi", "swagger", "paths"} & data.keys()


def _plan(text: str, path: str) -> Iterator[Located]:
    try:
        parse_plan(text, path=path)
    except FileError as error:
        yield Located("plan", error.message, error.path, error.line, "error")


def _beside(provider: Provider) -> Iterator[Located]:
    """What cannot be used of what stands beside a provider's document."""
    for name, text in provider.plans.items():
        yield from _plan(text, f"{provider.folder}/plans/{name}.yaml")
    for name, text in provider.scenarios.items():
        try:
            parse_scenarios(text, path=f"{provider.folder}/scenarios/{name}.yaml", provider=provider)
        except FileError as error:
            yield Located("scenario", error.message, error.path, error.line, "error")
        except HarnessError as error:
            yield Located("scenario", str(error), f"{provider.folder}/scenarios/{name}.yaml", None, "error")


def _changed(provider: Provider) -> Iterator[Oddity]:
    if provider.card.sha256 and provider.card.sha256 != provider.contract.document.digest:
        message = f"changed since it was taken over from {provider.card.document} ({provider.card.date})"
        yield Oddity((), "changed", message)


def _placed(path: Path, oddities: Iterable[Oddity]) -> Iterator[tuple[str, int, str, Oddity]]:
    """Each with its file, line and pointer in it."""
    by_file: dict[Path, list[tuple[tuple[str, ...], Oddity]]] = {}
    for oddity in oddities:
        tokens, file = oddity.tokens, path
        if tokens[:1] == (FILES,) and len(tokens) > 1 and (path.parent / tokens[1]).is_file():
            tokens, file = tokens[2:], path.parent / tokens[1]
        by_file.setdefault(file, []).append((tokens, oddity))
    for file, placed in by_file.items():
        found = lines(read_text(file), [tokens for tokens, _ in placed])
        for tokens, oddity in placed:
            yield str(file), found[tokens], "".join(f"/{escaped(token)}" for token in tokens), oddity

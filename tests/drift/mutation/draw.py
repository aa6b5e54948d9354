"""Seeded mutations of the documents of a corpus."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random

import msgspec

from harness.contract.document import Document, parse
from harness.contract.slice import sliced
from tests.drift.mutation import cosmetic, messages, objects, parameters, rewriting, schemas
from tests.drift.mutation.kinds import COSMETIC, DOCUMENTS, SCHEMAS, Mutation, Site, Truth
from tests.drift.mutation.tree import Node, Reach, Tree

__all__ = (
    "CORPUS",
    "cosmetic",
    "drawn",
    "messages",
    "mutations",
    "objects",
    "parameters",
    "rewriting",
    "schemas",
)

CORPUS = Path(os.environ.get("HARNESS_CORPUS", "../shared/corpus")) / "documents"
SMALL = ("adyen", "box", "github", "google", "paypal", "sendgrid", "slack", "square", "twilio")
"""Of these a few operations lead to a small part of the document; of Stripe's each leads to nearly all."""
AWS = ("aws.",)
"""Converted documents that are not taken at their word: their schemas are left alone."""
_OPERATIONS = 3


@cache
def document(path: Path) -> Document:
    """A document of the corpus as it is written."""
    return parse(path.read_bytes(), name=path.name, as_written=True)


@cache
def _named(path: Path) -> tuple[tuple[str, str], ...]:
    tree = Tree(document(path).root)
    return tuple((op.method.upper(), op.path) for op in tree.operations())


def part_of(path: Path, rng: Random) -> Node:
    """A document with a few of the operations of one of the corpus, or a few of its webhooks."""
    whole, named = document(path), _named(path)
    root = whole.root
    if not named:
        hooks = root.get("webhooks", {})
        kept = {name: hooks[name] for name in rng.sample(list(hooks), min(_OPERATIONS, len(hooks)))}
        cut = {**root, "webhooks": kept}
        whole = Document(whole.name, cut, whole.version, whole.digest, oddities=tuple)
        components = _led_to(whole, kept)
        made: Node = {**cut, "components": components}
    else:
        made = sliced(whole, rng.sample(named, min(_OPERATIONS, len(named))))
    copied: Node = msgspec.json.decode(msgspec.json.encode(made))
    return copied


def _led_to(whole: Document, start: Node) -> dict[str, Node]:
    found: dict[str, Node] = {}
    pending: list[object] = [start]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, dict):
            ref = node.get("$ref")
            if isinstance(ref, str) and ref.startswith("#/components/"):
                _, _, kind, name = ref.split("/")[:4]
                if name not in found.setdefault(kind, {}):
                    found[kind][name] = whole.at(ref)
                    pending.append(found[kind][name])
            pending.extend(node.values())
    return found


def drawn(kind: str, seed: int, paths: list[Path]) -> Mutation | None:
    """A mutation of that kind in a part of one of these documents; None where none of a few parts has a place for
    it."""
    rng = Random(f"{kind} {seed}")
    for _ in range(12):
        path = rng.choice(paths)
        if kind in SCHEMAS and path.name.startswith(AWS):
            continue
        old = part_of(path, rng)
        tree = Tree(msgspec.json.decode(msgspec.json.encode(old)))
        done = _of_schema(kind, tree, rng) if kind in SCHEMAS else _of_document(kind, tree, rng)
        if done is None or tree.root == old:
            continue
        there, back, operation, where = done
        if back is not None and rng.random() < 0.5:
            return Mutation(f"{kind} back", path.name, seed, tree.root, old, back, operation, where)
        return Mutation(kind, path.name, seed, old, tree.root, there, operation, where)
    return None


_Truths = dict[str, Truth]


def _of_schema(kind: str, tree: Tree, rng: Random) -> tuple[_Truths, _Truths, str, str] | None:
    reach = Reach(tree)
    spots = reach.spots()
    rng.shuffle(spots)
    for spot in spots:
        change = SCHEMAS[kind](Site(spot, tree, reach, reach.textual(spot), rng))
        if change is not None:
            there: _Truths = {}
            back: _Truths = {}
            for direction in reach.directions(spot):
                first, second = change.there, change.back
                if direction == "response":
                    first, second = (change.given, change.given) if change.given else (second, first)
                there[direction], back[direction] = first, second
            return there, back, spot.operation, f"{spot.part} {spot.key}: {change.where}"
    return None


def _of_document(kind: str, tree: Tree, rng: Random) -> tuple[_Truths, _Truths | None, str, str] | None:
    done = (COSMETIC if kind in COSMETIC else DOCUMENTS)[kind](tree, rng)
    if done is None:
        return None
    back: _Truths | None = {done.direction: done.back} if done.back is not None else None
    return {done.direction: done.there}, back, "", done.where


def mutations(count: int, seed: int, paths: list[Path]) -> Iterator[Mutation]:
    """That many mutations, as many cosmetic ones among them as others."""
    rng = Random(seed)
    telling, silent = [*SCHEMAS, *DOCUMENTS], [*COSMETIC]
    made = 0
    number = 0
    while made < count:
        kinds = silent if number % 2 else telling
        kind = kinds[(number // 2) % len(kinds)]
        number += 1
        found = drawn(kind, rng.randrange(10**9), paths)
        if found is not None:
            made += 1
            yield found

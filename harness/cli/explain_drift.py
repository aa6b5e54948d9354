"""The rules of `harness drift`, for `harness explain`: one, a family of them, or one by oasdiff's name for it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from rich.console import RenderableType

import harness.drift.rules
from harness.cli.page import heading, indented, rows
from harness.drift.rules.catalogue import RULES, Rule, family

_LEVELS = {
    "breaking": "breaking: a client that keeps to the old side fails",
    "risky": "risky: it breaks those who rely on more than was promised",
    "info": "for information: it harms nobody",
}


class Peer(msgspec.Struct, frozen=True):
    """A rule of oasdiff, and ours for the same: none where `reason` says why there is none."""

    id: str
    ours: tuple[str, ...]
    reason: str


def peers() -> dict[str, Peer]:
    """Every rule of oasdiff by its id."""
    text = Path(harness.drift.rules.__file__).with_name("oasdiff.tsv").read_text("utf-8")
    table = csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {
        row["oasdiff"]: Peer(
            row["oasdiff"], tuple(part for part in row["ours"].split(",") if part != "-"), row["reason"]
        )
        for row in table
    }


def explain_drift(name: str) -> Iterator[RenderableType]:
    """What is known of a rule, a family of rules (`drift`: all of them) or a rule of oasdiff; nothing of others."""
    if name in RULES:
        yield from _rule(RULES[name])
    related = family(name)
    if related:
        yield heading(name, f"{len(related)} rules of harness drift")
        yield rows((rule.id, f"{rule.level}: {_plain(rule)}") for rule in related)
    peer = peers().get(name) if "." not in name and "-" in name else None
    if peer is not None:
        yield heading(name, "a rule of oasdiff")
        yield indented(f"Here: {', '.join(peer.ours) or 'none'}")
        if peer.reason:
            yield indented(f"{peer.reason[0].upper()}{peer.reason[1:]}.")


def families() -> Iterator[tuple[str, str]]:
    """The first words of the rules' ids, and how many rules begin so."""
    heads = dict.fromkeys(rule_id.partition(".")[0] for rule_id in RULES)
    yield from ((head, f"{len(family(head))} rules") for head in heads)


def _rule(rule: Rule) -> Iterator[RenderableType]:
    yield heading(rule.id, "a rule of harness drift")
    yield indented(f"{_plain(rule)[0].upper()}{_plain(rule)[1:]}.")
    yield indented(rule.why)
    yield heading("Level")
    yield indented(_LEVELS[rule.level])
    yield heading("Axes")
    axes = {"direction": rule.direction, "area": rule.area, "kind": rule.kind, "action": rule.action}
    yield rows(axes.items())
    known = [peer.id for peer in peers().values() if rule.id in peer.ours]
    if known:
        yield heading("oasdiff calls it")
        yield indented(", ".join(known))


def _plain(rule: Rule) -> str:
    """The message without names."""
    said = rule.told(
        part="the parameter" if ".parameter." in rule.id else "the header",
        name="NAME",
        media="TYPE",
        status="a status",
        old="OLD",
        new="NEW",
        until="",
        what="a URL",
        url="a URL",
        header="HEADER",
        told="what is told of it",
    )
    return re.sub(r"'([A-Z]+)'", r"\1", said)

"""What a peer expects of a change is what is found, or the reason why not is written down.

The pairs are built as the peer's tests build theirs: one operation, and one thing that changes in it.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.drift.documents.compare import compare
from harness.model.change import Level
from tests.drift.mutation.judge import contract
from tests.drift.peer.documents import SCOPES, Tree, cases, standing
from tests.drift.peer.schemas import pairs

RULES = Path(os.environ.get("HARNESS_CORPUS", "../shared/corpus")) / "oasdiff_rules.tsv"
DEPARTURES = Path(__file__).parent / "peer" / "departures.tsv"
_LEVELS: dict[Level, str] = {"breaking": "ERR", "risky": "WARN", "info": "INFO"}
_RANK = ("NONE", "INFO", "WARN", "ERR")

with_rules = pytest.mark.skipif(not RULES.is_file(), reason=f"no rules at {RULES} (set HARNESS_CORPUS)")


def expected() -> dict[str, str]:
    """The peer's level of each of its rules."""
    with RULES.open(encoding="utf-8") as rows:
        return {row["id"]: row["level"] for row in csv.DictReader(rows, delimiter="\t")}


def departures() -> dict[tuple[str, str], str]:
    """By rule and by what is found of it: why that is not what the peer expects."""
    with DEPARTURES.open(encoding="utf-8") as rows:
        return {(row["oasdiff"], row["ours"]): row["reason"] for row in csv.DictReader(rows, delimiter="\t")}


def all_cases() -> Iterator[tuple[str, Tree, Tree]]:
    """Each case with the rule that it is of."""
    known = expected()
    yield from (case for case in cases() if case[0] in known)
    for rule in known:
        scope = next((scope for scope in SCOPES if rule.startswith(f"{scope}-")), None)
        for old, new in pairs(rule.removeprefix(f"{scope}-")) if scope else ():
            yield rule, *standing(str(scope), old, new)


def level(old: Tree, new: Tree) -> str:
    """The worst that is found, in the peer's words."""
    found = compare(contract(old, "old.json"), contract(new, "new.json")).changes
    return max((_LEVELS[change.level] for change in found), key=_RANK.index, default="NONE")


@with_rules
def test_the_peer_expects_what_is_found_or_there_is_a_reason_why_not() -> None:
    known, reasons = expected(), departures()
    made = [(rule, level(old, new)) for rule, old, new in all_cases()]
    other = {(rule, ours) for rule, ours in made if ours != known[rule]}
    assert len(made) > 480
    assert len({rule for rule, _ in made}) > 440
    assert sorted(other - reasons.keys()) == [], "no reason is written for these"
    assert sorted(reasons.keys() - other) == [], "these reasons are for nothing"
    assert [each for each, reason in reasons.items() if len(reason.split()) < 4] == []

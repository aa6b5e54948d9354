"""Findings that have a file and a line, as SARIF 2.1.0: what GitHub's code scanning and GitLab show beside the code.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; numbers of sections are of that document.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal
from urllib.parse import quote

import msgspec

from harness import __version__
from harness.report.clean import clean, one_line

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Level = Literal["error", "warning", "note"]


class Rule(msgspec.Struct, frozen=True):
    """What a finding is of: `promise` in one sentence, `help_uri` where more is written, empty where nowhere."""

    id: str
    promise: str = ""
    help_uri: str = ""


class Located(msgspec.Struct, frozen=True):
    """One finding. `file`: a path from the root of the repository, or an absolute one; `line` is 1-based, None where
    the file has no such place. `pointer`: where it stands in the file's data."""

    rule: str
    message: str
    file: str
    line: int | None = None
    level: Level = "warning"
    pointer: str = ""


def render(findings: Iterable[Located], *, rules: Sequence[Rule] = ()) -> str:
    """One SARIF log of one run, in the order of the findings. Rules that no finding names are left out; a finding may
    name one that is not in `rules`."""
    found = tuple(findings)
    told = {rule.id: rule for rule in rules}
    used = [told.get(name, Rule(name)) for name in dict.fromkeys(finding.rule for finding in found)]
    places = {rule.id: index for index, rule in enumerate(used)}
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "harness",
                        "semanticVersion": __version__,
                        "rules": [_rule(rule) for rule in used],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": _results(found, places),
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    node: dict[str, Any] = {"id": rule.id}
    if _name(rule.id).lower() != rule.id.lower():  # section 3.49.7: else it is left out
        node["name"] = _name(rule.id)
    if rule.promise:
        text = one_line(clean(rule.promise))
        node["shortDescription"] = {"text": text}
        node["help"] = {"text": f"{text} {rule.help_uri}".strip()}
    if rule.help_uri:
        node["helpUri"] = rule.help_uri
    return node


def _name(rule_id: str) -> str:
    """An identifier a person can read, in PascalCase: section 3.49.7."""
    words = "".join(letter if letter.isalnum() else " " for letter in rule_id).split()
    return "".join(word[:1].upper() + word[1:] for word in words)


def _results(found: Iterable[Located], places: dict[str, int]) -> list[dict[str, Any]]:
    met: Counter[str] = Counter()
    results = []
    for finding in found:
        message = one_line(clean(finding.message))
        # Lines move; what keeps a finding's identity is what it says of which place in the data (section 3.27.17).
        identity = "\0".join((finding.rule, finding.file, finding.pointer, message))
        digest = hashlib.sha256(identity.encode()).hexdigest()[:32]
        met[digest] += 1
        results.append(
            {
                "ruleId": finding.rule,
                "ruleIndex": places[finding.rule],
                "level": finding.level,
                "message": {"text": message},
                "locations": [_location(finding)],
                "partialFingerprints": {"harness/v1": f"{digest}:{met[digest]}"},
            }
        )
    return results


def _location(finding: Located) -> dict[str, Any]:
    path = finding.file.replace("\\", "/").removeprefix("./")
    artifact = (
        {"uri": f"file://{quote(path)}"}
        if path.startswith("/")
        else {"uri": quote(path), "uriBaseId": "%SRCROOT%"}
    )
    physical: dict[str, Any] = {"artifactLocation": artifact}
    if finding.line is not None:
        physical["region"] = {"startLine": max(1, finding.line)}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.pointer}]
    return location

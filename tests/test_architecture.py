"""The layers of harness/README.md, enforced: imports point down, siblings are strangers, effects live high up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "harness"

LAYERS = {
    "model": 1,
    "errors": 1,
    "registry": 1,
    "contract": 2,
    "protocols": 2,
    "redaction": 2,
    "mock": 3,
    "faults": 3,
    "checks": 3,
    "report": 3,
    "cassette": 3,
    "tolerance": 3,
    "drift": 3,
    "load": 3,
    "server": 4,
    "run": 4,
    "conformance": 4,
    "console": 5,
    "cli": 5,
    "demo": 5,
    "pytest_plugin": 5,
    "locust_plugin": 5,
    "__main__": 5,
}
"""Part of the package to its layer. `console` is a front door: it may use `run` and `server`."""

MAY_USE_A_SIBLING = {
    ("run", "server"),
    ("conformance", "run"),
    ("cli", "console"),
    ("cli", "demo"),
    ("__main__", "cli"),
    ("pytest_plugin", "cli"),
}
"""Run drives lanes of the server; the command line is the front door of the front doors; the pytest plugin reads the
same harness.toml and plan files as it does."""

EFFECTS = {
    "socket",
    "asyncio",
    "subprocess",
    "time",
    "random",
    "os",
    "threading",
    "signal",
    "secrets",
    "select",
}
"""Modules that reach the world. Layers 1 to 3 take values and return values."""


def part_of(module: str) -> str:
    """`harness.mock.answer` belongs to `mock`."""
    return module.split(".")[1] if "." in module else "harness"


def imports(source: str) -> Iterator[str]:
    """Every module that a source text imports, wherever the statement stands, type-checking blocks aside."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def faults_of(module: str, source: str) -> list[str]:
    """What is wrong with one module's imports, as sentences."""
    part, found = part_of(module), []
    for imported in imports(source):
        if imported.startswith("harness.") and part in LAYERS:
            other = part_of(imported)
            if other == part:
                continue
            if LAYERS[other] > LAYERS[part]:
                found.append(f"{module} (layer {LAYERS[part]}) imports {imported} (layer {LAYERS[other]})")
            elif LAYERS[other] == LAYERS[part] > 1 and (part, other) not in MAY_USE_A_SIBLING:
                found.append(f"{module} imports its sibling {imported}")
        elif LAYERS.get(part, 5) <= 3 and imported.split(".")[0] in EFFECTS:
            found.append(f"{module} (layer {LAYERS[part]}) imports {imported}, which reaches the world")
    return found


def modules() -> list[tuple[str, Path]]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        dotted = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        if dotted != "harness":
            found.append((dotted, path))
    return found


@pytest.mark.parametrize(
    ("module", "path"), modules(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_imports_point_down(module: str, path: Path) -> None:
    assert not faults_of(module, path.read_text("utf-8"))


def test_every_part_has_a_layer() -> None:
    assert {part_of(module) for module, _ in modules()} <= set(LAYERS)


def test_only_files_modules_of_pure_packages_touch_disk() -> None:
    offenders = [
        module
        for module, path in modules()
        if LAYERS[part_of(module)] <= 3
        and not module.endswith(".files")
        and {"pathlib", "io", "tempfile"} & set(imports(path.read_text("utf-8")))
    ]
    assert not offenders


def test_no_import_cycles() -> None:
    names = {module for module, _ in modules()}
    graph = {
        module: {i for i in imports(path.read_text("utf-8")) if i in names and i != module}
        for module, path in modules()
    }
    for start in graph:
        seen: set[str] = set()
        todo = list(graph[start])
        while todo:
            here = todo.pop()
            assert here != start, f"{start} imports itself, by way of others"
            if here not in seen:
                seen.add(here)
                todo += graph[here]


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("harness.checks.retry", "from harness.server.lane import Lane", "layer 4"),
        ("harness.faults.timing", "import harness.mock.answer", "sibling"),
        ("harness.mock.answer", "import time", "reaches the world"),
        ("harness.model.call", "def f():\n    from harness.contract import files", "layer 2"),
    ],
)
def test_a_planted_violation_is_caught(module: str, source: str, complaint: str) -> None:
    assert [fault for fault in faults_of(module, source) if complaint in fault]


def test_a_type_checking_import_is_no_violation() -> None:
    source = "if TYPE_CHECKING:\n    from harness.server.lane import Lane"
    assert not faults_of("harness.checks.retry", source)

"""A Python function of the team that can be pointed at a mocked provider, found in its source without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

import msgspec

URLS = ("base_url", "url", "api_url", "api_base", "base", "endpoint", "host")
KEYS = (
    "api_key",
    "key",
    "token",
    "access_token",
    "secret",
    "secret_key",
    "api_token",
    "auth_token",
    "credential",
)
TIMEOUTS = ("timeout", "timeout_s")


class Pointed(msgspec.Struct, frozen=True):
    """A call of the team's own. `call`: what to write, with `{url}` and `{key}` where they go; `imports`: the line
    before it; `patches`: module constants to replace, by `module.NAME`, with what is put there; `driver`: as
    `--call` takes it, empty where the harness cannot call it so."""

    name: str
    imports: str
    call: str
    file: str
    line: int
    patches: Mapping[str, str] = {}
    driver: str = ""
    is_async: bool = False


def find(files: Mapping[str, str], hosts: Iterable[str], service: str) -> Pointed | None:
    """The best call to begin with in these Python files (path to text); None where there is none that is sure.

    Sure is what says itself where the provider is: a parameter for its address, a constant that holds it, or an
    environment variable of the service (`STRIPE_BASE_URL`).
    """
    found: list[tuple[int, str, int, Pointed]] = []
    for file, text in files.items():
        if re.search(r"(^|/)(tests?|conftest\.py)(/|$)|(^|/)test_", file):
            continue
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        module = _module(file)
        constants = _constants(tree, tuple(hosts))
        reads = f"{service}_BASE_URL" in text
        for node in tree.body:
            rank, pointed = _pointed(node, module, file, constants, reads=reads)
            if pointed is not None:
                found.append((rank, file, pointed.line, pointed))
    return min(found, key=lambda each: each[:3])[3] if found else None


def _pointed(
    node: ast.stmt, module: str, file: str, constants: Mapping[str, str], *, reads: bool
) -> tuple[int, Pointed | None]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if node.name.startswith("_") or node.decorator_list or node.name == "main":
            return 9, None
        given = _given(node.args)
        if given is None:
            return 9, None
        return _placed(
            node, node.name, f"{node.name}({', '.join(given)})", given, module, file, constants, reads
        )
    if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
        methods = [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        start = next((n for n in methods if n.name == "__init__"), None)
        first = next(
            (
                n
                for n in methods
                if not n.name.startswith("_")
                and n.name not in ("close", "aclose")
                and not n.decorator_list
                and _given(n.args, skip=1) is not None
            ),
            None,
        )
        given = _given(start.args, skip=1) if start is not None else None
        if first is None or given is None:
            return 9, None
        call = f"{node.name}({', '.join(given)}).{first.name}()"
        return _placed(first, node.name, call, given, module, file, constants, reads)
    return 9, None


def _placed(
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    imported: str,
    call: str,
    given: list[str],
    module: str,
    file: str,
    constants: Mapping[str, str],
    reads: bool,
) -> tuple[int, Pointed | None]:
    says_url = any("{url}" in each for each in given)
    if not says_url and not constants and not reads:
        return 9, None
    body = ast.dump(node)
    if not says_url and constants and not any(f"id='{name}'" in body for name in constants):
        return 9, None
    patches = {} if says_url else {f"{module}.{name}": value for name, value in constants.items()}
    plain = imported == node.name
    driver = f"{module}:{node.name}" if plain and _suits_the_driver(node) else ""
    pointed = Pointed(
        node.name,
        f"from {module} import {imported}",
        call,
        file,
        node.lineno,
        patches,
        driver,
        isinstance(node, ast.AsyncFunctionDef),
    )
    return (0 if says_url else 1 if patches else 2) + (0 if plain else 3), pointed


def _given(arguments: ast.arguments, *, skip: int = 0) -> list[str] | None:
    """The arguments to write: those that have no default and can be given, and of the others the address and the
    credential. None where something else is wanted."""
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    wanted = [(a.arg, place < required) for place, a in enumerate(positional)][skip:]
    wanted += [
        (a.arg, default is None)
        for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    given: list[str] = []
    for name, is_required in wanted:
        lower = name.lower()
        value = "{url}" if lower in URLS else "{key}" if lower in KEYS else None
        if lower in TIMEOUTS and is_required:
            value = "5.0"
        if value is not None:
            given.append(f"{name}={value}")
        elif is_required:
            return None
    if any(each.arg in [g.partition("=")[0] for g in given] for each in arguments.posonlyargs):
        return None
    return given


def _suits_the_driver(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """May `harness verify` call it: with those of base_url, credentials and timeout that it asks for?"""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    names = {a.arg for a in positional[: len(positional) - len(arguments.defaults)]}
    names |= {
        a.arg
        for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    }
    every = {a.arg for a in (*positional, *arguments.kwonlyargs)}
    return "base_url" in every and names <= {"base_url", "credentials", "timeout", "env", "name", "call"}


def _constants(tree: ast.Module, hosts: tuple[str, ...]) -> dict[str, str]:
    """Module constants that hold the provider's address, with what to put there: `{url}` and the path of it; and
    those that hold a credential, if one of the others is there."""
    found: dict[str, str] = {}
    keys: dict[str, str] = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        target = node.target if isinstance(node, ast.AnnAssign) else target
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if not isinstance(target, ast.Name):
            continue
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            for host in hosts:
                address = re.fullmatch(rf"https?://{re.escape(host)}(/.*)?", value.value)
                if address:
                    found[target.id] = "{url}" + (address[1] or "").rstrip("/")
        if target.id.lower() in KEYS or target.id.lower().endswith(("_api_key", "_token", "_secret_key")):
            keys[target.id] = "{key}"
    return {**found, **keys} if found else {}


def _module(file: str) -> str:
    """`src/shop/payments.py` is imported as `shop.payments`."""
    parts = list(PurePosixPath(file).with_suffix("").parts)
    if parts[0] == "src" and len(parts) > 1:
        parts = parts[1:]
    return ".".join(part for part in parts if part != "__init__")

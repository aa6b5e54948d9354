"""A Python function of the team that can be pointed at a mocked provider, found in its source without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

import msgspec

from harness.cli.starting.arguments import Given, fields, given, wanted
from harness.cli.starting.places import Places, places

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Pointed(msgspec.Struct, frozen=True):
    """A call of the team's own. `call`: what to write, with `{url}` and `{key}` where they go; `imports`: the line
    before it; `patches`, `env`: attributes to replace, by `module.NAME`, and environment variables to set, with what
    is put there; `driver`: as `--call` takes it, empty where the harness cannot call it so. `is_own`: false where
    it is an SDK's. `by_id`: it asks for an id that is guessed."""

    name: str
    imports: str
    call: str
    file: str
    line: int
    patches: Mapping[str, str] = {}
    driver: str = ""
    is_async: bool = False
    env: Mapping[str, str] = {}
    is_own: bool = True
    by_id: bool = False


def find(
    files: Mapping[str, str], hosts: Iterable[str], service: str, *, points: Mapping[str, str] | None = None
) -> Pointed | None:
    """The best call to begin with in these Python files (path to text); None where there is none that is sure.

    Sure is what says itself where the provider is: a parameter for its address, a constant that holds it, an
    environment variable, or an SDK that can be led elsewhere (`points`: attribute to value). What takes least is
    best: no argument that is to be guessed, then no id.
    """
    hosts = tuple(hosts)
    found: list[tuple[int, str, int, Pointed]] = []
    for file, text in files.items():
        if re.search(r"(^|/)(tests?|conftest\.py|setup\.py)(/|$)|(^|/)test_", file):
            continue
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        module = _module(file)
        if not module or not all(part.isidentifier() for part in module.split(".")):
            continue
        there = places(tree, module, hosts, service, points or {})
        for node in tree.body:
            for rank, pointed in _pointed(node, module, file, there, hosts):
                found.append((rank, file, pointed.line, pointed))
    return min(found, key=lambda each: each[:3])[3] if found else None


def _pointed(
    node: ast.stmt, module: str, file: str, there: Places, hosts: tuple[str, ...]
) -> Iterator[tuple[int, Pointed]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if _is_open(node) and node.name != "main":
            args = given(wanted(node.args), hosts, guess=True)
            if args is not None:
                call = f"{node.name}({', '.join(args.texts)})"
                yield from _placed(node, node, node.name, call, (args, Given()), module, file, there)
    elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
        yield from _of_class(node, module, file, there, hosts)


def _of_class(
    node: ast.ClassDef, module: str, file: str, there: Places, hosts: tuple[str, ...]
) -> Iterator[tuple[int, Pointed]]:
    methods = [n for n in node.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    start = next((n for n in methods if n.name == "__init__"), None)
    asked = wanted(start.args, skip=1) if start is not None else fields(node)
    if asked is None:
        if node.bases:
            return  # What it takes stands elsewhere.
        asked = iter(())
    made = given(asked, hosts)
    for method in methods if made is not None else ():
        if not _is_open(method) or method.name in ("close", "aclose", "connect"):
            continue
        args = given(wanted(method.args, skip=1), hosts, guess=True)
        if args is None or made is None:
            continue
        call = f"{node.name}({', '.join(made.texts)}).{method.name}({', '.join(args.texts)})"
        yield from _placed(method, node, node.name, call, (args, made), module, file, there)


def _placed(
    node: Function,
    around: ast.stmt,
    imported: str,
    call: str,
    args: tuple[Given, Given],
    module: str,
    file: str,
    there: Places,
) -> Iterator[tuple[int, Pointed]]:
    says_url = any(each.says_url for each in args)
    if not says_url and not there.any:
        return
    body = ast.dump(around)
    if not says_url and there.patches and not any(f"id='{name}'" in body for name in there.names):
        return
    plain = imported == node.name
    certainty = 0 if says_url else 1 if there.patches else 2
    guessed = max(each.guessed for each in args)
    yield (
        certainty + (0 if plain else 3) + 10 * guessed,
        Pointed(
            node.name,
            f"from {module} import {imported}",
            call,
            file,
            node.lineno,
            {} if says_url else there.patches,
            f"{module}:{node.name}" if plain and _suits_the_driver(node, args[0]) else "",
            isinstance(node, ast.AsyncFunctionDef),
            {} if says_url else there.env,
            by_id=guessed > 1,
        ),
    )


def _is_open(node: Function) -> bool:
    """May anybody call it, as it stands?"""
    return not node.name.startswith("_") and not node.decorator_list


def _suits_the_driver(node: Function, args: Given) -> bool:
    """May `harness verify` call it: with those of base_url, credentials and timeout that it asks for, and no more?"""
    if "base_url={url}" not in args.texts or any("{key}" in text for text in args.texts):
        return False
    every = list(wanted(node.args))
    needed = {each.name for each in every if each.is_required}
    return "base_url" in {each.name for each in every} and needed <= {
        *("base_url", "credentials", "timeout", "env", "name", "call")
    }


def _module(file: str) -> str:
    """`src/shop/payments.py` is imported as `shop.payments`."""
    parts = list(PurePosixPath(file).with_suffix("").parts)
    if parts[0] == "src" and len(parts) > 1:
        parts = parts[1:]
    return ".".join(part for part in parts if part != "__init__")

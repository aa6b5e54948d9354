"""Where a module of the team's own says who the provider is: constants, environment variables, an SDK."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from harness.cli.starting.arguments import KEYS


class Places(msgspec.Struct, frozen=True):
    """`patches`: attributes to replace, by `module.NAME`, `env`: environment variables to set, both with what is put
    there, `{url}` and `{key}`; `names`: who uses any of them names one of these. `reads`: the variables of the
    service itself are read (`STRIPE_BASE_URL`), which a mocked provider sets."""

    patches: Mapping[str, str] = {}
    env: Mapping[str, str] = {}
    names: frozenset[str] = frozenset()
    reads: bool = False

    @property
    def any(self) -> bool:
        """Is there any?"""
        return bool(self.patches or self.env or self.reads)


def places(
    tree: ast.Module, module: str, hosts: Sequence[str], service: str, points: Mapping[str, str]
) -> Places:
    """What there is in a module. `points`: the attributes of an SDK that lead it elsewhere, by `module.attribute`."""
    imported = {alias.asname or alias.name for node in tree.body for alias in _modules(node)}
    patches = {place: value for place, value in points.items() if place.partition(".")[0] in imported}
    names = {place.partition(".")[0] for place in patches}
    constants, env = _constants(tree, tuple(hosts), service), {}
    read = list(_variables(tree))
    for name, default in read:
        value = _value(default, hosts)
        if value or (service in name and re.search(r"URL|BASE|HOST|ENDPOINT", name)):
            env[name] = value or "{url}"
    if env:
        env |= {name: "{key}" for name, _ in read if re.search(r"KEY|TOKEN|SECRET", name) and service in name}
    reads = f"{service}_BASE_URL" in env
    patches |= {f"{module}.{name}": value for name, value in constants.items()}
    own = {name for name in env if name in (f"{service}_BASE_URL", f"{service}_API_KEY")}
    return Places(
        patches,
        {name: value for name, value in env.items() if name not in own},
        frozenset(names | constants.keys()),
        reads,
    )


def _constants(tree: ast.Module, hosts: tuple[str, ...], service: str) -> dict[str, str]:
    """Module constants that hold the provider's address, or take it from the environment, with what to put there:
    `{url}` and the path of it; and those that hold a credential, if one of the others is there."""
    found: dict[str, str] = {}
    keys: dict[str, str] = {}
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        target = node.target if isinstance(node, ast.AnnAssign) else target
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if not isinstance(target, ast.Name) or value is None:
            continue
        text = value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
        for name, default in _variables(value):
            text = default or (f"https://{hosts[0]}" if hosts and _is_address(name, service) else None)
        put = _value(text, hosts)
        if put:
            found[target.id] = put
        if target.id.lower() in KEYS or target.id.lower().endswith(("_api_key", "_token", "_secret_key")):
            keys[target.id] = "{key}"
    return {**found, **keys} if found else {}


def _value(text: str | None, hosts: Sequence[str]) -> str | None:
    """What to put in the place of an address of the provider; None where it is none."""
    for host in hosts:
        address = re.fullmatch(rf"https?://{re.escape(host)}(/.*)?", text or "")
        if address:
            return "{url}" + (address[1] or "").rstrip("/")
    return None


def _is_address(variable: str, service: str) -> bool:
    # The variable of the service itself is set before the module is imported.
    return (
        service in variable
        and variable != f"{service}_BASE_URL"
        and re.search(r"URL|BASE|HOST|ENDPOINT", variable) is not None
    )


def _variables(node: ast.AST) -> Iterator[tuple[str, str | None]]:
    """The environment variables that are read anywhere within, each with its default."""
    for each in ast.walk(node):
        if isinstance(each, ast.Subscript) and ast.unparse(each.value) in ("os.environ", "environ"):
            names: list[ast.expr] = [each.slice]
        elif isinstance(each, ast.Call) and ast.unparse(each.func) in (
            *("os.environ.get", "environ.get", "os.getenv", "getenv"),
        ):
            names = each.args[:2]
        else:
            continue
        texts = [n.value if isinstance(n, ast.Constant) and isinstance(n.value, str) else None for n in names]
        if texts and texts[0]:
            yield texts[0], texts[1] if len(texts) > 1 else None


def _modules(node: ast.stmt) -> list[ast.alias]:
    return node.names if isinstance(node, ast.Import) else []

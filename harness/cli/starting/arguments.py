"""What to write for the arguments of a function of the team's own, read from its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

import msgspec

URLS = (
    "base_url",
    "url",
    "api_url",
    "api_base",
    "base",
    "endpoint",
    "host",
    "server",
    "root_url",
    "api_host",
)
KEYS = (
    "api_key",
    "apikey",
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

USUAL = {
    "email": "'ada@example.com'",
    "name": "'Ada'",
    "amount": "1000",
    "amount_cents": "1000",
    "currency": "'eur'",
    "quantity": "1",
    "limit": "1",
    "count": "1",
    "page": "1",
    "per_page": "1",
    "page_size": "1",
    "description": "'a test'",
    "text": "'a test'",
    "q": "'a test'",
    "query": "'a test'",
    "owner": "'octocat'",
    "repo": "'hello-world'",
}
"""Values for names that say what they are."""

OF_TYPE = {"int": "1", "float": "1.0", "bool": "True"}


class Wanted(msgspec.Struct, frozen=True):
    """A parameter. `default`: what its author gave it, where that is a text."""

    name: str
    is_required: bool
    default: str | None = None
    annotation: str = ""
    is_positional: bool = False


class Given(msgspec.Struct, frozen=True):
    """Arguments to write, with `{url}` and `{key}` where they go. `guessed`: 0 where nothing is, 1 where values
    are that any provider takes, 2 where ids are, which may be nobody's."""

    texts: tuple[str, ...] = ()
    guessed: int = 0

    @property
    def says_url(self) -> bool:
        """Is the address among them?"""
        return any("{url}" in text for text in self.texts)


def wanted(arguments: ast.arguments, *, skip: int = 0) -> Iterator[Wanted]:
    """The parameters of a function; `skip` as many (`self`)."""
    positional = [*arguments.posonlyargs, *arguments.args]
    bare = len(positional) - len(arguments.defaults)
    defaults: list[ast.expr | None] = [*([None] * bare), *arguments.defaults]
    for place, (each, default) in enumerate(zip(positional, defaults, strict=True)):
        if place >= skip:
            yield _one(each, default, is_positional=each in arguments.posonlyargs)
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _one(each, default)


def fields(node: ast.ClassDef) -> Iterator[Wanted] | None:
    """The parameters of a class that is declared by its fields; None where it is not."""
    names = {ast.unparse(each).partition("(")[0].rpartition(".")[2] for each in node.decorator_list}
    if not names & {"dataclass", "define", "frozen", "attrs", "s"}:
        return None
    return (
        Wanted(each.target.id, each.value is None, _text(each.value), ast.unparse(each.annotation))
        for each in node.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
    )


def given(parameters: Iterable[Wanted], hosts: Iterable[str], *, guess: bool = False) -> Given | None:
    """The arguments to write: those that have no default and can be given, and of the others the address and the
    credential. None where something else is wanted. `guess`: ids, amounts and the like may be."""
    texts: list[str] = []
    guessed = 0
    for each in parameters:
        value = _address(each, tuple(hosts)) or ("{key}" if each.name.lower() in KEYS else None)
        if value is None and each.is_required:
            if each.name.lower() in TIMEOUTS:
                value = "5.0"
            elif guess and (found := _guess(each)):
                value, more = found
                guessed = max(guessed, more)
            else:
                return None
        if value is not None:
            texts.append(value if each.is_positional else f"{each.name}={value}")
    return Given(tuple(texts), guessed)


def _address(each: Wanted, hosts: tuple[str, ...]) -> str | None:
    """`{url}`, with the path that the default has behind the provider's host."""
    if each.name.lower() not in URLS:
        return None
    for host in hosts:
        found = re.fullmatch(rf"https?://{re.escape(host)}(/.*)?", each.default or "")
        if found:
            path = (found[1] or "").rstrip("/")
            return f"{{url}} + {path!r}" if path else "{url}"
    # A host alone would be asked by https.
    if "host" in each.name.lower() or (each.default and "://" not in each.default):
        return None
    return "{url}"


def _guess(each: Wanted) -> tuple[str, int] | None:
    name, kind = each.name.lower(), each.annotation
    if name == "id" or name.endswith("_id"):
        # Valid as a number, too, wherever it stands in a path.
        return ("1" if kind == "int" else "'1'"), 2
    if name in USUAL and kind in ("", "str", "int"):
        return USUAL[name], 1
    if kind in OF_TYPE:
        return OF_TYPE[kind], 1
    return None


def _one(each: ast.arg, default: ast.expr | None, *, is_positional: bool = False) -> Wanted:
    annotation = ast.unparse(each.annotation) if each.annotation is not None else ""
    return Wanted(each.arg, default is None, _text(default), annotation, is_positional)


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

"""Which client a command is about, and its calls: one of harness.toml, or one told by flags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click
import msgspec

from harness.cli.settings import BY_FLAGS, CallSettings, ClientSettings, Settings
from harness.errors import UsageError
from harness.run.callspec import CallSpec, parse_call


def client_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a command takes to be told of a client: CLIENT, --provider and --call."""
    command = click.option(
        "--call",
        "calls",
        multiple=True,
        metavar="NAME=WHAT",
        help="Something that the client does: package.module:function, a command, session:COMMAND, http:POST URL.",
    )(command)
    command = click.option(
        "--provider", metavar="NAME|DOCUMENT", help="A bundled provider, or the path of an OpenAPI document."
    )(command)
    return click.argument("client", required=False)(command)


def asked_client(
    settings: Settings,
    client: str | None,
    provider: str | None,
    calls: tuple[str, ...],
    kinds: tuple[str, ...],
    operations: tuple[str, ...],
) -> tuple[str, ClientSettings]:
    """The client of the file, or the one that the flags tell; flags add to and override the file."""
    if client is None and calls:
        if provider is None:
            raise UsageError("--call needs --provider NAME or the path of an OpenAPI document")
        name, asked = "", ClientSettings(provider, {})
    elif client is None and provider is not None and not settings.clients:
        raise UsageError(f"--provider {provider} needs something to call: {BY_FLAGS}")
    else:
        name, asked = settings.client(client)
        asked = msgspec.structs.replace(asked, provider=provider or asked.provider)
    wanted = {
        key: value if isinstance(value, CallSettings) else CallSettings(value)
        for key, value in asked.calls.items()
    }
    wanted.update({key: CallSettings(value) for key, value in _pairs("--call", calls)})
    if not wanted:
        raise UsageError(f"client {name!r} has no calls: [clients.{name}.calls] is empty; {BY_FLAGS}")
    for flag, field, given in (("--kind", "kind", kinds), ("--operation", "operation", operations)):
        for key, value in _pairs(flag, given, only=next(iter(wanted)) if len(wanted) == 1 else None):
            if key not in wanted:
                raise UsageError(f"{flag} {key}=...: there is no call {key!r}; there are {', '.join(wanted)}")
            wanted[key] = msgspec.convert({**msgspec.to_builtins(wanted[key]), field: value}, CallSettings)
    return name, msgspec.structs.replace(asked, calls=dict(wanted))


EXAMPLES = {"--call": "read='python get.py'", "--kind": "read=read", "--operation": "read=GetCustomers"}


def _pairs(flag: str, given: Sequence[str], *, only: str | None = None) -> list[tuple[str, str]]:
    pairs: dict[str, str] = {}
    for text in given:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals and only is not None:
            key, value = only, text.strip()
        elif not key or not value:
            raise UsageError(f"{flag} {text}: expected {flag} NAME=VALUE, as {flag} {EXAMPLES[flag]}")
        if flag == "--kind" and value not in ("read", "write"):
            raise UsageError(f"{flag} {text}: a call is a read or a write")
        if key in pairs:
            raise UsageError(f"{flag} {key}=... is given twice; calls need names of their own")
        pairs[key] = value
    return list(pairs.items())


def specs_of(asked: ClientSettings) -> list[CallSpec]:
    """Its calls. UsageError for one that cannot be read."""
    return [
        msgspec.structs.replace(
            parse_call(key, value.run, kind=value.kind, operation=value.operation), raises=value.raises
        )
        for key, value in asked.calls.items()
        if isinstance(value, CallSettings)
    ]

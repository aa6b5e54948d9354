"""harness.toml: the team's clients and policy.

[clients.shop]
provider = "stripe"                      # a bundled name, or the path of an OpenAPI document or folder
[clients.shop.calls]
read = "shop.payments:latest_customer"   # as --call on the command line
create = { run = "node create.js", kind = "write", operation = "PostCustomers" }

[policy.retry]
max_retries = 3

[drift]
accept = "drift/accepted.yaml"
uses = ["PostRefunds", "GetCharges#/data/*/receipt_url"]
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from harness.cli.loading import read_text, shown
from harness.contract.mistakes import explain
from harness.errors import FileError, UnknownName, UsageError
from harness.model.call import Kind
from harness.model.policy import Policy

FILE_NAME = "harness.toml"

BY_FLAGS = "say --provider stripe --call read='python get.py'"

T = TypeVar("T")


class CallSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One call of a client. `run` is what --call takes. `raises`: the types of errors that it declares."""

    run: str
    kind: Kind | None = None
    operation: str | None = None
    raises: tuple[str, ...] = ()


class ClientSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One client under test. Every field but `provider`, `calls` and `cassettes` has a flag of the same name.

    `cassettes`: files and folders of what it exchanged with the provider, which tell what of it the client uses.
    """

    provider: str
    calls: dict[str, CallSettings | str] = {}
    scenarios: tuple[str, ...] = ()
    seed: Annotated[int, Meta(ge=0)] | None = None
    jobs: Annotated[int, Meta(ge=1)] | None = None
    port: Annotated[int, Meta(ge=1, le=65535)] | None = None
    report: tuple[str, ...] = ()
    cassettes: tuple[str, ...] = ()


class DriftSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `harness drift` is told beside its flags. `accept`, `state`: files, as the flags of these names. `uses`,
    `ignores`: what the clients rely on and what they do not use, as `OPERATION` or `OPERATION#POINTER`."""

    accept: str | None = None
    state: str | None = None
    uses: tuple[str, ...] = ()
    ignores: tuple[str, ...] = ()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    clients: dict[str, ClientSettings] = {}
    policy: Policy = Policy()
    drift: DriftSettings = DriftSettings()

    def client(self, name: str | None) -> tuple[str, ClientSettings]:
        """The client of that name; without a name the only one."""
        if name is None:
            if len(self.clients) == 1:
                return next(iter(self.clients.items()))
            if not self.clients:
                raise UsageError(f"no client to verify: {BY_FLAGS}, or name one in {FILE_NAME}")
            raise UsageError(f"which client? {FILE_NAME} has {', '.join(sorted(self.clients))}")
        if not self.clients:
            raise UsageError(f"no client {name!r}: no {FILE_NAME} here names any; {BY_FLAGS}")
        if name not in self.clients:
            raise UnknownName("client", name, self.clients)
        return name, self.clients[name]


def read_settings(folder: Path) -> Settings:
    """harness.toml in `folder`; the defaults where there is none."""
    path = folder / FILE_NAME
    return _converted(path, *_read(path), Settings) if path.exists() else Settings()


def read_policy(path: Path) -> Policy:
    """A file of its own with what the `[policy]` table holds; or one that has such a table, as harness.toml."""
    text, data = _read(path)
    if "policy" in data:
        return _converted(path, text, {"policy": data["policy"]}, Settings).policy
    return _converted(path, text, data, Policy)


def _read(path: Path) -> tuple[str, dict[str, object]]:
    text = read_text(path)
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise FileError(shown(path), f"not TOML: {message}", line=int(line[1]) if line else None) from None


def _converted(path: Path, text: str, data: dict[str, object], kind: type[T]) -> T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        mistake = explain(error, data, kind)
        keys = [*mistake.place, *([mistake.unknown] if mistake.unknown else [])]
        where = ".".join(mistake.place)
        message = mistake.message.replace("unknown field", "no setting").replace("a mapping", "a table")
        place = f"{where}: " if where and not mistake.unknown else ""
        raise FileError(shown(path), place + message, line=_line_of(text, keys)) from None


def _line_of(text: str, keys: list[str]) -> int | None:
    """The line of the last of `keys` that is written out, searched in the order of the keys."""
    lines = text.splitlines()
    found = None
    start = 0
    for key in keys:
        pattern = re.compile(rf"(^|[\s.\[\"'{{,]){re.escape(key)}([\s.\]\"'=]|$)")
        for number in range(start, len(lines)):
            if pattern.search(lines[number].split("#")[0]):
                found, start = number + 1, number
                break
    return found

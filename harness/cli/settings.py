"""harness.toml: the team's clients and policy.

[clients.shop]
provider = "stripe"                      # a bundled name, or the path of an OpenAPI document or folder
[clients.shop.calls]
read = "shop.payments:latest_customer"   # as --call on the command line
create = { run = "node create.js", kind = "write", operation = "PostCustomers" }

[policy.retry]
max_retries = 3
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from harness.errors import FileError, UnknownName, UsageError, did_you_mean
from harness.model.call import Kind
from harness.model.policy import Policy

FILE_NAME = "harness.toml"

T = TypeVar("T")


class CallSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One call of a client. `run` is what --call takes."""

    run: str
    kind: Kind | None = None
    operation: str | None = None


class ClientSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One client under test. Every field but `provider` and `calls` has a flag of the same name."""

    provider: str
    calls: dict[str, CallSettings | str]
    scenarios: tuple[str, ...] = ()
    seed: int | None = None
    jobs: int | None = None
    port: int | None = None
    report: tuple[str, ...] = ()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    clients: dict[str, ClientSettings] = {}
    policy: Policy = Policy()

    def client(self, name: str | None) -> tuple[str, ClientSettings]:
        """The client of that name; without a name the only one."""
        if name is None:
            if len(self.clients) == 1:
                return next(iter(self.clients.items()))
            if not self.clients:
                raise UsageError(
                    f"no client to verify: name one in {FILE_NAME}, or say --provider NAME --call read='COMMAND'"
                )
            raise UsageError(f"which client? {FILE_NAME} has {', '.join(sorted(self.clients))}")
        if name not in self.clients:
            raise UnknownName("client", name, self.clients)
        return name, self.clients[name]


def read_settings(folder: Path) -> Settings:
    """harness.toml in `folder`; the defaults where there is none."""
    path = folder / FILE_NAME
    return _read(path, Settings) if path.exists() else Settings()


def read_policy(path: Path) -> Policy:
    """A file of its own with what the `[policy]` table holds."""
    return _read(path, Policy)


def _read(path: Path, kind: type[T]) -> T:
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        nearby = [p.name for p in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        raise FileError(str(path), f"{error.strerror}; {did_you_mean(path.name, nearby)}") from None
    except UnicodeDecodeError as error:
        raise FileError(str(path), f"not UTF-8 text: {error.reason} at byte {error.start}") from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        message = re.sub(r" \(at .*\)$", "", str(error))
        raise FileError(str(path), f"not TOML: {message}", line=int(line[1]) if line else None) from None
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise _mistake(path, text, kind, str(error)) from None


def _mistake(path: Path, text: str, kind: type[object], message: str) -> FileError:
    """msgspec's word for it, with the line and, for an unknown field, the nearest known one."""
    place = re.search(r" - at `(.+)`$", message)
    keys = re.findall(r"[\w-]+|\[\.\.\.\]", place[1].removeprefix("$")) if place else []
    message = message.split(" - at `")[0]
    if unknown := re.search(r"unknown field `(.+)`", message):
        known = _fields(kind, keys)
        keys.append(unknown[1])
        message = f"no setting {unknown[1]!r}; {did_you_mean(unknown[1], known)}"
    elif keys:
        message = f"{'.'.join(k for k in keys if k != '[...]')}: {message}"
    return FileError(str(path), message, line=_line_of(text, keys))


def _fields(kind: type[object], keys: list[str]) -> list[str]:
    """The settings that are known at the place where `keys` lead."""
    here: object = kind
    for key in keys:
        if isinstance(here, type) and issubclass(here, msgspec.Struct):
            fields = {field.encode_name: field.type for field in msgspec.structs.fields(here)}
            here = fields.get(key, here)
        else:
            arguments = getattr(here, "__args__", ())
            here = next((a for a in reversed(arguments) if a is not str), here)
        options = [
            o for o in getattr(here, "__args__", ()) if isinstance(o, type) and issubclass(o, msgspec.Struct)
        ]
        if options and getattr(here, "__origin__", None) is not dict:
            here = options[0]
    if isinstance(here, type) and issubclass(here, msgspec.Struct):
        return [field.encode_name for field in msgspec.structs.fields(here)]
    return []


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

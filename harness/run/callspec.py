"""A call of the client under test, as asked for on the command line or in harness.toml."""

from __future__ import annotations

import re
from difflib import get_close_matches

import msgspec

from harness.errors import UsageError
from harness.model.call import Kind
from harness.run.drivers.choose import driver_names

_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_FUNCTION = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


class CallSpec(msgspec.Struct, frozen=True):
    """Something that the client can be made to do. `kind` and `operation` are found from a healthy call where
    they are None. `text` is what was written, for the command that runs it again. `raises`: the types of errors
    that it declares."""

    name: str
    driver: str
    target: str
    kind: Kind | None = None
    operation: str | None = None
    text: str = ""
    raises: tuple[str, ...] = ()


def parse_call(name: str, text: str, *, kind: Kind | None = None, operation: str | None = None) -> CallSpec:
    """Read what stands after `--call NAME=`. Raises UsageError.

    `package.module:function` is Python; `session:node worker.js` and `http:POST http://127.0.0.1:9000/checkout`
    name their driver, as `python:` and `command:` may; a URL alone is asked by POST; anything else is a command.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot be a call's name; a letter first, then letters, digits, '.', '_' and '-'"
        )
    stripped = text.strip()
    if not stripped:
        raise UsageError(f"call {name!r} has no command, function or URL")
    driver, target = _driver(stripped)
    return CallSpec(name, driver, target, kind, operation, stripped)


def _driver(text: str) -> tuple[str, str]:
    if text.startswith(("http://", "https://")):
        return "http", text
    prefix, colon, rest = text.partition(":")
    if colon and rest.strip() and prefix in driver_names():
        return prefix, rest.strip()
    near = get_close_matches(prefix, driver_names(), 1, 0.8) if colon and prefix.isalpha() else []
    if near and rest.strip():
        raise UsageError(f"no driver {prefix!r} in {text!r}; did you mean {near[0]!r}?")
    return ("python" if _FUNCTION.fullmatch(text) else "command"), text

"""What a client says of its own call in JSON: one reading for all drivers."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from harness.model.call import Ending, Outcome

# Frames and details are indented everywhere; Node ends with a brace and its version.
_OF_A_TRACE = re.compile(r"\s|[{}\]]|Node\.js v\d")


class Said(msgspec.Struct, frozen=True):
    """A client's own word on one call."""

    ok: bool
    error: str | None = None
    value: object = None
    fallback: bool = False


def said(answer: object) -> Said | None:
    """Read `{"ok": bool, "error"|"error_type": str, "value": any}`; None for anything else.

    `"fallback": true` beside `"ok": true` says that the value did not come from the provider. An answer that lists
    several `calls` is kept whole as the value, so that they can be told apart.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
        return None
    ok = answer["ok"]
    value = answer if isinstance(answer.get("calls"), list) else answer.get("value")
    return Said(ok, None if ok else reason(answer), value, fallback=ok and answer.get("fallback") is True)


def last_line(text: str) -> Said | None:
    """The client's word in the last line of its output that is not blank, if it is one."""
    lines = text.rstrip().rsplit("\n", 1)
    return said(decoded(lines[-1]))


def last_error(stderr: str) -> str:
    """The line of a program's stderr that says why it failed: the last one that is no part of a stack trace."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    told = [line for line in lines if not _OF_A_TRACE.match(line)]
    return (told or lines or [""])[-1].strip()[:500]


def decoded(line: str | bytes) -> object:
    """A line as JSON; None where it is not."""
    stripped = line.strip()
    try:
        return msgspec.json.decode(stripped) if stripped else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def outcome(
    word: Said,
    *,
    began_s: float,
    ended_s: float,
    stdout: str = "",
    stderr: str = "",
    ending: Ending = "ended",
) -> Outcome:
    """An Outcome from a client's word."""
    return Outcome(
        word.ok, began_s, ended_s, word.error, word.value, ending, stdout, stderr, fallback=word.fallback
    )


def failure(
    ending: Ending, error: str, *, began_s: float, ended_s: float, stdout: str = "", stderr: str = ""
) -> Outcome:
    """An Outcome where the client had no word of its own."""
    return Outcome(False, began_s, ended_s, error, None, ending, stdout, stderr)


def reason(answer: Mapping[str, object]) -> str:
    """Why a call failed, in the client's words: its `error_type` and `error`, else the `status` that it got."""
    parts = [str(answer[key]) for key in ("error_type", "error") if answer.get(key)]
    if not parts and answer.get("status"):
        parts = [f"status {answer['status']}"]
    return ": ".join(parts) or "the client reported a failure without a reason"

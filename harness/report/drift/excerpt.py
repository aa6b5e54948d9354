"""The part of a witness that proves. Where there is no room for all of it: the start lines, the headers that matter,
and the body around the place that is meant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from harness.model.change import Change
from harness.report.words import of

MOST_LINES, WIDEST = 14, 400
"""Lines of a witness, and characters of a line; what is within both is shown as it is."""

LONG = 80
"""Characters of a line of JSON that is left on it."""

_BEFORE = 0.25
"""So much of the room is for what stands before the place."""


def whole(change: Change) -> list[str]:
    """The lines of the witness, JSON that is too long for one of them indented; none without a witness."""
    lines = change.witness.text.replace("\r\n", "\n").rstrip().splitlines() if change.witness else []
    return [inner for line in lines for inner in _indented(line, change)]


def _indented(line: str, change: Change) -> list[str]:
    if len(line) <= LONG or line[:1] not in ("{", "["):
        return [line]
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        # A message that is very long was cut; its value was not.
        value = change.witness.value if change.witness is not None else None
        if not isinstance(value, dict | list) or line[:LONG] not in _on_one_line(value):
            return [line]
    return json.dumps(value, indent=2, ensure_ascii=False).splitlines()


def _on_one_line(value: object) -> tuple[str, ...]:
    """The first characters of a value, in the two ways in which it is usually written."""
    texts = (json.dumps(value, ensure_ascii=False, separators=by) for by in ((",", ":"), (", ", ": ")))
    return tuple(text[:LONG] for text in texts)


def excerpt(change: Change, *, most_lines: int = MOST_LINES, widest: int = WIDEST) -> list[str]:
    """The lines that prove the change, and how many headers are left out."""
    lines = whole(change)
    if len(lines) <= most_lines and all(len(line) <= widest for line in lines):
        return lines
    messages = list(_messages(lines))
    room = max(3, most_lines - sum(len(_head(change, head)) + 2 for head, _ in messages))
    shown: list[str] = []
    for head, body in messages:
        shown += ["", *_head(change, head)] if shown else _head(change, head)
        if body:
            shown += ["", *_around(change, body, room, widest)]
    return shown


def _messages(lines: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Each message's head and body: a request that has none is followed by the answer to it."""
    while lines:
        end = lines.index("") if "" in lines else len(lines)
        head, rest = lines[:end], lines[end + 1 :]
        if rest and rest[0].startswith("HTTP/1.1 "):
            yield head, []
            lines = rest
        else:
            yield head, rest
            return


def _head(change: Change, head: list[str]) -> list[str]:
    """The start line, and of the headers those that matter."""
    start, *headers = head
    wanted = change.place.part.rpartition("header ")[2].removeprefix("parameter ").lower()
    kept = [line for line in headers if line.partition(":")[0].strip().lower() in ("content-type", wanted)]
    left = len(headers) - len(kept)
    return [start, *kept, *([f"({of(left, 'header')} more)"] if left else [])]


def _around(change: Change, body: list[str], most_lines: int, widest: int) -> list[str]:
    """The lines of the body around the place, as wide as there is room."""
    row, column = _found(change, body)
    first = max(0, min(row - int(most_lines * _BEFORE), len(body) - most_lines))
    shown = []
    for number, line in enumerate(body[first : first + most_lines], first):
        begin = max(0, column - int(widest * _BEFORE)) if number == row else 0
        begin = max(0, min(begin, len(line) - widest))
        cut = line[begin : begin + widest]
        shown.append(f"{'...' if begin else ''}{cut}{'...' if begin + widest < len(line) else ''}")
    return [*(["..."] if first else []), *shown, *(["..."] if first + most_lines < len(body) else [])]


def _found(change: Change, body: list[str]) -> tuple[int, int]:
    """Row and column of the place: where the new value stands; else of the innermost name on the way to it that
    stands in the body, each name sought behind the one around it."""
    names = [token.replace("~1", "/").replace("~0", "~") for token in change.place.value.split("/")[1:]]
    if names and change.new_side:
        said = "|".join(re.escape(text) for text in (change.new_side, json.dumps(change.new_side)))
        pair = re.compile(f"{re.escape(json.dumps(names[-1]))}\\s*:\\s*(?:{said})(?![\\w.])")
        for number, line in enumerate(body):
            if match := pair.search(line):
                return number, match.start()
    row, column = 0, 0
    for name in names:
        for number in range(row, len(body)):
            at = body[number].find(f'"{name}"', column if number == row else 0)
            if at >= 0:
                row, column = number, at
                break
    return row, column

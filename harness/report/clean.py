"""Text that a client, a driver or a provider wrote, made fit to print: no control characters, no half characters.

An escape sequence in a client's error message must not move the reader's cursor, a NUL must not make the XML
ill-formed, and a right-to-left override must not turn a verdict round.
"""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

Told = TypeVar("Told", bound=msgspec.Struct)

# C0 and C1 except tab, line feed and carriage return; bidirectional overrides; surrogates; non-characters.
# XML 1.0 section 2.2 excludes the first, the third and U+FFFE, U+FFFF.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_UNFIT_AS_JSON = tuple(
    map(
        re.compile,
        (
            rb"\\[ubfr]",
            rb"\x7f",
            rb"\xc2[\x80-\x9f]",
            rb"\xe2(?:\x80[\xaa-\xae]|\x81[\xa6-\xa9])",
            rb"\xed[\xa0-\xbf]",
            rb"\xef\xbf[\xbe\xbf]",
        ),
    )
)
"""The same in JSON, where a carriage return is none either: the many places of one change are not walked in vain.

One by one, since each begins with a byte that is looked for much faster than any of several.
"""
_COLOURING = re.compile(r"\x1b\[[0-9;]*m")


def clean(text: str) -> str:
    """The text with colour codes dropped and each other unfit character replaced by U+FFFD."""
    return _UNFIT.sub("\ufffd", _COLOURING.sub("", text).replace("\r\n", "\n").replace("\r", "\n"))


def cleaned(report: Told) -> Told:
    """The same report, with every string in it fit to print."""
    if not _may_be_unfit(report):
        return report
    return msgspec.convert(_walk(msgspec.to_builtins(report)), type(report))


def _may_be_unfit(report: msgspec.Struct) -> bool:
    try:
        written = msgspec.json.encode(report)
    except UnicodeEncodeError:
        return True
    return any(unfit.search(written) for unfit in _UNFIT_AS_JSON)


def one_line(text: str) -> str:
    """The text with every run of white space made one space."""
    return " ".join(text.split())


def excerpt(text: str, *, limit_chars: int = 8192) -> str:
    """The end of a long output, where the error usually is, with a note of what was left out."""
    if len(text) <= limit_chars:
        return text
    return f"... {len(text) - limit_chars} characters before this are left out\n{text[-limit_chars:]}"


def _walk(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {_walk(key): _walk(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_walk(inner) for inner in value]
    return value

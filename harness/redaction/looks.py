"""What looks like a secret, wherever it stands: keys that say by their beginning what they are, and random texts."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import log2
from typing import NamedTuple

MARK = re.compile(r"<redacted:[a-z]+-\d+>")
"""What stands in the place of a secret."""


class Looks(NamedTuple):
    """A text that looks like a secret, and of which kind."""

    kind: str
    text: str


_KEYS = re.compile(
    r"""(?x)
    -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY-----[\s\S]{1,20000}?-----END\ [A-Z\ ]*PRIVATE\ KEY-----
    | (?<![A-Za-z0-9_])(?:
        eyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]*){1,3}
      | (?:sk|rk|pk|ek)_(?:live|test)_[A-Za-z0-9]{8,}
      | [a-z][a-z0-9]{1,11}_(?:live|test|prod|secret|sk|key|pat|token)_(?=[A-Za-z]*\d)[A-Za-z0-9]{10,}
      | \w{2,80}_secret_(?=[A-Za-z_]*\d)\w{8,}
      | sk-[A-Za-z0-9_-]{20,}
      | gh[pousr]_[A-Za-z0-9]{16,}
      | github_pat_\w{20,}
      | glpat-[\w-]{16,}
      | xox[abeoprs]-[\w-]{10,}
      | (?:AKIA|ASIA)[A-Z0-9]{16}
      | AIza[\w-]{30,}
      | ya29\.[\w.-]{16,}
      | SG\.[\w-]{16,}\.[\w-]{16,}
      | whsec_[\w+/=]{8,}
      | npm_[A-Za-z0-9]{30,}
      | pypi-[\w-]{40,}
      | do[opr]_v1_[a-f0-9]{32,}
      | shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}
      | SK[0-9a-f]{32}
      | hf_[A-Za-z0-9]{30,}
      | key-[0-9a-f]{32}
      | sq0(?:atp|csp)-[\w-]{22,}
      | EAAC[A-Za-z0-9]{30,}
    )(?![A-Za-z0-9])
    """
)
"""Keys that say what they are. The beginnings are those that secret scanners know, from the providers' own pages."""

_SENT = re.compile(r"(?i)\b(bearer|basic)[ \t]+([\w.~+/-]{8,}=*)")
_PASSWORD_IN_URL = re.compile(r"(?i)[a-z][a-z0-9+.-]{1,20}://([^/\s:@?#\"'<>]*)(?::([^/\s@?#\"'<>]+))?@")
_USER = re.compile(r"(?:^|\s)(?:-u|--user)[ =]?['\"]?[^\s:'\"]*:([^\s'\"]{4,})")
_CARD = re.compile(r"(?<![\w.\-])\d(?:[ -]?\d){12,18}(?![\w\-]|\.\d)")
_CARD_BEGINNING = re.compile(
    r"4(?:\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|35\d{14}|3(?:0[0-5]|[68]\d)\d{11}"
)
_RUN = re.compile(r"[A-Za-z0-9+/_=.~\-]{20,}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_RESOURCE = re.compile(r"[a-z][a-z0-9]{1,9}(?:_[a-z]{2,8})?_[A-Za-z0-9]{6,}")
"""`cus_NffrFeUfNV2Hib`: what a provider calls a thing, needed to join exchanges."""

_FEWEST_RANDOM, _FEWEST_OF_TWO = 20, 28
"""How long a text of three kinds of characters, or of two, has to be before it may be taken for random."""


def keys_in(text: str) -> Iterator[Looks]:
    """What says by its shape that it is a secret."""
    for found in _KEYS.finditer(text):
        kind = "token" if found[0].startswith("eyJ") else "key"
        yield Looks(kind, found[0])
    if "://" in text:
        for found in _PASSWORD_IN_URL.finditer(text):
            user, password = found[1], found[2]
            if password:
                yield Looks("password", password)
            if user and (not password or password == "x-oauth-basic") and len(user) >= 12:
                yield Looks("key", user)
    if " -u" in text or "--user" in text:
        for found in _USER.finditer(text):
            yield Looks("password", found[1])
    for found in _SENT.finditer(text):
        if found[1].lower() == "bearer":
            if len(found[2]) >= 16 or any(letter.isdigit() for letter in found[2]):
                yield Looks("token", found[2])
        elif ":" in (pair := unpacked(found[2])):
            yield Looks("basic", found[2])
            yield from pair_of(pair)
    for found in _CARD.finditer(text):
        digits = re.sub(r"[ -]", "", found[0])
        if _CARD_BEGINNING.fullmatch(digits) and _luhn(digits):
            yield Looks("card", found[0])


def pair_of(pair: str) -> Iterator[Looks]:
    """The secrets of Basic credentials: the password; where it says nothing, the user name."""
    user, _, password = pair.partition(":")
    yield Looks("password", password) if len(password) > 1 else Looks("key", user)
    if len(user) >= 16 and next(random_in(user), None):
        yield Looks("key", user)


def random_in(text: str, *, resources: bool = True) -> Iterator[str]:
    """What looks random. `resources`: the name of a thing (`cus_NffrFeUfNV2Hib`) may stand there."""
    if len(text) < _FEWEST_RANDOM:
        return
    for found in _RUN.finditer(text):
        run = found[0].strip(".=-~") if not found[0].endswith("=") else found[0].lstrip(".=-~")
        if not _UUID.search(run) and not (resources and _RESOURCE.fullmatch(run)) and _is_random(run):
            yield run


def unpacked(text: str) -> str:
    """What a text says in base64; empty where it is none, or says nothing that is text."""
    octets = unpacked_octets(text)
    try:
        found = octets.decode()
    except UnicodeDecodeError:
        return ""
    return found if found.isprintable() else ""


def unpacked_octets(text: str) -> bytes:
    """What a text is in base64, of either alphabet, padded or not; empty where it is none."""
    bare = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except ValueError:
        return b""


def _is_random(run: str) -> bool:
    if "/" in run:
        # A path may be long and have many kinds of characters; each part of it says little.
        parts = [part for part in run.split("/") if not _says_something(part)]
        run = "".join(parts)
    if len(run) < _FEWEST_RANDOM or _HEX.fullmatch(run.replace("-", "")):
        return False
    kinds = [_kind(letter) for letter in run]
    known = set(kinds) & {"a", "A", "0"}
    changes = sum(one != other for one, other in pairwise(kinds)) / len(run)
    if len(known) == 3:
        random = changes >= 0.3 and _entropy(run) >= 3.5
    else:
        bits = 3.7 if "0" in known else 9.0
        random = len(run) >= _FEWEST_OF_TWO and changes >= 0.35 and _entropy(run) >= bits
    # What is readable in base64 says what it is: a page's cursor, the global id of a node.
    return random and not unpacked(run)


def _says_something(part: str) -> bool:
    return bool(
        _HEX.fullmatch(part)
        or _RESOURCE.fullmatch(part)
        or re.fullmatch(r"[A-Z]?[a-z]+|[A-Z]+|[\w.\-]{0,4}", part)
    )


def _kind(letter: str) -> str:
    if letter.islower():
        return "a"
    return "A" if letter.isupper() else "0" if letter.isdigit() else "-"


def _entropy(text: str) -> float:
    """Bits a character (Shannon)."""
    counts = Counter(text).values()
    return -sum(n / len(text) * log2(n / len(text)) for n in counts)


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0

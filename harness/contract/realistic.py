"""Scalars that look like what their name or format says: emails, dates near now, amounts, identifiers."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

from harness.model.clock import Rng

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_FIRST = (
    "Ada",
    "Grace",
    "Alan",
    "Edsger",
    "Barbara",
    "Donald",
    "Frances",
    "Tim",
    "Radia",
    "Ken",
    "Joan",
    "Linus",
)
_LAST = (
    "Moreno",
    "Okafor",
    "Lindqvist",
    "Tanaka",
    "Novak",
    "Haddad",
    "Silva",
    "Keller",
    "Dubois",
    "Patel",
    "Byrne",
)
_WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "harbor",
    "indigo",
    "juniper",
    "karst",
    "lumen",
)
_CITIES = ("Lisbon", "Oslo", "Kyoto", "Porto", "Ghent", "Turin", "Graz", "Tartu")
_DAY_S = 86400


class Luck:
    """Draws of one value: seeded luck and the epoch second that counts as now."""

    def __init__(self, rng: Rng, now_s: float) -> None:
        self.rng, self.now_s = rng, now_s

    def pick(self, options: tuple[str, ...]) -> str:
        """One of these."""
        return options[self.rng.randrange(0, len(options))]

    def text(self, length: int, letters: str = _ALPHANUMERIC) -> str:
        """That many letters."""
        return "".join(letters[self.rng.randrange(0, len(letters))] for _ in range(length))

    def digits(self, length: int) -> str:
        """That many digits, the first of them not 0."""
        return str(self.rng.randrange(1, 10)) + self.text(length - 1, "0123456789") if length else ""

    def hexadecimal(self, length: int) -> str:
        """That many lower case hexadecimal digits."""
        return self.text(length, "0123456789abcdef")

    def words(self, count: int) -> str:
        """That many words."""
        return " ".join(self.pick(_WORDS) for _ in range(count))

    def past(self) -> datetime:
        """Some minutes before now, in UTC, to the second."""
        return datetime.fromtimestamp(int(self.now_s) - self.rng.randrange(0, 3600), UTC)


def _uuid(luck: Luck) -> str:
    h = luck.hexadecimal(32)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[luck.rng.randrange(0, 4)]}{h[17:20]}-{h[20:]}"


def _email(luck: Luck) -> str:
    return f"{luck.pick(_FIRST)}.{luck.pick(_LAST)}@example.com".lower()


def _url(luck: Luck) -> str:
    return f"https://example.com/{luck.pick(_WORDS)}"


def _ipv4(luck: Luck) -> str:
    return f"192.0.2.{luck.rng.randrange(1, 255)}"


def _ipv6(luck: Luck) -> str:
    return f"2001:db8::{luck.rng.randrange(1, 0xFFFF):x}"


def _host(luck: Luck) -> str:
    return f"{luck.pick(_WORDS)}.example.com"


def _base64(luck: Luck) -> str:
    return base64.b64encode(luck.text(12).encode()).decode()


def _iban(luck: Luck) -> str:
    """A German one with its check digits: ISO 13616, by ISO 7064 MOD 97-10."""
    account = luck.digits(18)
    return f"DE{98 - int(f'{account}131400') % 97:02d}{account}"


def _sentence(luck: Luck) -> str:
    return luck.words(4).capitalize()


def _street(luck: Luck) -> str:
    return f"{luck.rng.randrange(1, 200)} {luck.pick(_WORDS).title()} Street"


FORMATS: dict[str, Callable[[Luck], str]] = {
    "date-time": lambda luck: luck.past().strftime("%Y-%m-%dT%H:%M:%SZ"),
    "date": lambda luck: luck.past().strftime("%Y-%m-%d"),
    "time": lambda luck: luck.past().strftime("%H:%M:%SZ"),
    "duration": lambda luck: f"PT{luck.rng.randrange(1, 60)}M",
    "email": _email,
    "idn-email": _email,
    "hostname": _host,
    "idn-hostname": _host,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "uri": _url,
    "url": _url,
    "iri": _url,
    "uri-reference": lambda luck: f"/{luck.pick(_WORDS)}",
    "iri-reference": lambda luck: f"/{luck.pick(_WORDS)}",
    "uri-template": lambda luck: f"https://example.com/{luck.pick(_WORDS)}/{{id}}",
    "uuid": _uuid,
    "byte": _base64,
    "base64": _base64,
    "binary": lambda luck: luck.words(3),
    "json-pointer": lambda luck: f"/{luck.pick(_WORDS)}",
    "relative-json-pointer": lambda luck: f"1/{luck.pick(_WORDS)}",
    "regex": lambda luck: f"^{luck.pick(_WORDS)}$",
    "password": lambda luck: luck.text(16),
    "iban": _iban,
    "phone": lambda luck: "+1555" + luck.digits(7),
    "ip": _ipv4,
    "decimal": lambda luck: f"{luck.rng.randrange(1, 500)}.{luck.digits(2)}",
    # Whole numbers as texts, since a number of JSON loses digits in JavaScript.
    **dict.fromkeys(("int32", "int64", "uint32", "uint64"), lambda luck: luck.digits(6)),
}
"""A value for each format that has a look of its own."""

_NAMES: tuple[tuple[str, Callable[[Luck], str]], ...] = (
    (r"e_?mail(_?address)?$", _email),
    (r"iban$", _iban),
    (r"(^|_)(bic|swift)(_?code)?$", lambda luck: luck.text(4, _LETTERS).upper() + "DEFF"),
    (r"(^|_)arn$", lambda luck: f"arn:aws:service:us-east-1:{luck.digits(12)}:{luck.pick(_WORDS)}"),
    (r"(content|media|mime)_?type$", lambda luck: "text/plain"),
    (r"user_?agent$", lambda luck: "Mozilla/5.0"),
    (r"(^|_)(mac)(_?address)?$", lambda luck: ":".join(luck.hexadecimal(2) for _ in range(6))),
    (r"(^|_)region$", lambda luck: luck.pick(("us-east-1", "eu-west-1", "ap-south-1"))),
    (r"(first|given)_?name$", lambda luck: luck.pick(_FIRST)),
    (r"(last|family|sur)_?name$", lambda luck: luck.pick(_LAST)),
    (r"(user|screen|nick)_?name$|login$|slug$|handle$", lambda luck: f"{luck.pick(_WORDS)}-{luck.pick(_WORDS)}"),
    (r"file_?name$", lambda luck: f"{luck.pick(_WORDS)}.txt"),
    (r"(company|business|organi[sz]ation)(_?name)?$", lambda luck: f"{luck.pick(_LAST)} {luck.pick(_WORDS)} Ltd"),
    (r"(^|_|full|display|holder)name$", lambda luck: f"{luck.pick(_FIRST)} {luck.pick(_LAST)}"),
    (r"currency(_?code)?$", lambda luck: luck.pick(("usd", "eur", "gbp"))),
    (r"country(_?code)?$", lambda luck: luck.pick(("US", "DE", "FR", "JP"))),
    (r"(locale|language|lang)(_?code)?$", lambda luck: luck.pick(("en", "de", "fr"))),
    (r"time_?zone$", lambda luck: luck.pick(("Etc/UTC", "Europe/Berlin", "Asia/Tokyo"))),
    (r"phone(_?number)?$|mobile$|msisdn$|^(to|from)$", lambda luck: "+1555" + luck.digits(7)),
    (r"(postal|zip)_?(code)?$", lambda luck: luck.digits(5)),
    (r"city$", lambda luck: luck.pick(_CITIES)),
    (r"(line_?1|street(_?address)?)$", _street),
    (r"(ur[li]|href|link|website|homepage)$", _url),
    (r"(ip(_?address)?)$", _ipv4),
    (r"(host|domain)(_?name)?$", _host),
    (r"(uuid|guid)$", _uuid),
    (r"(sha(256|1)?|md5|hash|digest|fingerprint|etag|checksum)$", lambda luck: luck.hexadecimal(40)),
    (r"(date_?time|timestamp|_at|_on|(created|updated|modified)(_?time)?)$", FORMATS["date-time"]),
    (r"date$", FORMATS["date"]),
    (r"(colou?r)$", lambda luck: luck.hexadecimal(6)),
    (r"(version)$", lambda luck: f"{luck.rng.randrange(1, 9)}.{luck.rng.randrange(0, 20)}.0"),
    (r"last_?4$", lambda luck: luck.digits(4)),
    (r"(amount|price|total|cost|balance|value)$", lambda luck: f"{luck.rng.randrange(5, 500)}.00"),
    (r"(description|summary|comment|note|message|body|content|text|reason|details?)$", _sentence),
    (r"(title|subject|label)$", lambda luck: luck.words(2).capitalize()),
    (r"(^|_)(key|token|secret|signature|cursor|nonce)$", lambda luck: luck.text(24)),
    (r"(^|_)(id|sid|number|reference|code)$|id$", lambda luck: luck.text(14)),
)  # fmt: skip
_BY_NAME = tuple((re.compile(pattern), make) for pattern, make in _NAMES)

_JOINT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MOMENT = re.compile(
    r"(created|updated|modified|timestamp|_at|_on|date|time|expires|expiry|start|end|since|until)$"
)
_LATER = re.compile(r"expire|expiry|until|due|end|next|reset")


@lru_cache(maxsize=4096)
def _in_words(name: str) -> str:
    """`createdAt`, `CreatedAt` and `created-at` as `created_at`."""
    return _JOINT.sub("_", name).replace("-", "_").lower()


def by_name(name: str, luck: Luck) -> str | None:
    """A text that fits a property's name; None for a name that says nothing."""
    name = _in_words(name)
    for pattern, make in _BY_NAME:
        if pattern.search(name):
            return make(luck)
    return None


_GOES_ON = re.compile(
    r"^(next|previous|prev|cursor)$"
    r"|^(next|previous|prev)_((continuation|page|results?|key|(part_)?number|(upload|version)_id)_?)*"
    r"(token|cursor|marker|uri|url|link|href|page|offset|results?)$"
)


@lru_cache(maxsize=4096)
def goes_on(name: str) -> bool:
    """Does a member of that name lead to another page: `nextPageToken`, `next_page_uri`, `cursor`?"""
    return _GOES_ON.search(_in_words(name)) is not None


def plain(luck: Luck) -> str:
    """A text of which nothing is known."""
    return luck.pick(_WORDS)


def integer(name: str, luck: Luck) -> int:
    """A whole number that fits a property's name: epoch seconds for moments, cents for amounts, else small."""
    name = _in_words(name)
    if _MOMENT.search(name):
        shift = luck.rng.randrange(0, 3600)
        return int(luck.now_s) + (30 * _DAY_S if _LATER.search(name) else -shift)
    if re.search(r"(amount|price|cost|fee|balance|subtotal|^total)", name):
        return luck.rng.randrange(5, 500) * 100
    if re.search(r"(^|_)(id|number)$|id$", name):
        return luck.rng.randrange(1000, 10_000_000)
    if re.search(r"(^|_)(lat|latitude|lng|lon|longitude)$", name):
        return luck.rng.randrange(-60, 60)
    if re.search(r"(^|_)port$", name):
        return luck.rng.randrange(1024, 65536)
    if name == "exp_year":
        return datetime.fromtimestamp(luck.now_s, UTC).year + 3
    if re.search(r"month$|day$", name):
        return luck.rng.randrange(1, 13)
    return luck.rng.randrange(1, 20)


def flag(name: str) -> bool:
    """True for what is usual of a healthy thing (`active`, `verified`), else false (`livemode`, `has_more`)."""
    return (
        re.search(r"(^|_)(active|enabled|verified|valid|success|ok|available|visible|done)$", _in_words(name))
        is not None
    )

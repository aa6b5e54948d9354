"""What is to be checked, where and how: put together from what a person said, with the mistakes told at once."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

import msgspec

from harness.conformance.credential import Credential
from harness.conformance.pace import KNOWN_PER_S, SHARE, UNKNOWN_PER_S, Pace, parse_rate
from harness.contract.behaviour import Behaviour
from harness.contract.choose import chosen
from harness.contract.contract import Operation
from harness.contract.provider import Provider
from harness.errors import UsageError

DEFAULT_EXAMPLES = 20
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))
READS = frozenset(("GET", "HEAD", "OPTIONS"))


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be checked, and how. `told`: path parameters that name something, by name. `most_per_s`: the user's
    own limit, beside the provider's. `share`: how many processes ask the same provider. `again`: what stands after
    `harness check` to ask the same."""

    base_url: str
    operations: tuple[Operation, ...]
    told: Mapping[str, str] = {}
    examples: int = DEFAULT_EXAMPLES
    seed: int = 1
    most_per_s: float | None = None
    strict: bool = False
    share: int = 1
    again: str = ""

    def pace(self, behaviour: Behaviour, *, now: Callable[[], float], sleep: Callable[[float], None]) -> Pace:
        """How fast the provider is asked: a share of each quota that is known, and never faster than is gentle."""
        quotas = behaviour.rate_limit.quotas if behaviour.rate_limit else ()
        host = urlsplit(self.base_url).hostname or ""
        # A system of one's own machine has no limits but its quotas.
        gentle = None if host in _LOOPBACK else KNOWN_PER_S if quotas else UNKNOWN_PER_S
        limits = [limit / self.share for limit in (gentle, self.most_per_s) if limit is not None]
        return Pace(
            quotas, most_per_s=min(limits, default=None), share=SHARE / self.share, now=now, sleep=sleep
        )


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said. `auth`: `env:NAME`; `rate`: as `5/s`."""

    provider: str
    base_url: str
    auth: str | None = None
    operations: tuple[str, ...] = ()
    writes: bool = False
    live: bool = False
    told: Mapping[str, str] = {}
    rate: str | None = None
    examples: int = DEFAULT_EXAMPLES
    seed: int = 1
    strict: bool = False
    share: int = 1

    @property
    def flags(self) -> str:
        """What stands after `harness check` to ask the same, all but the operations."""
        words = [self.provider, "--base-url", self.base_url]
        words += ["--auth", self.auth] if self.auth else []
        words += [word for name, value in self.told.items() for word in ("--example", f"{name}={value}")]
        said = (("--writes", self.writes), ("--live", self.live), ("--strict", self.strict))
        words += [flag for flag, given in said if given]
        words += ["--rate", self.rate] if self.rate else []
        return shlex.join([*words, "--max-examples", str(self.examples), "--seed", str(self.seed)])


def put(wish: Wish, provider: Provider, environment: Mapping[str, str]) -> tuple[Question, Credential | None]:
    """The question, and the credential to ask with. UsageError or UnknownName for what does not go."""
    address = read_base_url(wish.base_url)
    wish = msgspec.structs.replace(wish, base_url=address)
    wanted = choose(provider, wish.operations, writes=wish.writes)
    host = urlsplit(address).hostname
    is_live = any(urlsplit(url).hostname == host for url in provider.card.base_urls)
    if wish.writes and not wish.live and is_live:
        raise UsageError(
            f"--writes to {address}, which is where {provider.name}'s users are: --live says that this is meant"
        )
    only = "".join(f" --operations {shlex.quote(text)}" for text in wish.operations)
    question = Question(
        base_url=address,
        operations=wanted,
        told=wish.told,
        examples=wish.examples,
        seed=wish.seed,
        most_per_s=parse_rate(wish.rate) if wish.rate else None,
        strict=wish.strict,
        share=wish.share,
        again=wish.flags + only,
    )
    return question, read_credential(wish.auth, environment) if wish.auth else None


def choose(provider: Provider, wanted: Iterable[str], *, writes: bool) -> tuple[Operation, ...]:
    """The operations that are wanted, all without a wish; only those that read, unless `writes`.

    UsageError where somebody asks for one by its name that writes.
    """
    contract, wanted = provider.contract, tuple(wanted)
    asked = tuple(dict.fromkeys(chosen(contract, wanted))) or tuple(contract.operations.values())
    found = tuple(operation for operation in asked if writes or operation.method in READS)
    by_name = wanted and not any(letter in text for text in wanted for letter in "*?[")
    left = [operation.id for operation in asked if operation not in found]
    if left and (by_name or not found):
        names = ", ".join(left[:3]) + (", ..." if len(left) > 3 else "")
        raise UsageError(f"{names}: changes something at the provider; --writes says that this is meant")
    return found


def pair(text: str) -> tuple[str, str]:
    """The name of a path parameter and an id, of `customer=cus_1`. UsageError where it is none."""
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise UsageError(
            f"--example {text}: expected the name of a path parameter and an id, as customer=cus_1"
        )
    return name, value


def read_base_url(text: str) -> str:
    """The base URL without a slash at its end. UsageError where it is none."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"--base-url {text}: expected an address, as https://sandbox.example.com/v1")
    if parts.query or parts.fragment:
        raise UsageError(f"--base-url {text}: an address without a query or a fragment")
    if parts.username or parts.password:
        raise UsageError(
            "--base-url has a credential in it: put it into an environment variable, --auth env:NAME"
        )
    return text.rstrip("/")


def read_credential(text: str, environment: Mapping[str, str]) -> Credential:
    """The credential that `env:NAME` names. UsageError where it is another form, or not set."""
    where, colon, name = text.partition(":")
    if where != "env" or not colon or not name.isidentifier():
        # The text may be the secret itself: it is not repeated.
        raise UsageError("--auth takes the name of an environment variable, as --auth env:STRIPE_API_KEY")
    secret = environment.get(name, "").strip()
    if not secret:
        raise UsageError(f"--auth env:{name}: {name} is not set")
    return Credential(secret, f"${name}")

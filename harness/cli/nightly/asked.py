"""What was said on the command line of `harness drift`, and the command that says it again."""

from __future__ import annotations

import shlex

import msgspec

from harness.cli.fetch import is_url
from harness.cli.nightly.notify import Format
from harness.cli.nightly.sides import shown_url


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was said on the command line, by the names of the flags."""

    what: str
    new: str | None
    shape: bool
    against: str | None
    base_url: str | None
    auth: str | None
    cassettes: tuple[str, ...]
    operations: tuple[str, ...]
    writes: bool
    live: bool
    examples: tuple[str, ...]
    rate: str | None
    max_examples: int
    seed: int
    used_by: tuple[str, ...]
    accept: str | None
    state: str | None
    anew: bool
    issue: str | None
    notify: str | None
    notify_format: Format | None
    propose: str | None
    reports: tuple[str, ...]
    verbose: bool

    @property
    def is_live(self) -> bool:
        """Is the live provider to be asked?"""
        return self.against == "live"

    def again(self, *, with_state: bool) -> str:
        """The command that asks the same; secrets are not in it. `with_state`: it needs what is remembered."""
        words = ["harness", "drift", printable(self.what), *([printable(self.new)] if self.new else [])]
        flags = (
            ("--against", (self.against,)),
            ("--base-url", (self.base_url,)),
            ("--auth", (self.auth,)),
            ("--cassettes", self.cassettes),
            ("--operations", self.operations),
            ("--example", self.examples),
            ("--rate", (self.rate,)),
            ("--used-by", self.used_by),
            ("--accept", (self.accept,)),
            ("--state", (self.state if with_state else None,)),
        )
        words += [word for flag, given in flags for text in given if text for word in (flag, printable(text))]
        words += [flag for flag, given in (("--writes", self.writes), ("--live", self.live)) if given]
        if self.is_live:
            words += ["--max-examples", str(self.max_examples), "--seed", str(self.seed)]
        return shlex.join(words)


def printable(text: str) -> str:
    """A word of the command without what is a secret in it."""
    return shown_url(text) if is_url(text) else text

"""Documents of the wild that ours is measured on, beside the petstore: each with one GET that it declares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from loadtests.bench.peers import DOCUMENT
from loadtests.bench.traffic import Asked


class Known(msgspec.Struct, frozen=True):
    """A document and a GET of it; `{number}` in the target is filled in. `goal_s`: to be met from the start of a
    process to its first valid answer. `goal_mb`: to be met in memory; 0 for none."""

    name: str
    path: Path
    target: str
    goal_s: float
    bearer: str = ""
    goal_mb: int = 0

    def asked(self, number: int) -> Asked:
        """Variant `number` of the GET."""
        return Asked("GET", self.target.format(number=number), bearer=self.bearer)

    @property
    def headers(self) -> dict[str, str]:
        """What the GET carries."""
        return {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}


PETSTORE = Known("petstore", DOCUMENT, "/pets/{number}", goal_s=0.2)
STRIPE = Path("stripe.spec3.2022-04-12.json")
GITHUB = Path("github.api.github.com.json")


def known(corpus: Path | None) -> tuple[Known, ...]:
    """The petstore, and Stripe's and GitHub's documents where `corpus` has them."""
    wild = (
        Known("Stripe", STRIPE, "/v1/customers/cus_{number}", goal_s=0.3, bearer="sk_test_1", goal_mb=150),
        Known("GitHub", GITHUB, "/repos/octo/repo{number}", goal_s=0.5, bearer="ghp_1"),
    )
    folders = (corpus, corpus / "documents") if corpus else ()
    there = (msgspec.structs.replace(each, path=folder / each.path) for folder in folders for each in wild)
    return (PETSTORE, *(each for each in there if each.path.is_file()))


def gets(corpus: Path | None) -> Iterator[Known]:
    """The same, and of the largest document a GET with a short answer besides: sending a long one takes time of its
    own, whoever sends it."""
    for each in known(corpus):
        yield each
        if each.path.name == GITHUB.name:
            yield msgspec.structs.replace(each, target="/repos/octo/repo{number}/subscription")


def corpus() -> Path | None:
    """The folder that $HARNESS_CORPUS names."""
    named = os.environ.get("HARNESS_CORPUS")
    return Path(named) if named else None

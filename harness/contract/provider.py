"""A provider as the harness knows it: its contract, its behaviour, and the named ways in which it goes wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from harness.contract.behaviour import UNKNOWN, Behaviour
from harness.contract.document import Dialect

if TYPE_CHECKING:
    from harness.contract.contract import Contract


class FirstCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call of an SDK for Python that a newcomer's first test may make. `module`: what is imported of it; `imports`,
    `call`: what to write, with `{url}` and `{key}` where they go; `points`: the attributes that lead the SDK
    elsewhere, by `module.attribute`."""

    module: str
    imports: str
    call: str
    points: dict[str, str] = {}


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`provider.yaml`: who the provider is, and where what we know comes from.

    Of a document that was taken over as it is (`harness contract add`): `date`, when that was (YYYY-MM-DD), and
    `sha256`, the digest of its bytes. `dialect`: `aws` where SDKs of AWS rely on more than the document says.

    `sdks`: the names of client libraries, by where they are published (pypi, npm, maven, go, gem, composer, nuget);
    `modules`: what Python imports of them; `first_call`: one of theirs to begin with.
    """

    name: str
    title: str
    kind: str
    docs: str
    document: str
    document_version: str = ""
    licence: str = ""
    base_urls: tuple[str, ...] = ()
    date: str = ""
    sha256: str = ""
    dialect: Dialect = ""
    sdks: dict[str, tuple[str, ...]] = {}
    modules: tuple[str, ...] = ()
    first_call: FirstCall | None = None


class Provider:
    """One third party whose API is played. `plans` and `scenarios` map names to the text of their files, so that
    the layers which understand them parse them; `folder` is where they were read, for error messages."""

    def __init__(
        self,
        card: Card,
        contract: Contract,
        behaviour: Behaviour = UNKNOWN,
        *,
        folder: str = "",
        plans: dict[str, str] | None = None,
        scenarios: dict[str, str] | None = None,
    ) -> None:
        self.card = card
        self.contract = contract
        self.behaviour = behaviour
        self.folder = folder
        self.plans = plans or {}
        self.scenarios = scenarios or {}

    @property
    def name(self) -> str:
        """Lower case, as used on the command line."""
        return self.card.name

    @property
    def service(self) -> str:
        """The prefix of the environment variables: `STRIPE` in `STRIPE_BASE_URL`."""
        return re.sub(r"[^A-Z0-9]+", "_", self.name.upper()).strip("_") or "PROVIDER"

"""The contract that recorded exchanges imply, as the text of a document."""

from __future__ import annotations

from collections.abc import Sequence

from harness.cli.nightly.sides import ours
from harness.cli.nightly.used_by import recordings
from harness.cli.settings import Settings
from harness.contract.written import written
from harness.drift.seen.shape import implied
from harness.errors import UsageError


def implied_by(what: str, cassettes: Sequence[str], settings: Settings) -> str:
    """YAML. `what`: a client, which has cassettes; the provider or document of `cassettes`; without any, itself a
    file or folder of recordings."""
    provider = None
    if cassettes or what in settings.clients:
        our = ours(what, settings)
        provider = our.provider
        cassettes = cassettes or (our.settings.cassettes if our.settings is not None else ())
        if not cassettes:
            raise UsageError(f"{what} has no cassettes in harness.toml: --cassettes says what was recorded")
    found = recordings(cassettes or (what,), provider, settings)
    exchanges = [exchange for each in found for exchange in each.exchanges]
    if not exchanges:
        raise UsageError(f"no exchange in {', '.join(str(each.path) for each in found)}")
    return written(implied(exchanges, provider.contract if provider is not None else None), path="shape.yaml")

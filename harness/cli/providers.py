"""`harness providers`: what comes with the package."""

from __future__ import annotations

import click

from harness.cli.output import say
from harness.contract.files import load_provider, provider_names


@click.command()
def providers() -> int:
    """List the bundled providers. Any OpenAPI document of yours works as one, too."""
    names = provider_names()
    width = max(map(len, names))
    for name in names:
        provider = load_provider(name)
        card = provider.card
        say(f"{name:{width}}  {card.kind}, {len(provider.contract.operations)} operations  {card.docs}")
        say(f"{'':{width}}  plans: {', '.join(sorted(provider.plans))}")
    say("\nharness explain NAME says what is known of one, and from where.")
    return 0

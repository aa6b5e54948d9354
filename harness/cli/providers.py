"""`harness providers`: what comes with the package."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from harness.contract.files import load_provider, provider_names


@click.command()
def providers() -> None:
    """List the bundled providers. Any OpenAPI document of yours works as one, too."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("provider", "kind", "operations", "plans", "documentation"):
        table.add_column(heading, overflow="fold")
    for name in provider_names():
        provider = load_provider(name)
        table.add_row(
            name,
            provider.card.kind,
            str(len(provider.contract.operations)),
            ", ".join(sorted(provider.plans)),
            provider.card.docs,
        )
    console = Console()
    console.print(table)
    console.print("\nharness explain NAME says what is known of one, and from where.", highlight=False)

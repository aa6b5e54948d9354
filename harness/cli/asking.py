"""How a live provider may be asked: the options of every command that does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from harness.cli.numbers import DEFAULT_SEED, Whole
from harness.conformance.question import DEFAULT_EXAMPLES

_OPTIONS = (
    click.option("--writes", is_flag=True, help="Also what changes something: POST, PUT, PATCH, DELETE."),
    click.option("--live", is_flag=True, help="Yes: --writes to the address that the provider's users use."),
    click.option(
        "--example",
        "examples",
        multiple=True,
        metavar="NAME=ID",
        help="A path parameter that names something.",
    ),
    click.option("--rate", metavar="N/s", help="At most so fast: 2/s, 90/m. Only slower than the quota."),
    click.option(
        "--max-examples",
        type=Whole(1),
        default=DEFAULT_EXAMPLES,
        show_default=True,
        help="Requests an operation.",
    ),
    click.option("--seed", type=Whole(0), default=DEFAULT_SEED, show_default=True, help="Of what is drawn."),
)


def asking_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How much is asked, how fast, and whether anything may be changed."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command

"""A group of commands that says the nearest one where there is none of that name."""

from __future__ import annotations

import click

from harness.errors import did_you_mean


class Group(click.Group):
    """`harness contract`, `harness cassette`."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        command = super().get_command(ctx, name)
        if command is None:
            ctx.fail(f"no command {name!r}; {did_you_mean(name, self.commands)}")
        return command

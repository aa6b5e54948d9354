"""The command line. One file a command, loaded when it is asked for, so that `--help` costs nothing."""

from __future__ import annotations

import importlib
import sys

import click

from harness import __version__
from harness.errors import HarnessError, did_you_mean

COMMANDS = {
    "demo": "Judge two bundled clients of Stripe, a careful one and a careless one.",
    "verify": "Run a client against a misbehaving provider and judge how it copes.",
    "serve": "Play one or more providers until stopped.",
    "providers": "List the bundled providers.",
    "explain": "Explain a check, fault, scenario, plan or provider, with its source.",
}


class _Commands(click.Group):
    """Knows every command by name and first line; imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            ctx.fail(f"no command {name!r}; {did_you_mean(name, COMMANDS)}")
        command: click.Command = getattr(importlib.import_module(f"harness.cli.{name}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="harness")
def group() -> None:
    """Put any client, in any language, before a provider that misbehaves as documented, and get a verdict.

    Exit codes: 0 pass, 1 fail, 2 a mistake in the question, 3 inconclusive.
    """


def main() -> None:
    """The console script: mistakes in the question become one plain message and exit code 2."""
    try:
        sys.exit(group(standalone_mode=False))
    except HarnessError as error:
        _complain(str(error))
    except click.ClickException as error:
        _complain(error.format_message(), hint=_hint(error))
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong.
        sys.stderr.close()
        sys.exit(0)


def _hint(error: click.ClickException) -> str:
    ctx = getattr(error, "ctx", None)
    return f"try: {ctx.command_path} --help" if ctx is not None else ""


def _complain(message: str, *, hint: str = "") -> None:
    click.echo(f"harness: {message}", err=True)
    if hint:
        click.echo(hint, err=True)
    sys.exit(2)

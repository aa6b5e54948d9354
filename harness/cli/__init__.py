"""The command line. One file a command, loaded when it is asked for, so that `--help` costs nothing."""

from __future__ import annotations

import importlib
import sys
import traceback

import click

from harness import __version__
from harness.cli.stopping import stop_by_signals
from harness.errors import HarnessError, UnknownName, did_you_mean

COMMANDS = {
    "demo": "Judge two bundled clients of Stripe, a careful and a careless one.",
    "init": "Look at this repository, and write harness.toml and a first test.",
    "verify": "Judge how a client copes with a misbehaving provider.",
    "load": "Put a client under load while its provider fails, and judge it.",
    "serve": "Play one or more providers until stopped.",
    "check": "Judge whether a provider keeps its own contract.",
    "drift": "Tell what changed between two documents of a provider, and whom it breaks.",
    "run": "Run any program, unchanged, against mocked providers.",
    "providers": "List the bundled providers.",
    "contract": "Take over, cut, check and read OpenAPI documents.",
    "record": "Run any program, and keep what it exchanges with a provider.",
    "cassette": "Look at, judge, redact and take over recorded exchanges.",
    "lint": "What is odd about an OpenAPI document: short for `harness contract lint`.",
    "explain": "Explain any check, fault, scenario, rule or provider, with its source.",
}

STOPPED, CRASHED = 130, 70
"""Exit codes beside those of a verdict: stopped by a signal (128 + SIGINT), and a mistake of ours (EX_SOFTWARE)."""


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


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    epilog="Begin with `harness demo`. Exit codes: 0 pass, 1 fail, 2 a mistake in the question, 3 inconclusive.",
)
@click.version_option(__version__, prog_name="harness")
@click.pass_context
def group(ctx: click.Context) -> None:
    """Put any client, in any language, before a provider that misbehaves as documented, and get a verdict."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)


def main() -> None:
    """The console script: mistakes in the question become one plain message and exit code 2."""
    stop_by_signals()
    try:
        sys.exit(group(standalone_mode=False))
    except HarnessError as error:
        _complain(str(error), hint=_where_it_is_listed(error))
    except click.ClickException as error:
        _complain(error.format_message(), hint=_hint(error))
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(STOPPED)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong.
        sys.stderr.close()
        sys.exit(0)
    except Exception:
        traceback.print_exc()
        click.echo("harness: this is a mistake of harness itself, and no verdict on any client", err=True)
        sys.exit(CRASHED)


def _hint(error: click.ClickException) -> str:
    ctx = getattr(error, "ctx", None)
    return f"try: {ctx.command_path} --help" if ctx is not None else ""


def _where_it_is_listed(error: HarnessError) -> str:
    if not isinstance(error, UnknownName) or "did you mean" in str(error):
        return ""
    lists = {
        "scenario": "harness explain",
        "operation": "harness explain PROVIDER",
        "provider": "harness providers",
    }
    return f"try: {lists[error.kind]}" if error.kind in lists else ""


def _complain(message: str, *, hint: str = "") -> None:
    click.echo(f"harness: {message}", err=True)
    if hint:
        click.echo(hint, err=True)
    sys.exit(2)

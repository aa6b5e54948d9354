"""`harness load demo`: two clients through the same outage, with nothing to configure."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec

from harness.cli.output import ascii_only, coloured, say, width
from harness.cli.progress import Progress
from harness.cli.writing import require_writable, write_text
from harness.errors import UsageError
from harness.model.load_report import LoadReport
from harness.report.load import beside, html

CLIENTS = ("budgeted", "naive")
TITLE = "Two clients of Stripe, one outage"
FOLDER = Path("harness-report")
PAGE = FOLDER / "load.html"

SCENARIO, USERS, DURATION_S = "outage", 10, 32
TAKES_S = DURATION_S + 8
"""With the ramp-up before 0 s, and the judging after it."""
TARGETS = "breaker_open_ratio: null"
"""That less than one call of a thousand is refused would take thousands of calls to tell."""

STOPPING_S = 20.0
OUTCOMES = (0, 1, 3)
"""Exit codes that a run with a report has."""

NEXT = """\
Next
  look      {page}
  read      both clients: {source}
  explain   harness explain load.amplification
  your own  harness load --provider stripe --call read=your.module:function --scenario outage"""


def demo(seed: int) -> int:
    """Both clients at once, each with a mock and a Locust of its own; their curves on one scale."""
    require_writable(PAGE)
    say_to = (
        f"Playing Stripe twice, once for each client, with an outage in the middle: about {TAKES_S} s ..."
    )
    click.echo(say_to, err=True)
    with TemporaryDirectory(prefix="harness-load-") as folder:
        reports = [
            msgspec.structs.replace(report, client=client)
            for client, report in zip(CLIENTS, _both(Path(folder), seed), strict=True)
        ]
    pages = [f"load-{client}.html" for client in CLIENTS]
    for report, name in zip(reports, pages, strict=True):
        write_text(FOLDER / name, html.render(report))
    write_text(PAGE, beside.html(reports, pages, TITLE))
    say(beside.text(reports, width=width(), colour=coloured(), ascii_only=ascii_only()))
    source = Path(__file__).parent.parent / "demo"
    say(NEXT.format(page=PAGE, source=source))
    return 0


def command(client: str, seed: int, report: Path, targets: Path) -> list[str]:
    """The run of one client, as anybody could start it."""
    flags = ["--provider", "stripe", "--call", f"read=harness.demo.{client}:read", "--scenario", SCENARIO]
    load = ["--users", str(USERS), "--duration", f"{DURATION_S}s", "--seed", str(seed)]
    files = ["--targets", str(targets), "--report", str(report)]
    return [sys.executable, "-m", "harness", "load", *flags, *load, *files]


def _both(folder: Path, seed: int) -> list[LoadReport]:
    """Side by side: each takes less than half a core."""
    files = [folder / f"{client}.json" for client in CLIENTS]
    targets = folder / "targets.yaml"
    targets.write_text(TARGETS, "utf-8")
    # Their own words go to a file: two programs on one terminal are read by nobody.
    said = [(folder / f"{client}.txt").open("w+") for client in CLIENTS]
    running: list[subprocess.Popen[str]] = []
    try:
        for client, file, words in zip(CLIENTS, files, said, strict=True):
            argv = command(client, seed, file, targets)
            running.append(subprocess.Popen(argv, stdout=words, stderr=subprocess.STDOUT, text=True))
        _wait(running)
        for client, process, words, file in zip(CLIENTS, running, said, files, strict=True):
            if process.returncode not in OUTCOMES or not file.exists():
                words.seek(0)
                raise UsageError(f"the run of the {client} client did not end well:\n{words.read().strip()}")
        return [msgspec.json.decode(file.read_bytes(), type=LoadReport) for file in files]
    finally:
        _stop(running)
        for words in said:
            words.close()


def _wait(running: list[subprocess.Popen[str]]) -> None:
    began_s = time.monotonic()
    with Progress("load demo") as progress:
        while any(process.poll() is None for process in running):
            elapsed_s = int(time.monotonic() - began_s)
            progress.show(min(elapsed_s, TAKES_S), TAKES_S, "seconds")
            time.sleep(0.2)


def _stop(running: list[subprocess.Popen[str]]) -> None:
    """They end their own processes when asked; who does not is killed."""
    for process in running:
        if process.poll() is None:
            process.terminate()
    for process in running:
        try:
            process.wait(STOPPING_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

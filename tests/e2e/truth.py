"""The harness against reality: what it sees of real clients, beside what an independent recorder saw of them.

    python -m tests.e2e.truth [CLIENT...]     prints the table; exit 1 when there is an unexplained difference

The clients, their drivers and the truth about them are at $HARNESS_CLIENTS (`../shared/clients` by default).
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parent.parent.parent
CLIENTS = Path(os.environ.get("HARNESS_CLIENTS", ROOT.parent / "shared" / "clients")).resolve()
SCENARIOS = Path(__file__).parent / "truth_scenarios.yaml"

WITH_TIMEOUT = {"hang_forever_timeout1": "hang_default", "dribble4s_timeout1": "dribble4s"}
"""Truths that were measured with TIMEOUT=1, and the scenario that plays them."""

NOT_PLAYED = {
    "429_ra600_forever": "the recorder stopped it at 12 s; it only shows that a client waits",
    "503_ra8_once": "the same as 503_ra2_once, longer",
    "503_forever_8calls": "jitter over many calls: error_503 pools it",
    "hang_default_130s": "the default timeout of slow clients; verify stops at the policy's",
    "hang_once_timeout1": "needs a stage after a cut; the battery plays hang for ever",
    "stale_keepalive": "no such fault yet",
    "github_403_secondary_ra2_once": "contracts/github/scenarios plays it",
    "github_403_secondary_ra2_forever": "contracts/github/scenarios plays it once",
    "stripe_400_should_retry_true": "contracts/stripe/scenarios plays it",
    "stripe_503_should_retry_false": "contracts/stripe/scenarios plays it",
}

EXPLAINED: dict[tuple[str, str, str], str] = {}
"""(client, operation, scenario) to the reason why the two may differ."""


class Row(msgspec.Struct, frozen=True):
    """One comparison. `waits` are from the end of an answer to the next attempt, in seconds."""

    client: str
    op: str
    scenario: str
    truth: int
    seen: int
    at_least: bool
    truth_ok: bool | None
    seen_ok: bool
    truth_waits: tuple[float, ...]
    waits: tuple[float, ...]

    @property
    def agrees(self) -> bool:
        """The same attempts, and the same word of the client about its success."""
        attempts = self.seen >= self.truth if self.at_least else self.seen == self.truth
        return attempts and (self.truth_ok is None or self.truth_ok == self.seen_ok)


@cache
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CLIENTS / "truth.json").read_text("utf-8"))
    return found


def client_names(*, kind: str = "general") -> list[str]:
    return [client["name"] for client in truth()["clients"] if client["kind"] == kind]


@cache
def drivers_folder() -> Path:
    """A copy of the drivers, with the Node packages beside it that they expect."""
    folder = Path(tempfile.mkdtemp(prefix="harness-truth-"))
    shutil.copytree(CLIENTS / "drivers", folder / "drivers")
    (folder / "home").mkdir()
    (folder / "node").mkdir()
    (folder / "node" / "package.json").write_text("{}", "utf-8")
    if shutil.which("npm"):
        packages = ["axios", "axios-retry", "got", "opossum", "stripe"]
        subprocess.run(
            ["npm", "install", "--silent", *packages], cwd=folder / "node", check=False, capture_output=True
        )
    return folder


def command(client: dict[str, Any], op: str, *, timeout_s: float | None = None) -> str:
    """How the client's driver makes one call of `op` (get or post)."""
    folder = drivers_folder()
    programs = {".py": sys.executable, ".mjs": "node", ".sh": "bash"}
    driver = folder / "drivers" / client["driver"]
    settings = f"HOME={folder / 'home'} BASE_URL=$HARNESS_BASE_URL OP={op} VARIANT={client['variant']}"
    if timeout_s is not None:
        settings += f" TIMEOUT={timeout_s:g}"
    return f"{settings} {shlex.quote(programs[driver.suffix])} {shlex.quote(str(driver))}"


def verify(
    client: dict[str, Any], folder: Path, *flags: str, timeout_s: float | None = None
) -> dict[str, Any]:
    """The JSON report of one run of `harness verify` on a client."""
    provider = {"plain": str(CLIENTS / "items.yaml")}.get(client["profile"], client["profile"])
    report = folder / f"{client['name']}-{'-'.join(flags).replace('/', '_')[-40:]}-{timeout_s}.json"
    argv = [
        sys.executable,
        "-m",
        "harness",
        "verify",
        "--provider",
        provider,
        "--report",
        str(report),
        *flags,
    ]
    for op in client["ops"]:
        argv += ["--call", f"{op}={command(client, op, timeout_s=timeout_s)}"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in (0, 1, 3), done.stderr
    parsed: dict[str, Any] = json.loads(report.read_text("utf-8"))
    return parsed


def rows(name: str, folder: Path) -> Iterator[Row]:
    """Every comparison that one client allows."""
    client = next(c for c in truth()["clients"] if c["name"] == name)
    seen = {
        (s["id"], s["call"]): s for s in verify(client, folder, "--scenario", str(SCENARIOS))["scenarios"]
    }
    short = [flag for scenario in sorted(set(WITH_TIMEOUT.values())) for flag in ("--scenario", scenario)]
    # The file defines the ids; the globs that follow would widen the choice, so a file of just those is not needed.
    timed = {
        (s["id"], s["call"]): s
        for s in verify(client, folder, "--scenario", str(_only(folder, short[1::2])), timeout_s=1)[
            "scenarios"
        ]
    }
    for run in truth()["runs"]:
        if run["client"] != name or run["repeat"] != 0 or run["scenario"] in NOT_PLAYED:
            continue
        scenario = run["scenario"]
        where, wanted = (timed, WITH_TIMEOUT[scenario]) if scenario in WITH_TIMEOUT else (seen, scenario)
        if (played := where.get((wanted, run["op"]))) is None:
            continue
        call = played["calls"][0]
        attempts = call["attempts"]
        yield Row(
            client=name,
            op=run["op"],
            scenario=scenario,
            truth=run["attempts"],
            seen=len(attempts),
            at_least=run["cut"],
            truth_ok={"ok": True, "error": False, "returned_error_status": False}.get(run["outcome"]),
            seen_ok=call["ok"],
            truth_waits=tuple(run.get("waits_after_reply") or ()),
            waits=tuple(
                round(after["at_s"] - before["ended_s"], 3)
                for before, after in pairwise(attempts)
                if before["ended_s"] is not None
            ),
        )


def _only(folder: Path, ids: list[str]) -> Path:
    """A scenario file with only these of `SCENARIOS`."""
    text = SCENARIOS.read_text("utf-8")
    head, *entries = text.split("\n  - ")
    kept = [entry for entry in entries if any(f"id: {one}\n" in entry for one in ids)]
    path = folder / "only.yaml"
    path.write_text("\n  - ".join([head, *kept]) + "\n", "utf-8")
    return path


def line(row: Row) -> str:
    reason = EXPLAINED.get((row.client, row.op, row.scenario), "")
    word = "same" if row.agrees else (f"explained: {reason}" if reason else "DIFFERS")
    bound = ">=" if row.at_least else "  "
    return (
        f"{row.client:30} {row.op:5} {row.scenario:28} truth {bound}{row.truth} seen {row.seen}  "
        f"ok {row.truth_ok!s:5}/{row.seen_ok!s:5}  {word}"
    )


def main(names: list[str]) -> int:
    differing = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names or client_names():
            for row in rows(name, Path(folder)):
                print(line(row), flush=True)
                differing += not row.agrees and (row.client, row.op, row.scenario) not in EXPLAINED
    print(f"{differing} unexplained differences")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

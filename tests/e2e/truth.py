"""The harness against reality: what it sees of real clients, beside what an independent recorder saw of them.

    python -m tests.e2e.truth [CLIENT...]     prints the table; exit 1 when there is an unexplained difference

The clients, their drivers and the truth about them are at $HARNESS_CLIENTS (`../shared/clients` by default). The
Node packages that the drivers expect are in a `node_modules` at $HARNESS_CLIENTS_NODE (`node/` there by default):

    npm install --prefix FOLDER axios axios-retry got opossum stripe
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby, pairwise, zip_longest
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parent.parent.parent
CLIENTS = Path(os.environ.get("HARNESS_CLIENTS", ROOT.parent / "shared" / "clients")).resolve()
NODE = Path(os.environ.get("HARNESS_CLIENTS_NODE", CLIENTS / "node")).resolve()
SCENARIOS = Path(__file__).parent / "truth_scenarios.yaml"
AS_SESSION = Path(__file__).parent / "clients" / "as_session"

WITH_TIMEOUT = {
    "hang_forever_timeout1": "hang_default",
    "hang_once_timeout1": "hang_once",
    "dribble4s_timeout1": "dribble4s",
}
"""Truths that were measured with TIMEOUT=1, and the scenario that plays them."""

PROVIDERS_OWN = {
    "stripe_503_should_retry_false": "stripe_should_retry_false",
    "github_403_secondary_ra2_once": "github_secondary_limit",
}
"""Truths that a provider's own scenarios play, by their names there."""

NOT_PLAYED = {
    "429_ra600_forever": "the recorder stopped it at 12 s; it only shows that a client waits",
    "503_ra8_once": "the same as 503_ra2_once, longer",
    "503_forever_8calls": "jitter over many calls: error_503 pools it",
    "hang_default_130s": "the default timeout of slow clients; verify stops at the policy's",
    "stale_keepalive": "no such fault yet",
}

EXPLAINED: dict[tuple[str, str, str, str], str] = {
    ("py-requests-Retry3-forcelist", "get", "empty_close_forever", "gaps"): (
        "the recorder's own noise, 0.2 s before a first retry that does not wait in any other scenario"
    ),
}
"""(client, operation, scenario, fact) to the reason why the two may differ."""

JITTERS = {"node-stripe-2": "stripe-node draws its second wait from half a second to a whole one"}
"""Clients whose waits are by chance, though the recorder, which saw few of them, says that they are not."""

TOLERANCE_S = 0.15
"""The recorder's noise is some 0.05 s, and ours is about the same."""

DATE_TOLERANCE_S = 1.1
"""A date in a header has whole seconds: how long it is until then depends on when in a second it is sent."""

PACE_S = 0.2
"""Between the calls of an outage: when a breaker was seen to open and to probe is known no better."""

HONOURED = {True: "pass", False: "fail", "no_retry": "not_applicable"}
"""What the recorder says of Retry-After, and the verdict that is right then."""

Client = dict[str, Any]
Run = dict[str, Any]


class Row(msgspec.Struct, frozen=True):
    """One fact about one operation of a client in one scenario, as it was recorded and as the harness saw it."""

    client: str
    op: str
    scenario: str
    fact: str
    truth: object
    seen: object
    same: bool

    @property
    def explanation(self) -> str:
        return EXPLAINED.get((self.client, self.op, self.scenario, self.fact), "")

    @property
    def differs(self) -> bool:
        """Is it another, and nobody says why?"""
        return not self.same and not self.explanation

    def __str__(self) -> str:
        word = "same" if self.same else f"explained: {self.explanation}" if self.explanation else "DIFFERS"
        place = f"{self.client:29} {self.op:5} {self.scenario:29} {self.fact:12}"
        return f"{place} truth {_shown(self.truth):22} seen {_shown(self.seen):22} {word}"


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(f"{each:.2f}" if isinstance(each, float) else str(each) for each in value)
    return str(value)


@cache
def truth() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CLIENTS / "truth.json").read_text("utf-8"))
    return found


def client_names() -> list[str]:
    return [client["name"] for client in truth()["clients"]] if CLIENTS.is_dir() else []


def client_named(name: str) -> Client:
    found: Client = next(client for client in truth()["clients"] if client["name"] == name)
    return found


def missing(client: Client) -> str:
    """Why this client cannot be run here; empty where it can."""
    if client["lang"] == "shell":
        return "" if shutil.which("curl") else "curl is not installed"
    if client["lang"] == "node" and not shutil.which("node"):
        return "node is not installed"
    for package in client["pk"]:
        if client["lang"] == "node" and not (NODE / "node_modules" / package).is_dir():
            return f"{package} is not in {NODE / 'node_modules'}; set HARNESS_CLIENTS_NODE"
        if client["lang"] == "python":
            try:
                version(package)
            except PackageNotFoundError:
                return f"{package} is not installed; run with: uv run --group clients"
    return ""


@cache
def _summary() -> tuple[dict[str, str], ...]:
    """Every line of the tables of summary.md, under its table's headings."""
    lines = (CLIENTS / "summary.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line[:1] == "|"]
    found: list[dict[str, str]] = []
    headings: list[str] = []
    for row in cells:
        if row[0] == "client":
            headings = row
        elif not row[0].startswith("---"):
            found.append(dict(zip(headings, row, strict=True)))
    return tuple(found)


def jitters(name: str) -> bool:
    """Does chance decide how long the client waits, for any operation?"""
    seen = any(row["client"] == name and row.get("jitter") == "jitter" for row in _summary())
    return seen or name in JITTERS


def sends_keys(name: str, op: str) -> bool:
    """Does the client send idempotency keys with that operation?"""
    rows = [row for row in _summary() if row["client"] == name and row.get("op", "").startswith(f"{op} ")]
    return any(row["idem"].startswith("idempotency-key") for row in rows)


def breaker_pattern(name: str, scenario: str) -> str | None:
    """A mark for each of 40 calls, `1` for one that reached the provider and a dot for one that did not."""
    rows = [row for row in _summary() if (row["client"], row.get("scenario")) == (name, scenario)]
    return next((row["pattern"].strip("`") for row in rows if "pattern" in row), None)


class Bench:
    """A folder with copies of the drivers, and runs of `harness verify` on them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs = 0
        for kind in ("drivers", "sessions"):
            shutil.copytree(CLIENTS / "drivers", folder / kind)
            (folder / kind).chmod(0o755)
        for stand_in in AS_SESSION.glob("_common.*"):
            target = folder / "sessions" / stand_in.name
            target.unlink()
            shutil.copy(stand_in, target)
        (folder / "home").mkdir()
        (folder / "node").mkdir()
        (folder / "node" / "package.json").write_text("{}", "utf-8")
        if (NODE / "node_modules").is_dir():
            (folder / "node" / "node_modules").symlink_to(NODE / "node_modules")

    def command(self, client: Client, op: str, *, kind: str = "drivers", **settings: object) -> str:
        """How the client's driver makes calls of `op` (get or post). `settings` are those of the drivers."""
        driver = self._folder / kind / client["driver"]
        program = {".py": sys.executable, ".mjs": "node", ".sh": "bash"}[driver.suffix]
        given = {"OP": op, "VARIANT": client["variant"], **settings, "HOME": self._folder / "home"}
        words = " ".join(f"{name}={shlex.quote(str(value))}" for name, value in given.items())
        return f"BASE_URL=$HARNESS_BASE_URL {words} {shlex.quote(program)} {shlex.quote(str(driver))}"

    def session(self, client: Client, op: str) -> str:
        """The same driver as a process that lives on from call to call."""
        return f"session:{self.command(client, op, kind='sessions')}"

    def verify(self, client: Client, calls: dict[str, str], *scenarios: str) -> dict[str, Any]:
        """The JSON report of one run of `harness verify`."""
        self._runs += 1
        report = self._folder / f"{self._runs}.json"
        provider: str = client["profile"]
        if provider == "plain":
            provider = str(CLIENTS / "items.yaml")
        argv = [sys.executable, "-m", "harness", "verify", "--provider", provider, "--report", str(report)]
        for name, text in calls.items():
            argv += ["--call", f"{name}={text}"]
        for scenario in scenarios:
            argv += ["--scenario", scenario]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode in (0, 1, 3), done.stderr
        parsed: dict[str, Any] = json.loads(report.read_text("utf-8"))
        return parsed

    def scenarios(self, *wanted: str) -> str:
        """A file with only these of `SCENARIOS`; ids of the form `a_{b}` are wanted by that."""
        head, *entries = SCENARIOS.read_text("utf-8").split("\n  - ")
        ids = [re.findall(r"id: \"?([^\",\n]+)", entry)[0] for entry in entries]
        kept = [entry for name, entry in zip(ids, entries, strict=True) if name in wanted]
        assert len(kept) == len(wanted), f"{wanted} of {ids}"
        path = self._folder / f"only-{'-'.join(sorted(wanted))[:80]}.yaml"
        path.write_text("\n  - ".join([head, *kept]) + "\n", "utf-8")
        return str(path)


def rows(name: str, folder: Path) -> Iterator[Row]:
    """Every comparison that one client allows."""
    bench, client = Bench(folder), client_named(name)
    runs = [run for run in truth()["runs"] if run["client"] == name and run["repeat"] == 0]
    if client["kind"] == "general":
        yield from _general(bench, client, runs)
    if any(run["scenario"].startswith("breaker_") for run in runs):
        yield from _breaker(bench, client)


def _general(bench: Bench, client: Client, runs: list[Run]) -> Iterator[Row]:
    """One call in each scenario. Where it differs in time alone it is played once more: noise does not strike
    twice, the way in which a fault is played does."""
    found = _compared(bench, client, runs)
    late = {(row.op, row.scenario) for row in found if row.fact == "gaps" and row.differs}
    again = [run for run in runs if (run["op"], run["scenario"]) in late]
    yield from (row for row in found if (row.op, row.scenario) not in late)
    yield from _compared(bench, client, again) if again else ()


def _compared(bench: Bench, client: Client, runs: list[Run]) -> list[Row]:
    """The facts of these runs, from as few runs of ours as they need."""
    name = client["name"]
    timed = {WITH_TIMEOUT[run["scenario"]] for run in runs if run["scenario"] in WITH_TIMEOUT}
    wanted = {run["scenario"] for run in runs} - WITH_TIMEOUT.keys() - NOT_PLAYED.keys()
    own = [PROVIDERS_OWN[scenario] for scenario in sorted(wanted & PROVIDERS_OWN.keys())]
    entries = [entry for entry in _entries() if _stands_for(entry, wanted)]
    played: dict[tuple[bool, str, str], dict[str, Any]] = {}
    found: list[Row] = []
    if entries or own:
        calls = {op: bench.command(client, op) for op in client["ops"]}
        report = bench.verify(client, calls, *([bench.scenarios(*entries)] if entries else []), *own)
        played.update({(False, *place): one for place, one in _played(report).items()})
        found += _keys(name, report) if "ok200" in wanted else ()
    if timed:
        calls = {op: bench.command(client, op, TIMEOUT=1) for op in client["ops"]}
        report = bench.verify(client, calls, bench.scenarios(*timed))
        played.update({(True, *place): one for place, one in _played(report).items()})
    for run in runs:
        scenario: str = run["scenario"]
        op: str = run["op"]
        if scenario in WITH_TIMEOUT:
            found += _facts(run, played[True, WITH_TIMEOUT[scenario], op])
        elif scenario not in NOT_PLAYED and not scenario.startswith("breaker_"):
            found += _facts(run, played[False, PROVIDERS_OWN.get(scenario, scenario), op])
    return found


def _keys(name: str, report: dict[str, Any]) -> Iterator[Row]:
    measured = report["measured"].get("post", {}).get("idempotency_keys")
    if measured is not None:
        sent = "yes" if sends_keys(name, "post") else "no"
        yield Row(name, "post", "all", "sends keys", sent, measured["sent"], sent == measured["sent"])


def _entries() -> list[str]:
    return re.findall(r"^  - \{?\s*id: \"?([^\",\n]+)", SCENARIOS.read_text("utf-8"), re.MULTILINE)


def is_played(scenario: str) -> bool:
    """Do we play a recorded scenario, in some way?"""
    if scenario.startswith("breaker_"):
        return scenario in _entries()
    places = {**WITH_TIMEOUT, **PROVIDERS_OWN}
    return scenario in places or any(_stands_for(entry, {scenario}) for entry in _entries())


def _stands_for(entry: str, wanted: set[str]) -> bool:
    """Is one of these scenarios made from the entry of that id, which may have a `{place}`?"""
    if entry.startswith("breaker_"):
        return False
    pattern = re.compile(re.sub(r"\\\{\w+\\\}", r"\\d+", re.escape(entry)))
    return any(pattern.fullmatch(scenario) for scenario in wanted)


def _played(report: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(scenario["id"], scenario["call"]): scenario for scenario in report["scenarios"]}


def _facts(run: Run, played: dict[str, Any]) -> Iterator[Row]:
    """What one recorded run says, and what was seen of the same."""
    call = played["calls"][0]
    attempts = call["attempts"]

    def row(fact: str, true: object, seen: object, same: bool) -> Row:
        return Row(run["client"], run["op"], run["scenario"], fact, true, seen, same)

    count, least = len(attempts), run["attempts"]
    bound = f">={least}" if run["cut"] else least
    yield row("attempts", bound, count, count >= least if run["cut"] else count == least)

    ok = {"ok": True, "error": False, "returned_error_status": False}.get(run["outcome"])
    if ok is not None:
        yield row("ok", ok, call["ok"], ok == call["ok"])

    gaps = [round(later["at_s"] - earlier["at_s"], 3) for earlier, later in pairwise(attempts)]
    if run["gaps"] and not jitters(run["client"]):
        tolerance_s = DATE_TOLERANCE_S if "radate" in run["scenario"] else TOLERANCE_S
        if run["cut"]:
            gaps = gaps[: len(run["gaps"])]
        close = [
            abs(true - seen) <= tolerance_s for true, seen in zip_longest(run["gaps"], gaps, fillvalue=1e9)
        ]
        yield row("gaps", run["gaps"], gaps, all(close))

    if run["honoured_retry_after"] in HONOURED:
        right = HONOURED[run["honoured_retry_after"]]
        verdict = _verdict(played, "retry.honours_retry_after")
        # Whoever waits by chance alone may happen to wait long enough.
        asked_s = float(re.findall(r"ra(\d)|$", run["scenario"])[0] or 3)
        lucky = jitters(run["client"]) and gaps != [] and min(gaps) >= asked_s
        yield row("Retry-After", right, verdict, right == verdict or (lucky and verdict == "pass"))

    if run["idempotency_key_stable"] is not None:
        keys = {attempt["idempotency_key"] for attempt in attempts if attempt["operation"]}
        stable = len(keys) == 1 and None not in keys
        yield row("same key", run["idempotency_key_stable"], stable, run["idempotency_key_stable"] == stable)


def _verdict(played: dict[str, Any], check: str) -> str:
    """The worst of a check's verdicts; `not expected` where the scenario does not ask for it."""
    said = {verdict["verdict"] for verdict in played["verdicts"] if verdict["check"] == check}
    return next((v for v in ("fail", "inconclusive", "pass", "not_applicable") if v in said), "not expected")


def _breaker(bench: Bench, client: Client) -> Iterator[Row]:
    """A client that lives on, in rows of calls: as a session, and as a process that makes 40 calls of its own."""
    name, op = client["name"], client["ops"][0]
    recorded: dict[str, str] = {
        entry: found for entry in _entries() if (found := breaker_pattern(name, entry)) is not None
    }
    report = bench.verify(client, {op: bench.session(client, op)}, bench.scenarios(*recorded), "outage")
    played = _played(report)
    for scenario, pattern in recorded.items():
        seen = "".join("1" if call["attempts"] else "." for call in played[scenario, op]["calls"])
        yield Row(name, op, scenario, "pattern", pattern, seen, alike(pattern, seen))
    forever = recorded["breaker_503_forever"]
    yield from _outage(name, op, "outage, session", forever, report)
    row_of_calls = bench.command(client, op, CALLS=40, PACE=PACE_S)
    yield from _outage(
        name, op, "outage, 40 calls", forever, bench.verify(client, {op: row_of_calls}, "outage")
    )


def alike(pattern: str, seen: str) -> bool:
    """Do two patterns tell of the same breaker? It opens at the same call, and the runs that follow are as long, up
    to one call for noise; the last one ends where the calls end."""
    true_runs, seen_runs = _runs(pattern), _runs(seen)
    if len(true_runs) != len(seen_runs) or len(pattern) != len(seen) or true_runs[0] != seen_runs[0]:
        return False
    pairs = list(zip(true_runs, seen_runs, strict=True))[:-1]
    return all(mark == other and abs(length - got) <= 1 for (mark, length), (other, got) in pairs)


def _runs(pattern: str) -> list[tuple[str, int]]:
    return [(mark, len(list(same))) for mark, same in groupby(pattern)]


def _outage(name: str, op: str, scenario: str, pattern: str, report: dict[str, Any]) -> Iterator[Row]:
    """The battery's outage beside the recorded row of calls against a provider that fails for ever."""
    measured = report["measured"][op].get("breaker")
    played = _played(report)["outage", op]
    runs = _runs(pattern)
    has_one = len(runs) > 1
    right = dict.fromkeys(("fails_fast", "probes", "closes"), "pass" if has_one else "not_applicable")
    right["opens"] = "pass" if has_one else "fail"
    for check, verdict in right.items():
        said = _verdict(played, f"breaker.{check}")
        yield Row(name, op, scenario, check, verdict, said, said == verdict)
    if not has_one:
        seen = measured if isinstance(measured, str) else "a breaker"
        yield Row(name, op, scenario, "measured", "none seen", seen, seen.startswith("none seen"))
        return
    facts = measured if isinstance(measured, dict) else {}
    (_, threshold), (_, blocked), (_, probes) = runs[:3]
    open_s = (blocked + 1) * PACE_S
    seen_open_s = facts.get("open_s", 0.0)
    close = abs(open_s - seen_open_s) <= PACE_S + TOLERANCE_S
    yield Row(
        name,
        op,
        scenario,
        "threshold",
        threshold,
        facts.get("threshold"),
        threshold == facts.get("threshold"),
    )
    yield Row(name, op, scenario, "open_s", round(open_s, 2), seen_open_s, close)
    yield Row(name, op, scenario, "probes", probes, facts.get("probes"), probes == facts.get("probes"))


def main(names: list[str]) -> int:
    differing = total = 0
    for name in names or client_names():
        if reason := missing(client_named(name)):
            print(f"{name:29} skipped: {reason}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            for row in rows(name, Path(folder)):
                print(row, flush=True)
                total += 1
                differing += row.differs
    print(f"{total} facts, {differing} unexplained differences")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""wrk on its own core, and what it says."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import msgspec

from loadtests.bench.process import on_core
from loadtests.bench.traffic import Asked

SCRIPT = Path(__file__).with_name("wrk.lua")


class Load(msgspec.Struct, frozen=True):
    """What wrk measured. `refused`: answers with a status of 400 or more; `broken`: connections and answers that
    failed."""

    requests: int
    seconds: float
    p50_us: float
    p99_us: float
    refused: int = 0
    broken: int = 0

    @property
    def per_s(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def wrong(self) -> str:
        """Why this is no result; empty when it is one."""
        if self.refused or self.broken:
            return f"{self.refused} answers were errors, {self.broken} failed, of {self.requests}"
        return "" if self.requests else "nothing was answered"


def parse(said: str) -> Load:
    """The line that `wrk.lua` prints last. ValueError with wrk's own words when there is none."""
    lines = said.strip().splitlines()
    try:
        return msgspec.json.decode(lines[-1], type=Load)
    except (IndexError, msgspec.MsgspecError):
        raise ValueError(f"wrk did not say what it measured: {said.strip() or 'nothing'}") from None


def drive(
    url: str, asked: Iterable[Asked], *, connections: int, for_s: float, core: int | None, folder: Path
) -> Load:
    """Ask for `for_s` seconds, over so many connections that are kept alive. ValueError when wrk cannot."""
    requests = folder / "requests.tsv"
    requests.write_text("".join(each.line + "\n" for each in asked), "utf-8")
    command = [*on_core(core), "wrk", "--threads", "1", "--connections", str(connections)]
    command += ["--duration", f"{max(1, round(for_s))}s", "--timeout", "10s", "--script", str(SCRIPT)]
    ran = subprocess.run(
        [*command, url, "--", str(requests)], capture_output=True, text=True, timeout=for_s + 60, check=False
    )
    if ran.returncode != 0:
        raise ValueError(f"wrk failed: {ran.stderr.strip() or ran.stdout.strip()}")
    return parse(ran.stdout)

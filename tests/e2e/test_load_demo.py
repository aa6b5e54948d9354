"""`harness load demo` as somebody sees it who has just installed the harness."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest


# Not imported to see: Locust makes the whole process gevent's.
@pytest.mark.skipif(find_spec("locust") is None, reason="harness[load] is not installed")
@pytest.mark.slow
def test_the_naive_client_makes_the_outage_worse_and_the_other_does_not(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness", "load", "demo"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={"COLUMNS": "100", "PYTHONIOENCODING": "utf-8", "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    (row,) = re.findall(
        r"^attempts a call in outage +at most 1.10 +([\d.]+) . +([\d.]+) (.)$", done.stdout, re.M
    )
    budgeted, naive, mark = row
    assert float(budgeted) < 0.5
    assert float(naive) > 4
    assert mark == "✘"
    assert re.search(r"^load.amplification +✔ pass +✘ fail$", done.stdout, re.M)
    for name in ("load.html", "load-budgeted.html", "load-naive.html"):
        page = (tmp_path / "harness-report" / name).read_text("utf-8")
        assert page.startswith("<!doctype html>")
        assert len(page) < 500_000

"""The wheel carries everything: built, installed into an empty environment elsewhere, it runs the demo."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
UV = os.environ.get("UV") or shutil.which("uv")
"""Far faster than pip, and where the tests were started by `uv run`, its cache holds every package."""


def run(
    *argv: str | Path, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{argv}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, cwd=ROOT)
    return next(folder.glob("harness-*.whl"))


def test_the_wheel_carries_contracts_battery_templates_and_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "harness/bundled/contracts/stripe/openapi.yaml",
        "harness/bundled/contracts/github/behaviour.yaml",
        "harness/bundled/contracts/generic/plans/outage.yaml",
        "harness/run/battery.yaml",
        "harness/console/openapi.yaml",
        "harness/py.typed",
    } <= names
    assert any(name.startswith("harness/report/templates/") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "contracts/"))]


def test_installed_elsewhere_it_runs_the_demo(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    bin_ = environment / ("Scripts" if os.name == "nt" else "bin")
    constraints = ROOT / "constraints.txt"
    if UV:
        run(UV, "venv", "--python", sys.executable, environment, cwd=tmp_path)
        run(UV, "pip", "install", "--python", bin_ / "python", "-c", constraints, wheel, cwd=tmp_path)
    else:
        run(sys.executable, "-m", "venv", environment, cwd=tmp_path)
        run(bin_ / "python", "-m", "pip", "install", "-q", "-c", constraints, wheel, cwd=tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = run(bin_ / "harness", "demo", cwd=elsewhere, env=outside)
    assert "careful against stripe" in done.stdout
    assert "careless against stripe" in done.stdout
    assert "Next" in done.stdout
    for name in ("index.html", "careful.json", "careless.xml", "careless.md"):
        assert (elsewhere / "harness-report" / name).stat().st_size > 1000
    listed = run(bin_ / "harness", "providers", cwd=elsewhere, env=outside).stdout
    assert "stripe" in listed
    assert "github" in listed

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.cli import load_playing
from harness.errors import UsageError


def test_what_a_log_repeats_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    why = "shop:read: no module 'shop'"
    lines = [f"[2026-01-01 10:00:00,000] here/ERROR/harness.load: {why}", "[...] here/ERROR/locust: no port"]
    generators = SimpleNamespace(last_words=lambda: "\n".join(lines))

    def nothing(folder: Path) -> None:
        raise UsageError(f"the run ended before it could begin: {why}")

    monkeypatch.setattr("harness.run.load.gather.gather", nothing)
    with pytest.raises(UsageError) as told:
        load_playing._gathered(tmp_path, cast("Any", generators))
    assert str(told.value) == f"the run ended before it could begin: {why}\n{lines[1]}"

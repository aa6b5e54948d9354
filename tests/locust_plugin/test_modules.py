"""A client's own modules are loaded anew; libraries are not."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.locust_plugin.modules import ClientModules


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "fresh_shop").mkdir()
    (tmp_path / "fresh_shop" / "__init__.py").write_text("")
    (tmp_path / "fresh_shop" / "payments.py").write_text("import fresh_settings, colorsys\nbreaker = []\n")
    (tmp_path / "fresh_settings.py").write_text("")
    yield tmp_path
    for name in ("fresh_shop.payments", "fresh_shop", "fresh_settings"):
        sys.modules.pop(name, None)


def test_what_the_client_has_loaded_begins_anew(folder: Path) -> None:
    sys.modules.pop("colorsys", None)
    modules = ClientModules(["fresh_shop.payments:read"])
    first = importlib.import_module("fresh_shop.payments")
    first.breaker.append("open")
    library = sys.modules["colorsys"]
    (folder / "fresh_settings.py").write_text("edited = True\n")
    modules.forget()
    assert importlib.import_module("fresh_shop.payments").breaker == []
    assert sys.modules["fresh_settings"].edited
    assert sys.modules["colorsys"] is library


def test_what_was_there_before_the_client_stays(folder: Path) -> None:
    before = importlib.import_module("fresh_settings")
    modules = ClientModules(["fresh_shop.payments:read"])
    importlib.import_module("fresh_shop.payments")
    modules.forget()
    assert sys.modules["fresh_settings"] is before
    assert "fresh_shop.payments" not in sys.modules


def test_of_our_own_modules_only_the_clients_package_is_forgotten() -> None:
    for name in ("harness.demo.careful", "harness.demo"):
        sys.modules.pop(name, None)
    modules = ClientModules(["harness.demo.careful:read"])
    importlib.import_module("harness.demo.careful")
    late = "harness.report.load.sparks"
    kept = sys.modules.pop(late, None)
    importlib.import_module(late)
    modules.forget()
    assert "harness.demo.careful" not in sys.modules
    assert late in sys.modules
    if kept is not None:
        sys.modules[late] = kept

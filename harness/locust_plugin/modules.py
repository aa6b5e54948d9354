"""The modules of a client: let go of after a run, so that the next one has the client as it begins, with what it
reads at import, its pools and its breakers anew. Libraries that are installed stay: many cannot be loaded twice."""

from __future__ import annotations

import importlib
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_OURS = __name__.partition(".")[0]


class ClientModules:
    """Those that come from now on, of the clients that these targets (`package.module:function`) name."""

    def __init__(self, targets: Iterable[str]) -> None:
        self._before = frozenset(sys.modules)
        self._packages = tuple(_package(target.partition(":")[0]) for target in targets)

    def forget(self) -> None:
        """Let them be loaded anew when they are asked for."""
        for name in [name for name in sys.modules if name not in self._before and self._is_the_clients(name)]:
            del sys.modules[name]
        importlib.invalidate_caches()

    def _is_the_clients(self, name: str) -> bool:
        file = getattr(sys.modules[name], "__file__", None)
        if not file or Path(file).suffix != ".py":
            return False
        if any(f"{name}.".startswith(f"{package}.") for package in self._packages):
            return True
        return name.partition(".")[0] != _OURS and not file.startswith(_INSTALLED)


def _package(module: str) -> str:
    """The outermost package of a module; of ours the nearest, since the rest goes on."""
    outermost = module.partition(".")[0]
    return outermost if outermost != _OURS else module.rpartition(".")[0]

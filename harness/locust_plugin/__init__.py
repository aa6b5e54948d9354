"""Any client of ours under Locust: `ClientUser` makes its calls, `ScenarioShape` is the load of a scenario. Locust is
the engine: its statistics, web UI, headless runs, events and distribution are its own.

Only this package imports Locust, and not before it is asked for something that needs it: Locust changes the process
that imports it, where gevent takes the place of blocking.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.locust_plugin.shape import ScenarioShape
    from harness.locust_plugin.taking_part import conduct
    from harness.locust_plugin.user import ClientUser

_PLACES = {"ClientUser": "user", "ScenarioShape": "shape", "conduct": "taking_part"}

__all__ = ["ClientUser", "ScenarioShape", "conduct"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES[name]}"), name)

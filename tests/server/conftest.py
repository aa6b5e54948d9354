"""Every test of the server runs on both event loops: what a step does to a socket must not depend on the loop."""

from __future__ import annotations

import pytest


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, object]]:
    if request.param:
        pytest.importorskip("uvloop", reason="uvloop is not for this platform")
    return "asyncio", {"use_uvloop": request.param}

"""How a mocked provider is opened for a test, or for a whole run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.pytest_plugin.allowed import allowed
from harness.pytest_plugin.asked import PlanAsked, find_plan, require_tls
from harness.pytest_plugin.bench import Bench
from harness.pytest_plugin.mocked import MockProvider


def open_provider(
    bench: Bench,
    name: str | Path,
    *,
    near: Path,
    nodeid: str,
    plan: PlanAsked,
    seed: int | None,
    timeout_s: float,
    allow: str | Iterable[str],
    tls: bool,
) -> MockProvider:
    """A provider in a new lane. Raises HarnessError for what there is not."""
    provider = bench.provider(name, near=near)
    found = find_plan(provider, plan, near=near, root=bench.root)
    require_tls(found, tls=tls)
    may = allowed(allow, provider.contract.operations)
    lane = bench.open(
        provider, plan=found, seed=bench.seed if seed is None else seed, timeout_s=timeout_s, tls=tls
    )
    return MockProvider(bench, lane, near=near, nodeid=nodeid, allow=may, by_run=seed is None)

"""Providers that outlive a test: those of the fixture `session_provider`, handed from one test to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.pytest_plugin.mocked import MockProvider

LASTING: pytest.StashKey[Sequence[MockProvider]] = pytest.StashKey()
"""Of a config: the providers that are open until the end of the run."""


def lasting(item: pytest.Item) -> tuple[MockProvider, ...]:
    """The providers that outlive the test."""
    found: Sequence[MockProvider] = item.config.stash.get(LASTING, [])
    return tuple(found)


def begin(item: pytest.Item) -> None:
    """What was before is no matter of this test's verdicts."""
    for provider in lasting(item):
        provider.begin(item.nodeid, near=item.path.parent)


def begin_after(item: pytest.Item) -> None:
    """The same after what is made for several tests was made: what that has said of their plans holds for each."""
    for provider in lasting(item):
        provider.keep_plan()
    begin(item)


def concerned(item: pytest.Item) -> list[MockProvider]:
    """Those of them that the test has to do with: it asks for them, or its client has come to them."""
    asks = "session_provider" in getattr(item, "fixturenames", ())
    return [provider for provider in lasting(item) if asks or provider.was_asked]


def renew(item: pytest.Item) -> None:
    """They go wrong no more than at first: what a test said of them ends with it."""
    for provider in lasting(item):
        provider.renew()

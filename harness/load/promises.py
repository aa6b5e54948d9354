"""All promises of a run under load."""

from __future__ import annotations

from harness.load import apart, breakers, herd, outage, sharing, usual
from harness.load.promise import PROMISES

__all__ = ["PROMISES"]

_REGISTERED = (usual, outage, herd, breakers, apart, sharing)
"""Importing them enters their promises."""

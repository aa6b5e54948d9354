"""Every check that comes with the package, one line a family. Importing this module registers them."""

from __future__ import annotations

from harness.checks import (
    backoff,
    breaker,
    contract,
    deadline,
    idempotency,
    retry,
    secrets,
    tls,
    tolerance,
    webhooks,
)
from harness.checks.registry import CHECKS

FAMILIES = (retry, backoff, idempotency, deadline, breaker, contract, secrets, tls, tolerance, webhooks)

__all__ = ["CHECKS", "FAMILIES"]

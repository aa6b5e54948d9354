"""What a client under test finds in its environment."""

from __future__ import annotations

from harness.contract.provider import Provider


def environment(
    provider: Provider, url: str, credentials: dict[str, str], timeout_s: float
) -> dict[str, str]:
    """The variables that a client under test finds: `STRIPE_BASE_URL`, `STRIPE_API_KEY`,
    `STRIPE_WEBHOOK_SECRET`, `STRIPE_TIMEOUT_MS`, and the same facts as `HARNESS_...`."""
    facts = {"BASE_URL": url, "TIMEOUT_MS": str(round(timeout_s * 1000))}
    facts |= {name.upper(): value for name, value in credentials.items()}
    return {
        f"{prefix}_{name}": value for prefix in (provider.service, "HARNESS") for name, value in facts.items()
    }

"""Stripe's own SDK, used with and without care."""

from __future__ import annotations

from typing import Any

import stripe


class ShopError(Exception):
    """What a careful shop declares."""


def _client(base_url: str, credentials: dict[str, str]) -> Any:
    return stripe.StripeClient(
        credentials["api_key"], base_addresses={"api": base_url}, max_network_retries=0
    )


def careful(base_url: str, credentials: dict[str, str]) -> object:
    """What comes is looked at before it is believed."""
    try:
        customer = _client(base_url, credentials).v1.customers.retrieve("cus_1").to_dict()
    except (stripe.StripeError, AttributeError, TypeError, ValueError) as error:
        raise ShopError(str(error)) from error
    if not isinstance(customer, dict) or not isinstance(customer.get("id"), str):
        raise ShopError("no customer")
    email = customer.get("email")
    return {"id": customer["id"], "email": email if isinstance(email, str) else ""}


def careless(base_url: str, credentials: dict[str, str]) -> object:
    """A customer need not have an email."""
    customer = _client(base_url, credentials).v1.customers.retrieve("cus_1")
    return customer.email.lower()

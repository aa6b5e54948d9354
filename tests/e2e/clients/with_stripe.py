"""Stripe's own SDK: `with_stripe.py RETRIES read|write`."""

from __future__ import annotations

import os
import sys

import stripe


def call(retries: str, op: str) -> None:
    """List customers, or create one."""
    client = stripe.StripeClient(
        os.environ["STRIPE_API_KEY"],
        base_addresses={"api": os.environ["STRIPE_BASE_URL"]},
        max_network_retries=int(retries),
        http_client=stripe.RequestsClient(timeout=1),
    )
    if op == "read":
        client.v1.customers.list()
    else:
        client.v1.customers.create({"email": "ada@example.com"})


if __name__ == "__main__":
    call(*sys.argv[1:])

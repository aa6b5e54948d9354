"""One call of a client, as a command: the newest customer."""

import os

from shop.payments import latest_customer

print(
    latest_customer(
        os.environ["STRIPE_BASE_URL"],
        {"api_key": os.environ["STRIPE_API_KEY"]},
        int(os.environ["STRIPE_TIMEOUT_MS"]) / 1000,
    )
)

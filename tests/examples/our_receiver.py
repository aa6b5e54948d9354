"""A team's receiver of Stripe's webhooks, and a piece of its client."""

import httpx
import stripe
from werkzeug import Response


def our_receiver(secret):
    """What answers a request with an event."""

    def receive(request):
        try:
            stripe.Webhook.construct_event(request.data, request.headers.get("Stripe-Signature", ""), secret)
        except (ValueError, stripe.SignatureVerificationError):
            return Response(status=400)
        return Response(status=204)

    return receive


def create_customer(base_url, key):
    """A new customer."""
    httpx.post(f"{base_url}v1/customers", data={"name": "Ada"}, auth=(key, "")).raise_for_status()

"""Faults in who the provider says it is: what it shows in the TLS handshake, before there is a request.

They strike where a lane speaks TLS, at its own port or by the proxy. `server/tls.py` shows what is named here.
"""

from __future__ import annotations

from harness.faults.registry import fault
from harness.model.delivery import Delivery


@fault(stage="handshake", effect=False)
def expired(delivery: Delivery) -> Delivery:
    """Show a certificate that ended yesterday. Seen at: a renewal that nobody watched."""
    return delivery


@fault(stage="handshake", effect=False)
def self_signed(delivery: Delivery) -> Delivery:
    """Show a certificate that only its own key vouches for. Seen at: a fresh server, somebody in between."""
    return delivery


@fault(stage="handshake", effect=False)
def wrong_host(delivery: Delivery) -> Delivery:
    """Show a good certificate for another host. Seen at: a wrong DNS entry, a moved load balancer, an attack."""
    return delivery


@fault(stage="handshake", effect=False)
def untrusted_ca(delivery: Delivery) -> Delivery:
    """Show a certificate of a CA that nobody knows. Seen at: somebody in between."""
    return delivery


@fault(stage="handshake", effect=False)
def tls_1_0(delivery: Delivery) -> Delivery:
    """Speak TLS 1.0 and no other version, with a good certificate. Seen at: a downgrade, a very old server."""
    return delivery


@fault(stage="handshake", effect=False)
def client_certificate_required(delivery: Delivery) -> Delivery:
    """Ask for a certificate of the client's, and end the handshake without one. Seen at: mutual TLS switched on."""
    return delivery

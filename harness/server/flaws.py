"""Certificates and contexts of a provider that cannot show who it is: what the faults in `faults/tls.py` name."""

from __future__ import annotations

import datetime
import ssl
import tempfile
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trustme

ANOTHER_HOST = "another-host.example"


def expired(context: ssl.SSLContext, host: str, ca: trustme.CA) -> None:
    """A certificate of our CA that ended yesterday."""
    now = datetime.datetime.now(datetime.UTC)
    year, day = datetime.timedelta(days=365), datetime.timedelta(days=1)
    ca.issue_cert(host, not_before=now - year, not_after=now - day).configure_cert(context)


def wrong_host(context: ssl.SSLContext, host: str, ca: trustme.CA) -> None:
    """A good certificate of our CA, for another host."""
    ca.issue_cert(ANOTHER_HOST).configure_cert(context)


def untrusted_ca(context: ssl.SSLContext, host: str, ca: trustme.CA) -> None:
    """A certificate of a CA that nobody was told of."""
    type(ca)(organization_name="a CA that nobody trusts").issue_cert(host).configure_cert(context)


def self_signed(context: ssl.SSLContext, host: str, ca: trustme.CA) -> None:
    """A certificate for the host that its own key signed."""
    # Imported here, as trustme is: most lanes speak no TLS.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "signed by itself")])
    try:
        known_by: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        known_by = x509.DNSName(host)
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([known_by]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with tempfile.NamedTemporaryFile() as file:  # OpenSSL takes both from files only
        file.write(secret + certificate.public_bytes(serialization.Encoding.PEM))
        file.flush()
        context.load_cert_chain(file.name)


def tls_1_0(context: ssl.SSLContext, host: str, ca: trustme.CA) -> None:
    """A good certificate, and TLS 1.0 alone."""
    ca.issue_cert(host).configure_cert(context)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")  # else OpenSSL 3 speaks it with nobody


def client_certificate_required(context: ssl.SSLContext, host: str, ca: trustme.CA) -> None:
    """A good certificate, and nobody let in without one of our CA, which nobody is given."""
    ca.issue_cert(host).configure_cert(context)
    ca.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED


FLAWS: Mapping[str, Callable[[ssl.SSLContext, str, trustme.CA], None]] = {
    f"tls.{flaw.__name__}": flaw
    for flaw in (expired, self_signed, wrong_host, untrusted_ca, tls_1_0, client_certificate_required)
}
"""What each fault in TLS makes of a server's context, by the fault's id."""

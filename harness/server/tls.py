"""Certificates made on the spot: a CA that nobody knew before, and what it vouches for."""

from __future__ import annotations

import re
import ssl
import warnings
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import FileError

if TYPE_CHECKING:
    import trustme

MADE_BY = "harness: a throw-away CA for tests"


_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)

JAVA_PASSWORD = "changeit"
"""Java's own, for what is no secret."""


class Authority:
    """A CA whose key never leaves this process."""

    def __init__(self) -> None:
        # Imported here: it takes longer to load than a mock provider to start, and most have no use for it.
        import trustme

        self._ca = trustme.CA(organization_name=MADE_BY)
        self._contexts: dict[str, ssl.SSLContext] = {}

    @property
    def pem(self) -> bytes:
        """Its certificate: whoever trusts that, trusts every host that we play."""
        return self._ca.cert_pem.bytes()

    def context(self, host: str) -> ssl.SSLContext:
        """What a server needs to be that host: a certificate for it, HTTP/1.1, TLS 1.2 or later. Made once a host."""
        found = self._contexts.get(host)
        if found is None:
            found = self._contexts[host] = server_context(self._leaf(host))
        return found

    def _leaf(self, host: str) -> trustme.LeafCert:
        try:
            return self._ca.issue_cert(host)
        except ValueError:
            # No certificate may name it (`my_bucket.example.com`), but clients take one for all its siblings.
            return self._ca.issue_cert(f"*.{host.partition('.')[2]}")


def server_context(leaf: trustme.LeafCert) -> ssl.SSLContext:
    """A server's side of TLS with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    leaf.configure_cert(context)
    return context


def bundle(authority: bytes, others: Iterable[Path]) -> bytes:
    """A CA's certificate with those of other files (PEM), so that real hosts are trusted, too, by whoever trusts
    nothing else. FileError where one cannot be read."""
    parts = [authority]
    for path in dict.fromkeys(others):
        try:
            parts.append(path.read_bytes())
        except OSError as error:
            raise FileError(str(path), f"cannot be read: {error.strerror}") from None
    return b"\n".join(part.strip() + b"\n" for part in parts)


def java_trust_store(pem: bytes) -> bytes:
    """The same certificates as the Java virtual machine reads them: PKCS #12 with JAVA_PASSWORD."""
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
    from cryptography.hazmat.primitives.serialization.pkcs12 import (
        PKCS12Certificate,
        serialize_java_truststore,
    )
    from cryptography.x509 import Certificate, load_pem_x509_certificate

    found: dict[Certificate, None] = {}
    with warnings.catch_warnings():
        # Some old roots break a rule that nobody kept then; what cannot be read at all is nobody's root.
        warnings.simplefilter("ignore")
        for each in _CERTIFICATE.findall(pem):
            with suppress(ValueError):
                found[load_pem_x509_certificate(each)] = None
    named = [PKCS12Certificate(each, str(n).encode()) for n, each in enumerate(found)]
    return serialize_java_truststore(named, BestAvailableEncryption(JAVA_PASSWORD.encode()))

"""Certificates made on the spot: a CA that nobody knew before, and what it vouches for."""

from __future__ import annotations

import re
import ssl
import warnings
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.hosts import is_loopback
from harness.errors import FileError
from harness.server.flaws import FLAWS

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
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}

    @property
    def pem(self) -> bytes:
        """Its certificate: whoever trusts that, trusts every host that we play."""
        return self._ca.cert_pem.bytes()

    def context(self, host: str, flaw: str = "") -> ssl.SSLContext:
        """What a server needs to be that host: a certificate for it, HTTP/1.1, TLS 1.2 or later. `flaw`: the id of
        a fault in TLS, with which it cannot show that it is. Each is made once."""
        found = self._contexts.get((host, flaw))
        if found is None:
            found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            found.minimum_version = ssl.TLSVersion.TLSv1_2
            found.set_alpn_protocols(["http/1.1"])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.0
                FLAWS.get(flaw, _sound)(found, _nameable(host), self._ca)
            self._contexts[host, flaw] = found
        return found


def _sound(context: ssl.SSLContext, host: str, ca: trustme.CA) -> None:
    # A lane's own port is reached by either name.
    names = ("127.0.0.1", "localhost", "::1") if is_loopback(host) else (host,)
    ca.issue_cert(*names).configure_cert(context)


def _nameable(host: str) -> str:
    """The host as a certificate may name it. One that none may (`my_bucket.example.com`) goes by the wildcard that
    clients take for all its siblings."""
    return f"*.{host.partition('.')[2]}" if "_" in host else host


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

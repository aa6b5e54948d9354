"""Promises about who the provider is: nothing is asked of one that cannot show it."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.registry import Evidence, check
from harness.checks.sources import BAD_CERTIFICATE, OLD_TLS
from harness.model.call import Call
from harness.model.exchange import Exchange
from harness.model.finding import Finding, broken, kept, short

CERTIFICATES = {
    "tls.expired": "an expired certificate",
    "tls.self_signed": "a self-signed certificate",
    "tls.wrong_host": "a certificate for another host",
    "tls.untrusted_ca": "a certificate of an unknown CA",
}
VERSIONS = {"tls.tls_1_0": "TLS 1.0 and no later version"}


@check(source=BAD_CERTIFICATE)
def refuses_bad_certificate(evidence: Evidence) -> Iterator[Finding]:
    """No request is sent to a provider whose certificate has expired, is for another host, or is of nobody known.

    Whatever is sent there, somebody in between may read, credentials first of all.
    """
    yield from _refused(evidence, CERTIFICATES)


@check(source=OLD_TLS)
def refuses_old_version(evidence: Evidence) -> Iterator[Finding]:
    """No request is sent over TLS 1.0, which is broken."""
    yield from _refused(evidence, VERSIONS)


def _refused(evidence: Evidence, shown: dict[str, str]) -> Iterator[Finding]:
    for call in evidence.calls:
        for handshake in call.attempts:
            what = next((shown[fired.fault] for fired in handshake.faults if fired.fault in shown), None)
            if handshake.stage == "handshake" and what is not None:
                yield _sight(evidence, call, handshake, what)


def _sight(evidence: Evidence, call: Call, handshake: Exchange, what: str) -> Finding:
    expected = "an end of the connection before any request"
    asked = [
        e.number for e in evidence.journal if e.connection == handshake.connection and e.stage == "request"
    ]
    if asked:
        numbers = (handshake.number, *asked)
        return broken(f"a request was sent to a provider that showed {what}", expected, attempts=numbers)
    numbers = (handshake.number,)
    if call.outcome.ending in ("cut", "died"):
        return short(f"the call was stopped after it was shown {what}", expected, attempts=numbers)
    return kept(f"nothing was sent to a provider that showed {what}", expected, attempts=numbers)

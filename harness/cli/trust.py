"""Lanes that speak TLS, and clients that are to trust them: the files and variables that tell them to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.cli.writing import write_bytes
from harness.errors import UsageError
from harness.faults.plan import Plan
from harness.run.surroundings import trusting
from harness.server.tls import Authority


@contextmanager
def trusted(authority: Authority) -> Iterator[Mapping[str, str]]:
    """The variables, for as long as the files are there that they name."""
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        yield trusting(os.environ, authority.pem, Path(folder))


def require_tls(tls: bool, *, ca_file: Path | None, workers: int, plans: Sequence[Plan | None]) -> None:
    """UsageError where what is asked for takes TLS and there is none, or cannot be done with it."""
    if ca_file is not None and not tls:
        raise UsageError("--ca-file goes with --tls")
    if tls and workers > 1:
        raise UsageError("--tls is played by one process; leave --workers out")
    spoiling = next((plan.name for plan in plans if plan is not None and plan.needs_tls), None)
    if spoiling is not None and not tls:
        raise UsageError(f"the plan {spoiling} spoils TLS handshakes, and without --tls there are none")


@contextmanager
def vouching(tls: bool, ca_file: Path | None) -> Iterator[tuple[Authority | None, Mapping[str, str]]]:
    """Who vouches for lanes, and the variables that tell clients to trust it; nobody without TLS."""
    if not tls:
        yield None, {}
        return
    authority = Authority()
    if ca_file is not None:
        write_bytes(ca_file, authority.pem)
    with trusted(authority) as trust:
        yield authority, trust


def told(trust: Mapping[str, str]) -> str:
    """What makes a client trust the CA, as lines to paste; nothing without TLS."""
    if not trust:
        return ""
    shown = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    exports = [f"  export {name}={trust[name]}" for name in shown]
    return "\n".join([f"\nCA, to be trusted: {trust['HARNESS_CA_FILE']}", *exports, ""])

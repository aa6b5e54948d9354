"""Who the provider is: nothing is asked of one that cannot show it."""

from __future__ import annotations

from msgspec import structs

from harness.checks.chains import attempts_of
from harness.checks.registry import Evidence
from harness.model.call import Call
from tests.evidence import attempt, call, evidence, findings, only, sights

CHECK = "tls.refuses_bad_certificate"
TAKEN = attempt("tls.expired", outcome="sent")


def on_one_connection(made: Call) -> Evidence:
    """The attempts of a call, all on the connection of the first."""
    seen = evidence(made)
    attempts = tuple(structs.replace(e, connection=1) for e in seen.calls[0].attempts)
    return structs.replace(seen, calls=(structs.replace(seen.calls[0], attempts=attempts),), journal=attempts)


def test_kept_by_ending_the_handshake() -> None:
    found = only(findings(CHECK, evidence(call("tls.expired"))))
    assert (found.sight, found.observed) == (
        "kept",
        "nothing was sent to a provider that showed an expired certificate",
    )


def test_kept_by_ending_the_connection_after_it() -> None:
    # As Node does: it looks at the certificate when the handshake is done.
    assert sights(CHECK, evidence(call(TAKEN, ok=False))) == ["kept"]


def test_broken_by_a_request() -> None:
    found = only(findings(CHECK, on_one_connection(call(TAKEN, 200))))
    assert (found.sight, found.observed) == (
        "broken",
        "a request was sent to a provider that showed an expired certificate",
    )
    assert found.attempts == (1, 2)


def test_a_request_on_another_connection_breaks_nothing() -> None:
    # The first handshake alone was spoiled, and the client tried again.
    assert sights(CHECK, evidence(call("tls.wrong_host", 200))) == ["kept"]


def test_short_when_the_call_was_stopped() -> None:
    assert sights(CHECK, evidence(call(TAKEN, ending="cut"))) == ["short"]


def test_a_request_breaks_it_though_the_call_was_stopped() -> None:
    assert sights(CHECK, on_one_connection(call(TAKEN, 200, ending="cut"))) == ["broken"]


def test_not_concerned_with_other_failures() -> None:
    seen = evidence(call("connection.refused", "tls.tls_1_0", "tls.client_certificate_required", 503, 200))
    assert sights(CHECK, seen) == []


def test_an_old_version_is_refused_by_name() -> None:
    taken = attempt("tls.tls_1_0", outcome="sent")
    assert sights("tls.refuses_old_version", evidence(call("tls.tls_1_0"))) == ["kept"]
    found = only(findings("tls.refuses_old_version", on_one_connection(call(taken, 200))))
    assert found.observed == "a request was sent to a provider that showed TLS 1.0 and no later version"
    assert sights("tls.refuses_old_version", evidence(call("tls.expired"))) == []


def test_a_handshake_that_was_taken_is_no_attempt_beside_its_request() -> None:
    taken = on_one_connection(call(TAKEN, 200))
    assert [e.stage for e in attempts_of(taken, taken.calls[0])] == ["request"]
    apart = evidence(call("tls.expired", 200))
    assert [e.stage for e in attempts_of(apart, apart.calls[0])] == ["handshake", "request"]


def test_a_failed_handshake_is_an_attempt_that_must_be_reported() -> None:
    seen = evidence(call("tls.client_certificate_required", ok=True))
    found = only(findings("contract.failure_reported", seen))
    assert (found.sight, found.observed) == (
        "broken",
        "the call reported success after a TLS handshake that went wrong",
    )

"""The ways in which events are posted, and how a posting is signed."""

from __future__ import annotations

import pytest

from harness.contract.signing import SCHEMES, Signed
from harness.errors import UnknownName, UsageError
from harness.mock.posting import NOTHING_HAPPENED, WAYS, Posting, Terms, postings, signed
from harness.model.webhook import FORGED, Event

PAID = Event("evt_1", "invoice.paid", b'{"id":"evt_1"}', (("content-type", "application/json"),))
VOIDED = Event("evt_2", "invoice.voided", b'{"id":"evt_2"}')
NOW_S = 1_750_000_000.0
SECRET = "whsec_canary"


def test_once_is_each_in_order() -> None:
    assert postings("once", (PAID, VOIDED), Terms()) == (Posting(PAID), Posting(VOIDED))


def test_a_duplicate_is_the_same_event_signed_anew() -> None:
    assert postings("duplicate", (PAID,), Terms(delay_s=2)) == (Posting(PAID), Posting(PAID, wait_s=2))


def test_a_replay_is_what_was_sent_before() -> None:
    assert postings("replayed", (PAID,), Terms()) == (Posting(PAID), Posting(PAID, again=True))


def test_out_of_order_begins_with_the_last() -> None:
    assert postings("out_of_order", (PAID, VOIDED), Terms()) == (Posting(VOIDED), Posting(PAID))
    with pytest.raises(UsageError, match="two events or more"):
        postings("out_of_order", (PAID,), Terms())


def test_late_waits_before_the_first() -> None:
    assert postings("late", (PAID, VOIDED), Terms(delay_s=3)) == (Posting(PAID, wait_s=3), Posting(VOIDED))
    with pytest.raises(UsageError, match="delay_s"):
        postings("late", (PAID,), Terms())


@pytest.mark.parametrize(("tolerance_s", "age_s"), [(300, 600), (None, 600), (60, 120)])
def test_a_stale_one_is_older_than_the_provider_wants_accepted(
    tolerance_s: float | None, age_s: float
) -> None:
    assert postings("stale", (PAID,), Terms(tolerance_s=tolerance_s)) == (Posting(PAID, age_s=age_s),)


def test_a_way_that_there_is_not_is_told_its_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'duplicate'"):
        postings("duplicated", (PAID,), Terms())


def test_what_tells_of_nothing_new_is_a_way() -> None:
    assert FORGED < NOTHING_HAPPENED < set(WAYS)


def test_a_posting_carries_the_providers_signature() -> None:
    headers, body = signed(Posting(PAID), SCHEMES["stripe"], SECRET, now_s=NOW_S)
    assert headers == PAID.headers + SCHEMES["stripe"].sign(Signed(PAID.body, "evt_1", NOW_S), SECRET)
    assert body == PAID.body


def test_a_stale_signature_names_its_own_time() -> None:
    headers, _ = signed(Posting(PAID, age_s=600), SCHEMES["stripe"], SECRET, now_s=NOW_S)
    assert dict(headers)["stripe-signature"].startswith(f"t={int(NOW_S) - 600},")


@pytest.mark.parametrize("way", sorted(FORGED))
def test_a_forged_posting_does_not_verify(way: str) -> None:
    (posting,) = postings(way, (PAID,), Terms())
    headers, body = signed(posting, SCHEMES["github"], SECRET, now_s=NOW_S)
    right = SCHEMES["github"].sign(Signed(body), SECRET)
    assert dict(headers).get("x-hub-signature-256") != dict(right)["x-hub-signature-256"]
    assert body.startswith(b"{")

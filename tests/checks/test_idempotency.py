"""Repeated writes: only where safe, under one key, with one body and one effect."""

from __future__ import annotations

import pytest

from harness.contract.behaviour import Advice, Behaviour, Retry
from tests.evidence import attempt, call, evidence, findings, given_up, only, sights, write

DOCS = "https://provider.example/docs"
ALWAYS = Behaviour(retry=Retry(source=DOCS, advice=(Advice(statuses=(503,), retry="always", source=DOCS),)))
AMBIGUOUS = [
    500,
    502,
    503,
    504,
    "connection.reset_before_answer",
    "connection.reset_in_answer",
    "connection.closed",
    "connection.lost_answer",
    "body.truncated",
    "body.malformed",
    "body.empty",
]


class TestOnlyWithKey:
    @pytest.mark.parametrize("what", AMBIGUOUS)
    def test_broken_by_a_repeat_without_a_key(self, what: int | str) -> None:
        found = findings("idempotency.only_with_key", evidence(write(what, 0.5, 200)))
        assert only(found).sight == "broken"

    def test_it_says_what_happened(self) -> None:
        found = only(findings("idempotency.only_with_key", evidence(write(503, 0.5, 200))))
        assert found.observed == "attempt 2 repeated the request after a 503 without a key"
        assert found.expected == "no repeat of a POST after a 503 without an idempotency key"
        assert found.source.startswith("RFC 9110 section 9.2.2")

    def test_broken_by_a_repeat_after_a_timeout(self) -> None:
        assert sights("idempotency.only_with_key", evidence(write(given_up(), 0.5, 200))) == ["broken"]

    @pytest.mark.parametrize("what", AMBIGUOUS)
    def test_kept_by_not_repeating(self, what: int | str) -> None:
        assert sights("idempotency.only_with_key", evidence(write(what, ok=False))) == ["kept"]

    def test_kept_by_a_repeat_under_a_key(self) -> None:
        assert sights("idempotency.only_with_key", evidence(write(503, 200, key="k1"))) == ["kept"]

    def test_broken_where_only_the_repeat_has_a_key(self) -> None:
        late_key = attempt(200, idempotency_key="k1")
        assert sights("idempotency.only_with_key", evidence(write(503, late_key))) == ["broken"]

    def test_short_where_the_provider_documents_no_key(self) -> None:
        seen = evidence(write(503, 200, key="k1"), idempotency_header=None)
        assert only(findings("idempotency.only_with_key", seen)).observed.endswith(
            "the provider documents none"
        )

    def test_short_when_the_call_was_stopped(self) -> None:
        assert sights("idempotency.only_with_key", evidence(write(503, ending="cut"))) == ["short"]

    def test_short_where_the_next_request_may_be_another(self) -> None:
        other = attempt(200, request_body=b'{"name":"b"}')
        assert "short" in sights("idempotency.only_with_key", evidence(write(503, other)))

    def test_the_order_of_members_makes_no_other_request(self) -> None:
        json = {"content-type": "application/json"}
        one = attempt(503, request=json, request_body=b'{"a": 1, "b": 2}')
        two = attempt(200, request=json, request_body=b'{"b":2,"a":1}')
        assert sights("idempotency.only_with_key", evidence(write(one, two))) == ["broken"]

    def test_another_boundary_makes_no_other_request(self) -> None:
        def form(boundary: str, status: int) -> object:
            kind = {"content-type": f"multipart/form-data; boundary={boundary}"}
            return attempt(
                status, request=kind, request_body=f"--{boundary}\r\n\r\nx\r\n--{boundary}--".encode()
            )

        seen = evidence(write(form("aaa", 503), form("bbb", 200)))  # type: ignore[arg-type]
        assert sights("idempotency.only_with_key", seen) == ["broken"]

    @pytest.mark.parametrize("what", [429, 400, 409, "connection.refused", "connection.reset_on_accept"])
    def test_nothing_where_the_provider_did_nothing(self, what: int | str) -> None:
        assert sights("idempotency.only_with_key", evidence(write(what, 0.5, 200))) == []

    def test_nothing_where_the_provider_asks_for_a_repeat(self) -> None:
        assert sights("idempotency.only_with_key", evidence(write(503, 200), behaviour=ALWAYS)) == []

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_nothing_for_idempotent_methods(self, method: str) -> None:
        assert sights("idempotency.only_with_key", evidence(call(503, 503, method=method))) == []

    def test_short_where_the_second_came_before_the_answer_to_the_first(self) -> None:
        hedged = write(attempt(503, took_s=0.2), -0.1, attempt(503, took_s=0.2))
        assert sights("idempotency.only_with_key", evidence(hedged)) == ["short", "short"]

    def test_short_where_every_attempt_says_something_else(self) -> None:
        bodies = [attempt(503, request_body=b'{"at": %d}' % n) for n in range(3)]
        assert set(sights("idempotency.only_with_key", evidence(write(*bodies)))) == {"short"}


class TestSameKey:
    def test_kept(self) -> None:
        found = only(findings("idempotency.same_key", evidence(write(503, 503, 200, key="k1"))))
        assert (found.sight, found.observed) == ("kept", "3 attempts under one key")

    def test_broken_by_a_key_for_each_attempt(self) -> None:
        keys = [attempt(503, idempotency_key=f"k{n}") for n in range(3)]
        found = only(findings("idempotency.same_key", evidence(write(*keys))))
        assert (found.sight, found.observed) == ("broken", "3 attempts at one request, 3 keys")

    def test_broken_by_leaving_it_out(self) -> None:
        first = attempt(503, idempotency_key="k1")
        assert sights("idempotency.same_key", evidence(write(first, 503))) == ["broken"]

    def test_short_where_key_and_body_are_others(self) -> None:
        one = attempt(503, idempotency_key="k1")
        two = attempt(200, idempotency_key="k2", request_body=b"{}")
        assert sights("idempotency.same_key", evidence(write(one, two))) == ["short"]

    def test_kept_by_another_key_for_another_call(self) -> None:
        assert sights("idempotency.same_key", evidence(write(200, key="k1"), write(200, key="k2"))) == [
            "kept"
        ]

    def test_broken_by_one_key_for_two_different_calls(self) -> None:
        seen = evidence(write(200, key="k1"), write(200, key="k1", body=b"{}"))
        assert (
            only(findings("idempotency.same_key", seen)).observed
            == "calls 1 and 2 sent different requests under one key"
        )

    def test_short_by_one_key_for_the_same_request(self) -> None:
        assert sights("idempotency.same_key", evidence(write(200, key="k1"), write(200, key="k1"))) == [
            "short"
        ]

    def test_nothing_without_keys_or_repeats(self) -> None:
        assert sights("idempotency.same_key", evidence(write(503, 200), write(200))) == []
        assert sights("idempotency.same_key", evidence(write(503, key="k1"))) == []

    def test_a_header_that_no_behaviour_names_is_seen_too(self) -> None:
        keyed = attempt(503, request={"idempotency-key": "k1"})
        assert sights("idempotency.same_key", evidence(write(keyed, keyed), idempotency_header=None)) == [
            "kept"
        ]


class TestSameBody:
    def test_kept(self) -> None:
        assert sights("idempotency.same_body", evidence(write(503, 200, key="k1"))) == ["kept"]
        assert sights("idempotency.same_body", evidence(write(503, 200))) == ["kept"]

    def test_broken_by_another_body_under_the_same_key(self) -> None:
        other = attempt(200, request_body=b'{"name":"a","at":2}')
        found = only(findings("idempotency.same_body", evidence(write(503, other, key="k1"))))
        assert found.observed == "attempt 2 under the same key says something else than the first"
        assert (found.sight, found.attempts) == ("broken", (1, 2))

    def test_short_by_another_body_without_a_key(self) -> None:
        other = attempt(200, request_body=b'{"name":"a","at":2}')
        assert sights("idempotency.same_body", evidence(write(503, other))) == ["short"]

    def test_nothing_without_a_repeat(self) -> None:
        assert sights("idempotency.same_body", evidence(write(503), write(200), call(503, 503))) == []


class TestOneEffect:
    LOST = attempt("connection.lost_answer", effect="create item 1", answer_status=201)

    def test_kept_by_one_attempt(self) -> None:
        found = only(findings("idempotency.one_effect", evidence(write(self.LOST))))
        assert (found.sight, found.observed) == ("kept", "one effect in 1 attempts: create item 1")

    def test_kept_by_a_replay(self) -> None:
        replay = attempt(201, effect="create item 1", replayed=True)
        assert sights("idempotency.one_effect", evidence(write(self.LOST, replay, key="k1"))) == ["kept"]

    def test_broken_by_a_second_effect(self) -> None:
        again = attempt(201, effect="create item 2")
        found = only(findings("idempotency.one_effect", evidence(write(self.LOST, again))))
        assert found.observed == "2 effects of one call: create item 1, create item 2"

    def test_short_under_a_key_that_nobody_documents(self) -> None:
        """The provider may heed it, though ours does not."""
        again = attempt(201, effect="create item 2")
        under_key = evidence(write(self.LOST, again, key="k1"), idempotency_header=None)
        assert sights("idempotency.one_effect", under_key) == ["short"]

    def test_short_where_nothing_happened(self) -> None:
        assert sights("idempotency.one_effect", evidence(write("connection.lost_answer"))) == ["short"]

    def test_short_when_the_call_was_stopped(self) -> None:
        assert sights("idempotency.one_effect", evidence(write(self.LOST, ending="cut"))) == ["short"]

    def test_short_where_the_next_request_may_be_another(self) -> None:
        other = attempt(201, effect="create item 2", request_body=b"{}")
        assert sights("idempotency.one_effect", evidence(write(self.LOST, other))) == ["short"]

    def test_nothing_where_no_answer_was_lost(self) -> None:
        made = attempt(201, effect="create item 1")
        assert sights("idempotency.one_effect", evidence(write(made), write(503, made))) == []

"""No secret is written, the same one has the same mark, and what is no secret stays as it was."""

from __future__ import annotations

import json
import random
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cassette.format import parse, written
from harness.cassette.recorded import Cassette, Recorded
from harness.cassette.redact import Redactor
from harness.contract.files import load_provider, provider_names
from harness.redaction.said import marks_in
from tests.cassette.planted import ECHOES, FORM, JSON, PLACES, exchange, traces

TOKENS = st.text(string.ascii_letters + string.digits + "_-./+=~!", min_size=10, max_size=48).filter(
    lambda text: any(c.isdigit() for c in text) and any(c.isalpha() for c in text) and text[0].isalnum()
)


def file_of(exchanges: list[Recorded], *, known: tuple[str, ...] = (), path: str = "a.yaml") -> str:
    return written(Cassette(Redactor(known).redacted(exchanges)), path=path)


def body(recorded: Recorded) -> object:
    return json.loads(recorded.response.body)


@pytest.mark.parametrize("place", PLACES)
@settings(max_examples=15, deadline=None)
@given(secret=TOKENS)
def test_a_secret_is_found_wherever_it_is_planted(place: str, secret: str) -> None:
    text = file_of([PLACES[place](secret)])
    assert not [trace for trace in traces(secret) if trace in text]
    assert marks_in(text)


@pytest.mark.parametrize("echo", ECHOES)
@settings(max_examples=15, deadline=None)
@given(secret=TOKENS)
def test_a_secret_that_is_found_in_one_place_is_taken_out_of_every_other(echo: str, secret: str) -> None:
    text = file_of([ECHOES[echo](secret), PLACES["json"](secret)])
    assert not [trace for trace in traces(secret) if trace in text]


@settings(max_examples=25, deadline=None)
@given(st.lists(TOKENS, min_size=len(PLACES), max_size=len(PLACES), unique=True))
def test_secrets_in_all_places_at_once_are_in_neither_format(secrets: list[str]) -> None:
    exchanges = [plant(secret) for plant, secret in zip(PLACES.values(), secrets, strict=True)]
    for path in ("a.yaml", "a.json"):
        text = file_of(exchanges, path=path)
        assert not [secret for secret in secrets if any(trace in text for trace in traces(secret))]


def test_the_same_secret_has_the_same_mark_so_that_flows_join() -> None:
    login = exchange(answer={"access_token": "q9w8-e7r6-t5y4"})
    use = exchange(sent=(("authorization", "Bearer q9w8-e7r6-t5y4"),), answer={"ok": True})
    other = exchange(sent=(("authorization", "Bearer another-token-1"),))
    first, second, third = Redactor().redacted([login, use, other])
    assert body(first) == {"access_token": "<redacted:token-1>"}
    assert second.request.header("authorization") == "Bearer <redacted:token-1>"
    assert third.request.header("authorization") == "Bearer <redacted:credential-1>"


def test_a_mark_in_an_address_is_percent_encoded_and_the_length_is_right() -> None:
    recorded = exchange(uri="https://a.test/v1?api_key=q1w2e3r4t5&page=2", answer={"token": "q1w2e3r4t5"})
    recorded = exchange(
        uri="https://a.test/v1?api_key=q1w2e3r4t5&page=2",
        headers=(JSON, ("content-length", "23")),
        answer={"token": "q1w2e3r4t5"},
    )
    (clean,) = Redactor().redacted([recorded])
    assert clean.uri == "https://a.test/v1?api_key=%3Credacted%3Akey-1%3E&page=2"
    assert clean.response.header("content-length") == str(len(clean.response.body))


def test_what_the_caller_knows_is_a_secret_whatever_it_looks_like() -> None:
    text = file_of([exchange(answer={"greeting": "hello plain-old-words"})], known=("plain-old-words",))
    assert "plain-old-words" not in text


def test_card_numbers_are_secrets_and_other_numbers_are_not() -> None:
    answer = {"a": 4242424242424242, "b": "4000 0566 5566 5556", "c": 4242424242424243, "d": 1763737200000}
    (clean,) = Redactor().redacted([exchange(answer=answer)])
    assert body(clean) == {**answer, "a": "<redacted:card-1>", "b": "<redacted:card-2>"}


def test_short_and_ordinary_words_are_taken_out_of_their_own_place_alone() -> None:
    recorded = exchange(
        sent=(FORM,), body="password=test&mode=test", answer={"mode": "test", "cvc": "123", "n": 123}
    )
    (clean,) = Redactor().redacted([recorded])
    assert clean.request.body == b"password=%3Credacted%3Apassword-1%3E&mode=test"
    assert body(clean) == {"mode": "test", "cvc": "<redacted:cvc-1>", "n": 123}


@pytest.mark.parametrize(
    "value",
    [
        {"id": "cus_NffrFeUfNV2Hib", "charge": "ch_3MmlLrLkdIwHu7ix0snN0B15"},
        {"node_id": "MDEwOlJlcG9zaXRvcnkxMjk2MjY5", "sha": "6dcb09b5b57875f334f61aebed695e2e4193db5e"},
        {
            "url": "https://api.github.com/repos/octocat/Hello-World/commits/6dcb09b5b57875f334f61aebed695e2e4193db5e"
        },
        {"next_page_token": "abc", "max_tokens": 512, "token_type": "bearer", "total_tokens": 1234},
        {"tokens_url": "https://api.acme.test/tokens", "secret_scanning": {"status": "enabled"}},
        {"error": {"password": "is too short, choose another", "token": None, "secret": True}},
        {"trace": "4bf92f3577b34da6a3ce929d0e0e4736", "uuid": "9b2e8c1a-3f4d-4e5f-8a9b-0c1d2e3f4a5b"},
        {"text": "The quick brown fox jumps over the lazy dog, version 2.10.3-rc.1 of HelloWorldApplication"},
        {
            "created": "2026-11-21T15:00:00.123456Z",
            "amount": 1099,
            "idempotency_key": "kX9v2LmQ8sT4wZ7yB1nC6",
        },
        {"key": "mit", "name": "MIT License", "spdx_id": "MIT", "public_key_fingerprint": "SHA256:abc"},
    ],
)
def test_what_is_no_secret_stays_byte_for_byte(value: object) -> None:
    recorded = exchange(sent=(JSON,), body=json.dumps(value, indent=3), answer=value)
    redactor = Redactor()
    assert redactor.redacted([recorded]) == (recorded,)
    assert redactor.found == []


def test_what_our_own_mocks_answer_has_hardly_anything_that_is_taken_for_a_secret() -> None:
    taken: set[str] = set()
    for name in provider_names():
        contract = load_provider(name).contract
        for operation in contract.operations.values():
            answer = contract.answer(
                operation, contract.success(operation), rng=random.Random(1), now_s=1.7e9
            )
            redactor = Redactor()
            origin = exchange(method=operation.method)
            redactor.learn(Recorded(origin.request, answer))
            redactor.settle()
            taken |= {found.place[-1] for found in redactor.found}
    # `client_secret` is one. `key` is made up by us, at random.
    assert taken <= {"client_secret", "key"}


def test_what_is_redacted_once_stays_as_it_is() -> None:
    exchanges = Redactor().redacted([plant("s3cr3t-of-mine") for plant in PLACES.values()])
    again = Redactor()
    assert again.redacted(exchanges) == exchanges
    assert again.found == []


def test_marks_go_on_counting_where_a_file_ends() -> None:
    old = Redactor().redacted([exchange(answer={"token": "first-token-1"})])
    new = exchange(answer={"token": "second-token-2"})
    clean = Redactor().redacted([*old, new])
    assert [body(each) for each in clean] == [
        {"token": "<redacted:token-1>"},
        {"token": "<redacted:token-2>"},
    ]


def test_a_body_that_nobody_can_read_is_not_written() -> None:
    recorded = exchange(headers=(JSON, ("content-encoding", "br")), octets=b"\x0b\x02\x80secret")
    (clean,) = Redactor().redacted([recorded])
    assert clean.response.body == b"<redacted:body-1>"
    assert clean.response.header("content-encoding") is None


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200),
    st.text(max_size=60),
    st.sampled_from(["application/json", "text/plain", "text/xml", ""]),
)
def test_whatever_comes_is_redacted_without_a_failure(octets: bytes, text: str, media: str) -> None:
    headers = (("content-type", media), ("x-secret", text or "x"))
    recorded = exchange(headers=headers, octets=octets, body=text, sent=(FORM,))
    clean = Redactor().redacted([recorded])
    path = "a.yaml"
    assert parse(written(Cassette(clean), path=path), path=path).exchanges[0].response.status == 200


@pytest.mark.parametrize(
    "octets",
    [
        b"a" * 200_000,
        b"://" * 30_000,
        b"<" + b"a" * 100_000 + b">",
        b"-----BEGIN PRIVATE KEY-----" * 1000,
        b"eyJ" * 50_000,
    ],
    ids=["a word", "addresses", "a tag", "beginnings of keys", "beginnings of tokens"],
)
def test_no_text_takes_long(octets: bytes) -> None:
    recorded = exchange(headers=(("content-type", "text/html"),), octets=octets)
    began_s = time.process_time()
    Redactor(["known-secret-1"]).redacted([recorded])
    assert time.process_time() - began_s < 5.0

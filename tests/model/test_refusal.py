"""What a provider said when it refused, in its own words."""

from __future__ import annotations

import pytest

from harness.model.exchange import Fired
from harness.model.refusal import refusal_of
from tests.evidence import exchange


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": {"code": "x", "message": "No such customer: \'cus_1\'"}}', "No such customer: 'cus_1'"),
        (b'{"message": "Not Found", "documentation_url": "https://example.com"}', "Not Found"),
        (b'{"error": "invalid_grant", "error_description": "too old"}', "too old"),
        (b'{"type": "about:blank", "title": "Gone", "detail": "it was deleted"}', "it was deleted"),
        (b'{"errors": [{"title": "wrong"}, {"title": "more"}]}', "wrong"),
        (b'"no"', "no"),
        (b"<Error><Code>NoSuchKey</Code><Message>The key is not there.</Message></Error>", "The key is not there."),
        (b"<html><body>404</body></html>", None),
        (b'{"code": 7}', None),
        (b"[]", None),
        (b"", None),
        (b"\xff\xfe", None),
        (b'{"error":' * 2000 + b"1" + b"}" * 2000, None),
    ],
)  # fmt: skip
def test_the_words_are_found_in_whichever_shape(body: bytes, said: str | None) -> None:
    assert refusal_of(exchange(what=404, response_body=body, faults=())) == said


def test_only_a_refusal_of_the_provider_itself_is_one() -> None:
    body = b'{"message": "no"}'
    assert refusal_of(exchange(what=200, response_body=body, faults=())) is None
    assert refusal_of(exchange(what=503, response_body=body, faults=())) is None
    assert refusal_of(exchange(what=404, response_body=body, faults=(Fired("status.error"),))) is None
    assert refusal_of(exchange(what=404, response_body=body, faults=())) == "no"

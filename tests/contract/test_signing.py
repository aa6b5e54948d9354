"""Each scheme signs as its published example says, and as the provider's own library checks."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import stripe

from harness.contract.signing import SCHEMES, SchemeName, Signed

VECTORS = Path(os.environ.get("HARNESS_CORPUS", "../shared/corpus")) / "vectors/stripe_webhook_vectors.json"

SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


@pytest.mark.parametrize(
    ("scheme", "signed", "secret", "signature"),
    [
        pytest.param(
            "github",
            Signed(b"Hello, World!"),
            "It's a Secret to Everybody",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            id="github",  # docs.github.com, Validating webhook deliveries
        ),
        pytest.param(
            "slack",
            Signed(SLACK_BODY, at_s=1531420618),
            "8f742231b10e8888abcd99yyyzzz85a5",
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            id="slack",  # docs.slack.dev, Verifying requests from Slack
        ),
        pytest.param(
            "standard",
            Signed(b'{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330),
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            id="standard",  # docs.svix.com, Verifying webhooks manually
        ),
    ],
)
def test_a_published_example_is_signed_as_published(
    scheme: SchemeName, signed: Signed, secret: str, signature: str
) -> None:
    assert dict(SCHEMES[scheme].sign(signed, secret))[SCHEMES[scheme].header] == signature


@pytest.mark.skipif(not VECTORS.is_file(), reason="the corpus is not here")
def test_stripes_signatures_are_those_of_the_corpus() -> None:
    vectors = json.loads(VECTORS.read_text())
    assert vectors
    for vector in vectors:
        signed = Signed(vector["payload"].encode(), at_s=vector["timestamp"])
        assert SCHEMES["stripe"].sign(signed, vector["secret"]) == (("stripe-signature", vector["header"]),)


def test_the_stripe_library_takes_the_signature_and_no_other() -> None:
    body, secret = '{"id": "evt_1", "object": "event", "note": "é☃"}', "whsec_test"
    ((_, header),) = SCHEMES["stripe"].sign(Signed(body.encode(), at_s=1_700_000_000.9), secret)
    check = stripe.WebhookSignature.verify_header
    check(body, header, secret)
    with pytest.raises(stripe.SignatureVerificationError):
        check(body, header, "whsec_other")


def test_a_standard_secret_that_is_no_base64_is_taken_as_it_stands() -> None:
    signed = Signed(b"{}", "msg_1", 1)
    assert SCHEMES["standard"].sign(signed, "whsec_no+") != SCHEMES["standard"].sign(signed, "whsec_no-")


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)
def test_a_scheme_that_covers_a_time_signs_each_second_anew(scheme: object) -> None:
    assert isinstance(scheme, type(SCHEMES["stripe"]))
    first, later = (scheme.sign(Signed(b"{}", "evt_1", at_s), "whsec_a") for at_s in (1.0, 2.0))
    assert (first != later) is scheme.dated
    assert scheme.header in dict(first)

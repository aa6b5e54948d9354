"""Documents of real providers before and after a change, with the provider's own words for it as the truth."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from harness.contract.contract import Contract
from harness.contract.files import load_document
from harness.drift.documents.compare import Comparison, compare
from harness.model.change import Level

CORPUS = Path(os.environ.get("HARNESS_CORPUS", "../shared/corpus"))
FOLDER = CORPUS / "drift"
STRIPES = (
    CORPUS / "documents" / "stripe.spec3.2022-04-12.json",
    CORPUS / "documents" / "stripe.2025-10.apisguru.json",
)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="needs $HARNESS_CORPUS")

FOUND: dict[str, tuple[tuple[str, Level, str, str], ...]] = {
    "twilio-events-2.4.0": (
        ("request.property.removed", "risky", "POST /v1/Subscriptions/{Sid}", "/SinkSid"),
    ),
    "twilio-numbers-2.1.0": (
        ("response.format.changed", "breaking", "POST /v1/Porting/PortIn", "/date_created"),
    ),
    "twilio-numbers-1.56.0": (
        ("operation.removed", "breaking", "GET /v1/Porting/Portability/{Sid}", ""),
        ("operation.removed", "breaking", "POST /v1/Porting/Portability", ""),
    ),
    "twilio-intelligence-1.51.0": (("request.parameter.removed", "risky", "GET /v2/Transcripts/{Sid}", ""),),
    "twilio-messaging-1.38.0": (
        (
            *("request.property.became-required", "breaking"),
            *("POST /v1/Services/{MessagingServiceSid}/Compliance/Usa2p", "/MessageFlow"),
        ),
    ),
    # The peer only warns of patterns; here, ids that were good are refused, and one of them is shown.
    "twilio-flex-1.48.0": (
        (
            *("request.parameter.pattern.changed", "breaking"),
            *("POST /v1/Interactions/{InteractionSid}/Channels/{ChannelSid}/Participants/{Sid}", ""),
        ),
    ),
    "twilio-api-1.13.0": (
        (
            "request.property.removed",
            "risky",
            "POST /2010-04-01/Accounts/{AccountSid}/Calls.json",
            "/TimeLimit",
        ),
    ),
    "twilio-api-2.5.0": (
        (
            *("response.enum.dropped", "breaking"),
            *("GET /2010-04-01/Accounts/{AccountSid}/Usage/Records.json", "/usage_records/*/category"),
        ),
        (
            *("request.parameter.enum.dropped", "info"),
            *("GET /2010-04-01/Accounts/{AccountSid}/Usage/Records.json", ""),
        ),
    ),
    # Only a format of the provider's own tells of it: no validator can show it.
    "twilio-trunking-2.6.0": (
        (
            *("response.format.changed", "breaking"),
            *("GET /v1/Trunks/{TrunkSid}/PhoneNumbers/{Sid}", "/capabilities"),
        ),
    ),
    "slack-web-2019-07": (
        ("operation.removed", "breaking", "GET /rtm.start", ""),
        ("operation.removed", "breaking", "GET /search.all", ""),
        ("operation.removed", "breaking", "GET /search.files", ""),
    ),
    "stripe-charge-status-enum": (("response.enum.introduced", "info", "GET /v1/charges", "/data/*/status"),),
    "stripe-billingportal-optional": (
        (
            *("request.property.became-optional", "info"),
            *("POST /v1/billing_portal/configurations", "/business_profile/privacy_policy_url"),
        ),
        (
            *("response.property.became-optional", "breaking", "GET /v1/billing_portal/configurations"),
            "/data/*/business_profile/privacy_policy_url",
        ),
    ),
    "stripe-token-ownership-removed": (
        (
            *("request.property.removed", "risky", "POST /v1/tokens"),
            "/account/ownership_declaration_shown_and_signed",
        ),
    ),
    "stripe-invoice-collection-method": (
        ("response.nullable.removed", "info", "GET /v1/invoices", "/data/*/collection_method"),
    ),
}
"""By the id of a pair: rules, levels and places that must be found."""


def pairs() -> list[dict[str, Any]]:
    manifest = FOLDER / "manifest.json"
    return list(json.loads(manifest.read_text())["pairs"]) if manifest.is_file() else []


def contract(path: Path) -> Contract:
    return Contract(load_document(path))


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair["id"])
def test_what_the_provider_said_of_its_change_is_found(pair: dict[str, Any]) -> None:
    comparison = compare(contract(FOLDER / pair["base"]), contract(FOLDER / pair["revision"]))
    told = {
        (change.rule, change.level, place.operation, place.value)
        for change in comparison.changes
        for place in change.places
    }
    assert set(FOUND[pair["id"]]) <= told
    if pair["kind"] == "non-breaking":
        assert comparison.count("breaking") == 0
    proven = [change.witness is not None for change in comparison.changes if change.level == "breaking"]
    assert all(proven) or pair["id"] == "twilio-trunking-2.6.0"


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair["id"])
def test_a_document_is_no_change_from_itself(pair: dict[str, Any]) -> None:
    for path in (FOLDER / pair["base"], FOLDER / pair["revision"]):
        assert compare(contract(path), contract(path)).changes == ()


@pytest.fixture(scope="module")
def stripe() -> Comparison:
    return compare(*(contract(path) for path in STRIPES))


@pytest.mark.slow
def test_a_change_of_many_operations_is_told_once(stripe: Comparison) -> None:
    """What is written in a component is told of it, however many answers it is in."""
    of_components = [change for change in stripe.changes if change.place.new.startswith("/components/")]
    written = [(c.rule, c.place.old, c.place.new, c.message, c.level) for c in of_components]
    assert len(written) == len(set(written))
    assert max(len(change.places) for change in of_components) > 100


@pytest.mark.slow
def test_what_breaks_clients_is_proven_or_says_why_not(stripe: Comparison) -> None:
    breaking = [change for change in stripe.changes if change.level == "breaking"]
    assert all((change.witness is None) == ("(no example: " in change.message) for change in breaking)
    assert sum(change.witness is not None for change in breaking) / len(breaking) > 0.95


@pytest.mark.slow
def test_pointers_lead_to_what_they_say(stripe: Comparison) -> None:
    old, new = (contract(path).document for path in STRIPES)
    for change in stripe.changes:
        for place in change.places[:3]:
            assert not place.old or old.at("#" + place.old) is not None, place
            assert not place.new or new.at("#" + place.new) is not None, place

"""Changes and reports for the tests, which name only what they are about."""

from __future__ import annotations

from harness.drift.nights.night import Night, report
from harness.model.change import Change, Decider, Level, Place, Witness
from harness.model.drift_report import DriftReport, Side

CHARGES = "POST /v1/charges"

DECLINED = Witness(
    "request",
    "POST /v1/charges HTTP/1.1\r\nHost: api.shop.example\r\nContent-Type: application/json\r\n\r\n"
    '{"amount": 2000, "currency": "eur"}',
    {"amount": 2000, "currency": "eur"},
    fits_old=True,
    fits_new=False,
    refusal="'customer' is a required property",
)

NIGHT = Night(
    harness="1.2.3",
    provider="shop",
    old=Side("contracts/shop/openapi.yaml", "2.1"),
    new=Side("https://shop.example/openapi.yaml", "2.2"),
    today="2026-11-21",
    again="harness drift shop",
)


def change(
    rule: str = "request.property.became-required",
    level: Level = "breaking",
    *,
    operation: str = CHARGES,
    part: str = "request body application/json",
    value: str = "/customer",
    message: str = "customer must be sent from now on",
    old_side: str = "",
    new_side: str = "",
    decided_by: Decider = "rule",
    witness: Witness | None = None,
    confidence: float | None = None,
    also: tuple[Place, ...] = (),
) -> Change:
    """One change at one place, and `also` at others."""
    place = Place(operation, part=part, value=value)
    return Change(rule, level, message, (place, *also), old_side, new_side, decided_by, witness, confidence)


STATUS_ADDED = change(
    "response.enum.added",
    "breaking",
    part="response 200 application/json",
    value="/data/*/status",
    message='status may be "disputed" from now on',
    old_side='["paid","refunded"]',
    new_side='["paid","refunded","disputed"]',
    also=(Place("GET /v1/charges", part="response 200 application/json", value="/data/*/status"),),
)


def night(*changes: Change, untold: tuple[str, ...] = ()) -> DriftReport:
    """The report of a night on which these were found between two documents, whoever uses them."""
    return report(NIGHT, {"document": changes}, {"document": untold}).report

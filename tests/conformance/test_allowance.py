"""What answers say of how much may still be asked."""

from __future__ import annotations

import pytest

from harness.conformance.allowance import closed_s
from harness.contract.behaviour import RateLimit, Template
from harness.model.exchange import Exchange

DATE = "Sat, 21 Nov 2026 12:00:00 GMT"
NOON_S = 1795262400


def answered(**headers: str) -> Exchange:
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange(number=1, connection=1, at_s=0.0, status=200, response_headers=fields)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, 0.0),
        ({"x_ratelimit_remaining": "1", "x_ratelimit_reset": "30"}, 0.0),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "30"}, 30.0),
        ({"ratelimit_remaining": "0", "ratelimit_reset": "30"}, 30.0),
        ({"x_rate_limit_remaining": "0", "x_rate_limit_reset": "2.5"}, 2.5),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": f"{NOON_S + 9}", "date": DATE}, 10.0),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": f"{NOON_S + 9}000", "date": DATE}, 10.0),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": f"{NOON_S - 9}", "date": DATE}, 0.0),
        (
            {
                "x_ratelimit_remaining": "0",
                "x_ratelimit_reset": "Sat, 21 Nov 2026 12:00:09 GMT",
                "date": DATE,
            },
            10.0,
        ),
        ({"ratelimit": '"default";r=0;t=12'}, 12.0),
        ({"ratelimit": '"default";r=4;t=12'}, 0.0),
        # Nobody can tell when.
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": f"{NOON_S + 9}"}, 0.0),
        ({"x_ratelimit_remaining": "0"}, 0.0),
        ({"x_ratelimit_remaining": "0", "x_ratelimit_reset": "soon", "date": DATE}, 0.0),
        # Without a limit there is nothing to use up.
        ({"x_ratelimit_remaining": "0", "x_ratelimit_limit": "0", "x_ratelimit_reset": "30"}, 0.0),
    ],
)
def test_nothing_is_asked_while_nothing_is_left(headers: dict[str, str], wait_s: float) -> None:
    assert closed_s(answered(**headers), None) == wait_s


def test_the_header_that_the_provider_documents_counts_too() -> None:
    limit = RateLimit(source="docs", exceeded=(Template(status=429),), reset_header="X-Shop-Reset")
    told = answered(x_shop_remaining="0", x_shop_reset="7")
    assert (closed_s(told, limit), closed_s(told, None)) == (7.0, 0.0)

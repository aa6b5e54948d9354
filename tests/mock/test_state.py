"""A lane's memory, as the control API shows it."""

from __future__ import annotations

import json

from tests.mock.shop import Shop


def test_a_snapshot_is_json_and_tells_what_is_there() -> None:
    shop = Shop()
    shop("POST", "/orders", {"total": 5}, idempotency_key="k")

    seen = json.loads(json.dumps(shop.state.snapshot()))

    assert [order["total"] for order in seen["resources"]["orders"]] == [5]
    assert seen["effects"] == 1
    assert seen["idempotency_keys"] == ["k"]


def test_a_new_lane_remembers_nothing() -> None:
    assert Shop().state.snapshot() == {"resources": {}, "effects": 0, "idempotency_keys": []}

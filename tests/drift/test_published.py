"""What a provider had published, kept from night to night."""

from __future__ import annotations

import msgspec
import pytest

from harness.drift.documents.compare import compare
from harness.drift.nights.published import pack, part, unpack
from harness.errors import FileError
from tests.drift.build import contract

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "7"},
    "paths": {
        "/pets/{id}": {
            "get": {"operationId": "getPet", "responses": {"200": {"$ref": "#/components/responses/Pet"}}}
        },
        "/orders": {"get": {"responses": {"200": {"description": "ok"}}}},
    },
    "components": {"responses": {"Pet": {"description": "a pet"}, "Order": {"description": "an order"}}},
}
OURS = {**DOCUMENT, "paths": {"/pets/{pet}": {"get": {"responses": {"200": {"description": "ours"}}}}}}


def test_a_part_has_what_another_contract_has_whatever_its_parameters_are_called() -> None:
    found = part(contract(DOCUMENT), contract(OURS)).document.root
    assert list(found["paths"]) == ["/pets/{id}"]
    assert found["components"] == {"responses": {"Pet": {"description": "a pet"}}}


def test_what_is_kept_is_the_same_again() -> None:
    before = part(contract(DOCUMENT), contract(OURS))
    kept = pack(before, source="url", date="2026-11-21")
    assert (kept.source, kept.date, kept.version) == ("url", "2026-11-21", "7")
    again = unpack(kept, name="state.json")
    assert again.document.root == before.document.root
    assert compare(before, again).changes == ()


@pytest.mark.parametrize("packed", ["%%%", "AAAA", ""])
def test_what_is_spoiled_is_told(packed: str) -> None:
    kept = pack(part(contract(DOCUMENT), contract(OURS)), source="url", date="2026-11-21")
    with pytest.raises(FileError, match="spoiled"):
        unpack(msgspec.structs.replace(kept, packed=packed), name="state.json")

"""Providers from disk: bundled, in a folder, or as any document; and every way to ask for them wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contract.behaviour import UNKNOWN
from harness.contract.files import contracts_folder, document_path, load_provider, provider_names
from harness.errors import FileError, UnknownName

CARD = "name: shop\ntitle: Shop\nkind: payment\ndocs: https://x\ndocument: https://x/openapi.json\n"
DOCUMENT = """\
openapi: 3.1.0
info: {title: My Shop, version: '7', license: {name: MIT}}
externalDocs: {url: https://docs.shop}
servers: [{url: https://api.shop/v1}]
paths:
  /orders:
    post:
      operationId: createOrder
      parameters: [{name: Idempotency-KEY, in: header, schema: {type: string}}]
      responses:
        '200':
          description: made
          content: {application/json: {schema: {$ref: 'schemas.yaml#/Order'}}}
"""
SCHEMAS = "Order: {type: object, required: [id], properties: {id: {type: string}, state: {type: string}}}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "plans").mkdir(parents=True)
    (folder / "provider.yaml").write_text(CARD)
    (folder / "openapi.yaml").write_text(DOCUMENT)
    (folder / "schemas.yaml").write_text(SCHEMAS)
    (folder / "plans" / "outage.yaml").write_text("name: outage\n")
    return folder


def test_bundled_providers_are_known_by_name() -> None:
    assert {"stripe", "github"} <= set(provider_names())
    assert "generic" not in provider_names()
    assert load_provider("stripe").name == "stripe"


def test_a_folder_is_a_provider_like_the_bundled_ones(shop: Path) -> None:
    provider = load_provider(str(shop))
    assert (provider.name, provider.folder) == ("shop", str(shop))
    assert list(provider.contract.operations) == ["createOrder"]


def test_a_folder_without_behaviour_is_known_as_its_document_alone_is(shop: Path) -> None:
    behaviour = load_provider(str(shop)).behaviour
    assert behaviour == load_provider(str(shop / "openapi.yaml")).behaviour != UNKNOWN


def test_the_document_of_a_provider_is_found_by_name_folder_and_path(shop: Path) -> None:
    assert document_path(str(shop)) == document_path(str(shop / "openapi.yaml")) == shop / "openapi.yaml"
    assert document_path("stripe") == contracts_folder() / "stripe" / "openapi.yaml"
    with pytest.raises(UnknownName, match="did you mean 'stripe'"):
        document_path("strpe")


def test_its_own_plans_override_the_generic_ones(shop: Path) -> None:
    plans = load_provider(str(shop)).plans
    assert plans["outage"] == "name: outage\n"
    assert plans["flaky"] == (contracts_folder() / "generic/plans/flaky.yaml").read_text()


def test_a_document_alone_is_a_provider_with_what_it_says_of_itself(shop: Path) -> None:
    document = shop / "openapi.yaml"
    provider = load_provider(str(document))
    card = provider.card
    assert (card.name, card.title, card.kind, card.document_version) == (
        "openapi",
        "My Shop",
        "document",
        "7",
    )
    assert (card.docs, card.licence, card.base_urls) == ("https://docs.shop", "MIT", ("https://api.shop/v1",))
    assert "rate_limited" in provider.plans
    assert provider.contract.warnings == ()


def test_a_declared_idempotency_key_is_known_behaviour_with_the_document_as_its_source(shop: Path) -> None:
    idempotency = load_provider(str(shop / "openapi.yaml")).behaviour.idempotency
    assert idempotency is not None
    assert (idempotency.header, idempotency.methods) == ("idempotency-key", ("POST",))
    assert idempotency.source == str(shop / "openapi.yaml")


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="no provider 'strip'; did you mean 'stripe'"):
        load_provider("strip")


def test_a_missing_document_is_told_with_the_nearest_file(shop: Path) -> None:
    with pytest.raises(FileError) as caught:
        load_provider(str(shop / "opnapi.yaml"))
    assert (
        str(caught.value) == f"{shop / 'opnapi.yaml'}: no such file; did you mean '{shop / 'openapi.yaml'}'?"
    )


def test_of_an_address_is_said_how_to_take_it_over() -> None:
    with pytest.raises(
        FileError, match=r"^https://acme\.test/api\.json: .*`harness contract add NAME --from URL`"
    ):
        load_provider("https://acme.test/api.json")


def test_a_missing_folder_is_told(shop: Path) -> None:
    with pytest.raises(FileError, match="nor is there a folder"):
        load_provider(str(shop / "nowhere" / "a.yaml"))


def test_a_folder_without_a_document_is_told(shop: Path) -> None:
    (shop / "openapi.yaml").unlink()
    with pytest.raises(FileError, match=r"needs one of openapi\.yaml, openapi\.yml, openapi\.json"):
        load_provider(str(shop))


def test_a_wrong_card_is_told_with_its_line(shop: Path) -> None:
    (shop / "provider.yaml").write_text(CARD + "licens: MIT\n")
    with pytest.raises(FileError) as caught:
        load_provider(str(shop))
    assert str(caught.value) == f"{shop / 'provider.yaml'}:6: unknown field 'licens'; did you mean 'licence'?"


@pytest.mark.parametrize(
    ("resource", "line", "message"),
    [
        ("create: [createOder]", 4, "no operation 'createOder'; did you mean 'createOrder'?"),
        ("transitions: {createOder: {}}", 4, "no operation 'createOder'; did you mean 'createOrder'?"),
        (
            "create: [createOrder]\n    id: uid",
            5,
            "no field 'uid' in the answers of 'orders'; did you mean 'id'?",
        ),
        ("create: [createOrder]\n    defaults:\n      id: x\n      sate: new", 7, "no field 'sate'"),
        ("create: [createOrder]\n    filters: {by: stat.x}", 5, "no field 'stat'"),
    ],
)
def test_behaviour_that_the_contract_does_not_know_is_told_with_its_line(
    shop: Path, resource: str, line: int, message: str
) -> None:
    path = shop / "behaviour.yaml"
    path.write_text(f"resources:\n  orders:\n    source: https://x\n    {resource}\n")
    with pytest.raises(FileError) as caught:
        load_provider(str(shop))
    assert str(caught.value).startswith(f"{path}:{line}: {message}")


def test_what_stands_in_contracts_goes_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stripe", "shop"):
        folder = tmp_path / "contracts" / name
        folder.mkdir(parents=True)
        (folder / "openapi.yaml").write_text(DOCUMENT.replace("'schemas.yaml#/Order'", "'#/Order'"))
        (folder / "provider.yaml").write_text(CARD)
    monkeypatch.chdir(tmp_path)

    assert provider_names() == ("github", "shop", "stripe")
    assert load_provider("shop").card.title == load_provider("stripe").card.title == "Shop"
    assert load_provider("github").card.title != "Shop"

"""What every server is asked, and what counts as an answer."""

from __future__ import annotations

import msgspec
import pytest

from harness.contract.contract import Match
from harness.contract.files import load_provider
from harness.model.message import Request
from loadtests.bench.memory import operations_of
from loadtests.bench.peers import DOCUMENT
from loadtests.bench.traffic import KINDS, Kind, asked, new_pet, pet, wrong_with


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_every_request_is_what_the_document_declares(kind: Kind) -> None:
    contract = load_provider(str(DOCUMENT)).contract
    for number in (1, 1000):
        request = asked(kind, number)
        path, _, query = request.target.partition("?")
        headers = (("content-type", "application/json"),) if request.body else ()
        match = contract.match(request.method, path)
        assert isinstance(match, Match)
        sent = Request(request.method, request.target, path, query, headers, request.body.encode())
        assert contract.judge(match, sent).deviations == ()
        assert contract.success(match.operation) == kind.status


def test_the_body_has_ten_properties() -> None:
    assert len(new_pet(1)) == 10


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_variants_differ(kind: Kind) -> None:
    assert len({asked(kind, number).line for number in range(1, 51)}) == 50


def test_a_valid_answer_has_nothing_wrong() -> None:
    assert wrong_with(KINDS[0], 200, msgspec.json.encode(pet(7))) == ""


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (500, b"{}", "status 500, not 200"),
        (200, b"<html>", "no JSON"),
        (200, b'{"message": "string"}', "'chip' is not in the answer"),
    ],
)
def test_another_answer_is_named(status: int, body: bytes, why: str) -> None:
    assert why in wrong_with(KINDS[0], status, body)


def test_operations_of_a_document_have_their_parameters_filled() -> None:
    document = {"paths": {"/a/{b}/{c}.json": {"get": {}, "parameters": [], "post": {}}, "/d": {"delete": {}}}}
    assert operations_of(document) == [("GET", "/a/1/1.json"), ("POST", "/a/1/1.json"), ("DELETE", "/d")]

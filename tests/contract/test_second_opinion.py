"""What openapi-core is told, so that it judges what we do."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contract.contract import Match
from harness.contract.files import load_provider
from harness.contract.second_opinion import SecondOpinion
from harness.model.message import Request, Response

DOCUMENT = """
openapi: 3.1.0
info: {title: Problems, version: "1"}
paths:
  /one:
    get:
      operationId: getOne
      responses:
        "404":
          description: none
          content:
            application/problem+json:
              schema: {type: object, required: [title], properties: {title: {type: string}}}
"""


@pytest.mark.parametrize("media", ["application/problem+json", "application/problem+json; charset=utf-8"])
def test_a_body_of_another_kind_of_json_is_read_as_json(media: str, tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    contract = load_provider(str(tmp_path / "openapi.yaml")).contract
    opinion, operation = SecondOpinion(contract), contract.operation("getOne")
    headers = (("content-type", media),)
    assert opinion.of_answer(operation, Response(404, headers, b'{"title": "none"}')) == ()
    assert opinion.of_answer(operation, Response(404, headers, b'{"title": 3}'))
    assert opinion.of_answer(operation, Response(404, headers, b'{"tit')) != ()


SECURED = """
openapi: 3.0.3
info: {title: Keys, version: "1"}
security: [{key: []}]
paths:
  /one:
    post:
      operationId: postOne
      security: [{key: []}]
      requestBody: {required: true, content: {application/json: {schema: {type: object, required: [name]}}}}
      responses: {"200": {description: fine}}
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}
"""


@pytest.mark.parametrize(("body", "fits"), [(b'{"name": 1}', True), (b"{}", False), (b"", False)])
def test_who_asks_is_not_judged_but_the_rest_is(body: bytes, fits: bool, tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(SECURED)
    contract = load_provider(str(tmp_path / "openapi.yaml")).contract
    headers = (("content-type", "application/json"),) if body else ()
    request = Request("POST", "/one", "/one", "", headers, body)
    match = contract.asked(request)
    assert isinstance(match, Match)
    assert (SecondOpinion(contract).of_request(match, request) == ()) is fits

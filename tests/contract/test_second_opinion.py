"""What openapi-core is told, so that it judges what we do."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contract.files import load_provider
from harness.contract.second_opinion import SecondOpinion
from harness.model.message import Response

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

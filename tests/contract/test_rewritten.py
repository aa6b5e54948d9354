"""A document changed in its text: the rest of it stays as somebody wrote it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.contract.document import parse
from harness.contract.files import load_as_written
from harness.contract.rewritten import rewritten
from harness.contract.written import written

GITHUB = Path(__file__).parents[2] / "contracts" / "github" / "openapi.yaml"

TEXT = """\
# Of the shop.
openapi: 3.1.0
info: {title: Shop, version: "1"}  # as they call it
paths:
  # What everybody asks for.
  /charges:
    get:
      operationId: ListCharges

      parameters:
        - {name: limit, in: query}
        - name: page   # from 1
          in: query
      responses: &answers
        "200": {description: ok}

  # And what few do.
  /refunds:
    get: {responses: *answers}
"""


def made(text: str, change: Any) -> str:
    old = tree(text)
    new = tree(text)
    change(new)
    told = rewritten(text, old, new, path="o.yaml")
    assert tree(told) == new
    return told


def tree(text: str) -> dict[str, Any]:
    # Read each for itself: what an alias shares is changed in one place alone.
    root: dict[str, Any] = _apart(parse(text.encode(), name="o.yaml", as_written=True).root)
    return root


def _apart(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _apart(value) for key, value in node.items()}
    return [_apart(item) for item in node] if isinstance(node, list) else node


def operation(root: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = root["paths"]["/charges"]["get"]
    return found


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (lambda root: root["info"].update(version="2"), 'version: "1"}  #', "version: '2'}  #"),
        (
            lambda root: operation(root).update(deprecated=True),
            "ok}\n\n  #",
            "ok}\n      deprecated: true\n\n  #",
        ),
        (lambda root: operation(root).pop("operationId"), "      operationId: ListCharges\n", ""),
        (
            lambda root: operation(root)["parameters"][0].update(required=True),
            "{name: limit, in: query}",
            "{name: limit, in: query, required: true}",
        ),
        (
            lambda root: operation(root)["parameters"][1].update(required=True),
            "          in: query\n",
            "          in: query\n          required: true\n",
        ),
        (
            lambda root: operation(root)["parameters"][1].pop("name"),
            "name: page   # from 1\n          in",
            "in",
        ),
        (
            lambda root: operation(root)["parameters"].append({"name": "since", "in": "query"}),
            "          in: query\n",
            "          in: query\n        - name: since\n          in: query\n",
        ),
        (
            lambda root: root["paths"]["/refunds"]["get"].pop("responses") and None,
            "{responses: *answers}",
            "{}",
        ),
        (
            lambda root: root["paths"].pop("/refunds") and None,
            "  /refunds:\n    get: {responses: *answers}\n",
            "",
        ),
    ],
)
def test_what_did_not_change_stays_as_it_is_written(change: Any, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    assert made(TEXT, change) == TEXT.replace(old, new)


def test_what_others_repeat_by_an_alias_is_written_anew_with_all() -> None:
    def change(root: dict[str, Any]) -> None:
        operation(root)["responses"]["404"] = {"description": "gone"}

    assert "# And what few do." not in made(TEXT, change)


def test_a_text_without_an_end_of_line_gets_one() -> None:
    assert (
        made("openapi: 3.1.0\npaths: {}", lambda root: root.update(tags=[]))
        == "openapi: 3.1.0\npaths: {}\ntags: []\n"
    )


def test_true_is_not_one() -> None:
    text = "openapi: 3.1.0\npaths: {}\nx-one: 1\n"
    assert made(text, lambda root: root.update({"x-one": True})).endswith("x-one: true\n")


def test_json_is_written_as_json() -> None:
    old = {"openapi": "3.1.0", "paths": {}}
    new = {**old, "tags": []}
    assert rewritten("{}", old, new, path="o.json") == written(new, path="o.json")


def test_a_large_document_keeps_its_comments_whatever_changes() -> None:
    text, old = GITHUB.read_text(), load_as_written(GITHUB).root
    rng, anew = random.Random(7), 0
    for _ in range(40):
        new = _apart(old)
        place = rng.choice([node for node in _inner(new) if node])
        name = rng.choice(list(place))
        if rng.random() < 0.5:
            del place[name]
        else:
            place[name] = rng.choice([1, "a: b", {"type": "object", "x": [1, {"y": None}]}, []])
        told = rewritten(text, old, new, path="o.yaml")
        assert parse(told.encode(), name="o.yaml", as_written=True).root == new
        anew += told == written(new, path="o.yaml")
    assert anew <= 4


def _inner(node: Any) -> Iterator[dict[str, Any]]:
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        if isinstance(child, dict):
            yield child
        yield from _inner(child)

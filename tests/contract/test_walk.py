"""References of every kind lead to what they mean: by pointer, anchor, `$id`, file, and back again."""

from __future__ import annotations

from typing import Any

import pytest

from harness.contract.contract import Contract
from harness.contract.document import Document, parse
from tests.contract.build import answering, document, luck

TOP = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"


def of(components: str, ref: str, **files: str) -> Document:
    """A document with one GET whose answer is of the schema that `ref` leads to. Names of files: `p_yaml`."""
    by_path = {name.replace("_", "."): text for name, text in files.items()}

    def read(path: str) -> bytes:
        if path not in by_path:
            raise FileNotFoundError(2, "No such file or directory", path)
        return by_path[path].encode()

    answer = f"{{description: '', content: {{application/json: {{schema: {{$ref: '{ref}'}}}}}}}}"
    text = f"{TOP}paths:\n  /a: {{get: {{responses: {{200: {answer}}}}}}}\ncomponents: {{schemas: {components}}}\n"
    return parse(text.encode(), name="a.yaml", read=read)


def deviations(document: Document, body: str) -> list[str]:
    """What is wrong with a body of the answer."""
    contract = Contract(document)
    (operation,) = contract.operations.values()
    answer = contract.answer(operation, 200, rng=luck(), now_s=0.0)
    assert not contract.deviations(operation, answer)
    told = contract.deviations(operation, type(answer)(200, answer.headers, body.encode()))
    return [deviation.pointer for deviation in told]


PET = "type: object, required: [id], properties: {id: {type: integer}}"


@pytest.mark.parametrize(
    ("components", "ref"),
    [
        (f"{{Pet: {{$anchor: pet, {PET}}}}}", "#pet"),
        (f"{{Pet: {{$dynamicAnchor: pet, {PET}}}}}", "#pet"),
        (f"{{Pet: {{$id: 'https://x.io/pet', {PET}}}}}", "https://x.io/pet"),
        (f"{{Pet: {{$id: 'https://x.io/pet', {PET}}}}}", "#/components/schemas/Pet"),
        (
            f"{{Pet: {{$id: 'https://x.io/pet', $ref: '#/$defs/It', $defs: {{It: {{{PET}}}}}}}}}",
            "https://x.io/pet",
        ),
        (
            f"{{Pet: {{$id: 'https://x.io/pet', $defs: {{It: {{$anchor: it, {PET}}}}}}}}}",
            "https://x.io/pet#it",
        ),
        (
            "{A: {$id: 'https://x.io/a/', $ref: pet}, "
            f"Pet: {{$id: 'https://x.io/a/pet', $ref: '#/components/schemas/P'}}, P: {{{PET}}}}}",
            "https://x.io/a/",
        ),
        (f"{{'100% a/b~c': {{{PET}}}}}", "#/components/schemas/100%25%20a~1b~0c"),
        (f"{{'a b': {{{PET}}}}}", "#/components/schemas/a b"),
    ],
)
def test_a_schema_may_be_named_in_many_ways(components: str, ref: str) -> None:
    document = of(components, ref)
    assert document.warnings == ()
    assert deviations(document, '{"id": 1}') == []
    assert deviations(document, '{"id": "x"}') == ["/id"]


def test_a_tree_of_itself_by_its_dynamic_anchor() -> None:
    kids = "{type: array, items: {$dynamicRef: '#node'}}"
    tree = f"{{$dynamicAnchor: node, type: object, properties: {{v: {{type: integer}}, kids: {kids}}}}}"
    document = of(f"{{Tree: {tree}}}", "#/components/schemas/Tree")
    assert document.warnings == ()
    assert deviations(document, '{"kids": [{"kids": [{"v": "x"}]}]}') == ["/kids/0/kids/0/v"]


def test_dynamic_anchors_that_share_a_name_are_warned_of() -> None:
    one = "{$dynamicAnchor: it, type: integer}"
    document = of(f"{{A: {one}, B: {one}, C: {{$dynamicRef: '#it'}}}}", "#/components/schemas/C")
    (warning,) = document.warnings
    assert (warning.pointer, "2 schemas have the $dynamicAnchor 'it'" in warning.message) == (
        "/components/schemas/C/$dynamicRef",
        True,
    )


def test_an_anchor_that_nobody_has_dangles() -> None:
    (warning,) = of("{}", "#nobody").warnings
    assert warning.message == "$ref '#nobody' dangles: there is no $anchor 'nobody'; anything is accepted"


@pytest.mark.parametrize("ref", ["p.yaml#pet", "p.yaml#/x/Pet", "./p.yaml#/x/Pet", "q.yaml", "q.yaml#/"])
def test_a_schema_may_stand_in_another_file(ref: str) -> None:
    there = f"x: {{Pet: {{$anchor: pet, {PET}}}}}\n"
    document = of("{}", ref, p_yaml=there, q_yaml="{$ref: 'p.yaml#pet'}\n")
    assert document.warnings == ()
    assert deviations(document, '{"id": "x"}') == ["/id"]


def test_files_may_refer_to_each_other_in_a_circle() -> None:
    pet = "{type: object, properties: {up: {$ref: 'a.yaml#/components/schemas/A'}, me: {$ref: p.yaml}}}"
    document = of("{A: {type: object, properties: {pet: {$ref: p.yaml}}}}", "p.yaml", p_yaml=pet)
    assert document.warnings == ()
    assert deviations(document, '{"up": {"pet": {"me": {"me": 5}}}}') == ["/up/pet/me/me"]


def test_what_stands_beside_a_reference_holds_too() -> None:
    beside = "{$ref: '#/components/schemas/P', required: [x], properties: {x: {type: integer}}}"
    document = of(f"{{P: {{{PET}}}, Q: {beside}}}", "#/components/schemas/Q")
    assert deviations(document, '{"id": 1}') == ["/x"]
    assert deviations(document, '{"x": 1}') == ["/id"]


def test_a_file_that_is_no_tree_is_a_value() -> None:
    document = of("{A: {type: string, enum: {$ref: e.yaml}}}", "#/components/schemas/A", e_yaml="[a, b]")
    assert document.warnings == ()


def test_what_is_nested_beyond_reason_accepts_anything_in_its_depths() -> None:
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(400):
        schema = {"type": "object", "properties": {"a": schema}}
    contract = Contract(document({"/a": {"get": answering(schema)}}))
    (operation,) = contract.operations.values()
    answer = contract.answer(operation, 200, rng=luck(), now_s=0.0)
    assert not contract.deviations(operation, answer)
    assert "a schema is nested too deeply" in contract.warnings[0].message

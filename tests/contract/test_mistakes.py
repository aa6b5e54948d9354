"""Mistakes in data that a person wrote, in words for people."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import pytest

from harness.contract.mistakes import Mistake, explain


class Call(msgspec.Struct, forbid_unknown_fields=True):
    run: str
    kind: Literal["read", "write"] | None = None


class Settings(msgspec.Struct, forbid_unknown_fields=True):
    calls: dict[str, Call | str] = {}
    jobs: Annotated[int, msgspec.Meta(ge=1)] | None = None
    names: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("data", "mistake"),
    [
        ({"jobs": "many"}, Mistake(("jobs",), "expected a whole number, found a text")),
        ({"jobs": 0}, Mistake(("jobs",), "expected a whole number >= 1")),
        ({"names": "one"}, Mistake(("names",), "expected a list, found a text")),
        (
            {"calls": {"a": "x", "b": 3}},
            Mistake(("calls", "b"), "expected a text or a mapping, found a whole number"),
        ),
        (
            {"calls": {"a": "x", "b": {"run": "x", "kind": "reed"}}},
            Mistake(("calls", "b", "kind"), "'reed' is none of read, write; did you mean 'read'?"),
        ),
        (
            {"calls": {"a": {"run": "x", "knd": "read"}}},
            Mistake(("calls", "a"), "unknown field 'knd'; did you mean 'kind'?", "knd"),
        ),
        ({"calls": {"a": {}}}, Mistake(("calls", "a"), "missing required field 'run'")),
    ],
)
def test_the_place_the_fault_and_what_would_work(data: dict[str, object], mistake: Mistake) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(data, Settings)
    assert explain(caught.value, data, Settings) == mistake

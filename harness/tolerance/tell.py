"""An intolerance in words: what is different, the smallest answer with the place marked, and how to see it again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from harness.model.message import Response
from harness.tolerance.variation import Base, Variation, found

MOST_LINES = 48
"""Longer answers are shown around the marked places alone."""

_AROUND = 4
_SPELT = {"title": "Title-Case", "upper": "UPPER CASE"}
_LONGEST = 100


def difference(one: Variation, base: Base) -> str:
    """`/email is left out`, for the middle of a sentence."""
    at = one.at or "the body"
    if one.where == "header":
        name = one.pointer[0]
        return f"header {name} is left out" if one.drops else f"header {name} is {one.value!r}"
    if one.where == "names":
        return f"the names of headers are in {_SPELT[str(one.value)]}"
    if one.where == "text":
        words = {"truncated_json": "breaks off in the middle", "html": "is HTML", "empty_body": "is empty"}
        return f"the body {words.get(one.kind, 'is something else')}"
    if one.drops:
        return f"{at} is left out"
    if one.kind == "unknown_field":
        return f"{at} is there, a field that nobody has declared"
    if isinstance(one.value, list) and one.value:
        return f"{at} has {len(one.value)} item{'' if len(one.value) == 1 else 's'}"
    if isinstance(one.value, str) and len(one.value) > 40:
        return f"{at} is a text of {len(one.value):,} characters"
    was = found(base.value, one.pointer)
    instead = f" instead of {brief(was)}" if was is not None and not isinstance(was, dict | list) else ""
    return f"{at} is {brief(one.value)}{instead}"


def differences(variations: Sequence[Variation], base: Base, *, status: int | None = None) -> str:
    """All of them in one clause; `status` where the answer has another than a normal one."""
    parts = [difference(one, base) for one in variations]
    if status is not None:
        parts.insert(0, f"the status is {status}")
    return " and ".join(parts) or "nothing is unusual"


def brief(value: object) -> str:
    """A value as JSON, of a length that fits into a line."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."


def shown(response: Response, variations: Sequence[Variation]) -> str:
    """The answer as text, each place that differs marked; only what is around those of a long one."""
    kind = response.header("content-type") or "no content type"
    head = [f"HTTP {response.status}, {kind}"]
    for one in variations:
        if one.where == "names":
            head += [f"{_spelt(name, one)}: {value}    <-- here" for name, value in response.headers[:1]]
        if one.where == "header":
            said = "left out" if one.drops else str(one.value)
            head.append(f"{one.pointer[0]}: {said}    <-- here")
    try:
        value = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = response.body.decode("utf-8", "replace")
        body = [
            f"{text[:600]}{'...' if len(text) > 600 else ''}    <-- the whole body, {len(response.body)} bytes"
        ]
        return "\n".join([*head, *body])
    marks = {one.pointer: one for one in variations if one.where == "body"}
    lines = _written(value, (), marks, "", "")
    return "\n".join([*head, *_near(lines)])


def _spelt(name: str, one: Variation) -> str:
    return name.upper() if one.value == "upper" else name.title()


def _written(
    value: Any, at: tuple[Any, ...], marks: dict[Any, Variation], indent: str, name: str
) -> list[str]:
    """Pretty JSON, a mark behind the first line of each marked place and in the place of what is left out."""
    mark = f"    <-- {marks[at].at or 'the whole body'}" if at in marks else ""
    deeper = indent + "  "
    dropped = [p for p, one in marks.items() if one.drops and p[:-1] == at and p]
    if isinstance(value, dict) and (value or dropped):
        inner: list[list[str]] = []
        for key, child in value.items():
            told = f"{json.dumps(key, ensure_ascii=False)}: "
            inner.append(_written(child, (*at, key), marks, deeper, told))
        _comma(inner)
        inner += [[f"{deeper}    <-- {marks[p].at} is left out here"] for p in dropped]
        return [f"{indent}{name}{{{mark}", *(line for lines in inner for line in lines), f"{indent}}}"]
    if isinstance(value, list) and value:
        shown_items = value if len(value) <= 3 else value[:2]
        inner = [_written(item, (*at, n), marks, deeper, "") for n, item in enumerate(shown_items)]
        _comma(inner)
        if len(value) > 3:
            inner.append([f"{deeper}... {len(value) - 2} more"])
        return [f"{indent}{name}[{mark}", *(line for lines in inner for line in lines), f"{indent}]"]
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}... ({len(text) - 2:,} characters)"
    return [f"{indent}{name}{text}{mark}"]


def _comma(parts: list[list[str]]) -> None:
    for lines in parts[:-1]:
        first, arrow, mark = lines[-1].partition("    <-- ")
        lines[-1] = f"{first},{arrow}{mark}"


def _near(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    marked = [number for number, line in enumerate(lines) if "    <-- " in line] or [0]
    kept = {n for mark in marked for n in range(mark - _AROUND, mark + _AROUND + 1)}
    kept |= {0, len(lines) - 1}
    out: list[str] = []
    for number, line in enumerate(lines):
        if number in kept:
            out.append(line)
        elif out[-1] != "  ...":
            out.append("  ...")
    return out


def rule(
    response: Response, operation: str, *, is_broken: bool, headers: Sequence[str] = (), names: str = ""
) -> dict[str, Any]:
    """The rule of a plan that plays this very answer. `headers`: those of its names that matter. `names`: how they
    are written, where that matters."""
    told: dict[str, Any] = {"status": response.status}
    kind = response.header("content-type") or ""
    try:
        told["body"] = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        told["text"] = response.body.decode("utf-8", "replace")
    if kind != "application/json":
        told["content_type"] = kind
    more = {name: value for name, value in response.headers if name in headers and name != "content-type"}
    if more:
        told["headers"] = more
    fault = "answer.broken" if is_broken else "answer.exactly"
    if names:
        spelled = {"fault": "head.spelled", "with": {"names": names}}
        return {"faults": [{"fault": fault, "with": told}, spelled], "operation": operation}
    return {"fault": fault, "operation": operation, "with": told}


def slug(text: str) -> str:
    """Words for a name: `email_is_left_out`."""
    return "_".join(re.findall(r"[a-z0-9]+", text.lower()))[:60] or "this_answer"


def scenario(
    name: str, title: str, rules: Sequence[dict[str, Any]], check: str, parameters: dict[str, Any]
) -> str:
    """A scenario file that plays the answer to a client of any language, and judges it."""
    lines = [
        "scenarios:",
        f"  - id: {name}",
        f"    title: {json.dumps(title, ensure_ascii=False)}",
        "    plan:",
    ]
    lines += [f"      - {json.dumps(one, ensure_ascii=False)}" for one in rules]
    with_ = f", with: {json.dumps(parameters, ensure_ascii=False)}" if parameters else ""
    lines.append(f"    expect: [{{check: {check}{with_}}}]")
    return "\n".join(lines) + "\n"


def python_test(
    name: str,
    provider: str,
    rule: dict[str, Any],
    *,
    target: str,
    asks: Sequence[str],
    is_async: bool = False,
    must_fail: bool = False,
) -> str:
    """A pytest test that plays the answer to a function `target` (`package.module:function`), for the plugin's
    fixture `mock_provider`. `asks`: the facts that the function asks for, by name. `must_fail`: in its own words."""
    module, _, function = target.partition(":")
    facts = {
        "base_url": "provider.url",
        "credentials": "provider.credentials",
        "timeout": "5.0",
        "env": "provider.env",
        "name": repr(name),
        "call": repr(name),
    }
    call = f"{function}({', '.join(f'{fact}={facts[fact]}' for fact in asks if fact in facts)})"
    call = f"asyncio.run({call})" if is_async else call
    lines = ["import asyncio", ""] if is_async else []
    lines += ["import pytest", ""] if must_fail else []
    lines += [f"from {module} import {function}", "", "", f"def test_{name}(mock_provider):"]
    lines += [f"    provider = mock_provider({provider!r}, plan=[{_literal(rule, indent='    ')}])"]
    if must_fail:
        lines += ["    with pytest.raises(Exception) as failed:", f"        {call}"]
        crashes = "AttributeError, IndexError, KeyError, NameError, TypeError"
        lines += [f"    assert not isinstance(failed.value, ({crashes}))"]
    else:
        lines += [f"    {call}"]
    return "\n".join(lines) + "\n"


def same_test(
    name: str,
    provider: str,
    rule: dict[str, Any],
    *,
    test: str,
    takes: Sequence[str],
    is_async: bool = False,
    raises: Sequence[str] = (),
) -> str:
    """A pytest test beside a decorated one that plays the answer to it. `takes`: the parameters of that test;
    `raises`: one of these is what it must raise."""
    facts = {"provider": "provider", "base_url": "provider.url"}
    call = f"{test}.__wrapped__({', '.join(f'{each}={facts.get(each, each)}' for each in takes)})"
    call = f"asyncio.run({call})" if is_async else call
    fixtures = ", ".join(["mock_provider", *(each for each in takes if each not in facts)])
    lines = [f"def test_{name.removeprefix('test_')}({fixtures}):"]
    lines += [f"    provider = mock_provider({provider!r}, plan=[{_literal(rule, indent='    ')}])"]
    if raises:
        kinds = raises[0] if len(raises) == 1 else f"({', '.join(raises)})"
        lines += [f"    with pytest.raises({kinds}):", f"        {call}"]
    else:
        lines += [f"    {call}"]
    return "\n".join(lines) + "\n"


def _literal(value: object, *, indent: str) -> str:
    """A value as Python writes it: on one line where it fits, the overlong texts and lists as expressions."""
    flat = _flat(value)
    if len(flat) + len(indent) <= _LONGEST or not isinstance(value, dict | list) or " * " in flat[-12:]:
        return flat
    deeper = indent + "    "
    if isinstance(value, dict):
        parts = [f"{deeper}{name!r}: {_literal(child, indent=deeper)}," for name, child in value.items()]
        return "\n".join(["{", *parts, indent + "}"])
    parts = [f"{deeper}{_literal(child, indent=deeper)}," for child in value]
    return "\n".join(["[", *parts, indent + "]"])


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name!r}: {_flat(child)}" for name, child in value.items()) + "}"
    if isinstance(value, list):
        if len(value) > 3 and all(item == value[0] for item in value):
            return f"[{_flat(value[0])}] * {len(value)}"
        return "[" + ", ".join(_flat(child) for child in value) + "]"
    if isinstance(value, str) and len(value) > 60 and len(set(value)) == 1:
        return f"{value[0]!r} * {len(value)}"
    return repr(value)

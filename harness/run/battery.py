"""Scenarios from YAML: few entries, expanded by their `for` to many."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

import msgspec

from harness.checks.all import CHECKS
from harness.contract.provider import Provider
from harness.contract.yaml import convert, line_of, load
from harness.errors import FileError, did_you_mean
from harness.faults.plan import Plan, build_plan, parse_plan
from harness.model.call import Kind
from harness.run.files import battery_text
from harness.run.judge import Expectation
from harness.run.scenario import Calls, Heal, Scenario

BUNDLED = "harness/run/battery.yaml"

_PLACE = re.compile(r"\{(\w+)\}")


class _Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"with_": "with"}):
    check: str
    with_: dict[str, object] = {}


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    expect: tuple[str | _Expect, ...]
    plan: str | tuple[dict[str, object], ...] = ()
    kinds: tuple[Kind, ...] = ("read", "write")
    calls: Calls = Calls()
    heal: Heal | None = None
    lasts_s: float = 1.0
    tls: bool = False


def battery() -> tuple[Scenario, ...]:
    """Every scenario that comes with the package, in order."""
    return parse_scenarios(battery_text(), path=BUNDLED)


def scenarios_of(provider: Provider) -> tuple[Scenario, ...]:
    """The battery and the provider's own scenarios; of two with one id, the provider's holds."""
    found = {scenario.id: scenario for scenario in battery()}
    for name, text in provider.scenarios.items():
        own = parse_scenarios(text, path=f"{provider.folder}/scenarios/{name}.yaml", provider=provider)
        found.update({scenario.id: scenario for scenario in own})
    return tuple(found.values())


def parse_scenarios(text: str, *, path: str, provider: Provider | None = None) -> tuple[Scenario, ...]:
    """The scenarios of one file: `scenarios:` and a list of entries.

    A `plan` that is a name is one of the provider's. A mistake is a FileError with the line of the entry.
    """
    document = load(text, path=path)
    entries = document.get("scenarios") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise FileError(path, "expected `scenarios:` and a list of scenarios", line=1)
    found: dict[str, Scenario] = {}
    for index, raw in enumerate(entries):
        pointer = f"/scenarios/{index}"
        for filled in _expanded(raw, text, path, pointer):
            scenario = _scenario(filled, text, path, pointer, provider)
            if scenario.id in found:
                raise FileError(path, f"two scenarios {scenario.id!r}", line=line_of(text, pointer))
            found[scenario.id] = scenario
    return tuple(found.values())


def _expanded(raw: object, text: str, path: str, pointer: str) -> Iterator[object]:
    """The entry once for each combination of its `for`, with the `{names}` filled in."""
    if not isinstance(raw, dict) or "for" not in raw:
        yield raw
        return
    matrix = raw["for"]
    if not isinstance(matrix, dict) or not all(isinstance(values, list) for values in matrix.values()):
        line = line_of(text, f"{pointer}/for")
        raise FileError(path, "for: expected names, each with a list of values", line=line)
    entry = {key: value for key, value in raw.items() if key != "for"}
    for combination in itertools.product(*matrix.values()):
        yield _filled(entry, dict(zip(matrix, combination, strict=True)))


def _filled(value: object, names: Mapping[str, object]) -> object:
    """A string that is nothing but one `{name}` takes the value's own type."""
    if isinstance(value, dict):
        return {key: _filled(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, names) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _PLACE.fullmatch(value)
    if whole and whole[1] in names:
        return names[whole[1]]
    return _PLACE.sub(lambda place: str(names.get(place[1], place[0])), value)


def _scenario(filled: object, text: str, path: str, pointer: str, provider: Provider | None) -> Scenario:
    try:
        entry = convert(msgspec.json.encode(filled).decode(), _Entry, path=path)
        if isinstance(entry.plan, str):
            plan: Plan | None = _named(entry.plan, path, provider)
        else:
            plan = build_plan(entry.plan, name=entry.id, path=path) if entry.plan else None
    except FileError as error:
        raise FileError(path, error.message, line=line_of(text, pointer)) from None
    return Scenario(
        id=entry.id,
        title=entry.title,
        expect=tuple(_expectation(expect, text, path, pointer) for expect in entry.expect),
        plan=plan,
        kinds=entry.kinds,
        calls=entry.calls,
        heal=entry.heal,
        lasts_s=entry.lasts_s,
        tls=entry.tls or (plan is not None and plan.needs_tls),
        path=path,
    )


def _named(name: str, path: str, provider: Provider | None) -> Plan:
    plans = provider.plans if provider else {}
    if name not in plans:
        raise FileError(path, f"the provider has no plan {name!r}; {did_you_mean(name, plans)}")
    folder = provider.folder if provider else ""
    return parse_plan(plans[name], path=f"{folder}/plans/{name}.yaml", name=name)


def _expectation(expect: str | _Expect, text: str, path: str, pointer: str) -> Expectation:
    check, parameters = (expect, {}) if isinstance(expect, str) else (expect.check, expect.with_)
    families = {check_id.split(".")[0] for check_id in CHECKS.ids()}
    if check not in families and check not in CHECKS:
        known = {*families, *CHECKS.ids()}
        message = f"no check {check!r}; {did_you_mean(check, known)}"
        raise FileError(path, message, line=line_of(text, f"{pointer}/expect"))
    return Expectation(check, parameters)

"""Scenarios of a load test read from files, and every mistake that can be in one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec

from harness.contract.yaml import convert, convert_part, nearest_line, pointer
from harness.errors import FileError, UnknownName, did_you_mean
from harness.faults.plan import require_rules
from harness.load.targets import Given
from harness.run.load.scenario import OF_CALLS, ONE, TOKENS, LoadScenario, Point, Span, bound, plan_of, sized


def parse_load_scenario(text: str, *, path: str, name: str) -> LoadScenario:
    """Read a scenario. FileError with the line of a mistake."""
    scenario = convert(text, LoadScenario, path=path)
    if not scenario.id:
        scenario = msgspec.structs.replace(scenario, id=name)
    for place, mistake in _mistakes(scenario):
        raise FileError(path, mistake, line=nearest_line(text, place))
    rules = [bound(rule, None, (TOKENS,)) for rule in sized(scenario.rules, scenario.load)]
    require_rules(rules, text=text, path=path)
    convert_part(scenario.targets, Given, text=text, path=path, at=("targets",))
    return scenario


def scenarios_folder() -> Path:
    """Where the bundled scenarios are: `loadtests/scenarios` in a checkout, inside the package in a wheel."""
    package = Path(__file__).resolve().parent.parent.parent
    beside = package.parent / "loadtests" / "scenarios"
    return beside if beside.is_dir() else package / "bundled" / "load"


def load_scenarios() -> Mapping[str, LoadScenario]:
    """The bundled scenarios by name."""
    return {
        path.stem: parse_load_scenario(path.read_text("utf-8"), path=str(path), name=path.stem)
        for path in sorted(scenarios_folder().glob("*.yaml"))
    }


def find_load_scenario(wanted: str) -> LoadScenario:
    """A bundled scenario by its name, or one of a file. UnknownName, FileError."""
    path = Path(wanted)
    if wanted.endswith((".yaml", ".yml")):
        try:
            text = path.read_text("utf-8")
        except OSError as error:
            raise FileError(wanted, f"cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise FileError(wanted, "cannot be read: it is no UTF-8 text") from None
        return parse_load_scenario(text, path=wanted, name=path.stem)
    known = load_scenarios()
    if wanted not in known:
        raise UnknownName("load scenario", wanted, known)
    return known[wanted]


def require_operations(scenario: LoadScenario, known: Iterable[str]) -> None:
    """UnknownName where a rule is for an operation that is none of these: it would never strike."""
    names = list(known)
    for rule in plan_of(sized(scenario.rules, scenario.load), name=scenario.id).rules:
        for wanted in rule.operations:
            if not any(fnmatchcase(name, wanted) for name in names):
                raise UnknownName(f"operation for scenario {scenario.id}:", wanted, names)


def _mistakes(scenario: LoadScenario) -> Iterator[tuple[str, str]]:
    """What the types of the fields cannot tell, each with the pointer to it."""
    for place, number in _numbers(msgspec.to_builtins(scenario), ""):
        if not math.isfinite(number):
            yield place, f"{place.removeprefix('/')}: expected a finite number"
    yield from _of_windows(scenario.windows, scenario.duration_s)
    yield from _of_shape(scenario.load.shape, scenario.duration_s)
    for index, rule in enumerate(scenario.rules):
        yield from _of_rule(rule, f"/rules/{index}", scenario.duration_s)


def _of_windows(windows: Sequence[Span], duration_s: float) -> Iterator[tuple[str, str]]:
    names: set[str] = set()
    for index, span in enumerate(windows):
        from_s, to_s = span.between_s
        if to_s <= from_s:
            yield f"/windows/{index}/between_s", f"window {span.name!r} ends before it begins"
        if from_s < 0 or to_s > duration_s:
            yield (
                f"/windows/{index}/between_s",
                f"window {span.name!r} is not within the {duration_s:g} s of the run",
            )
        if span.name in names:
            yield f"/windows/{index}/name", f"two windows {span.name!r}; each needs a name of its own"
        names.add(span.name)


def _of_shape(shape: Sequence[Point], duration_s: float) -> Iterator[tuple[str, str]]:
    before_s = -1.0
    for index, point in enumerate(shape):
        if point.from_s <= before_s:
            yield f"/load/shape/{index}/from_s", "the points of a shape come one after another"
        if point.from_s >= duration_s:
            yield f"/load/shape/{index}/from_s", f"at {point.from_s:g} s the run of {duration_s:g} s is over"
        before_s = point.from_s


def _of_rule(rule: Mapping[str, Any], place: str, duration_s: float) -> Iterator[tuple[str, str]]:
    edges = rule.get("between_s")
    from_s = edges[0] if isinstance(edges, list) and edges else None
    if isinstance(from_s, int | float) and from_s >= duration_s:
        yield f"{place}/between_s", f"at {from_s:g} s the run of {duration_s:g} s is over"
    quota = rule.get("quota")
    if isinstance(quota, Mapping) and OF_CALLS in quota:
        yield from _of_calls(quota, f"{place}/quota")
    operation = rule.get("operation")
    if isinstance(operation, str) and operation.startswith("$") and operation not in (ONE, TOKENS):
        yield f"{place}/operation", f"no {operation!r}; {did_you_mean(operation, (ONE, TOKENS))}"


def _of_calls(quota: Mapping[str, Any], place: str) -> Iterator[tuple[str, str]]:
    part = quota[OF_CALLS]
    if "requests" in quota:
        yield f"{place}/requests", f"a quota has one of requests and {OF_CALLS}"
    if isinstance(part, bool) or not isinstance(part, int | float) or part <= 0:
        yield (
            f"{place}/{OF_CALLS}",
            f"{OF_CALLS} is {part!r}; expected a number greater than 0, as 0.5 for half",
        )


def _numbers(value: object, place: str) -> Iterator[tuple[str, float]]:
    """All that are written with a point, or are none, each with its pointer."""
    if isinstance(value, float):
        yield place, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(inner, place + pointer([str(key)]))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _numbers(inner, f"{place}/{index}")

"""`harness explain [ID]`: what a check, fault, scenario, rule, plan or provider is, and where that is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import click
from rich.console import RenderableType
from rich.text import Text

from harness.checks.all import CHECKS
from harness.cli.explain_drift import explain_drift, families, peers
from harness.cli.explain_load import explain_load, load_names, promises
from harness.cli.explain_provider import explain_provider
from harness.cli.output import ascii_only, coloured, say, width
from harness.cli.page import heading, indented, rows
from harness.conformance.promises import PROMISES
from harness.contract.files import load_provider, provider_names
from harness.drift.rules.catalogue import RULES
from harness.errors import UnknownName
from harness.faults.registry import FAULTS
from harness.registry import Entry
from harness.report.terminal import sheet, trimmed
from harness.run.battery import battery, scenarios_of
from harness.run.scenario import Scenario

FUZZED = "answers drawn by luck: harness verify CLIENT --fuzz 200"


@click.command()
@click.argument("name", metavar="[ID]", default="")
def explain(name: str) -> int:
    """Explain one thing, with its source. Without an ID: list all that there is.

    \b
      harness explain stripe                     a provider: what is known of it, and from where
      harness explain stripe/outage              one of its plans
      harness explain error_503                  a scenario: what goes wrong, and what is expected
      harness explain retry                      a family of checks
      harness explain retry.honours_retry_after  a check: the promise that it looks for
      harness explain timing.late                a fault: what it does, and its parameters
      harness explain load.amplification         a check under load; `load` has them all, and the scenarios
      harness explain response.property.removed  a change of a contract: how bad it is, and why
      harness explain response.header            a family of them; `drift` has them all
    """
    parts = list(_everything() if not name else _explained(name))
    if not parts:
        known = {
            *CHECKS.ids(),
            *PROMISES.ids(),
            *FAULTS.ids(),
            *provider_names(),
            *_families(),
            *RULES,
            *peers(),
            "drift",
            *load_names(),
            *(s.id for s in _scenarios()),
        }
        raise UnknownName("check, fault, scenario, rule or provider", name, known)
    console = sheet(min(width(), 110), colour=coloured())
    with console.capture() as written:
        for part in parts:
            console.print(part)
    say(trimmed(written.get(), ascii_only=ascii_only()).rstrip("\n"))
    return 0


def _explained(name: str) -> Iterator[RenderableType]:
    """Everything of that name; nothing where there is none."""
    if name in CHECKS:
        yield from _check(CHECKS[name])
    if name in PROMISES:
        entry = PROMISES[name]
        yield heading(entry.id, "a check of the provider")
        yield from _described(entry)
        yield indented("\nput to the test by: harness check PROVIDER --base-url URL", style="dim")
    if name in FAULTS:
        yield from _fault(FAULTS[name])
    if name in _families():
        yield heading(name, "a family of checks")
        yield rows((check.id, check.promise) for check in (*CHECKS, *PROMISES) if _family(check.id) == name)
    yield from explain_drift(name)
    yield from explain_load(name)
    for scenario in _scenarios():
        if scenario.id == name:
            yield from _scenario(scenario)
    provider, slash, plan = name.partition("/")
    if provider in provider_names():
        yield from _plan(provider, plan) if slash else explain_provider(load_provider(provider))


def _everything() -> Iterator[RenderableType]:
    yield heading("Providers")
    yield rows((name, load_provider(name).card.title) for name in provider_names())
    yield heading("Scenarios")
    yield rows((scenario.id, scenario.title) for scenario in _scenarios())
    yield heading("Checks")
    yield rows((check.id, check.promise) for check in CHECKS)
    yield heading("Checks of a provider, by harness check")
    yield rows((check.id, check.promise) for check in PROMISES)
    yield heading("Checks of a client under load, by harness load")
    yield rows(promises())
    yield heading("Faults")
    yield rows((fault.id, _first_sentence(fault.promise)) for fault in FAULTS)
    yield heading("Changes of a contract, by harness drift")
    yield rows(families())
    yield Text("\nharness explain ID tells more of any of them.")


def _check(check: Entry) -> Iterator[RenderableType]:
    yield heading(check.id, "a check")
    yield from _described(check)
    expecting = [
        s.id for s in _scenarios() if any(e.check in (check.id, _family(check.id)) for e in s.expect)
    ]
    yield heading("Put to the test by")
    elsewhere = FUZZED if _family(check.id) == "tolerance" else "no scenario of the battery"
    yield indented(", ".join(expecting) or elsewhere)
    if expecting:
        yield indented(f"alone: harness verify CLIENT --scenario {expecting[0]}", style="dim")


def _fault(fault: Entry) -> Iterator[RenderableType]:
    yield heading(fault.id, "a fault")
    yield from _described(fault)
    effect = "the provider acts on it all the same" if fault.facts["effect"] == "yes" else "it has no effect"
    allowed = "no contract allows this" if fault.facts["off_contract"] == "yes" else "contracts allow this"
    yield indented(f"Strikes at the {fault.facts['stage']} of a request; {effect}; {allowed}.")
    given = ", ".join(
        f"{name}: {_sample(parameter.annotation)}"
        for name, parameter in fault.parameters.items()
        if parameter.default is parameter.empty
    )
    with_ = f", with: {{{given}}}" if given else ""
    yield heading("In a plan")
    yield indented(f"rules:\n  - {{fault: {fault.id}{with_}, nth: 1}}")
    using = [s.id for s in _scenarios() if s.plan and fault.id in s.plan.faults]
    yield heading("Played by")
    yield indented(", ".join(using) or "no scenario of the battery")


def _described(entry: Entry) -> Iterator[RenderableType]:
    for part in entry.description.split("\n\n"):
        yield indented(re.sub(r"\s+", " ", part))
    if entry.parameters:
        yield heading("Parameters")
        yield rows(
            (
                name,
                f"{_type(parameter.annotation)}, "
                + (
                    "required" if parameter.default is parameter.empty else f"{parameter.default!r} if absent"
                ),
            )
            for name, parameter in entry.parameters.items()
        )
    if source := entry.facts.get("source"):
        yield heading("Source")
        yield indented(source)


def _scenario(scenario: Scenario) -> Iterator[RenderableType]:
    yield heading(scenario.id, "a scenario")
    faults = ", ".join(scenario.plan.faults) if scenario.plan else "none"
    yield rows(
        [
            ("what happens", scenario.title),
            ("faults", faults),
            ("played with", " and ".join(scenario.kinds) + " calls"),
        ]
    )
    yield heading("Expects")
    yield rows(_expected(scenario))
    yield indented(f"\nalone: harness verify CLIENT --scenario {scenario.id}", style="dim")


def _expected(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for expectation in scenario.expect:
        parameters = f" (with {expectation.parameters})" if expectation.parameters else ""
        for check in CHECKS:
            if expectation.check in (check.id, _family(check.id)):
                yield check.id, check.promise + parameters


def _plan(provider_name: str, name: str) -> Iterator[RenderableType]:
    provider = load_provider(provider_name)
    if name not in provider.plans:
        raise UnknownName(f"plan of {provider_name}", name, provider.plans)
    yield heading(f"{provider_name}/{name}", "a plan")
    yield indented(provider.plans[name].rstrip())
    yield indented(f"\nharness serve {provider_name} --plan {name}", style="dim")


def _scenarios() -> Iterator[Scenario]:
    """The battery, then what each provider has of its own."""
    general = battery()
    yield from general
    for name in provider_names():
        yield from (scenario for scenario in scenarios_of(load_provider(name)) if scenario not in general)


def _families() -> Iterable[str]:
    return {_family(check_id) for check_id in (*CHECKS.ids(), *PROMISES.ids())}


def _family(check_id: str) -> str:
    return check_id.partition(".")[0]


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=\.) (?=[A-Z])", text)[0]


def _type(annotation: object) -> str:
    return str(getattr(annotation, "__name__", annotation)).replace("typing.", "")


def _sample(annotation: object) -> str:
    return {"float": "2.0", "int": "503"}.get(_type(annotation), "...")

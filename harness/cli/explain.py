"""`harness explain ID`: what a check, fault, scenario, plan or provider is, and where that is written."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import click
import msgspec
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from harness.checks.all import CHECKS
from harness.contract.behaviour import Behaviour, Fact
from harness.contract.files import load_provider, provider_names
from harness.contract.provider import Provider
from harness.errors import UnknownName
from harness.faults.registry import FAULTS
from harness.registry import Entry
from harness.run.battery import battery, scenarios_of
from harness.run.scenario import Scenario


@click.command()
@click.argument("name", metavar="ID")
def explain(name: str) -> None:
    """Explain a check (retry.honours_retry_after), a family of checks (retry), a fault (timing.late), a scenario
    (error_503), a provider (stripe) or one of its plans (stripe/outage)."""
    lines = list(_explain(name))
    if not lines:
        known = {*CHECKS.ids(), *FAULTS.ids(), *provider_names(), *(scenario.id for scenario in _scenarios())}
        known |= {check_id.split(".")[0] for check_id in CHECKS.ids()}
        raise UnknownName("check, fault, scenario or provider", name, known)
    console = Console(highlight=False, width=min(shutil.get_terminal_size((100, 24)).columns, 110))
    for line in lines:
        text = line.lstrip(" ")
        console.print(Padding(text, (0, 0, 0, len(line) - len(text))))


def _explain(name: str) -> Iterator[str]:
    if name in CHECKS:
        yield from _entry("check", CHECKS[name])
    if name in FAULTS:
        yield from _entry("fault", FAULTS[name])
    family = [check for check in CHECKS if check.id.startswith(f"{name}.")]
    if family:
        yield f"[bold]{name}[/]  a family of checks"
        for check in family:
            yield f"  {check.id:34} {escape(check.promise)}"
    for scenario in _scenarios():
        if scenario.id == name:
            yield from _scenario(scenario)
    if name in provider_names():
        yield from _provider(load_provider(name))
    elif "/" in name and name.split("/")[0] in provider_names():
        provider = load_provider(name.split("/")[0])
        plan = name.split("/", 1)[1]
        if plan not in provider.plans:
            raise UnknownName("plan", plan, provider.plans)
        yield f"[bold]{name}[/]  a plan"
        yield escape(provider.plans[plan].rstrip())


def _scenarios() -> Iterator[Scenario]:
    """The battery, then what each provider has of its own."""
    general = battery()
    yield from general
    for name in provider_names():
        yield from (scenario for scenario in scenarios_of(load_provider(name)) if scenario not in general)


def _entry(kind: str, entry: Entry) -> Iterator[str]:
    yield f"[bold]{entry.id}[/]  a {kind}"
    yield ""
    yield from (escape(re.sub(r"\s+", " ", part)) for part in entry.description.split("\n\n"))
    if entry.parameters:
        yield ""
        yield "[bold]Parameters[/]"
        for name, parameter in entry.parameters.items():
            annotation = getattr(
                parameter.annotation, "__name__", str(parameter.annotation).replace("typing.", "")
            )
            default = "required" if parameter.default is parameter.empty else f"default {parameter.default!r}"
            yield f"  {name}: {escape(annotation)}, {escape(default)}"
    if source := entry.facts.get("source"):
        yield ""
        yield f"[bold]Source[/] {escape(source)}"
    if kind == "fault":
        effect = (
            "the provider acts on the request"
            if entry.facts["effect"] == "yes"
            else "the request has no effect"
        )
        allowed = "no contract allows this" if entry.facts["off_contract"] == "yes" else "within any contract"
        yield ""
        yield f"Strikes at the {entry.facts['stage']}; {effect}; {allowed}."


def _scenario(scenario: Scenario) -> Iterator[str]:
    yield f"[bold]{scenario.id}[/]  a scenario: {escape(scenario.title)}"
    yield ""
    faults = ", ".join(scenario.plan.faults) if scenario.plan else ""
    yield f"[bold]Faults[/] {escape(faults or 'none')}"
    yield f"[bold]Plays with[/] {', '.join(scenario.kinds)} calls"
    yield "[bold]Expects[/]"
    for expectation in scenario.expect:
        with_ = f" with {expectation.parameters}" if expectation.parameters else ""
        yield f"  {expectation.check}{escape(with_)}"
    yield ""
    yield f"Alone: harness verify CLIENT --scenario {scenario.id}"


def _provider(provider: Provider) -> Iterator[str]:
    card = provider.card
    yield f"[bold]{escape(card.title)}[/] ({card.kind})  {card.docs}"
    yield f"Contract: {len(provider.contract.operations)} operations, after {card.document} {card.document_version}"
    yield ""
    yield "[bold]What is known beside the contract[/]"
    for group, fact in _facts(provider.behaviour):
        yield f"  [bold]{group}[/]"
        if fact.note:
            yield f"    {escape(' '.join(fact.note.split()))}"
        yield from (f"    {name}: {escape(_short(value))}" for name, value in _known(fact))
        yield f"    [dim]{escape(fact.source)}[/]"
    yield ""
    yield f"[bold]Plans[/] {', '.join(sorted(provider.plans))}"
    if provider.scenarios:
        yield f"[bold]Scenarios of its own[/] {', '.join(sorted(provider.scenarios))}"
    yield "[bold]Operations[/]"
    for operation in provider.contract.operations.values():
        yield f"  {operation.method:6} {operation.template}  [dim]{escape(operation.id)}[/]"


def _facts(behaviour: Behaviour) -> Iterator[tuple[str, Fact]]:
    for field in behaviour.__struct_fields__:
        group = getattr(behaviour, field)
        if field == "resources":
            yield from ((f"resource {name}", resource) for name, resource in group.items())
        elif isinstance(group, Fact):
            yield field, group
            if field == "retry":
                for advice in group.advice:  # type: ignore[attr-defined]
                    yield f"retry after {', '.join(map(str, advice.statuses))}: {advice.retry}", advice


def _known(fact: Fact) -> Iterator[tuple[str, object]]:
    """What a fact says beside its note and source; nested facts are told on their own."""
    for name in fact.__struct_fields__:
        value = msgspec.to_builtins(getattr(fact, name))
        if name not in ("source", "note", "advice") and value not in (None, "", False, [], (), {}):
            yield name, value


def _short(value: object) -> str:
    """One line of it: an answer by its status, a list by its words, the beginning of anything long."""
    if isinstance(value, dict) and "status" in value and "body" in value:
        return f"{value['status']} {_short(value['body'])}"
    if isinstance(value, list | tuple) and value and all(isinstance(item, str | int) for item in value):
        return ", ".join(map(str, value))
    if (
        isinstance(value, list | tuple)
        and value
        and all(isinstance(item, dict) and "body" in item for item in value)
    ):
        return "; or ".join(_short(item) for item in value)
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 90 else f"{text[:87]}..."

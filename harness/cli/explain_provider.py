"""`harness explain stripe`: what is known of a provider beside its contract, and from where."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec
from rich.console import RenderableType
from rich.text import Text

from harness.cli.page import heading, indented, rows
from harness.contract.behaviour import (
    Authentication,
    Errors,
    Fact,
    Idempotency,
    Paging,
    RateLimit,
    Resource,
    Retry,
    Template,
    Webhooks,
)
from harness.contract.provider import Provider
from harness.contract.signing import SCHEMES
from harness.faults.plan import parse_plan
from harness.run.battery import parse_scenarios

Pairs = Iterator[tuple[str, str]]


def explain_provider(provider: Provider) -> Iterator[RenderableType]:
    """The whole page: the card, every group of facts, what is kept, what can go wrong, what can be asked."""
    card, behaviour = provider.card, provider.behaviour
    yield heading(card.title, card.kind)
    yield rows(
        [
            ("docs", card.docs),
            ("contract", f"{len(provider.contract.operations)} operations, after {card.document}"),
            ("version", card.document_version),
        ]
    )
    for name in behaviour.__struct_fields__:
        fact = getattr(behaviour, name)
        if isinstance(fact, Fact):
            yield from _group(name, fact)
    yield from _resources(behaviour.resources)
    yield heading("Plans", f"harness serve {card.name} --plan NAME")
    yield rows((name, _says(provider, name)) for name in sorted(provider.plans))
    if provider.scenarios:
        yield heading("Scenarios of its own", "beside the general battery")
        yield rows(_scenarios(provider))
    yield heading("Operations")
    yield rows(_operations(provider))


def _group(name: str, fact: Fact) -> Iterator[RenderableType]:
    yield heading(name.replace("_", " ").capitalize(), fact.source)
    if fact.note:
        yield indented(" ".join(fact.note.split()))
    teller = TELLERS.get(type(fact))
    # A group that nobody taught this page to tell is shown as it is written.
    told = list(teller(fact) if teller else _as_written(fact))
    if told:
        yield rows(told)
    if isinstance(fact, Retry):
        yield from _retries(fact)


def _authentication(fact: Authentication) -> Pairs:
    yield "sent as", ", ".join(way.replace("_", " ") for way in fact.accepts)
    if begins := fact.prefixes or ((fact.prefix,) if fact.prefix else ()):
        yield "begins with", ", ".join(begins)
    yield "without one", _answer(fact.missing)
    yield "a wrong one", _answer(fact.invalid)


def _errors(fact: Errors) -> Pairs:
    yield "invalid request", str(fact.invalid_request)
    if fact.statuses:
        yield "own shapes for", ", ".join(fact.statuses)
    if fact.every_answer:
        yield "every answer has", ", ".join(fact.every_answer)


def _retry(fact: Retry) -> Pairs:
    if fact.should_retry_header:
        yield "overruled by", f"the header {fact.should_retry_header}"


def _rate_limit(fact: RateLimit) -> Pairs:
    for quota in fact.quotas:
        yield "quota", f"{quota.requests} requests in {quota.window_s:g} s for one {quota.scope}"
    for template in fact.exceeded:
        yield "over it", _answer(template)
    yield (
        "when to come back",
        f"{fact.reset_header}, {UNITS[fact.reset_unit]}" if fact.reset_header else "not told",
    )
    if fact.minimum_wait_s is not None:
        yield "else at least", f"{fact.minimum_wait_s:g} s"


def _idempotency(fact: Idempotency) -> Pairs:
    yield "key", f"{fact.header}, {'required' if fact.required else 'heeded'} on {', '.join(fact.methods)}"
    errors = "errors too" if fact.saves_errors else "errors are not"
    yield "answers are kept", f"for {fact.retention_s / 3600:g} h, {errors}"
    if fact.replayed_header:
        yield "a replay says", ": ".join(fact.replayed_header)
    yield "other parameters", _answer(fact.mismatch)
    yield "still under way", _answer(fact.in_progress)


def _paging(fact: Paging) -> Pairs:
    yield "style", fact.style
    yield "page size", f"{fact.limit}: {fact.default_limit} if absent, at most {fact.max_limit}"
    yield "next page", fact.after if fact.style == "cursor" else f"the Link header, or {fact.page}"


def _webhooks(fact: Webhooks) -> Pairs:
    signature, delivery = fact.signature, fact.delivery
    tolerance = f", at most {signature.tolerance_s:g} s old" if signature.tolerance_s else ""
    yield "signed as", f"{signature.scheme}: {SCHEMES[signature.scheme].header}{tolerance}"
    waits = ", ".join(f"{wait_s:g}" for wait_s in delivery.retry_waits_s)
    yield "sent again", f"after {waits} s" if waits else "never"
    if delivery.timeout_s:
        yield "answer within", f"{delivery.timeout_s:g} s"
    for name, kind in fact.events.items():
        yield name, " or ".join(kind.after)


UNITS = {"epoch_s": "seconds since 1970", "delta_s": "seconds from now", "http_date": "a date"}

TELLERS: Mapping[type[Fact], Callable[..., Pairs]] = {
    Authentication: _authentication,
    Errors: _errors,
    Retry: _retry,
    RateLimit: _rate_limit,
    Idempotency: _idempotency,
    Paging: _paging,
    Webhooks: _webhooks,
}


def _as_written(fact: Fact) -> Pairs:
    for name in fact.__struct_fields__:
        value = msgspec.to_builtins(getattr(fact, name))
        if name not in ("source", "note") and value not in (None, "", False, [], {}):
            yield (
                name.replace("_", " "),
                value if isinstance(value, str) else _short(msgspec.json.encode(value)),
            )


def _retries(retry: Retry) -> Iterator[RenderableType]:
    """What the provider says of repeating, status by status."""
    words = {"always": "repeat it", "with_key": "repeat it with a key", "may": "may be repeated"}
    for advice in retry.advice:
        word = words.get(advice.retry, "never repeat it")
        yield indented(f"after {', '.join(map(str, advice.statuses))}: {word}", style="bold")
        yield from _noted(advice)


def _resources(resources: Mapping[str, Resource]) -> Iterator[RenderableType]:
    if not resources:
        return
    yield heading(
        "What is kept between requests", "created, read, listed, changed and deleted as at the provider"
    )
    for name, resource in resources.items():
        parts = [part for part in ("create", "read", "list", "change", "delete") if getattr(resource, part)]
        ids = f", ids {resource.prefix}..." if resource.prefix else ""
        moves = f", {len(resource.transitions)} more" if resource.transitions else ""
        yield Text.assemble("  ", (name, "bold"), f"  {', '.join(parts)}{moves}{ids}")
        yield from _noted(resource)


def _noted(fact: Fact) -> Iterator[RenderableType]:
    """The note and the source of a fact within a group."""
    if fact.note:
        yield indented(" ".join(fact.note.split()), by=4)
    yield indented(fact.source, style="dim", by=4)


def _says(provider: Provider, name: str) -> str:
    return parse_plan(provider.plans[name], path=name, name=name).says


def _scenarios(provider: Provider) -> Pairs:
    for name, text in sorted(provider.scenarios.items()):
        for scenario in parse_scenarios(text, path=name, provider=provider):
            yield scenario.id, scenario.title


def _operations(provider: Provider) -> Pairs:
    """One line for each path, with the ids by method: what --operation takes."""
    paths: dict[str, list[str]] = {}
    for operation in provider.contract.operations.values():
        paths.setdefault(operation.template, []).append(f"{operation.method} {operation.id}")
    yield from ((template, ", ".join(ids)) for template, ids in paths.items())


def _answer(template: Template) -> str:
    """`401 You did not provide an API key`: the status, and the words if it has some."""
    words = _words(template.body)
    return f"{template.status} {_short(words)}" if words else str(template.status)


def _words(body: object) -> str:
    """The first text in a body that a person would read."""
    if isinstance(body, dict):
        for name in ("message", "detail", "title", "error_description"):
            if isinstance(body.get(name), str) and "{" not in body[name]:
                return str(body[name])
        return next((found for value in body.values() if (found := _words(value))), "")
    return ""


def _short(text: str | bytes) -> str:
    text = text.decode() if isinstance(text, bytes) else text
    return text if len(text) <= 120 else f"{text[:117]}..."

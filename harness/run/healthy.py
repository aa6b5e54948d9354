"""Calls while nothing goes wrong: does the client work, what is each call about, and does it get on by TLS?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from harness.contract.contract import Contract
from harness.contract.provider import Provider
from harness.contract.security import TOKEN_PLACE
from harness.errors import DriverError
from harness.model.call import Kind
from harness.model.exchange import Exchange
from harness.run.callspec import CallSpec
from harness.run.play import Played, play, together
from harness.run.scenario import Scenario
from harness.run.stage import Subject, Theatre

HEALTHY = Scenario(id="healthy", title="the provider works", expect=())
"""What is played first where the battery has no scenario of that id: it shows what a call is about."""

GREETING = Scenario(id="tls_healthy", title="the provider works, by TLS", expect=(), tls=True)
"""What is played before scenarios of TLS: a client that gets on with a good certificate may refuse a bad one."""


async def firsts(
    calls: Sequence[CallSpec], scenarios: Sequence[Scenario], theatre: Theatre, room: asyncio.Semaphore
) -> list[Played]:
    """Each call while nothing goes wrong. DriverError where the client cannot be started."""
    healthy = next((scenario for scenario in scenarios if scenario.id == HEALTHY.id), HEALTHY)
    return await together([_first(spec, healthy, theatre, room) for spec in calls])


async def _first(spec: CallSpec, healthy: Scenario, theatre: Theatre, room: asyncio.Semaphore) -> Played:
    """A call while nothing goes wrong: it shows that the client works, and what the call is about."""
    async with room:
        played = await play(healthy, Subject(spec), theatre)
    evidence = played.evidence
    outcome = evidence.calls[0].outcome
    if outcome.ending == "died" and not evidence.journal:
        printed = outcome.stderr.strip()
        more = f"\n{printed[-2000:]}" if "\n" in printed else ""
        raise DriverError(f"call {spec.name!r}: {outcome.error}{more}")
    subject = found(spec, evidence.journal, theatre.provider, lists_calls=len(evidence.calls) > 1)
    evidence = msgspec.structs.replace(
        evidence, kind=subject.kind, operation=subject.operation, method=subject.method, alike=subject.alike
    )
    return msgspec.structs.replace(played, subject=subject, evidence=evidence)


async def by_tls(
    subjects: Sequence[Subject], scenarios: Sequence[Scenario], theatre: Theatre, room: asyncio.Semaphore
) -> dict[str, Played]:
    """Each call once more, with a healthy provider that speaks TLS, by the call's name; none where no scenario of
    TLS is to be played, or clients cannot be told to trust us."""
    if theatre.trust is None or not any(scenario.tls for scenario in scenarios):
        return {}
    greeting = next((scenario for scenario in scenarios if scenario.id == GREETING.id), GREETING)

    async def greet(subject: Subject) -> Played:
        async with room:
            return await play(greeting, subject, theatre)

    played = await together([greet(subject) for subject in subjects])
    return {each.subject.spec.name: each for each in played}


def gets_on(greeting: Played | None) -> bool:
    """Did the client make its call by TLS?"""
    return greeting is not None and all(
        call.outcome.ok and any(e.stage == "request" for e in call.attempts)
        for call in greeting.evidence.calls
    )


def found(
    spec: CallSpec, exchanges: Sequence[Exchange], provider: Provider, *, lists_calls: bool = False
) -> Subject:
    """What a call is about, from what it did while nothing went wrong.

    The operation is that of the last successful exchange, of a write rather than of a read; one that only gets a
    credential for the others counts last. The kind follows from the operation's method. What was given holds.
    """
    contract = provider.contract
    known = [exchange for exchange in exchanges if exchange.operation is not None]
    known = [e for e in known if not gets_credential(e, contract)] or known
    succeeded = [e for e in known if e.status is not None and e.status < 400] or known
    writes = [e for e in succeeded if e.operation and not contract.operation(e.operation).safe]
    if spec.operation is not None:
        name: str | None = contract.operation(spec.operation).id
    else:
        name = next((e.operation for e in reversed(writes or succeeded)), None)
    operation = None if name is None else contract.operation(name)
    kind: Kind = spec.kind or ("read" if operation is None or operation.safe else "write")
    method = operation.method if operation else None
    return Subject(
        spec, kind, name, method, lists_calls, proven=True, alike=1 if lists_calls else alike(known)
    )


def alike(exchanges: Iterable[Exchange]) -> int:
    """Over how many connections one and the same request was sent, at the most."""
    connections: dict[object, set[int]] = {}
    for exchange in exchanges:
        asked = (exchange.method, exchange.path, exchange.query, exchange.request_body)
        connections.setdefault(asked, set()).add(exchange.connection)
    return max((len(each) for each in connections.values()), default=1)


def gets_credential(exchange: Exchange, contract: Contract) -> bool:
    """Is it a request for a token, by the place that RFC 6749 gives such an endpoint or by what it sends?"""
    path = contract.operation(exchange.operation).template if exchange.operation else exchange.path or ""
    return TOKEN_PLACE.search(path) is not None or b"grant_type" in exchange.request_body


def notes(firsts: Sequence[Played], provider: Provider) -> list[str]:
    """What is to be said of calls that sent nothing, or nothing that the contract knows."""
    notes = []
    for first in firsts:
        name = first.subject.spec.name
        if not first.evidence.journal:
            outcome = first.evidence.calls[0].outcome
            said = "it reports success" if outcome.ok else f"it says {outcome.error!r}"
            notes.append(
                f"call {name!r} sent no request while the provider was healthy, so nothing else was played; "
                f"{said}. Does the client read {provider.service}_BASE_URL?"
            )
        elif first.subject.operation is None:
            notes.append(
                f"call {name!r} sent nothing that the contract knows; every request was spoiled alike"
            )
    return notes


def notes_on_tls(greetings: Mapping[str, Played]) -> Iterator[str]:
    """What is to be said of calls that are not made by TLS."""
    for name, greeting in greetings.items():
        if not gets_on(greeting):
            outcome = greeting.evidence.calls[0].outcome
            said = "it sent no request" if outcome.ok else f"it says {outcome.error!r}"
            yield (
                f"call {name!r} does not get on with a provider that speaks TLS ({said}), so scenarios of TLS do not "
                "apply; a client that trusts SSL_CERT_FILE, REQUESTS_CA_BUNDLE or NODE_EXTRA_CA_CERTS would"
            )

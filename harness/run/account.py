"""What mocked providers saw of a program, in a few lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.model.exchange import Exchange
from harness.redaction.known import without_keys
from harness.server.lane import Lane
from harness.server.routes import NAMELESS

SHOWN = 3
"""Of each kind of thing; the report has all."""


def account(
    lanes: Iterable[Lane],
    *,
    refused: Counter[str],
    distrusted: Counter[str],
    unreached: Counter[str],
    asked_by: dict[str, str],
) -> tuple[str, ...]:
    """The lines. `refused`: hosts that nobody claims. `distrusted`: hosts with which TLS handshakes failed.
    `unreached`: why those that are let through could not be reached.
    `asked_by`: where a program finds each provider, by its name."""
    # Paths that the contract does not know, and its words on what came, may hold the client's secrets.
    lines = [without_keys(line) for lane in lanes for line in _of_lane(lane, asked_by[lane.provider.name])]
    for host, count in refused.most_common():
        name = host.rpartition(":")[0]
        if not name:
            lines.append(f"refused a connection{_times(count)}: {NAMELESS}")
            continue
        lines.append(f"refused {host}{_times(count)}: no provider claims it; --allow {name} lets it through")
    lines += [f"{why}{_times(count)}" for why, count in unreached.most_common()]
    for host, count in distrusted.most_common():
        lines.append(
            f"{host}: the program broke off {_counted(count, 'TLS handshake')}; it may trust neither SSL_CERT_FILE "
            "nor the like"
        )
    return tuple(lines)


def _of_lane(lane: Lane, asked_by: str) -> Iterator[str]:
    name, journal = lane.provider.name, tuple(lane.journal)
    if not journal:
        yield f"{name}: no request came; it is asked as {asked_by}"
        return
    operations = Counter(e.operation or f"{e.method} {e.path}" for e in journal if e.stage == "request")
    plan = f" under the plan {lane.plan.name}" if lane.plan else ""
    yield f"{name}: {_counted(lane.seen, 'request')}{plan}{_listed(operations)}"
    faults = Counter(fired.fault for exchange in journal for fired in exchange.faults)
    if faults:
        yield f"{name}: spoiled by {', '.join(f'{fault} ({count})' for fault, count in faults.most_common())}"
    deviating = [e for e in journal if any(not deviation.is_advice for deviation in e.deviations)]
    if deviating:
        yield f"{name}: {_counted(len(deviating), 'request')} not as the contract has it"
        yield from (f"  {said}" for said in _said(deviating))


def _said(deviating: Sequence[Exchange]) -> Iterator[str]:
    said = Counter(
        f"{e.method} {e.path}: {deviation.where} {deviation.pointer}".rstrip() + f": {deviation.message}"
        for e in deviating
        for deviation in e.deviations
        if not deviation.is_advice
    )
    for text, count in said.most_common(SHOWN):
        yield f"{text}{_times(count)}"
    if len(said) > SHOWN:
        yield f"and {len(said) - SHOWN} more like it"


def _listed(operations: Counter[str]) -> str:
    if not operations:
        return ""
    shown = [f"{name}{_times(count)}" for name, count in operations.most_common(SHOWN)]
    more = len(operations) - SHOWN
    return (
        ": "
        + ", ".join(shown)
        + (f" and {more} other operation{'s' if more > 1 else ''}" if more > 0 else "")
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _times(count: int) -> str:
    return f" ({count} times)" if count > 1 else ""

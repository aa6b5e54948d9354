"""What a client did against the contract, in the words of a failed test."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model.exchange import Deviation, Exchange
from harness.pytest_plugin.allowed import about, entry_for

MOST = 5
"""So many requests are told."""

INDENT = "     "


def complaints(
    name: str,
    found: Sequence[tuple[Exchange, tuple[Deviation, ...]]],
    *,
    unplayed: Sequence[str],
    requests: int,
    again: str,
) -> str:
    """The requests with the deviations that nothing allows, and the failures that never came to pass; empty where
    there is neither. A request sent again is told once."""
    wrong: dict[tuple[str, tuple[Deviation, ...]], list[Exchange]] = {}
    for exchange, deviations in found:
        if deviations:
            wrong.setdefault((_asked(exchange), deviations), []).append(exchange)
    text: list[str] = []
    entries: dict[str, None] = {}
    for (asked, deviations), exchanges in list(wrong.items())[:MOST]:
        times = f", {len(exchanges)} times" if len(exchanges) > 1 else ""
        first = _told(deviations[0])
        text.append(f"{name}: {asked} breaks the contract: {first} (answered {exchanges[0].status}{times})")
        text += [f"{INDENT}and {_told(deviation)}" for deviation in deviations[1:]]
        entries |= dict.fromkeys(entry_for(exchanges[0], deviation) for deviation in deviations)
    if len(wrong) > MOST:
        text.append(f"{name}: and {len(wrong) - MOST} other requests that break the contract")
    if entries:
        text.append(f"{INDENT}where that is meant: allow={list(entries)!r}")
    for failure in unplayed:
        came = f"none of {requests} requests matched" if requests else "no request came"
        text.append(f"{name}: {failure} was never played: {came}")
        text.append(f"{INDENT}where that is meant: allow=['unplayed']")
    if not text:
        return ""
    # Here and not above: a test that passes needs no report.
    from harness.report.clean import clean

    return clean("\n".join([*text, f"again: {again}"]))


def _asked(exchange: Exchange) -> str:
    line = f"{exchange.method or '?'} {exchange.path or '?'}"
    return f"{line} ({about(exchange)})" if exchange.operation else line


def _told(deviation: Deviation) -> str:
    if deviation.where == "operation":
        return deviation.message
    return f"{deviation.where} {deviation.pointer}: {deviation.message}".replace(" : ", ": ")

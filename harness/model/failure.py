"""What went wrong with one attempt, as the client could see it, in one word."""

from __future__ import annotations

from typing import Literal

from harness.model.exchange import Exchange

Failure = Literal["status", "timeout", "unconnected", "unanswered", "cut_short", "unreadable", "open"]
"""`status`: an error answer. `timeout`: the client gave up waiting. `unconnected`: there was no request, so the
provider did nothing. `unanswered`: the connection ended without an answer. `cut_short`: it ended in the answer.
`unreadable`: the answer is whole and says nothing. `open`: it was going on when we stopped looking."""

SILENT = frozenset({"timing.hung", "timing.stalled", "timing.late", "timing.dribbled"})
"""Faults in which the client waits."""

_UNANSWERED = frozenset({"connection.reset_before_answer", "connection.closed", "connection.lost_answer"})
_CUT_SHORT = frozenset({"connection.reset_in_answer", "body.truncated"})
_UNREADABLE = frozenset({"body.malformed", "body.empty"})
_UNCONNECTED = {"connect": "a refused connection", "handshake": "a TLS handshake that went wrong"}
_WITHOUT_BODY = frozenset({204, 205, 304})


def failure_of(exchange: Exchange) -> Failure | None:
    """What went wrong, or None for an answer that a client may take for one."""
    faults = {fired.fault for fired in exchange.faults}
    if exchange.stage != "request":
        return "unconnected"
    if exchange.outcome == "open":
        return "open"
    if exchange.outcome == "gone":
        if exchange.status is None or faults & SILENT:
            return "timeout"
    elif (
        exchange.outcome in ("closed", "reset")
        and faults & SILENT
        and not faults & (_UNANSWERED | _CUT_SHORT)
    ):
        return "open"  # A silent attempt has no end of its own: it was ended with the scenario.
    if exchange.status is None or faults & _UNANSWERED:
        return "unanswered"
    if faults & _CUT_SHORT:
        return "cut_short"
    if exchange.status >= 400:
        return "status"
    if faults & _UNREADABLE and exchange.status not in _WITHOUT_BODY and exchange.method != "HEAD":
        return "unreadable"
    return None


def in_words(exchange: Exchange, failure: Failure | None) -> str:
    """`a 503`, `a timeout`, `a refused connection`: for the middle of a sentence."""
    if failure is None:
        return f"a {exchange.status}"
    if failure == "status":
        return f"a {exchange.status}"
    faults = {fired.fault for fired in exchange.faults}
    if failure == "unconnected":
        return _UNCONNECTED.get(exchange.stage, "a connection reset before the request")
    if failure == "cut_short":
        return (
            "a connection reset in the answer"
            if "connection.reset_in_answer" in faults
            else "a truncated answer"
        )
    if failure == "unanswered":
        closed = "connection.closed" in faults or exchange.outcome == "closed"
        return "a connection closed without an answer" if closed else "a connection reset before the answer"
    if failure == "unreadable":
        return "an empty answer" if "body.empty" in faults else "a malformed answer"
    return "a timeout" if failure == "timeout" else "silence"

"""Numbers as a report line says them."""

from __future__ import annotations


def seconds(value: float | None) -> str:
    """`240 ms`, `1.30 s`, `42 s`."""
    if value is None:
        return "unknown"
    if value < 1:
        return f"{value * 1000:.3g} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


def percent(value: float) -> str:
    """`99.52 %`: no more places than tell something, and never 100 where it is not."""
    places = 0 if value in (0.0, 1.0) else 1 if 0.01 < value < 0.99 else 2 if 0.0001 < value < 0.9999 else 4
    return f"{value * 100:.{places}f} %"


def count(number: int, word: str, words: str = "") -> str:
    """`1 call`, `1,200 calls`."""
    return f"{number:,} {word if number == 1 else words or word + 's'}"

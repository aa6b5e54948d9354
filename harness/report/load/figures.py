"""How rates, durations, shares and sizes are written: three digits tell enough, and each with its unit."""

from __future__ import annotations

import math

NOTHING = "-"


def number(value: float | None) -> str:
    """`1,240,000`, `1,204`, `82.1`, `0.52`: three digits, and all of those before the point."""
    if value is None or math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    size = abs(value)
    if size >= 100 or value == round(value):
        return f"{value:,.0f}"
    decimals = 1 if size >= 10 else 2 if size >= 1 else 3
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if float(text) else "0"


def rate(per_s: float | None) -> str:
    """`212/s`."""
    return NOTHING if per_s is None else f"{number(per_s)}/s"


def duration(value_s: float | None) -> str:
    """`840 µs`, `12.4 ms`, `3.2 s`, `2 min 5 s`."""
    if value_s is None or math.isnan(value_s):
        return NOTHING
    size = abs(value_s)
    if size == 0:
        return "0 s"
    if size < 0.0009995:
        return f"{number(value_s * 1e6)} µs"
    if size < 0.9995:
        return f"{number(value_s * 1e3)} ms"
    if size < 120 or math.isinf(value_s):
        return f"{number(value_s)} s"
    minutes, rest = divmod(round(value_s), 60)
    return f"{minutes:,} min {rest} s" if rest else f"{minutes:,} min"


def percent(share: float | None) -> str:
    """`99.5 %`, `100 %`; what is not all is never rounded to all, and what is not nothing never to nothing."""
    if share is None or math.isnan(share):
        return NOTHING
    for decimals in (0, 1, 2, 3):
        text = f"{share * 100:.{decimals}f}"
        rounded_away = (float(text) == 100 and share < 1) or (float(text) == 0 and share > 0)
        exact = abs(float(text) - share * 100) < 0.005
        enough = 2 if 0.99 <= share < 1 else 1 if share < 10 else 0
        if not rounded_away and (exact or decimals >= enough):
            return f"{float(text):,.{decimals}f} %"
    return f"{'above 99.999' if share > 0.5 else 'below 0.001'} %"

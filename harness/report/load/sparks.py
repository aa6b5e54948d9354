"""A series in one line of text: a character for each part of time, higher where there is more."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.load.scales import Scale, Value, buckets

BLOCKS = "▁▂▃▄▅▆▇█"
LETTERS = "_.:-=+*#"
"""The same for an encoding without blocks."""


def spark(values: Sequence[Value], scale: Scale, width: int, *, ascii_only: bool = False) -> str:
    """`width` characters; a blank where nothing was seen, and a part is as high as its highest value."""
    marks = LETTERS if ascii_only else BLOCKS
    return "".join(
        " " if highest is None else marks[min(int(scale.share(highest) * len(marks)), len(marks) - 1)]
        for _, highest in buckets(values, width)
    )


def low_spark(values: Sequence[Value], scale: Scale, width: int, *, ascii_only: bool = False) -> str:
    """As `spark`, for what is bad when it is low: a part is as low as its lowest value."""
    turned = [None if value is None else scale.high + scale.low - value for value in values]
    marks = (LETTERS if ascii_only else BLOCKS)[::-1]
    return "".join(
        " " if highest is None else marks[min(int(scale.share(highest) * len(marks)), len(marks) - 1)]
        for _, highest in buckets(turned, width)
    )

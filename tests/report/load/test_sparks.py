"""A series in one line of text."""

from __future__ import annotations

from harness.report.load.scales import Scale
from harness.report.load.sparks import low_spark, spark


def test_a_spark_is_as_high_as_the_highest_of_its_part() -> None:
    assert spark([0, 0, 0, 8, 8, 8, None, None], Scale(0, 8), 4) == "▁██ "


def test_what_is_bad_when_low_is_as_low_as_its_lowest() -> None:
    assert low_spark([1.0, 1.0, 1.0, 0.0, None, None], Scale(0, 1), 3) == "█▁ "


def test_an_encoding_without_blocks_gets_letters() -> None:
    told = spark([0, 4, 8], Scale(0, 8), 3, ascii_only=True)
    assert told.isascii()
    assert told == "_=#"

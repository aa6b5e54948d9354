"""Where commands keep what they remember between runs: a folder of our own in the current one."""

from __future__ import annotations

from pathlib import Path

KEPT = Path(".harness")


def hypothesis_keeps_with_us() -> None:
    """Else Hypothesis makes a folder of its own beside ours."""
    # It takes a while to load, and few commands draw.
    from hypothesis.configuration import set_hypothesis_home_dir

    set_hypothesis_home_dir(KEPT)

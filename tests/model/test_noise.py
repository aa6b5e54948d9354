"""Signs of a busy machine."""

from __future__ import annotations

from harness.model.noise import Noise


def test_what_was_seen_in_a_stall_or_just_after_it_may_have_been_seen_late() -> None:
    noise = Noise(stalls=((1.0, 1.2), (3.0, 3.1)))
    assert [noise.hides(at_s) for at_s in (0.99, 1.1, 1.2, 1.22, 1.3, 3.05)] == [
        False,
        True,
        True,
        True,
        False,
        True,
    ]

"""An answer's bytes inside a Delivery: joined, and cut in the body."""

from __future__ import annotations

from harness.model.delivery import Delivery, Write


def octets(delivery: Delivery) -> bytes:
    """All that a delivery writes."""
    return b"".join(step.octets for step in delivery if isinstance(step, Write))


def cut(answer: bytes, keep_ratio: float) -> tuple[bytes, bytes]:
    """The head with `keep_ratio` (0 to 1) of the body, and what is missing.

    At least one byte is missing; an answer without a body is cut in its head.
    """
    head_end = answer.find(b"\r\n\r\n") + 4
    body_bytes = len(answer) - head_end
    if body_bytes:
        place = head_end + min(int(body_bytes * keep_ratio), body_bytes - 1)
    else:
        place = min(int(len(answer) * keep_ratio), len(answer) - 1)
    return answer[:place], answer[place:]

"""An answer's bytes inside a Delivery: joined, and cut in the body."""

from __future__ import annotations

from harness.model.delivery import Delivery, Write


def octets(delivery: Delivery) -> bytes:
    """All that a delivery writes."""
    return b"".join(step.octets for step in delivery if isinstance(step, Write))


def head_and_body(answer: bytes) -> tuple[bytes, bytes]:
    """The status line and headers with the empty line that ends them, and what follows."""
    end = answer.find(b"\r\n\r\n") + 4
    return answer[:end], answer[end:]


def cut(answer: bytes, keep_ratio: float) -> tuple[bytes, bytes]:
    """The head with `keep_ratio` (0 to 1) of the body, and what is missing.

    At least one byte is missing; an answer without a body is cut in its head.
    """
    head, body = head_and_body(answer)
    if body:
        place = len(head) + min(int(len(body) * keep_ratio), len(body) - 1)
    else:
        place = min(int(len(head) * keep_ratio), len(head) - 1)
    return answer[:place], answer[place:]

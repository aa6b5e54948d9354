"""Faults in the head of an answer, which leave what it says as it is."""

from __future__ import annotations

from typing import Literal

from harness.faults.registry import fault
from harness.faults.wire import head_and_body, octets
from harness.model.delivery import Close, Delivery, Write

Spelling = Literal["title", "upper", "lower"]


@fault()
def spelled(delivery: Delivery, *, names: Spelling = "title") -> Delivery:
    """Write the header `names` in Title-Case, UPPER or lower case. Seen at: a gateway that was put in front.

    RFC 9110 section 5.1: field names are case-insensitive.
    """
    head, body = head_and_body(octets(delivery))
    start, *fields = head.split(b"\r\n")
    again = (_spelled(field, names) for field in fields)
    ends = (Close(),) if any(isinstance(step, Close) for step in delivery) else ()
    return (Write(b"\r\n".join((start, *again)) + body), *ends)


def _spelled(field: bytes, names: Spelling) -> bytes:
    name, colon, value = field.partition(b":")
    return (
        (name.title() if names == "title" else name.upper() if names == "upper" else name.lower())
        + colon
        + value
    )

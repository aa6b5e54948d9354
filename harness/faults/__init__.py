"""Ways to go wrong, as pure functions. Importing the package registers every one of them."""

from harness.faults import answer, body, connection, head, status, timing

__all__ = ["answer", "body", "connection", "head", "status", "timing"]

"""Ways to go wrong, as pure functions. Importing the package registers every one of them."""

from harness.faults import answer, body, connection, status, timing

__all__ = ["answer", "body", "connection", "status", "timing"]

"""Ways to go wrong, as pure functions. Importing the package registers every one of them."""

from harness.faults import body, connection, status, timing

__all__ = ["body", "connection", "status", "timing"]

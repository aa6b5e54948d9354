"""`harness lint`: short for `harness contract lint`."""

from harness.cli.contract import lint_ as lint

__all__ = ("lint",)

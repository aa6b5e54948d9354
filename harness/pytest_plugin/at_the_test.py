"""Mistakes and broken promises are shown at the line of the test, not in here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from harness.errors import HarnessError

P = ParamSpec("P")
T = TypeVar("T")


def at_the_test(function: Callable[P, T]) -> Callable[P, T]:
    """The same, with the errors that it raises on purpose raised where it was called."""

    @functools.wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        __tracebackhide__ = True
        try:
            return function(*args, **kwargs)
        except (HarnessError, AssertionError) as error:
            raise error.with_traceback(None) from None

    return asked

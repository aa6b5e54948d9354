"""A test bench for code that talks to other people's APIs: a mocked provider, faults, and a verdict."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.conformance.each import for_each_operation as for_each_operation
    from harness.pytest_plugin.fixtures import ProviderFactory as ProviderFactory
    from harness.pytest_plugin.mocked import MockProvider as MockProvider
    from harness.run.fuzz.tolerates import tolerates as tolerates

__version__ = "0.1.0"

_FOR_TESTS = {
    "MockProvider": "harness.pytest_plugin.mocked",
    "ProviderFactory": "harness.pytest_plugin.fixtures",
    "for_each_operation": "harness.conformance.each",
    "tolerates": "harness.run.fuzz.tolerates",
}
"""What test suites import from here, and where it is: loaded when it is first asked for, since it is heavy."""


def __getattr__(name: str) -> Any:
    if name in _FOR_TESTS:
        return getattr(import_module(_FOR_TESTS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

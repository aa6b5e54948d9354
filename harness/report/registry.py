"""`@reporter(ending=".json")`: a way to print a report, as a pure function from Report to text.

The text is written as UTF-8. Keyword-only parameters, if any, have defaults: a file is chosen by its ending
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from harness.errors import UsageError, did_you_mean
from harness.model.report import Report
from harness.registry import Registry

Reporter = Callable[[Report], str]
ReporterFunction = TypeVar("ReporterFunction", bound=Callable[..., str])
Told = TypeVar("Told")

REPORTERS: Registry[Callable[..., str]] = Registry("reporter")


def reporter(*, ending: str) -> Callable[[ReporterFunction], ReporterFunction]:
    """Register a reporter under `<module>.<function>`, for files whose name ends in `ending`."""

    def enter(function: ReporterFunction) -> ReporterFunction:
        REPORTERS.register(function, ending=ending)
        return function

    return enter


def endings() -> tuple[str, ...]:
    """The endings that files of a report may have, sorted."""
    return tuple(sorted(entry.facts["ending"] for entry in REPORTERS))


def by_ending(path: object) -> Reporter:
    """The reporter for a file of that name (a text or a path); an unknown ending is a UsageError that names the
    nearest one."""
    return chosen(path, {entry.facts["ending"]: entry.function for entry in REPORTERS})


def chosen(path: object, reporters: Mapping[str, Told]) -> Told:
    """The one for a file of that name, of reporters by their endings."""
    name = str(path).replace("\\", "/").rpartition("/")[2]
    stem, dot, last = name.rpartition(".")
    ending = (dot + last).lower() if stem else ""
    if ending in reporters:
        return reporters[ending]
    what = (
        f"no report format for the ending {ending!r}"
        if ending
        else "no ending to tell the report's format by"
    )
    raise UsageError(f"{path}: {what}; {did_you_mean(ending, reporters)}")

"""What a test asks for: a provider by its name or path, a plan in any form, the next failures."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import msgspec

from harness.cli.loading import read_text
from harness.contract.files import provider_names
from harness.contract.provider import Provider
from harness.errors import FileError, UnknownName, UsageError
from harness.faults.plan import Plan, build_plan, parse_plan
from harness.faults.rule import Rule
from harness.server.lanes import named_plan

OWN = "of the test"
"""The name of a plan that a test has written out."""

_PLACE = re.compile(r"^plan 'fail_next', at [^:]*: ")

PlanAsked = str | os.PathLike[str] | Mapping[str, object] | Sequence[object] | Plan | None
"""A name, a path, a plan as data, its rules (mappings), or a script (statuses, fault ids, `pass`)."""


def find_provider(name: str | Path, *, near: Path, root: Path) -> str:
    """What `load_provider` takes: a path, from the test's folder `near`, else from `root`; or a name in
    `contracts/` of `root`, else a bundled one. UnknownName, FileError."""
    text = str(name)
    if isinstance(name, Path) or _is_path(text):
        return str(_path(text, near=near, root=root))
    own = root / "contracts"
    if (own / text / "provider.yaml").is_file():
        return str(own / text)
    if text in provider_names():
        return text
    known = {path.parent.name for path in own.glob("*/provider.yaml")}
    raise UnknownName("provider", text, known | set(provider_names()))


def find_plan(provider: Provider, asked: PlanAsked, *, near: Path, root: Path) -> Plan | None:
    """The plan that is meant. Raises UnknownName for a name, FileError for a file or data that is no plan."""
    if asked is None or isinstance(asked, Plan):
        return asked
    if isinstance(asked, str) and not _is_path(asked):
        return named_plan(provider, asked)
    if isinstance(asked, str | os.PathLike):
        path = _path(os.fspath(asked), near=near, root=root)
        return parse_plan(read_text(path), path=str(path), name=path.stem)
    if isinstance(asked, Mapping):
        return parse_plan(_json(asked), path="plan", name=OWN)
    if not asked:
        raise UsageError("an empty plan; plan=None is one by which nothing goes wrong")
    if all(isinstance(entry, Mapping) for entry in asked):
        return build_plan(list(asked), name=OWN, path="plan")
    return build_plan([{"script": list(asked)}], name=OWN, path="plan")


def next_failure(
    provider: Provider,
    fault: str | int | None,
    *,
    status: int | None,
    times: int,
    operation: str | Sequence[str] | None,
    method: str | Sequence[str] | None,
    parameters: Mapping[str, object],
    tls: bool = False,
) -> Rule:
    """One rule for the next requests. A status alone is that error, a 429 the provider's own rate limit.

    Raises UnknownName, UsageError and FileError.
    """
    if isinstance(fault, int) and not isinstance(fault, bool):
        fault, status = None, fault if status is None else status
    if fault is None and status is None:
        raise UsageError(
            "fail how? say fail_next(status=503), or a fault: fail_next('timing.late', delay_s=2)"
        )
    if times < 1:
        raise UsageError(f"times is {times}; expected 1 or more")
    given = dict(parameters)
    if fault is None and status == 429:
        fault = "status.rate_limited"
    elif status is not None:
        fault = fault or "status.error"
        given["status"] = status
    for name in (operation,) if isinstance(operation, str) else operation or ():
        known = provider.contract.operations
        if not any(fnmatchcase(each, name) for each in known):
            raise UnknownName(f"operation of {provider.name}", name, known)
    rule: dict[str, object] = {"fault": fault, "with": given, "nth": f"1-{times}"}
    rule |= {"operation": operation} if operation else {}
    rule |= {"method": method} if method else {}
    try:
        plan = build_plan([rule], name="fail_next", path="fail_next")
    except FileError as error:
        # Where in the rule it stands is no news: there is one, and the test has written it in other words.
        raise UsageError(f"fail_next: {_PLACE.sub('', error.message)}") from None
    require_tls(plan, tls=tls)
    (built,) = plan.rules
    said = [str(status or fault), *([f"operation={operation!r}"] if operation else [])]
    said += [f"method={method!r}"] if method else []
    name = f"fail_next({', '.join(said)})"
    uses = tuple(msgspec.structs.replace(use, rule=name) for use in built.uses)
    return msgspec.structs.replace(built, name=name, uses=uses)


def require_tls(plan: Plan | None, *, tls: bool) -> None:
    """UsageError for a plan that spoils TLS handshakes where there are none."""
    if plan is not None and plan.needs_tls and not tls:
        raise UsageError(f"the plan {plan.name} spoils TLS handshakes; mock_provider(..., tls=True) has them")


def _is_path(text: str) -> bool:
    return "/" in text or os.sep in text or text.lower().endswith((".json", ".yaml", ".yml"))


def _path(text: str, *, near: Path, root: Path) -> Path:
    path = Path(text).expanduser()
    tried = [path] if path.is_absolute() else list(dict.fromkeys((near / path, root / path)))
    found = next((each for each in tried if each.exists()), None)
    if found is None:
        raise FileError(text, f"no such file or folder; looked for {' and '.join(map(str, tried))}")
    return found


def _json(data: object) -> str:
    try:
        return msgspec.json.encode(data).decode()
    except (TypeError, msgspec.MsgspecError) as error:
        raise UsageError(f"no plan: {error}") from None

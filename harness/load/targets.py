"""What the team demands under load: targets of thresholds.yaml and of a scenario, over defaults."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from harness.contract import yaml
from harness.errors import FileError, did_you_mean

Part = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0)]
Times = Annotated[float, Meta(ge=0)]
AtLeastOne = Annotated[int, Meta(ge=1)]


class Targets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """None: not judged. Ratios are 0 to 1, `0.995` is 99.5 percent.

    Normal running, which is while the provider is well and has been so for long enough:
    `success_ratio`, `error_ratio` of calls; `average_s` to `max_s`: how long a call takes, from when it should have
    begun; `breaker_open_ratio`: calls that a breaker refuses; `quota_ratio`: the part of the provider's quota in use.

    While the provider fails: `window_success_ratio` to `window_max_s` of calls that begin then.

    `amplification`: attempts a call, overall and in each window, beyond `retry_reserve` retries of each client (what
    a budget saves up: 500 tokens at 5 each are 100). `pressure`: attempts a second at a failing provider, beside
    those when it is well.

    `breaker_required`: there must be a breaker; `breaker_failures`: failed calls in a row that should open it;
    `breaker_opens_s`: how long after the first failure it may open; `breaker_open_s`: how long it may stay open
    without a probe.

    `recovery_s`: how long after healing calls may take to be as good as the targets of normal running. `herd`: the
    most attempts in one of the `herd_s` seconds after healing, beside a usual second. `jitter`: retries of calls that
    failed alike are spread. `fairness`: Jain's index of successes over users. `connection_leak`: connections that
    nobody uses do not pile up. `token_stampede`: a client asks for one token at a time.

    `abort_on_fail`: the promises whose failure ends the run at once, from `abort_after_s` on.
    """

    success_ratio: Part | None = 0.995
    error_ratio: Part | None = 0.005
    average_s: Seconds | None = 2.0
    p50_s: Seconds | None = None
    p95_s: Seconds | None = 5.0
    p99_s: Seconds | None = None
    max_s: Seconds | None = None
    window_success_ratio: Part | None = None
    window_average_s: Seconds | None = None
    window_p95_s: Seconds | None = None
    window_p99_s: Seconds | None = None
    window_max_s: Seconds | None = None
    amplification: Annotated[float, Meta(ge=1)] | None = 1.1
    retry_reserve: Annotated[int, Meta(ge=0)] = 100
    pressure: Times | None = None
    breaker_required: bool = True
    breaker_failures: AtLeastOne = 5
    breaker_opens_s: Seconds | None = None
    breaker_open_s: Seconds | None = 60.0
    breaker_open_ratio: Part | None = 0.001
    recovery_s: Seconds | None = 60.0
    herd: Times | None = 2.0
    herd_s: Annotated[float, Meta(ge=1)] = 10.0
    jitter: bool = True
    quota_ratio: Part | None = 0.8
    token_stampede: bool = True
    connection_leak: bool = True
    fairness: Part | None = 0.8
    abort_on_fail: tuple[str, ...] = ()
    abort_after_s: Seconds = 10.0


Given: Any = msgspec.defstruct(
    "Given",
    [(f.name, f.type | UnsetType, UNSET) for f in msgspec.structs.fields(Targets)],
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    module=__name__,
)
"""What somebody wrote down of the targets: those that are not mentioned are unset. The type of a scenario's field."""


def parse_targets(text: str, *, path: str, promises: Iterable[str]) -> Any:
    """thresholds.yaml as `Given`. A mistake is a FileError with its line and the nearest name that would work.

    `promises`: the ids that `abort_on_fail` may name, with their family (`load.success`) or without.
    """
    given = yaml.convert(text, Given, path=path)
    known = {name.removeprefix("load.") for name in promises}
    for index, name in enumerate(given.abort_on_fail if given.abort_on_fail is not UNSET else ()):
        if name.removeprefix("load.") not in known:
            line = yaml.line_of(text, f"/abort_on_fail/{index}")
            raise FileError(
                path, f"abort_on_fail: no promise {name!r}; {did_you_mean(name, known)}", line=line
            )
    return given


def combined(*given: Any) -> Targets:
    """The targets that hold: what is said later counts more, over the defaults."""
    said: dict[str, Any] = {}
    for each in given:
        said |= {name: value for name, value in msgspec.structs.asdict(each).items() if value is not UNSET}
    return Targets(**said)

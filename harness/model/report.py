"""The report: what every reporter prints, in the shape of the JSON file. Times: seconds since the run began."""

from __future__ import annotations

import msgspec

from harness.model.finding import Verdict, VerdictName


class Attempt(msgspec.Struct, frozen=True):
    """One attempt of a call. `status` is None where no status line was sent. `number` is that of the exchange, as
    in `Verdict.attempts`; 0 where it is not known. `said`: the words in which the provider itself
    refused."""

    at_s: float
    ended_s: float | None
    operation: str | None
    method: str | None
    path: str | None
    status: int | None
    fault: str | None
    connection: int
    idempotency_key: str | None
    outcome: str = "sent"
    number: int = 0
    said: str = ""


class CallReport(msgspec.Struct, frozen=True):
    """One call. `error` is the driver's own word for a failure; `ending` says how the driver ended."""

    ok: bool
    error: str | None
    began_s: float
    ended_s: float
    attempts: tuple[Attempt, ...]
    ending: str = "ended"
    stdout: str = ""
    stderr: str = ""


class ScenarioReport(msgspec.Struct, frozen=True):
    """One scenario played with one call of the client."""

    id: str
    call: str
    fault_fired: bool
    calls: tuple[CallReport, ...]
    verdicts: tuple[Verdict, ...]
    title: str = ""
    seed: int = 0


class Counts(msgspec.Struct, frozen=True):
    """How many verdicts of each kind."""

    passed: int = msgspec.field(default=0, name="pass")
    fail: int = 0
    inconclusive: int = 0
    not_applicable: int = 0


class Report(msgspec.Struct, frozen=True):
    """A whole run of `harness verify`. `measured` maps a call's name to what the client was seen to do."""

    harness: str
    outcome: VerdictName
    seed: int
    provider: str
    client: str
    counts: Counts
    measured: dict[str, dict[str, object]]
    scenarios: tuple[ScenarioReport, ...]
    duration_s: float = 0.0
    again: str = ""
    notes: tuple[str, ...] = ()


EXIT_CODES: dict[VerdictName, int] = {"pass": 0, "not_applicable": 3, "fail": 1, "inconclusive": 3}
"""The exit code of a run by its outcome; 2 is kept for a mistake in the question."""

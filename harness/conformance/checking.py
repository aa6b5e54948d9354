"""`harness check`: a provider's operations asked one by one, judged by their contract, as a Report."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from harness.conformance.asking import Asker, Examined, Sample, in_order
from harness.conformance.credential import Credential
from harness.conformance.drawing import Drawer
from harness.conformance.known import Known, sources_of
from harness.conformance.promises import PROMISES
from harness.conformance.question import Question
from harness.conformance.refusals import refusal
from harness.conformance.sending import Sender
from harness.contract.contract import Operation
from harness.contract.provider import Provider
from harness.contract.second_opinion import SecondOpinion
from harness.model.finding import Finding, Verdict, weigh
from harness.model.report import Attempt, CallReport, Report, ScenarioReport
from harness.redaction.known import Redaction
from harness.registry import Entry
from harness.run import assemble

MOST_OF_A_KIND = 5
"""How many different breaches of one promise by one operation are told."""


class News(msgspec.Struct, frozen=True):
    """Where a check stands, for whoever shows its progress."""

    what: Literal["started", "judged", "waiting"]
    operation: str
    done: int
    total: int
    said: str = ""


class Check:
    """A check of one provider at one address. `secrets` go into no report."""

    def __init__(
        self,
        provider: Provider,
        question: Question,
        *,
        credential: Credential | None = None,
        tell: Callable[[News], None] = lambda news: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.provider, self.question, self._tell = provider, question, tell
        self._credential = credential
        self._clean = Redaction(credential.forms if credential else ())
        self._began_s = time.monotonic()
        self._now_at = ("", 0)
        self.stopped = False
        pace = question.pace(provider.behaviour, now=time.monotonic, sleep=sleep)
        self._sender = Sender(provider.behaviour, pace, tell=self._wait)
        sources = {each.id: sources_of(provider.contract, each) for each in question.operations}
        self._asker = Asker(
            provider,
            self._sender,
            Drawer(
                provider.contract,
                dict.fromkeys((*question.operations, *(s for group in sources.values() for s in group))),
                base_url=question.base_url,
            ),
            Known(provider, question.told),
            sources=sources,
            credential=credential,
            strict=SecondOpinion(provider.contract) if question.strict else None,
        )

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()

    def examine(self, operation: Operation) -> Examined:
        """Ask about one operation."""
        return self._asker.examine(operation, most=self.question.examples, seed=self.question.seed)

    def run(self) -> Report:
        """Ask about every operation of the question, and judge. Ctrl-C ends it: what was not asked by then is
        inconclusive, and `stopped` is true."""
        examined = []
        order = in_order(self.question.operations)
        for number, operation in enumerate(order):
            self._now_at = (operation.id, number)
            try:
                self._tell(News("started", operation.id, number, len(order)))
                examined.append(self.examine(operation))
                self._tell(News("judged", operation.id, number + 1, len(order)))
            except KeyboardInterrupt:
                self.stopped = True
                break
        return self.report(examined)

    def report(self, examined: list[Examined]) -> Report:
        """The verdicts on what was asked; where nothing but refusals came, none of them is a pass or a fail."""
        refused = refusal(examined)
        runs = [self.judged(each, refused) for each in sorted(examined, key=self._place)]
        if self.stopped:
            asked = {each.operation.id for each in examined}
            runs += [
                _unasked(each, self.question.seed)
                for each in self.question.operations
                if each.id not in asked
            ]
        waited = self._sender.waited_s
        notes = [refused] if refused else [*self._ids_wanted(examined)]
        notes += [f"stopped after {len(examined)} of {len(runs)} operations"] if self.stopped else []
        notes += [self._asker.trouble] if self._asker.trouble else []
        notes += [f"waited {waited:.0f} s to stay within the rate limit"] if waited >= 10 else []
        return assemble.report(
            runs,
            seed=self.question.seed,
            provider=self.provider.name,
            client=self._clean(self.question.base_url),
            measured={},
            duration_s=round(time.monotonic() - self._began_s, 2),
            again=f"harness check {self.question.again}",
            notes=tuple(self._clean(note) for note in notes),
        )

    def _ids_wanted(self, examined: list[Examined]) -> Iterator[str]:
        """How to tell what exists, where that is all that an operation lacks."""
        untried = [e for e in examined if not any(answer.succeeds for answer in e.answers.all)]
        names = {name: None for each in untried for name in self._asker.missing(each.operation)}
        if names and not self._asker.trouble:
            flags = " ".join(f"--example {name}=ID" for name in names)
            yield f"where nothing is known to exist, only errors are seen; tell what exists: {flags}"

    def judged(self, examined: Examined, refused: str = "") -> ScenarioReport:
        """One operation as a run of the report: a call for each request, a verdict for each promise."""
        verdicts = [
            verdict
            for entry in PROMISES
            if self.question.strict or entry.id != "conformance.openapi_core_agrees"
            for verdict in self._verdicts(entry, examined, refused)
        ]
        operation = examined.operation
        return ScenarioReport(
            id=operation.id,
            call="check",
            fault_fired=False,
            calls=tuple(self._call(sample, verdicts) for sample in examined.samples),
            verdicts=tuple(verdicts),
            title=operation.name,
            seed=self.question.seed,
        )

    def _verdicts(self, entry: Entry, examined: Examined, refused: str) -> list[Verdict]:
        findings = list(entry.function(examined.answers))
        source = entry.facts["source"]
        word = weigh(findings)
        if word == "not_applicable":
            return [Verdict(entry.id, word, "the contract says nothing of it", entry.expected, source)]
        if refused and word != "inconclusive":
            return [Verdict(entry.id, "inconclusive", refused, entry.expected, source)]
        sight = {"fail": "broken", "pass": "kept", "inconclusive": "short"}[word]
        telling = [finding for finding in findings if finding.sight == sight]
        shown = telling[: MOST_OF_A_KIND if word == "fail" else 1]
        found = [
            Verdict(
                entry.id,
                word,
                self._clean(finding.observed),
                finding.expected,
                finding.source or source,
                self._again(examined, finding) if word == "fail" else "",
                finding.attempts,
            )
            for finding in shown
        ]
        if len(telling) > len(shown):
            last, more = found[-1], len(telling) - len(shown)
            found[-1] = msgspec.structs.replace(
                last, observed=f"{last.observed} (and {more} more of other kinds)"
            )
        return found

    def _again(self, examined: Examined, finding: Finding) -> str:
        """The smallest request that shows it, and the command that finds it again."""
        flags = self.question.again.split(" --operations ")[0]
        command = f"harness check {flags} --operations {shlex.quote(examined.operation.id)}"
        for sample in examined.samples:
            if any(exchange.number in finding.attempts for exchange in sample.replied.exchanges):
                return f"{self._clean(sample.curl)}\n{command}"
        return command

    def _call(self, sample: Sample, verdicts: list[Verdict]) -> CallReport:
        exchanges = sample.replied.exchanges
        numbers = {exchange.number for exchange in exchanges}
        shows = any(v.verdict == "fail" and numbers.intersection(v.attempts) for v in verdicts)
        response = sample.replied.response
        error = sample.replied.trouble or ("the contract is broken" if shows else None)
        text = ""
        if shows and response is not None:
            text = f"{sample.curl}\n{response.status}\n{response.body[:4000].decode('utf-8', 'replace')}\n"
        return CallReport(
            ok=not shows and response is not None,
            error=self._clean(error) if error else None,
            began_s=self._since(exchanges[0].at_s),
            ended_s=self._since(exchanges[-1].ended_s or exchanges[-1].at_s),
            attempts=tuple(
                Attempt(
                    at_s=self._since(exchange.at_s),
                    ended_s=None if exchange.ended_s is None else self._since(exchange.ended_s),
                    operation=exchange.operation,
                    method=exchange.method,
                    path=self._clean(exchange.path or ""),
                    status=exchange.status,
                    fault=None,
                    connection=exchange.connection,
                    idempotency_key=None,
                    outcome=exchange.outcome,
                    number=exchange.number,
                )
                for exchange in exchanges
            ),
            stdout=self._clean(text),
        )

    def _since(self, at_s: float) -> float:
        return round(at_s - self._began_s, 4)

    def _place(self, examined: Examined) -> int:
        return self.question.operations.index(examined.operation)

    def _wait(self, said: str) -> None:
        operation, done = self._now_at
        self._tell(News("waiting", operation, done, len(self.question.operations), self._clean(said)))


def _unasked(operation: Operation, seed: int) -> ScenarioReport:
    """The run of an operation that its user did not wait for."""
    entry = next(entry for entry in PROMISES if entry.id == "conformance.put_to_the_test")
    said = "stopped before all of it was asked"
    verdict = Verdict(
        entry.id, "inconclusive", said, "an answer that the operation is there for", entry.facts["source"]
    )
    return ScenarioReport(
        id=operation.id,
        call="check",
        fault_fired=False,
        calls=(),
        verdicts=(verdict,),
        title=operation.name,
        seed=seed,
    )

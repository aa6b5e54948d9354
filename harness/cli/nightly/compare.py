"""What is held against what: two documents, the live provider, and recordings of it."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from harness.cli.nightly.sides import Ours, Theirs, Unreached, shown_url, theirs
from harness.cli.nightly.used_by import Recording
from harness.cli.scratch import hypothesis_keeps_with_us
from harness.conformance.question import Wish, put
from harness.contract.contract import Contract
from harness.drift.documents.compare import compare
from harness.drift.nights.pool import Kept, pooled
from harness.errors import UsageError
from harness.model.change import Change
from harness.model.drift_report import Comparison, Side
from harness.model.exchange import Exchange

if TYPE_CHECKING:
    from harness.conformance.credential import Credential
    from harness.conformance.watching import Progress as News


class Found(msgspec.Struct, frozen=True):
    """What came of it. `changes` has each comparison that was made, also one that found nothing; `untold`: what each
    could not check. `exchanges`: what the live provider answered, `looked_at`: of which operations enough to call
    something gone. `notes`: what else is to be said. `pool`: what is to be kept of the answers, where nights are
    remembered."""

    new: Side
    changes: Mapping[Comparison, Sequence[Change]] = {}
    untold: Mapping[Comparison, Sequence[str]] = {}
    notes: tuple[str, ...] = ()
    their: Theirs | None = None
    exchanges: tuple[Exchange, ...] = ()
    credential: Credential | None = None
    looked_at: frozenset[str] | None = None
    pool: Mapping[str, Kept] = {}
    stopped: bool = False


def documents(our: Ours, named: str) -> Found:
    """Our document against another one."""
    try:
        their = theirs(named)
    except Unreached as unreached:
        return Found(Side(shown_url(named)), untold={"document": (str(unreached),)})
    found = compare(our.provider.contract, their.contract)
    gc.freeze()  # all of it stays until the end: no collection needs to walk it
    return Found(their.side, {"document": found.changes}, {"document": found.untold}, their=their)


def live(
    our: Ours,
    wish: Wish,
    recorded: Sequence[Recording],
    *,
    today: str,
    pool: Mapping[str, Kept] | None,
) -> Found:
    """Our document, and recordings where there are any, against what the provider answers now. `pool`: what is known
    of the nights before, None where nights are not remembered."""
    # schemathesis and Hypothesis take a second to import: only who asks the provider pays for them.
    from harness.cli.progress import Progress
    from harness.conformance.watching import watch
    from harness.drift.seen.observe import against_contract
    from harness.drift.seen.taped import against_recording, unsure

    question, credential = put(wish, our.provider, os.environ)
    hypothesis_keeps_with_us()
    calls = tuple(exchange for each in recorded for exchange in each.exchanges)
    baseline = tuple(exchange for each in recorded if not each.is_of_mock for exchange in each.exchanges)
    with Progress(f"drift of {our.provider.name}") as progress:

        def tell(news: News) -> None:
            said = f"{news.operation}: {news.said}" if news.said else news.operation
            progress.show(news.done, news.total, said)

        seen = watch(our.provider, question, recorded=calls, credential=credential, tell=tell)
    contract = our.provider.contract
    changes: dict[Comparison, Sequence[Change]] = {}
    if seen.exchanges:
        changes["live"] = against_contract(contract, seen.exchanges, baseline)
        if baseline:
            changes["recording"] = against_recording(contract, baseline, seen.exchanges)
    asked = sum(seen.asked.values())
    notes = [f"{asked} answers of {len(seen.asked)} operations"]
    notes += [f"not asked: {text}" for text in seen.left]
    looked_at = frozenset(_looked_at(contract, seen.exchanges)) - seen.doubtful
    kept: Mapping[str, Kept] = {}
    if pool is None:
        notes += unsure(contract, baseline, seen.exchanges)
    else:
        of_nights = pooled(contract, pool, baseline, seen.exchanges, asked=looked_at, today=today)
        kept = of_nights.kept
        notes += of_nights.unsure
        told = {_where(change) for each in changes.values() for change in each}
        late = [change for change in of_nights.changes if _where(change) not in told]
        if late:
            changes["live"] = (*changes["live"], *late)
    return Found(
        Side(f"live at {question.base_url}", date=today),
        changes,
        {"live": seen.untold, "recording": seen.untold if baseline else ()},
        tuple(notes),
        exchanges=seen.exchanges,
        credential=credential,
        looked_at=looked_at,
        pool=kept,
        stopped=seen.stopped,
    )


def _where(change: Change) -> tuple[str, str, str, str]:
    """Which thing it tells of, whatever else it says."""
    return change.rule, change.place.operation, change.place.part, change.place.value


def _looked_at(contract: Contract, exchanges: Sequence[Exchange]) -> Iterator[str]:
    """The names of the operations that answered well."""
    for exchange in exchanges:
        operation = contract.operations.get(exchange.operation or "")
        if operation is not None and exchange.status is not None and 200 <= exchange.status < 300:
            yield operation.name


def require_live(base_url: str | None, provider: str) -> str:
    """The address to ask. UsageError where there is none."""
    if base_url is None:
        raise UsageError(
            f"--base-url says where {provider} is to be asked, as --base-url https://sandbox.example.com"
        )
    return base_url

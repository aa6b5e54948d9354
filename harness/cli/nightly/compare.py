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
from harness.drift.nights.counts import Kept
from harness.drift.nights.pool import pooled
from harness.drift.nights.published import Published, differences, pack, part
from harness.errors import UsageError
from harness.model.change import Change
from harness.model.drift_report import Comparison, Side
from harness.model.exchange import Exchange

if TYPE_CHECKING:
    from harness.conformance.credential import Credential
    from harness.conformance.watching import Progress as News


class Found(msgspec.Struct, frozen=True):
    """What came of it. `changes` has each comparison that was made, also one that found nothing; `untold`: what each
    could not check. `exchanges`: what the live provider answered, `baseline`: what recordings have of the same,
    `looked_at`: the operations that answered enough to call something gone. `notes`: what else is to be said.
    `published`, `pool`: what is to be kept of the other document and of the answers, where nights are remembered."""

    new: Side
    changes: Mapping[Comparison, Sequence[Change]] = {}
    untold: Mapping[Comparison, Sequence[str]] = {}
    notes: tuple[str, ...] = ()
    their: Theirs | None = None
    exchanges: tuple[Exchange, ...] = ()
    baseline: tuple[Exchange, ...] = ()
    credential: Credential | None = None
    looked_at: frozenset[str] | None = None
    published: Published | None = None
    pool: Mapping[str, Kept] = {}
    stopped: bool = False


def documents(our: Ours, named: str, *, today: str) -> Found:
    """Our document against another one. Of a text of our own only what it has is compared."""
    try:
        their = theirs(named)
    except Unreached as unreached:
        return Found(Side(shown_url(named)), untold={"document": (str(unreached),)}, published=our.kept)
    contract, published = their.contract, our.kept
    if our.is_own_text or our.kept is not None:
        contract = part(contract, our.provider.contract)
    found = compare(our.provider.contract, contract)
    changes = found.changes
    if our.is_own_text:
        changes = differences(changes)
        published = pack(contract, source=their.side.name, date=today)
    elif our.text is not None and not changes and not found.untold:
        published = pack(part(their.contract, our.text), source=their.side.name, date=today)
    gc.freeze()  # all of it stays until the end: no collection needs to walk it
    return Found(
        their.side, {"document": changes}, {"document": found.untold}, their=their, published=published
    )


def live(
    our: Ours,
    wish: Wish,
    recorded: Sequence[Recording],
    *,
    today: str,
) -> Found:
    """Our document, and recordings where there are any, against what the provider answers now."""
    # schemathesis and Hypothesis take a second to import: only who asks the provider pays for them.
    from harness.cli.progress import Progress
    from harness.conformance.watching import watch
    from harness.drift.seen.observe import against_contract
    from harness.drift.seen.taped import against_recording

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
    return Found(
        Side(f"live at {question.base_url}", date=today),
        changes,
        {"live": seen.untold, "recording": seen.untold if baseline else ()},
        tuple(notes),
        exchanges=seen.exchanges,
        baseline=baseline,
        credential=credential,
        looked_at=looked_at,
        stopped=seen.stopped,
    )


def over_nights(found: Found, our: Ours, pool: Mapping[str, Kept] | None, *, today: str) -> Found:
    """With what the answers of many nights tell together. `pool`: what is known of the nights before, None where
    nights are not remembered."""
    from harness.drift.seen.taped import unsure

    if found.looked_at is None:
        return found
    contract = our.provider.contract
    if pool is None:
        doubts = unsure(contract, found.baseline, found.exchanges)
        return msgspec.structs.replace(found, notes=(*found.notes, *doubts))
    taken = pooled(contract, pool, found.baseline, found.exchanges, asked=found.looked_at, today=today)
    told = {_where(change) for each in found.changes.values() for change in each}
    late = [change for change in taken.changes if _where(change) not in told]
    changes = {**found.changes, "live": (*found.changes["live"], *late)} if late else found.changes
    return msgspec.structs.replace(
        found, changes=changes, notes=(*found.notes, *taken.unsure), pool=taken.kept
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

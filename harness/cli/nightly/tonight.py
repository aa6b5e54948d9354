"""All that is read before anything is asked: so a mistake in the question is told at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from harness.cli.loading import read_text
from harness.cli.nightly.asked import Asked, printable
from harness.cli.nightly.compare import Found, documents, live, require_live
from harness.cli.nightly.memory import Memory, memory_of
from harness.cli.nightly.notify import Hook, read_hook
from harness.cli.nightly.sides import Ours, ours, published
from harness.cli.nightly.used_by import Recording, recordings, usage_of
from harness.cli.settings import Settings
from harness.cli.writing import require_writable
from harness.conformance.question import Wish, pair
from harness.drift.nights.accepted import Entry, parse_accepted
from harness.drift.nights.usage import Usage
from harness.drift.nights.use import Said
from harness.drift.rules.catalogue import RULES
from harness.errors import UsageError


class Tonight(msgspec.Struct, frozen=True, kw_only=True):
    """A question in full. `against`: what our side is held against; `recorded`: the calls that are asked again;
    `told`: what tells what the client uses; `today`: YYYY-MM-DD."""

    asked: Asked
    our: Ours
    against: str
    accepted: tuple[Entry, ...]
    hook: Hook | None
    memory: Memory
    recorded: tuple[Recording, ...]
    told: tuple[Recording, ...]
    usage: Usage | None
    said: Said
    today: str

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """All that were named, each once."""
        return tuple({each.path: each for each in (*self.recorded, *self.told)}.values())

    def found(self) -> Found:
        """What differs: ask."""
        if not self.asked.is_live:
            return documents(self.our, self.against, today=self.today)
        return live(self.our, _wish(self.asked, self.our), self.recorded, today=self.today)


def prepared(asked: Asked, settings: Settings, *, today: str) -> Tonight:
    """Everything read. Unreached where our own side cannot be had; UsageError, FileError for mistakes."""
    our = ours(asked.what, settings)
    against = _against(asked, our)
    accepted = _accepted(asked, settings)
    hook = read_hook(asked.notify, asked.notify_format, os.environ) if asked.notify else None
    memory = memory_of(asked, our, settings)
    if asked.issue is not None:
        require_writable(Path(asked.issue))
    if asked.propose and Path(asked.propose).is_file():
        raise UsageError(f"--propose {asked.propose}: a file; it takes a folder")
    if asked.anew and not memory.keeps:
        raise UsageError("--anew is for --state: there is nothing to begin anew")
    before = memory.before.published if memory.before is not None and not asked.anew else None
    if before is not None and our.is_own_text and not asked.is_live:
        our = our.since(before)
    recorded = _recorded(asked.cassettes, our, settings) if asked.is_live or asked.cassettes else ()
    # What tells what the client uses: what is named, else what a client has, else the cassettes that are named.
    told = _recorded(asked.used_by or asked.cassettes, our, settings)
    return Tonight(
        asked=asked,
        our=our,
        against=against,
        accepted=accepted,
        hook=hook,
        memory=memory,
        recorded=recorded,
        told=told,
        usage=usage_of(told, our.provider) if told else None,
        said=Said(settings.drift.uses, settings.drift.ignores),
        today=today,
    )


def notes(tonight: Tonight, found: Found) -> Iterator[str]:
    """What is to be said beside what was found."""
    our = tonight.our
    yield from found.notes
    if our.client and not tonight.told:
        yield (
            f"nothing tells what {our.client} uses, so every operation counts: name its cassettes in harness.toml, "
            "or give --used-by"
        )
    if our.is_own_text and found.their is not None:
        yield f"{our.side.name} is our own text, no copy of the published document: what differs has not drifted"
        if tonight.memory.keeps:
            yield "from the next night on, the published document is held against what it says tonight"
        else:
            yield "--state FILE keeps what is published tonight, so that the next night says what has moved"


def _against(asked: Asked, our: Ours) -> str:
    if asked.new is not None and asked.against is not None:
        raise UsageError(f"{asked.new} and --against {printable(asked.against)}: one of them")
    if not asked.is_live:
        flags = (("--base-url", asked.base_url), ("--auth", asked.auth), ("--writes", asked.writes))
        unheard = next((flag for flag, given in flags if given), None)
        if unheard is not None:
            raise UsageError(f"{unheard} is for --against live")
    else:
        require_live(asked.base_url, our.provider.name)
    return asked.new or asked.against or published(our)


def _accepted(asked: Asked, settings: Settings) -> tuple[Entry, ...]:
    path = asked.accept or settings.drift.accept
    if path is None:
        return ()
    return parse_accepted(read_text(Path(path)), path=path, rules=RULES)


def _recorded(named: Sequence[str], our: Ours, settings: Settings) -> tuple[Recording, ...]:
    own = our.settings.cassettes if our.settings is not None else ()
    return recordings(named or own, our.provider, settings)


def _wish(asked: Asked, our: Ours) -> Wish:
    return Wish(
        provider=asked.what,
        base_url=require_live(asked.base_url, our.provider.name),
        auth=asked.auth,
        operations=asked.operations,
        writes=asked.writes,
        live=asked.live,
        told=dict(pair(text) for text in asked.examples),
        rate=asked.rate,
        examples=asked.max_examples,
        seed=asked.seed,
    )

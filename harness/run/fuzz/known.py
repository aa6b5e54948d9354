"""The failures of earlier runs, in Hypothesis' own database of examples, so that they come first the next time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.run.fuzz.trial import Part
from harness.tolerance.variation import Variation

if TYPE_CHECKING:
    from hypothesis.database import ExampleDatabase


class KnownFailures:
    """Of one call. `folder`: where the database is. `about`: what is tested, by provider, call and what it is."""

    def __init__(self, folder: Path, about: str) -> None:
        self._folder, self._about = folder, about
        self._opened: ExampleDatabase | None = None

    def fetch(self, part: Part) -> list[tuple[Variation, ...]]:
        """The variations that failed before, those that take fewest first."""
        found = []
        for octets in self._database.fetch(self._key(part)):
            try:
                found.append(msgspec.json.decode(octets, type=tuple[Variation, ...]))
            except msgspec.DecodeError:  # an entry of another version of ours
                continue
        return sorted(found, key=lambda one: (len(one), msgspec.json.encode(one)))

    def keep(self, part: Part, variations: tuple[Variation, ...]) -> None:
        """Remember a failure, in a folder that is no part of the repository around it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / ".gitignore").write_text("*\n", "utf-8")
        self._database.save(self._key(part), msgspec.json.encode(variations))

    def forget(self, part: Part, variations: tuple[Variation, ...]) -> None:
        """It failed no more."""
        self._database.delete(self._key(part), msgspec.json.encode(variations))

    def _key(self, part: Part) -> bytes:
        return f"harness fuzz {part} {self._about}".encode()

    @property
    def _database(self) -> ExampleDatabase:
        if self._opened is None:
            # Here and not above: Hypothesis takes a while to load.
            from hypothesis.database import DirectoryBasedExampleDatabase

            self._opened = DirectoryBasedExampleDatabase(self._folder)
        return self._opened

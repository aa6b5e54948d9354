"""The fixture `cassette`: vcrpy in a test, with files that hold no secrets and requests matched by what they mean.

    def test_refund(cassette):
        with cassette("stripe/refund.yaml"):
            refund("ch_1")

vcrpy and the engine are imported when a test first uses one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from vcr.cassette import Cassette

Mode = Literal["once", "none", "new", "all"]

_OF_VCRPY = {"once": "once", "none": "none", "new": "new_episodes", "all": "all"}

FOLDER = "cassettes"
"""Where a project keeps them, at its root or beside its tests."""


class CassetteFactory:
    """What the fixture `cassette` is: call it for each cassette that a test needs."""

    def __init__(self, root: Path, near: Path, record: Mode) -> None:
        self._root, self._near, self._record = root, near, record

    @contextmanager
    def __call__(
        self,
        path: str | Path,
        *,
        record: Mode | None = None,
        provider: str | None = None,
        secrets: Iterable[str] = (),
    ) -> Iterator[Cassette]:
        """Play a cassette for as long as the context lasts; vcrpy's own object is what it gives.

        `path`: from the folder of the test, from its `cassettes/`, or from that of the project, where a new one is
        written, too. `record`: in place of `--harness-record`. `provider`: whose contract says what requests mean.
        `secrets`: texts that must not be written, beside what is found.

        Raises FileError where the file is no cassette.
        """
        __tracebackhide__ = True
        # Here and not above: most runs of pytest need nothing of it.
        from harness.cassette.credentials import secrets_in
        from harness.pytest_plugin.vcrpy import player

        known = (*secrets, *secrets_in(os.environ))
        place, mode = self._place(Path(path)), _OF_VCRPY[record or self._record]
        with player(provider, known).use_cassette(str(place), record_mode=mode) as played:
            yield played

    def _place(self, path: Path) -> Path:
        tried = (self._near / path, self._near / FOLDER / path, self._root / FOLDER / path)
        return next((each for each in tried if each.is_file()), tried[-1])


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> CassetteFactory:
    """cassette("stripe/refund.yaml"): exchanges that were recorded, played to this test's HTTP clients by vcrpy."""
    asked = request.config.option.harness_record
    return CassetteFactory(request.config.rootpath, request.node.path.parent, asked or usual(os.environ))


def usual(environ: Mapping[str, str]) -> Mode:
    """What is recorded where nobody says: what has no cassette yet, and nothing in continuous integration."""
    return "none" if environ.get("CI", "").lower() not in ("", "0", "false") else "once"


def add_option(options: Any) -> None:
    """The command line option of the fixture."""
    options.addoption(
        "--harness-record",
        choices=tuple(_OF_VCRPY),
        default=None,
        help="what `cassette` records: what has no file yet (once), nothing (none), what a file lacks (new), "
        "everything anew (all). Default: once, and none where CI is set",
    )

"""Clients that are to trust our lanes by TLS: the files and variables that tell them to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.run.surroundings import trusting
from harness.server.lanes import Lanes


@contextmanager
def trusted(lanes: Lanes) -> Iterator[Mapping[str, str]]:
    """The variables, for as long as the files are there that they name."""
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        yield trusting(os.environ, lanes.authority.pem, Path(folder))

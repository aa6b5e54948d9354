"""Files that commands write: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from harness.errors import FileError


def require_writable(path: Path) -> None:
    """A FileError where a report could not be written there: better told before a run than after it."""
    if path.is_dir():
        raise FileError(str(path), "a folder, where a file is to be written")
    write_text(path, None)


def write_text(path: Path, text: str | None) -> None:
    """Write a whole file or none: whatever happens, no half of it is left. Without a text it is only tried."""
    write_bytes(path, None if text is None else text.encode())


def write_bytes(path: Path, data: bytes | None) -> None:
    """Write a whole file or none, byte for byte."""
    draft = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data or b"")
        if data is not None:
            os.chmod(draft, 0o666 & ~_umask())
            os.replace(draft, path)
            draft = None
    except OSError as error:
        raise FileError(str(path), f"cannot be written: {error.strerror}") from None
    finally:
        if draft is not None:
            Path(draft).unlink(missing_ok=True)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """No other process that asks for the same is in here: for a file that is read, changed and written."""
    try:
        import fcntl
    except ModuleNotFoundError:  # Windows has none.
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # The folder is locked, so that no lock is left in it.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        # Some shared folders know no locks: whoever comes last is believed there.
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _umask() -> int:
    """What the user takes from new files. It can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

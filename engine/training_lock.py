"""One Palimpsest learns at a time: a lock of the operating system on a file that is handed in.

Knows one empty file. The system lets the lock go when its process ends, however it ends; the file stays and says nothing.
Two trainings at once would each take longer than both in turn, and could want more memory than there is.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from engine.errors import EngineError
from engine.jobs import Result, Steps

_PATIENCE_S = 1.0
"""A glance of another process (`is_held`) passes within this time."""
_PAUSE_S = 0.02


class LearningElsewhere(EngineError):
    """Another process is learning with the same library."""


def is_held(path: Path) -> bool:
    """Whether a process holds the lock at the moment."""
    with _open(path) as descriptor:
        return not _try_lock(descriptor)


def holding(path: Path | None, steps: Steps[Result]) -> Steps[Result]:
    """Run a handler's steps under the lock; None: there is nobody to share with.

    Raises LearningElsewhere when another process keeps it.
    """
    if path is None:
        return (yield from steps)
    give_up_at = time.monotonic() + _PATIENCE_S
    with _open(path) as descriptor:  # closing it lets go of the lock
        while not _try_lock(descriptor):
            if time.monotonic() > give_up_at:
                raise LearningElsewhere(
                    "Another Palimpsest is learning with this library; let it finish, or pause it first."
                )
            yield None
            time.sleep(_PAUSE_S)
        return (yield from steps)


@contextlib.contextmanager
def _open(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    _OFFSET = 1 << 30
    """Windows forbids reading what is locked, so the locked byte lies where nothing ever is."""

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _OFFSET, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

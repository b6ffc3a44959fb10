"""A file for a library that takes nothing but a path, gone as soon as it was read.

Knows the operating system. What goes into it is made of somebody's document: on Linux it lies in memory and on no disk, so that nothing
is left of it where the process is ended half-way. Elsewhere there is no such file, and a folder of its own is removed afterwards.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_OPEN_FILES = Path("/proc/self/fd")


@contextlib.contextmanager
def fleeting_file(name: str) -> Iterator[Path]:
    """Inside, a path that can be written and read by this process, in the end by that of `name`; afterwards nothing is there."""
    opened = _in_memory(name)
    if opened is None:
        with tempfile.TemporaryDirectory(prefix="palimpsest-") as folder:
            yield Path(folder) / name
        return
    try:
        yield _OPEN_FILES / str(opened)
    finally:
        os.close(opened)


def _in_memory(name: str) -> int | None:
    if sys.platform != "linux" or not _OPEN_FILES.is_dir():
        return None
    return os.memfd_create(name)

"""A file for a library that takes nothing but a path, gone as soon as it was read.

Knows the operating system. What goes into it is made of somebody's document: on Linux it lies in memory and on no disk, so that nothing
is left of it where the process is ended half-way. Elsewhere there is no such file: it gets a folder of its own, which is removed
afterwards, or by the next process where this one was ended.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types

log = logging.getLogger(__name__)

_OPEN_FILES = Path("/proc/self/fd")
_FOLDER = "palimpsest-passing-"
"""Of its own: this, the process, and what makes it the only one."""


@contextlib.contextmanager
def fleeting_file(name: str) -> Iterator[Path]:
    """Inside, a path that can be written and read by this process, in the end by that of `name`; afterwards nothing is there."""
    opened = _in_memory(name)
    if opened is None:
        with tempfile.TemporaryDirectory(prefix=f"{_FOLDER}{os.getpid()}-") as folder:
            yield Path(folder) / name
        return
    try:
        yield _OPEN_FILES / str(opened)
    finally:
        os.close(opened)


def remove_left_behind() -> None:
    """Files of processes that were ended while they had one."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*-*"):
        process = folder.name.removeprefix(_FOLDER).partition("-")[0]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            log.info("removing what an ended process left in %s", folder)
            shutil.rmtree(folder, ignore_errors=True)


def _in_memory(name: str) -> int | None:
    if sys.platform != "linux" or not _OPEN_FILES.is_dir():
        return None
    return os.memfd_create(name)

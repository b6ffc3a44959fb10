"""How much a file may ask of us: every bound the readers keep. Beyond one, the file is refused with a sentence."""

from __future__ import annotations

import contextlib
import sys

MIB = 1024 * 1024

MAX_FILE_BYTES = 1024 * MIB
"""A whole file, whatever it is: picture books come to several hundred MiB."""
MAX_TEXT_FILE_BYTES = 96 * MIB
"""A file read into memory as one text (TXT, MD, HTML, FB2): thirty times War and Peace."""
MAX_JSON_FILE_BYTES = 256 * MIB
MAX_CHARACTERS = 40_000_000
"""The text of one document."""
MAX_BLOCKS = 2_000_000
MAX_ZIP_MEMBERS = 20_000
MAX_MEMBER_BYTES = 64 * MIB
MAX_READ_BYTES = 384 * MIB
"""All members read out of one archive."""
MAX_RATIO = 300
"""Unpacked to packed size of a member above RATIO_MATTERS_BYTES. Prose packs 2-4 times, repetitive markup up to 50."""
RATIO_MATTERS_BYTES = 4 * MIB
MAX_PICTURE_BYTES = 20 * MIB
"""One picture of a document."""
MAX_PIXELS = 64 * 1024**2
"""Width times height of a picture: what fits into the 256 MiB that a Qt image reader takes for one, at 4 bytes a pixel."""
MAX_PICTURES = 5_000
MAX_PICTURES_BYTES = 300 * MIB
"""All pictures of one document."""
MAX_ATTACHED_BYTES = 64 * MIB
"""What goes with one message: a picture of a book, or of a page."""
MAX_FRAME_BYTES = 128 * MIB
"""One message of the child."""
MAX_OUTPUT_BYTES = 512 * MIB
"""All messages of the child, pictures aside."""


def limit_this_process(*, memory_bytes: int, cpu_s: float) -> None:
    """Bound this process's address space, processor time and file writing, where the system can (POSIX).

    The parent's clock and MAX_OUTPUT_BYTES hold everywhere. Files stay writable up to 1 MiB, for Python's own caches.
    """
    if sys.platform == "win32":
        return
    import resource

    bounds = [
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, max(1, int(cpu_s))),
        (resource.RLIMIT_FSIZE, MIB),
        (resource.RLIMIT_CORE, 0),
    ]
    for what, bound in bounds:
        hard = resource.getrlimit(what)[1]
        soft = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS refuses some of these; the parent's clock still holds
            resource.setrlimit(what, (soft, hard))

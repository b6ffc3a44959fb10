"""The process a file is read in: `python -m storage.readers.child`, started by storage.readers.reading.

The parent writes one frame {"path", "memory_bytes", "cpu_s"} and keeps the pipe open; when it closes, the parent is
gone and this process ends. Answers go to standard output (storage.readers.messages), what a library prints to standard
error.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

from storage.errors import ReaderError
from storage.readers import limits
from storage.readers.frames import read_frame, write_frame
from storage.readers.messages import document_messages
from storage.readers.parsing import parse_file
from storage.readers.source import ReportProgress, Source

_REPORT_EVERY_S = 0.1


def main() -> int:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    requests = sys.stdin.buffer
    request = read_frame(requests)
    if request is None:
        return 0
    threading.Thread(target=_end_with_parent, args=(requests,), daemon=True).start()
    limits.limit_this_process(memory_bytes=int(request["memory_bytes"]), cpu_s=float(request["cpu_s"]))
    source = Source(Path(str(request["path"])), report=_reporter(answers))
    try:
        for message in document_messages(parse_file(source)):
            write_frame(answers, message)
    except ReaderError as problem:
        write_frame(answers, {"error": str(problem)})
    except MemoryError:
        del source
        write_frame(answers, {"memory": True})
    answers.close()
    return 0


def _end_with_parent(requests: BinaryIO) -> None:
    requests.read(1)
    os._exit(3)


def _reporter(answers: BinaryIO) -> ReportProgress:
    last = 0.0

    def report(done: int, total: int | None, unit: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _REPORT_EVERY_S:
            last = now
            write_frame(answers, {"progress": [done, total, unit]})

    return report


if __name__ == "__main__":
    sys.exit(main())

"""The process the engine lives in: `python -m engine.process_child`, started by engine.process.

Reads requests from standard input, writes events and log records to standard output; what a library prints goes to
standard error. Where the input ends without a `Close`, the parent is gone, and this process ends at once: what it did
last is a finished unit on disk.
"""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import logging.handlers
import os
import queue
import signal
import sys
import threading
from collections import deque
from typing import IO, Any, NoReturn

from engine.jobs import JobEvent, JobRunner, bug_sentence, is_end
from engine.process_messages import Cancel, Close, Setup, Submit, pack, read_value

log = logging.getLogger(__name__)

NICENESS = 10
"""How far the engine stands back for the window and everything else (POSIX; on Windows the parent asks for it)."""
_PARENT_GONE = 3

Outgoing = queue.SimpleQueue[Any]
"""JobEvents and LogRecords in the order they came; None ends it."""


def main() -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the parent decides
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    faulthandler.enable()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with contextlib.suppress(EOFError, OSError):
        _serve(sys.stdin.buffer, answers)
        os._exit(0)
    os._exit(_PARENT_GONE)


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Until `Close`. Raises EOFError when the parent is gone."""
    sys.path[:] = read_value(requests)
    setup: Setup = read_value(requests)
    outgoing: Outgoing = queue.SimpleQueue()
    root = logging.getLogger()
    root.addHandler(logging.handlers.QueueHandler(outgoing))
    root.setLevel(setup.log_level)
    given_ids: deque[int] = deque()
    runner = JobRunner(
        setup.make_handlers(),
        name="engine",
        events=outgoing,
        job_ids=iter(given_ids.popleft, None),
        expected=setup.expected,
    )
    sender = threading.Thread(target=_send, args=(outgoing, answers), name="engine-answers", daemon=True)
    sender.start()
    while True:
        match read_value(requests):
            case Submit(job_id, request, lane):
                given_ids.append(job_id)
                runner.submit(request, lane=lane)
            case Cancel(job_id):
                runner.cancel(job_id)
            case Close():
                break
    runner.close()
    outgoing.put(None)
    sender.join()


def _send(outgoing: Outgoing, answers: IO[bytes]) -> None:
    try:
        while (item := outgoing.get()) is not None:
            answers.write(_packed(item))
            if outgoing.empty():
                answers.flush()
        answers.flush()
    except OSError:
        os._exit(_PARENT_GONE)


def _packed(item: Any) -> bytes:
    """An event whose content does not pickle is a bug and ends as one; its job must still end."""
    try:
        return pack(item)
    except Exception as bug:
        log.exception("%s cannot be sent", type(item).__name__)
        if isinstance(item, JobEvent) and is_end(item.event):
            return pack(JobEvent(item.job_id, bug_sentence(type(bug))))
        return b""


if __name__ == "__main__":
    main()

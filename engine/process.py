"""A runner whose handlers live in a process of their own, so that nothing they do can hold up this one.

Knows processes, pipes and jobs. Knows nothing of models or windows. The process is started with the first request and,
should it die, again with the next one; its jobs end with a sentence then. One that was in the background of another
and knows how to go on does so in the next process, under its own number. It ends with its parent, however that ends.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engine.errors import EngineError
from engine.jobs import Event, Failed, GoesOn, Handler, JobEvent, Lane, Stopped, bug_sentence, is_end
from engine.process_messages import Cancel, Close, Setup, Submit, pack, read_value

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-X", "utf8", "-m", "engine.process_child")
DIED = (
    "The engine stopped unexpectedly; it starts again with the next request. "
    "What was learned up to the last checkpoint is kept."
)
DIED_BESIDE = (
    "The engine stopped unexpectedly and starts again; please ask once more. "
    "What was under way in the background goes on from where it was last kept."
)
KILLED = (
    "The system ended the engine, most likely because memory ran out. Close other programs or choose a smaller model. "
    "What was learned up to the last checkpoint is kept."
)
_ROOT = Path(__file__).resolve().parents[1]
_SIGKILL = -9
_STDERR_BYTES = 64 * 1024
_FRAME = re.compile(r'^ *File ".*?([^/\\"]+)", line (\d+),? in (\S+)$', re.MULTILINE)
_WINDOWS_FLAGS = (
    getattr(subprocess, "CREATE_NO_WINDOW", 0)
    | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
)


MAX_RESTARTS = 3


@dataclass(slots=True)
class _Open:
    """A job that has not ended. child: the process it was sent to, None before. restarts: how often it went on after a crash."""

    request: Any
    lane: Lane
    child: _Child | None = None
    cancelled: bool = False
    restarts: int = 0


class ProcessRunner:
    """A `Runner` in a child process.

    make_handlers: called in the child; a function (or `functools.partial`) that can be imported there. requests: the
    types it has handlers for. The others as for `JobRunner`.
    """

    def __init__(
        self,
        make_handlers: Callable[[], Mapping[type, Handler]],
        requests: Collection[type],
        *,
        name: str,
        events: queue.SimpleQueue[JobEvent] | None = None,
        job_ids: Iterator[int] | None = None,
        expected: tuple[type[Exception], ...] = (EngineError,),
    ) -> None:
        self.events: queue.SimpleQueue[JobEvent] = events if events is not None else queue.SimpleQueue()
        self._make_handlers = make_handlers
        self._requests = frozenset(requests)
        self._expected = expected
        self._job_ids = job_ids if job_ids is not None else itertools.count(1)
        self._lock = threading.Lock()
        self._active: dict[int, _Open] = {}
        self._child: _Child | None = None
        self._closing = False
        self._outbox: queue.SimpleQueue[Submit | Cancel | None] = queue.SimpleQueue()
        self._poster = threading.Thread(target=self._post, name=name, daemon=True)
        self._poster.start()

    def submit(self, request: Any, *, lane: Lane) -> int:
        """See `Runner`."""
        if type(request) not in self._requests:
            raise TypeError(f"no handler for {type(request).__name__}")
        with self._lock:
            if self._closing:
                raise RuntimeError("the runner is closed")
            job_id = next(self._job_ids)
            self._active[job_id] = _Open(request, lane)
            self._outbox.put(Submit(job_id, request, lane))
        return job_id

    def cancel(self, job_id: int) -> None:
        """See `Runner`."""
        with self._lock:
            if (job := self._active.get(job_id)) is not None:
                job.cancelled = True
                self._outbox.put(Cancel(job_id))

    def active_jobs(self) -> list[int]:
        """See `Runner`."""
        with self._lock:
            return sorted(self._active)

    def process_id(self) -> int | None:
        """See `Runner`."""
        with self._lock:
            return None if self._child is None else self._child.process.pid

    def close(self, timeout_s: float = 5.0) -> None:
        """See `Runner`. A process that has not ended in time is killed: every unit of its work is safe on disk."""
        with self._lock:
            if not self._closing:
                self._closing = True
                self._outbox.put(None)
        self._poster.join(timeout_s)  # it may still be writing to a process that does not listen
        with self._lock:
            child = self._child
        if child is not None:
            child.listener.join(timeout_s)
            child.process.kill()
            child.listener.join()
        self._poster.join()

    # -- the poster: requests to the process -----------------------------------------------------------------------

    def _post(self) -> None:
        while (message := self._outbox.get()) is not None:
            if isinstance(message, Submit):
                self._post_job(message)
            else:
                self._post_cancel(message)
        with self._lock:
            child = self._child
        if child is not None:
            child.send(pack(Close()))

    def _post_job(self, message: Submit) -> None:
        if self._closing:
            self._deliver(message.job_id, Stopped())
            return
        try:
            data = pack(message)
            child = self._living_child(message.job_id)
        except OSError as problem:
            self._deliver(message.job_id, Failed(f"The engine could not be started: {problem.strerror or problem}."))
        except Exception as bug:  # a request that does not pickle, and its job must still end
            log.exception("a request %s cannot be sent", type(message.request).__name__)
            self._deliver(message.job_id, bug_sentence(type(bug)))
        else:
            child.send(data)

    def _post_cancel(self, message: Cancel) -> None:
        with self._lock:
            job = self._active.get(message.job_id)
        if job is not None and job.child is not None:
            job.child.send(pack(message))

    def _living_child(self, job_id: int) -> _Child:
        """The process, started where there is none; from here on the job is its to end."""
        with self._lock:
            if self._child is not None:
                self._active[job_id].child = self._child
                return self._child
        setup = Setup(self._make_handlers, self._expected, logging.getLogger().getEffectiveLevel())
        child = _Child(setup, self._listen)
        with self._lock:
            self._child = self._active[job_id].child = child
        child.listener.start()
        return child

    # -- the listener: events from the process ---------------------------------------------------------------------

    def _listen(self, child: _Child) -> None:
        for item in child.said():
            if isinstance(item, JobEvent):
                self._deliver(item.job_id, item.event)
            else:
                _log_here(item)
        status, errors = child.post_mortem()
        with self._lock:
            self._child = None
            orphans = {job_id: job for job_id, job in self._active.items() if job.child is child}
            closing = self._closing
            again = {} if closing or status == _SIGKILL else _going_on(orphans)
            for job_id, job in again.items():
                job.child = None
                self._outbox.put(Submit(job_id, job.request, job.lane))
        if not closing:
            places = " < ".join(f"{file}:{line} {name}" for file, line, name in _FRAME.findall(errors)[:8])
            log.error("the engine's process ended with code %s at %s", status, places or "?")
        sentence = KILLED if status == _SIGKILL else DIED_BESIDE if again else DIED
        for job_id in sorted(orphans.keys() - again.keys()):
            self._deliver(job_id, Stopped() if closing or orphans[job_id].cancelled else Failed(sentence))

    def _deliver(self, job_id: int, event: Event) -> None:
        with self._lock:
            if is_end(event):
                self._active.pop(job_id, None)
            self.events.put(JobEvent(job_id, event))


def _going_on(orphans: Mapping[int, _Open]) -> dict[int, _Open]:
    """Jobs of a process that crashed which go on in the next one: those that know how, of the background, while an
    interactive one was open, which was then the more likely to blame; MAX_RESTARTS times at most, for it need not have been.
    """
    if all(job.lane is Lane.BACKGROUND for job in orphans.values()):
        return {}
    again = {}
    for job_id, job in orphans.items():
        may_go_on = job.lane is Lane.BACKGROUND and not job.cancelled and job.restarts < MAX_RESTARTS
        if may_go_on and isinstance(job.request, GoesOn):
            job.request = job.request.going_on()
            job.restarts += 1
            again[job_id] = job
    return again


def _log_here(record: logging.LogRecord) -> None:
    logger = logging.getLogger(record.name)
    if logger.isEnabledFor(record.levelno):
        logger.handle(record)


class _Child:
    """One process and the threads that empty its pipes. `listener` is started by its owner."""

    def __init__(self, setup: Setup, listen: Callable[[_Child], None]) -> None:
        paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
        self.process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            creationflags=_WINDOWS_FLAGS,
        )  # fmt: skip
        self._errors = b""
        self._drain = threading.Thread(target=self._drain_errors, name="engine-errors", daemon=True)
        self._drain.start()
        self.listener = threading.Thread(target=listen, args=(self,), name="engine-answers", daemon=True)
        self.send(pack([str(_ROOT), *sys.path]) + pack(setup))

    def send(self, data: bytes) -> None:
        """Write to the process; where it is gone, its listener says so."""
        stream = _pipe(self.process.stdin)
        with contextlib.suppress(OSError, ValueError):
            stream.write(data)
            stream.flush()

    def said(self) -> Iterator[Any]:
        """JobEvents and LogRecords until the process ends."""
        stream = _pipe(self.process.stdout)
        with contextlib.suppress(EOFError):
            while True:
                yield read_value(stream)

    def post_mortem(self) -> tuple[int, str]:
        """(exit code, the last of what it wrote to standard error) of a process that has closed its output."""
        status = self.process.wait()
        self._drain.join(timeout=2)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):  # what was still to be written has no reader any more
                _pipe(pipe).close()
        return status, self._errors.decode("utf-8", errors="replace")

    def _drain_errors(self) -> None:
        stream = _pipe(self.process.stderr)
        while data := stream.read1(8192):  # type: ignore[attr-defined]  # a pipe's BufferedReader has it
            self._errors = (self._errors + data)[-_STDERR_BYTES:]


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream

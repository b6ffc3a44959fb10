"""Jobs: one thread, two lanes, generators, and exactly one end event per job.

Knows threads, queues and generators. Knows nothing of models, documents or windows; imports no torch.

A handler is a generator function `handler(request) -> Steps[Result]`. Each `yield` is a progress point, a cancel point
and a preemption point at once; `return` is the result; `try/finally` cleans up, always on the runner's thread.

    submit -> (Progress | Text)* -> Finished | Failed | Stopped      and nothing after
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from engine.errors import EngineError

log = logging.getLogger(__name__)

Result = TypeVar("Result")

_LOOK_S = 0.02
"""How often a call on another thread (`beside`) is looked at."""


class Interrupted(Exception):
    """A long call into native code that ended early because `cancel_requested` said so; the job ends as Stopped."""


_this_thread = threading.local()


def cancel_requested() -> bool:
    """Whether the job whose step this thread runs is to stop: for calls that come to no yield. False outside a job."""
    cancelled: threading.Event | None = getattr(_this_thread, "cancelled", None)
    return cancelled is not None and cancelled.is_set()


class Lane(Enum):
    """Where a job waits. Interactive jobs run whenever a background job yields."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job has come. `detail` carries a plain dataclass where a stage has more to tell (a scored chunk)."""

    stage: str
    done: int
    total: int | None = None
    unit: str = ""
    detail: Any = None


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of a streamed answer: append it to what came before."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished(Generic[Result]):
    result: Result


@dataclass(frozen=True, slots=True)
class Failed:
    """`message` is one sentence for the user. `expected` is False for a bug: its traceback is in the log."""

    message: str
    expected: bool = True


@dataclass(frozen=True, slots=True)
class Stopped:
    """The job was cancelled. What its finished units left behind is kept."""


Steps = Generator[Progress | Text | None, None, Result]
"""What a handler is. `yield None` has nothing to tell: only a place to stop, or to let an interactive job in."""
EndEvent = Finished[Any] | Failed | Stopped
Event = Progress | Text | EndEvent
Handler = Callable[[Any], Steps[Any]]


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One event of one job, as it lies in the event queue."""

    job_id: int
    event: Event


def is_end(event: Event) -> bool:
    """True for the one event after which a job says nothing more."""
    return isinstance(event, Finished | Failed | Stopped)


@runtime_checkable
class GoesOn(Protocol):
    """A request whose work lies on disk up to some point, and that can be asked for again from there."""

    def going_on(self) -> Any:
        """The request that goes on where one like this was cut off."""
        ...


class Runner(Protocol):
    """Where jobs run: a thread of this process (`JobRunner`) or a process of its own (`engine.process`)."""

    def submit(self, request: Any, *, lane: Lane) -> int:
        """Queue a request and return its job id at once. Raises TypeError for a request nobody handles."""
        ...

    def cancel(self, job_id: int) -> None:
        """Ask a job to stop at its next yield. Unknown and ended jobs are ignored; a queued one ends without starting."""
        ...

    def active_jobs(self) -> list[int]:
        """Ids of the jobs that have not ended, oldest first."""
        ...

    def process_id(self) -> int | None:
        """The process its handlers run in; None while there is none."""
        ...

    def close(self) -> None:
        """Cancel everything and wait for it to end. Every open job still gets its end event. Safe to call twice."""
        ...


def bug_sentence(kind: type[BaseException]) -> Failed:
    """How a job ends that met a bug of ours; the traceback is in the log."""
    return Failed(f"Something went wrong inside Palimpsest ({kind.__name__}); details are in the log.", False)


@dataclass(slots=True)
class _Job:
    job_id: int
    request: Any
    lane: Lane
    cancelled: threading.Event = field(default_factory=threading.Event)
    steps: Steps[Any] | None = None


class JobRunner:
    """A `Runner` with one thread of its own; reports through one queue.

    handlers: request type -> generator function. expected: exception types whose text is a sentence for the user.
    Several runners may share one `events` queue and one `job_ids` counter, so that a face drains one queue only.
    """

    def __init__(
        self,
        handlers: Mapping[type, Handler],
        *,
        name: str,
        events: queue.SimpleQueue[JobEvent] | None = None,
        job_ids: Iterator[int] | None = None,
        expected: tuple[type[Exception], ...] = (EngineError,),
    ) -> None:
        self.events: queue.SimpleQueue[JobEvent] = events if events is not None else queue.SimpleQueue()
        self._handlers = dict(handlers)
        self._job_ids = job_ids if job_ids is not None else itertools.count(1)
        self._expected = expected
        self._lanes: dict[Lane, deque[_Job]] = {lane: deque() for lane in Lane}
        self._active: dict[int, _Job] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, request: Any, *, lane: Lane) -> int:
        """Queue a request and return its job id at once. Raises TypeError for a request nobody handles."""
        if type(request) not in self._handlers:
            raise TypeError(f"no handler for {type(request).__name__}")
        with self._changed:
            if self._closing:
                raise RuntimeError("the runner is closed")
            job = _Job(next(self._job_ids), request, lane)
            self._active[job.job_id] = job
            self._lanes[lane].append(job)
            self._changed.notify()
        return job.job_id

    def cancel(self, job_id: int) -> None:
        """Ask a job to stop at its next yield. Unknown and ended jobs are ignored; a queued one ends without starting."""
        with self._changed:
            job = self._active.get(job_id)
            if job is not None:
                job.cancelled.set()
                self._changed.notify()

    def active_jobs(self) -> list[int]:
        """Ids of the jobs that have not ended, oldest first."""
        with self._changed:
            return sorted(self._active)

    def process_id(self) -> int | None:
        """This process."""
        return os.getpid()

    def close(self, timeout_s: float = 30.0) -> None:
        """Cancel everything, wait for the thread to end. Every open job still gets its end event."""
        with self._changed:
            self._closing = True
            for job in self._active.values():
                job.cancelled.set()
            self._changed.notify()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.error("thread %s did not stop within %.0f s", self._thread.name, timeout_s)

    # -- the runner's thread ---------------------------------------------------------------------------------------

    def _run(self) -> None:
        background: _Job | None = None
        while True:
            job = self._next_job(background)
            if job is None:
                return
            ended = self._advance(job)
            if job.lane is Lane.BACKGROUND:
                background = None if ended else job

    def _next_job(self, background: _Job | None) -> _Job | None:
        """The head of the interactive lane, else the running background job, else the next one; None when closing.

        A cancelled job comes before all others: it ends at once, also while another one answers.
        """
        with self._changed:
            while True:
                self._drop_cancelled_in_queue()
                if background is not None and background.cancelled.is_set():
                    return background
                if self._lanes[Lane.INTERACTIVE]:
                    return self._lanes[Lane.INTERACTIVE][0]
                if background is not None:
                    return background
                if self._lanes[Lane.BACKGROUND]:
                    return self._lanes[Lane.BACKGROUND].popleft()
                if self._closing:
                    return None
                self._changed.wait()

    def _drop_cancelled_in_queue(self) -> None:
        for lane in self._lanes.values():
            for job in [job for job in lane if job.cancelled.is_set() and job.steps is None]:
                lane.remove(job)
                self._end(job, Stopped())

    def _advance(self, job: _Job) -> bool:
        """One step of one job. True when it has ended."""
        event = self._step(job)
        if event is not None and is_end(event):
            if job.lane is Lane.INTERACTIVE:
                with self._changed:
                    self._lanes[Lane.INTERACTIVE].remove(job)
            self._end(job, event)
            return True
        if event is not None:
            self.events.put(JobEvent(job.job_id, event))
        return False

    def _step(self, job: _Job) -> Event | None:
        """Run a job up to its next yield. The one place that catches every exception."""
        try:
            if job.steps is None:
                job.steps = self._handlers[type(job.request)](job.request)
            if job.cancelled.is_set():
                job.steps.close()
                return Stopped()
            _this_thread.cancelled = job.cancelled
            return next(job.steps)
        except StopIteration as stop:
            return Finished(stop.value)
        except self._expected as problem:
            return Failed(str(problem))
        except Interrupted:
            return Stopped()
        except BaseException as bug:  # a panic inside a native library is no Exception, and the job must still end
            log.exception("job %d (%s) failed", job.job_id, type(job.request).__name__)
            return bug_sentence(type(bug))
        finally:
            _this_thread.cancelled = None

    def _end(self, job: _Job, event: Event) -> None:
        job.steps = None
        with self._changed:
            self._active.pop(job.job_id, None)
        self.events.put(JobEvent(job.job_id, event))


def beside(work: Callable[[], Result]) -> Steps[Result]:
    """One long call that comes to no yield, on a thread of its own while the job yields: it can be stopped, others are let in.

    A job that is stopped does not wait for the call; what comes of it is dropped.
    """
    outcome: Future[Result] = Future()

    def call() -> None:
        try:
            outcome.set_result(work())
        except BaseException as problem:  # raised again where the job can end with it
            outcome.set_exception(problem)

    threading.Thread(target=call, name="engine-beside", daemon=True).start()
    while not wait([outcome], timeout=_LOOK_S).done:
        yield None
    return outcome.result()


def run_to_end(steps: Steps[Result], on_event: Callable[[Progress | Text], None] | None = None) -> Result:
    """Drive a handler here and now, without a thread: for tests, benchmarks and one-shot scripts."""
    with contextlib.closing(steps):
        while True:
            try:
                event = next(steps)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            if on_event is not None and event is not None:
                on_event(event)

"""Between the jobs and the window: engine events become Qt signals, on the UI thread only.

A pump thread waits for events (and so stores rows), two worker threads run operations and reads; all only append plain
values to a deque. A timer on the UI thread drains it. No widget is touched from elsewhere, and no other thread
is ever the last to hold a QObject, nor a function that holds one: it would destroy it there.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from app.desktop.sentences import localized
from app.services import EXPECTED_ERRORS, Services, Ticket
from engine.jobs import Event, Failed, Finished, Progress, Stopped, Text, is_end

log = logging.getLogger(__name__)

DRAIN_INTERVAL_MS = 30
PUMP_WAIT_S = 0.1

Value = TypeVar("Value")


class JobHandle(QObject):
    """One job, as a page sees it: signals on the UI thread. Exactly one of finished, failed, stopped, then `ended`."""

    started = Signal()
    progress = Signal(object)
    text = Signal(str)
    finished = Signal(object)
    failed = Signal(str)
    stopped = Signal()
    ended = Signal()

    def __init__(self, kind: str = "", again: Callable[[], object] | None = None) -> None:
        """again: what starts the job once more."""
        super().__init__()
        self.kind = kind
        self._again = again
        self.ticket: Ticket | None = None
        self.is_over = False
        self.wants_to_stop = False

    def receive(self, event: Event) -> None:
        """Turn one event into its signal."""
        match event:
            case Progress():
                self.progress.emit(event)
            case Text():
                self.text.emit(event.text)
            case Finished():
                self._end(partial(self.finished.emit, event.result))
            case Failed():
                self._end(partial(self.failed.emit, localized(event.message)))
            case Stopped():
                self._end(self.stopped.emit)

    def try_again(self) -> None:
        """Start the job once more, after it has failed."""
        if self._again is not None:
            self._again()

    def _end(self, tell: Callable[[], None]) -> None:
        self.is_over = True
        tell()
        self.ended.emit()


class Query(QObject):
    """A read that runs off the UI thread: `done` with its value, or `failed` with a sentence. `drop` silences it."""

    done = Signal(object)
    failed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.dropped = False

    def drop(self) -> None:
        """Nobody waits for the answer any more."""
        self.dropped = True


def coalesce(arrived: Iterable[tuple[Ticket, Event]]) -> list[tuple[Ticket, Event]]:
    """Fewer events that say the same: neighbouring pieces of text joined, outrun progress without detail left out.

    Per job, the joined text, every `detail`, the last progress and the end event are as before, in their order.
    """
    kept: list[tuple[Ticket, Event]] = []
    for ticket, event in arrived:
        if kept and kept[-1][0].job_id == ticket.job_id:
            before = kept[-1][1]
            if isinstance(before, Text) and isinstance(event, Text):
                kept[-1] = (ticket, Text(before.text + event.text))
                continue
            if isinstance(before, Progress) and isinstance(event, Progress) and before.detail is None:
                kept[-1] = (ticket, event)
                continue
        kept.append((ticket, event))
    return kept


class Bridge(QObject):
    """One per window. `job_started` tells of every job, also of those nobody here has asked for."""

    job_started = Signal(object)
    problem = Signal(str)
    closed = Signal()

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self._arrived: deque[tuple[Ticket, Event]] = deque()
        self._askers: dict[int, Query | JobHandle] = {}
        self._asked: dict[int, Callable[[], Any]] = {}
        self._answers: deque[_Answer] = deque()
        self._numbers = itertools.count()
        self._held: list[tuple[Ticket, Event]] = []
        self._handles: dict[int, JobHandle] = {}
        self._starting = 0
        self._closing = threading.Event()
        self._farewell: list[Callable[[], None]] = []
        self._worker = ThreadPoolExecutor(max_workers=2, thread_name_prefix="window-worker")
        self._pump = self._start_pump()
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_INTERVAL_MS)
        self._timer.timeout.connect(self._drain)
        self._timer.start()

    # -- what the pages call ---------------------------------------------------------------------------------------

    def start(
        self, kind: str, operation: Callable[[], Ticket], *, again: Callable[[], object] | None = None
    ) -> JobHandle:
        """Run an operation that submits a job, off the UI thread, and follow its job. again: where trying again differs."""
        handle = JobHandle(kind, again or (lambda: self.start(kind, operation)))
        self._starting += 1
        self._submit(handle, operation)
        return handle

    def query(
        self,
        read: Callable[[], Value],
        done: Callable[[Value], None] | None = None,
        failed: Callable[[str], object] | None = None,
    ) -> Query:
        """Run a read or a short write off the UI thread; `done` is called with its value on the UI thread.

        failed: is called with the sentence of a failure, beside what it is about; without it, it is told as a `problem`.
        """
        query = Query()
        query.failed.connect(self.problem if failed is None else failed)
        if done is not None:
            query.done.connect(done)
        self._submit(query, read)
        return query

    def _submit(self, asker: Query | JobHandle, work: Callable[[], Any]) -> None:
        number = next(self._numbers)
        self._askers[number] = asker  # the sender of a signal must outlive its slots' wait
        if not self._closing.is_set():
            self._asked[number] = work
            self._worker.submit(_work, number, self._asked, self._answers)

    def cancel(self, handle: JobHandle) -> None:
        """Ask a job to stop; a job whose ticket is still on its way is stopped when it comes."""
        handle.wants_to_stop = True
        if handle.ticket is not None:
            self.services.cancel(handle.ticket)

    def running(self, kind: str, document_id: str | None = None) -> JobHandle | None:
        """The open job of this kind (and document), if there is one."""
        for handle in self._handles.values():
            ticket = handle.ticket
            if ticket is not None and ticket.kind == kind and document_id in (None, ticket.document_id):
                return handle
        return None

    def close(self, farewell: Callable[[], None]) -> None:
        """End the pump and close the services, which stops the jobs; `closed` follows, and until then nothing blocks.

        farewell: called before, off the UI thread, when the queries on their way have ended.
        """
        self._farewell.append(farewell)
        self._closing.set()

    # -- the other threads -----------------------------------------------------------------------------------------

    def _start_pump(self) -> threading.Thread:
        shared = (self.services, self._arrived, self._closing, self._worker, self._farewell)
        pump = threading.Thread(target=_pump, args=shared, name="event-pump", daemon=True)
        pump.start()
        return pump

    # -- the UI thread ---------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        while self._answers:
            self._receive_answer(self._answers.popleft())
        arrived, self._held = self._held, []
        while self._arrived:
            arrived.append(self._arrived.popleft())
        for ticket, event in coalesce(arrived):
            if ticket.job_id not in self._handles and self._starting:
                self._held.append((ticket, event))  # its operation has not returned yet
            else:
                self._deliver(ticket, event)
        if not self._pump.is_alive():
            self._pump_ended()

    def _receive_answer(self, answer: _Answer) -> None:
        asker = self._askers.pop(answer.number)
        del self._asked[answer.number]
        message = self._sentence(answer.failure) if answer.failure is not None else ""
        if isinstance(asker, JobHandle):
            self._starting -= 1
            if answer.failure is None:
                self._bind(asker, answer.value)
            else:
                asker.receive(Failed(message))
        elif asker.dropped:
            return
        elif answer.failure is None:
            asker.done.emit(answer.value)
        else:
            asker.failed.emit(message)

    def _sentence(self, failure: BaseException) -> str:
        if isinstance(failure, EXPECTED_ERRORS):
            return localized(str(failure))
        log.error("an operation failed", exc_info=failure)
        sentence = self.tr("Something went wrong inside Palimpsest ({name}); details are in the log.")
        return sentence.format(name=type(failure).__name__)

    def _bind(self, handle: JobHandle, ticket: Ticket) -> None:
        handle.ticket = ticket
        handle.kind = ticket.kind
        self._handles[ticket.job_id] = handle
        if handle.wants_to_stop:
            self.services.cancel(ticket)
        handle.started.emit()
        self.job_started.emit(handle)

    def _deliver(self, ticket: Ticket, event: Event) -> None:
        if ticket.job_id not in self._handles:
            self._bind(JobHandle(ticket.kind), ticket)
        handle = self._handles[ticket.job_id]
        if is_end(event):
            del self._handles[ticket.job_id]
        handle.receive(event)

    def _pump_ended(self) -> None:
        if self._closing.is_set():
            self._timer.stop()
            self.closed.emit()
            return
        self._pump = self._start_pump()  # a result could not be stored; its traceback is in the log
        self.problem.emit(self.tr("A result could not be stored. Is the disk full? Details are in the log."))


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came of work number so and so: its value, or why there is none."""

    number: int
    value: Any
    failure: BaseException | None


def _work(number: int, asked: dict[int, Callable[[], Any]], answers: deque[_Answer]) -> None:
    """On a worker thread. When the answer is there to be taken, nothing of the work is held here any more."""
    answers.append(_answer(number, asked[number]))


def _answer(number: int, work: Callable[[], Any]) -> _Answer:
    try:
        return _Answer(number, work(), None)
    except BaseException as failure:  # what it means is decided where somebody can be told
        return _Answer(number, None, failure)


def _pump(
    services: Services,
    arrived: deque[tuple[Ticket, Event]],
    closing: threading.Event,
    worker: ThreadPoolExecutor,
    farewell: list[Callable[[], None]],
) -> None:
    while not closing.is_set():
        item = services.next_event(timeout_s=PUMP_WAIT_S)
        if item is not None:
            arrived.append(item)
    worker.shutdown(wait=True)
    try:
        for say in farewell:
            say()
    finally:
        services.close()

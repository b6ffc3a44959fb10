"""What both faces stand on: the database, the prompt states, the job runners, and the one queue their events come from.

Knows how storage and engine are put together. Knows no operation by name and no Qt.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.api import ModelInfo
from engine.errors import EngineError
from engine.jobs import Event, Failed, Handler, JobEvent, JobRunner, Lane, Progress, Runner, is_end
from storage.database import Database
from storage.errors import StorageError
from storage.page_rendering import PageRenderer
from storage.prompt_states import PromptStates

log = logging.getLogger(__name__)

Store = Callable[[Event], Event]
"""Called with every event of a job before the face sees it; writes rows and may replace the event.

What it cannot store is not lost on the user: an end event becomes a Failed with the sentence, others pass as they are.
"""

EXPECTED_ERRORS = (EngineError, StorageError)

MakeRunner = Callable[[queue.SimpleQueue[JobEvent], Iterator[int]], Runner]
"""A runner that reports into this queue and numbers its jobs with these numbers."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A submitted job, as the faces know it. title: what the job strip shows beside the kind."""

    job_id: int
    kind: str
    """ "import" "learn" "ask" "forget" "prepare_model" "load_model" "download" ... """
    document_id: str | None
    title: str


@dataclass(slots=True)
class _Open:
    ticket: Ticket
    runner: Runner
    store: Store | None


class Services:
    """One per process. The thread that calls `next_event` is the one that stores results."""

    def __init__(
        self,
        data_dir: Path,
        database: Database,
        prompt_states: PromptStates,
        make_engine: MakeRunner,
        library_handlers: dict[type, Handler],
        download_handlers: dict[type, Handler],
        *,
        echo: bool = False,
    ) -> None:
        self.data_dir = data_dir
        self.database = database
        self.prompt_states = prompt_states
        self.echo = echo
        self.pages = PageRenderer()
        self._events: queue.SimpleQueue[JobEvent] = queue.SimpleQueue()
        job_ids = itertools.count(1)
        self.engine = make_engine(self._events, job_ids)
        self.library = JobRunner(
            library_handlers, name="library", events=self._events, job_ids=job_ids, expected=EXPECTED_ERRORS
        )
        # of its own: books are added while a model is fetched for an hour
        self.downloads = JobRunner(
            download_handlers, name="downloads", events=self._events, job_ids=job_ids, expected=EXPECTED_ERRORS
        )
        self._open: dict[int, _Open] = {}
        self._open_lock = threading.Lock()
        self._loaded: tuple[int | None, ModelInfo] | None = None
        self.handed: dict[str, int | None] = {}
        """Documents whose passages the engine was handed, and the process that has them."""

    @property
    def loaded_model(self) -> ModelInfo | None:
        """The model the engine has loaded, as its last event said; None when its process has ended since."""
        if self._loaded is None or self._loaded[0] != self.engine.process_id():
            return None
        return self._loaded[1]

    def submit(
        self,
        runner: Runner,
        request: Any,
        *,
        lane: Lane,
        kind: str,
        title: str,
        document_id: str | None = None,
        store: Store | None = None,
    ) -> Ticket:
        """Start a job. Its events come out of `next_event`, each after `store` has seen it."""
        with self._open_lock:  # the job may speak before its ticket is known; `next_event` waits here
            ticket = Ticket(runner.submit(request, lane=lane), kind, document_id, title)
            self._open[ticket.job_id] = _Open(ticket, runner, store)
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Ask a job to stop; its end event follows."""
        with self._open_lock:
            job = self._open.get(ticket.job_id)
        if job is not None:
            job.runner.cancel(ticket.job_id)

    def open_tickets(self, document_id: str | None = None) -> list[Ticket]:
        """Jobs that have not ended, oldest first; of one document where given."""
        with self._open_lock:
            tickets = [job.ticket for job in self._open.values()]
        return [ticket for ticket in tickets if document_id is None or ticket.document_id == document_id]

    def next_event(self, timeout_s: float | None = None) -> tuple[Ticket, Event] | None:
        """The next event of any job, stored; None when none came within the time. Events of one job arrive in order."""
        try:
            item = self._events.get(timeout=timeout_s)
        except queue.Empty:
            return None
        with self._open_lock:
            job = self._open[item.job_id]
        event = item.event
        if isinstance(event, Progress) and isinstance(event.detail, ModelInfo):
            self._loaded = self.engine.process_id(), event.detail
            event = replace(event, detail=None)  # who wants to know asks for `loaded_model`
        if job.store is not None:
            try:
                event = job.store(event)
            except EXPECTED_ERRORS as problem:  # forgotten meanwhile, or the library is held by another program
                log.warning("an event of a %s job could not be stored", job.ticket.kind)
                event = Failed(str(problem)) if is_end(event) else event
        if is_end(item.event):
            with self._open_lock:
                del self._open[item.job_id]
        return job.ticket, event

    def run_until_end(self, ticket: Ticket, on_event: Callable[[Event], None] | None = None) -> Event:
        """Drain events until this job has ended and return its end event: for the shell and for tests."""
        while True:
            item = self.next_event()
            assert item is not None
            if item[0].job_id != ticket.job_id:
                continue
            if is_end(item[1]):
                return item[1]
            if on_event is not None:
                on_event(item[1])

    def close(self) -> None:
        """Stop every job, store what their end events bring, close the databases. Safe to call twice."""
        for runner in (self.engine, self.library, self.downloads):
            runner.close()
        while self._open:
            if self.next_event(timeout_s=1.0) is None:
                log.error("jobs without an end event: %s", [job.ticket for job in self._open.values()])
                break
        self.pages.close()
        self.prompt_states.close()
        self.database.close()

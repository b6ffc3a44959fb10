"""Segment memory of documents: made in the background, segment by segment, looked at, put to use, and forgotten while its document
stays.

A document has one for each model, and for each ratio it was made at; one of them at most is in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.operations.compressor_cards import read_card
from app.operations.compressor_folders import CompressorMethod, training_folder
from app.operations.compressors import segment_compressor_folder
from app.operations.models import current_model, find_model
from app.operations.prompt_strays import refuse_forgotten
from app.operations.settings import settings_in
from app.services import Services, Ticket
from engine.api import SEGMENT_RATIOS, SLOT_SHARE, DropDocument, EncodeSegments, ModelRef, SegmentsEncoded
from engine.errors import EngineError, ModelError
from engine.jobs import Event, Failed, Finished, Lane, Progress, is_end
from engine.model_folder import read_card as read_model_card
from storage import documents, jobs
from storage.documents import DocumentRow
from storage.errors import StorageError
from storage.jobs import JobRow
from storage.prompt_states import PromptEntryRow

KIND = "encode_segments"
_FINE, _COARSE = min(SEGMENT_RATIOS), max(SEGMENT_RATIOS)


@dataclass(frozen=True, slots=True)
class SegmentStatus:
    """A document's segment memory for the model in use, or what there is to say where it has none.

    entry: None while nothing is kept. segments, slots, bytes, ratio (0): of what is kept. tokens: in those segments; total_tokens:
    of the document, counted by the model once it was encoded; verbatim_tokens: what is behind the last segment that is kept. ends:
    where each segment ends, as an offset in the document's text. complete: every whole segment is kept. in_use: questions are asked
    with it. has_compressor: the model has one, so that a memory can be made. outdated: it was made with another one than the model
    has now; it serves all the same. window_tokens: what the model holds at once. running: a job is at it, here or in another
    Palimpsest. paused: by the user. interrupted: by the end of the program or a crash. problem: the sentence the last try failed
    with.
    """

    document_id: str
    model: str
    entry: int | None
    segments: int
    tokens: int
    slots: int
    ratio: int
    bytes: int
    verbatim_tokens: int
    total_tokens: int
    ends: tuple[int, ...]
    complete: bool
    in_use: bool
    has_compressor: bool
    outdated: bool
    window_tokens: int
    running: bool
    paused: bool
    interrupted: bool
    problem: str

    @property
    def longer_than_window(self) -> bool:
        return self.total_tokens > self.window_tokens > 0

    @property
    def can_go_on(self) -> bool:
        """Whether a memory that was begun lacks segments and nothing is adding them."""
        return self.has_compressor and not self.complete and not self.running and self.segments > 0


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A memory that can be gone on with. was_interrupted: by a crash or the end of the program, not by the user."""

    document: DocumentRow
    was_interrupted: bool


@dataclass(frozen=True, slots=True)
class DocumentMemory:
    """A segment memory in lists, of whatever model. usable: made with the model in use. state: "complete" | "running" | "paused", for
    what is not under way. total_tokens: of the document, in segments or not."""

    row: PromptEntryRow
    document: DocumentRow
    usable: bool
    state: str
    total_tokens: int


def encode(
    services: Services,
    document_id: str,
    *,
    ratio: int | None = None,
    max_tokens: int | None = None,
    model: str | None = None,
) -> Ticket:
    """Make a document's segment memory, or go on with it. Progress counts tokens; Finished.result: engine.api.SegmentsEncoded.

    What is kept already is not encoded again. Questions are asked with it from the first segments on, unless a gist of the document
    or its exact text is in use. ratio: tokens to a slot; None: as the memory was begun, else as fits the document. max_tokens: only
    the beginning. Raises StorageError for a model without a segment compressor, another ratio, or while the document is encoded.
    """
    ref = current_model(services) if model is None else find_model(services, model)
    compressor = check_has_compressor(services, ref)
    if ratio is not None and ratio not in SEGMENT_RATIOS:
        raise StorageError(f"A segment is compressed {' or '.join(map(str, SEGMENT_RATIOS))} to 1, not {ratio} to 1.")
    begun = _memory_of(services, document_id, ref)
    with services.database.session() as session:
        document = documents.get_document(session, document_id)
        if _is_running(session, document_id):
            raise StorageError(f"“{document.title}” is being encoded already.")
        if ratio is None:
            ratio = _ratio_of(begun) if begun is not None else usual_ratio(document.tokens, window_tokens(ref))
        params = {"identity": ref.identity, "ratio": ratio, "max_tokens": max_tokens}
        job_row = jobs.add_job(session, kind=KIND, document_id=document_id, params=params)
        text = documents.text(session, document_id)
    request = EncodeSegments(
        model=ref,
        text=text,
        title=document.title,
        document_key=document_id,
        compressor=compressor,
        ratio=ratio,
        max_tokens=max_tokens,
    )
    return services.submit(
        services.engine,
        request,
        lane=Lane.BACKGROUND,
        kind=KIND,
        title=document.title,
        document_id=document_id,
        store=_EncodingStore(services, document_id, ref, job_row),
    )


def status(services: Services, document_id: str) -> SegmentStatus:
    """How a document stands with the model in use. Raises StorageError for an unknown document."""
    ref = _model_in_use(services)
    with services.database.read() as session:
        document = documents.get_document(session, document_id)
        running = _is_running(session, document_id)
        job = None if ref is None else _last_job(session, document_id, ref)
    if ref is None:
        return _status(document, "", None, None, 0, job, running=running)
    memory = _memory_of(services, document_id, ref)
    return _status(
        document, ref.name, memory, segment_compressor_folder(services, ref), window_tokens(ref), job, running=running
    )


def of_library(services: Services) -> list[DocumentMemory]:
    """Every segment memory of the documents on the shelf, newest use first."""
    ref = _model_in_use(services)
    rows = [row for row in services.prompt_states.entries() if row.kind == "segments" and row.document_id is not None]
    with services.database.read() as session:
        present = documents.present(session, sorted({row.document_id or "" for row in rows}))
        found = {each: documents.get_document(session, each) for each in present}
        running = {each for each in present if _is_running(session, each)}
    listed = []
    for row in rows:
        document = found.get(row.document_id or "")
        if document is None or document.removed_at is not None:
            continue
        usable, total = ref is not None and row.model_identity == ref.identity, _text_tokens(row, document)
        state = "complete" if _is_complete(row, total) else "paused"
        if usable and document.document_id in running:
            state = "running"
        listed.append(DocumentMemory(row, document, usable, state, total))
    return listed


def wants_memory(services: Services, document_id: str) -> bool:
    """Whether a memory is to be made without being asked for, once the document is opened or asked about.

    It is longer than the model's window, the model has a compressor whose training is over, the settings say so, and it was never
    tried or was interrupted: what the user paused, stopped or forgot, and what failed, waits for the user.
    """
    ref = _model_in_use(services)
    if ref is None:
        return False
    in_training = training_folder(services.data_dir, ref.identity, CompressorMethod.SEGMENTS)
    if segment_compressor_folder(services, ref) in (None, in_training):
        return False
    with services.database.read() as session:
        if not settings_in(session).segments_in_background or _is_running(session, document_id):
            return False
        document = documents.get_document(session, document_id)
        job = _last_job(session, document_id, ref)
    return (
        document.removed_at is None
        and document.tokens > window_tokens(ref)
        and (job is None or job.state == "interrupted")
    )


def unfinished(services: Services) -> list[Unfinished]:
    """Memories for the model in use that were paused or interrupted, of documents on the shelf, newest first."""
    ref = _model_in_use(services)
    if ref is None or segment_compressor_folder(services, ref) is None:
        return []
    with services.database.read() as session:
        last: dict[str, JobRow] = {}
        for job in jobs.jobs(session, (*jobs.UNDER_WAY, *jobs.ENDED)):
            if job.kind == KIND and job.document_id is not None and job.params.get("identity") == ref.identity:
                last[job.document_id] = job
        waiting = [job for job in last.values() if job.state in ("paused", "interrupted")]
        waiting.sort(key=lambda job: job.row_id, reverse=True)
        found = [(documents.get_document(session, job.document_id or ""), job) for job in waiting]
    return [Unfinished(document, job.state == "interrupted") for document, job in found if document.removed_at is None]


def pause(services: Services, ticket: Ticket) -> None:
    """Stop for now: what is encoded is kept and used; it goes on when the user says so."""
    _mark(services, ticket, "paused")
    services.cancel(ticket)


def leave(services: Services, ticket: Ticket) -> None:
    """Stop because the program ends: it goes on by itself when the document is next opened."""
    _mark(services, ticket, "interrupted")
    services.cancel(ticket)


def set_in_use(services: Services, document_id: str, in_use: bool) -> None:
    """Whether the document is asked about with its memory for the model in use. A gist or an exact text of it gives way.

    Raises StorageError where there is none.
    """
    memory = _memory_of(services, document_id, current_model(services))
    if memory is None:
        raise StorageError("This document has no segment memory for the model in use.")
    services.prompt_states.set_in_use(memory.entry, in_use)


def forget(services: Services, document_id: str, *, entry: int | None = None) -> int:
    """Forget a document's segment memory for the model in use, at every ratio, and nothing else of it. Returns the bytes that went.

    It is not made again unless somebody asks for it. entry: this one alone, of whatever model. Raises StorageError while it is being
    encoded.
    """
    ref = _model_in_use(services)
    with services.database.session() as session:
        document = documents.get_document(session, document_id)
        if _is_running(session, document_id):
            raise StorageError(f"The segment memory of “{document.title}” is being made; stop that first.")
        job = None if ref is None else _last_job(session, document_id, ref)
        if job is not None:
            jobs.update_job(session, job.row_id, state="stopped")
    going = [] if entry is None else [entry]
    if entry is None and ref is not None:
        going = [row.entry for row in services.prompt_states.segment_memories(document_id, ref.identity)]
    before = services.prompt_states.total_bytes()
    services.prompt_states.remove(*going)
    services.submit(services.engine, DropDocument(document_id), lane=Lane.INTERACTIVE, kind="forget_memory", title="")
    return max(0, before - services.prompt_states.total_bytes())


def check_has_compressor(services: Services, model: ModelRef) -> Path:
    """The compressor's folder. Raises StorageError with the way out when the model has none."""
    folder = segment_compressor_folder(services, model)
    if folder is None:
        raise StorageError(
            f"{model.name} has no segment compressor yet: train one (palimpsest compress train --method segments --model"
            f" {model.name}), or use another model."
        )
    return folder


def usual_ratio(tokens: int, context_tokens: int) -> int:
    """How a document is compressed unless somebody says otherwise: finely where all of its memory fits before a question."""
    return _FINE if tokens <= _FINE * (context_tokens // SLOT_SHARE) else _COARSE


def window_tokens(model: ModelRef) -> int:
    """How much the model holds at once; 0 where that cannot be said."""
    if model.folder is None:
        return 0
    try:
        return read_model_card(model.folder).context_tokens
    except ModelError:  # damaged or gone: who uses it hears of it
        return 0


class _EncodingStore:
    """Keeps the job's row true, so that another Palimpsest knows of it and a crash is noticed; puts a new memory to use."""

    def __init__(self, services: Services, document_id: str, model: ModelRef, job_row: int) -> None:
        self._services = services
        self._document_id = document_id
        self._model = model
        self._job_row = job_row

    def __call__(self, event: Event) -> Event:
        if is_end(event):
            refuse_forgotten(self._services, self._document_id)
        if isinstance(event, Progress):
            state = None if self._was_left() else "running"  # this event may have been on its way
            self._update(state=state, stage=event.stage, done=event.done, total=event.total)
        elif isinstance(event, Failed):
            self._update(state="failed", message=event.message)
        elif isinstance(event, Finished):
            try:
                _replace_former(self._services, self._document_id, self._model, event.result)
            except StorageError as problem:
                self._update(state="failed", message=str(problem))
                raise
            self._update(state="done")
        elif is_end(event) and not self._was_left():
            self._update(state="stopped")
        return event

    def _was_left(self) -> bool:
        """Whether the job was told to stop, to be gone on with."""
        with self._services.database.read() as session:
            job = _last_job(session, self._document_id, self._model)
        return job is not None and job.state in ("paused", "interrupted")

    def _update(self, **values: Any) -> None:
        with self._services.database.session() as session:
            jobs.update_job(session, self._job_row, **values)


def _replace_former(services: Services, document_id: str, model: ModelRef, encoded: SegmentsEncoded) -> None:
    """The newest memory of a document takes the place of the one in use; one that another compressor made at its ratio goes."""
    rows = services.prompt_states.segment_memories(document_id, model.identity)
    if any(row.in_use and row.entry != encoded.entry for row in rows):
        services.prompt_states.set_in_use(encoded.entry, True)
    new = next((row for row in rows if row.entry == encoded.entry), None)
    if new is not None:
        superseded = [row.entry for row in rows if row.entry != new.entry and _ratio_of(row) == _ratio_of(new)]
        services.prompt_states.remove(*superseded)


def _mark(services: Services, ticket: Ticket, state: jobs.JobState) -> None:
    assert ticket.document_id is not None
    with services.database.session() as session:
        for job in jobs.jobs(session):
            if job.kind == KIND and job.document_id == ticket.document_id and job.is_own:
                jobs.update_job(session, job.row_id, state=state)


def _memory_of(services: Services, document_id: str, model: ModelRef) -> PromptEntryRow | None:
    """The memory in use, else the newest."""
    rows: Sequence[PromptEntryRow] = services.prompt_states.segment_memories(document_id, model.identity)
    return max(rows, key=lambda row: (row.in_use, row.created_at), default=None)


def _status(
    document: DocumentRow,
    model: str,
    memory: PromptEntryRow | None,
    compressor: Path | None,
    window: int,
    job: JobRow | None,
    *,
    running: bool,
) -> SegmentStatus:
    metrics = {} if memory is None else memory.metrics
    total = _text_tokens(memory, document)
    tokens = 0 if memory is None else memory.tokens
    made_with = str(metrics.get("compressor", ""))
    state = "" if job is None or running else job.state
    return SegmentStatus(
        document_id=document.document_id,
        model=model,
        entry=None if memory is None else memory.entry,
        segments=int(metrics.get("segments", 0)),
        tokens=tokens,
        slots=int(metrics.get("slots", 0)),
        ratio=_ratio_of(memory),
        bytes=0 if memory is None else memory.bytes,
        verbatim_tokens=max(0, total - tokens),
        total_tokens=total,
        ends=tuple(map(int, metrics.get("ends", ()))),
        complete=memory is not None and _is_complete(memory, total),
        in_use=memory is not None and memory.in_use,
        has_compressor=compressor is not None,
        outdated=memory is not None and compressor is not None and read_card(compressor).sha256 != made_with,
        window_tokens=window,
        running=running,
        paused=state == "paused",
        interrupted=state == "interrupted",
        problem=job.message if job is not None and state == "failed" else "",
    )


def _text_tokens(memory: PromptEntryRow | None, document: DocumentRow) -> int:
    """How long a document is for the model of its memory."""
    return document.tokens if memory is None else int(memory.metrics.get("text_tokens", document.tokens))


def _is_complete(memory: PromptEntryRow, total_tokens: int) -> bool:
    """Whether what is behind the last segment that is kept fills no other."""
    return total_tokens - memory.tokens < int(memory.metrics.get("segment_tokens", 1))


def _ratio_of(memory: PromptEntryRow | None) -> int:
    return 0 if memory is None else int(memory.metrics.get("ratio", 0))


def _is_running(session: Session, document_id: str) -> bool:
    return any(job.kind == KIND for job in jobs.running_jobs(session, document_id))


def _last_job(session: Session, document_id: str, model: ModelRef) -> JobRow | None:
    """The newest encoding of a document with a model, whatever became of it."""
    for job in reversed(jobs.jobs(session, (*jobs.UNDER_WAY, *jobs.ENDED))):
        if job.kind == KIND and job.document_id == document_id and job.params.get("identity") == model.identity:
            return job
    return None


def _model_in_use(services: Services) -> ModelRef | None:
    try:
        return current_model(services)
    except (EngineError, StorageError):  # the model is gone: its documents can still be looked at
        return None

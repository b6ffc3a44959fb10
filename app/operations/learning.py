"""Learning a document: a Temp-LoRA trained by the engine, its curve kept as rows, its files in the data folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from app.operations.models import current_model, find_model
from app.operations.one_learns import LEARN, LOCK_FILE, refuse_while_another_learns
from app.services import Services, Ticket
from engine.api import ChunkScore, Learn, LearnConfig, Learned, ModelRef
from engine.jobs import Event, Failed, Finished, Lane, Progress, Stopped, is_end
from storage import documents, jobs
from storage.documents import DocumentRow
from storage.errors import StorageError
from storage.forgetting import MEMORIES_FOLDER
from storage.jobs import JobRow
from storage.memories import (
    ChunkRow,
    MemoryRow,
    add_chunk,
    get_memory,
    memories,
    memories_in_state,
    put_memory,
    truncate_chunks,
)

KIND = LEARN
MEMORY_KIND = "temp_lora"


def learn(
    services: Services,
    document_id: str,
    *,
    config: LearnConfig | None = None,
    max_tokens: int | None = None,
    up_to: int | None = None,
    resume: bool = False,
    model: str | None = None,
) -> Ticket:
    """Train a Temp-LoRA on a document. Progress.detail: ChunkScore; Finished.result: Learned.

    max_tokens, up_to: learn this many tokens, or the text before this character, so that nothing later is known.
    resume: go on where learning stopped, with the settings it began with. Raises StorageError when the document is being learned
    already, or while another Palimpsest learns; a second document of this one waits for the first.
    """
    ref = current_model(services) if model is None else find_model(services, model)
    with services.database.session() as session:
        document = documents.get_document(session, document_id)
        if any(job.kind == KIND for job in jobs.running_jobs(session, document_id)):
            raise StorageError(f"“{document.title}” is being learned already.")
        refuse_while_another_learns(services, session)
        memory = _memory(session, document_id, ref, config, resume=resume)
        put_memory(session, memory)
        if not resume:
            truncate_chunks(session, memory.memory_id, 0)
        job_row = jobs.add_job(
            session, kind=KIND, document_id=document_id, params={"max_tokens": max_tokens, "up_to": up_to}
        )
        text = documents.text(session, document_id)
    request = Learn(
        model=ref,
        text=text,
        folder=services.data_dir / memory.folder,
        config=LearnConfig(**memory.metrics["config"]),
        max_tokens=max_tokens,
        up_to=up_to,
        resume=resume,
        lock_file=services.data_dir / LOCK_FILE,
    )
    store = _LearningStore(services, memory.memory_id, job_row)
    return services.submit(
        services.engine,
        request,
        lane=Lane.BACKGROUND,
        kind=KIND,
        title=document.title,
        document_id=document_id,
        store=store,
    )


def pause(services: Services, ticket: Ticket) -> None:
    """Stop learning for now: what was learned is kept and used, and the window offers to go on."""
    assert ticket.document_id is not None
    with services.database.session() as session:
        for memory in memories(session, ticket.document_id):
            if memory.state == "running":
                put_memory(session, replace(memory, state="paused"))
    services.cancel(ticket)


def cancel(services: Services, ticket: Ticket) -> None:
    """Stop learning; what was learned is kept and used."""
    services.cancel(ticket)


@dataclass(frozen=True, slots=True)
class Resumable:
    """Learning that can go on where it stopped. was_interrupted: by a crash or a power cut, not by the user."""

    memory: MemoryRow
    document: DocumentRow
    was_interrupted: bool


def resumable(services: Services) -> list[Resumable]:
    """What was paused, or interrupted by a crash, newest first."""
    found = []
    with services.database.read() as session:
        for memory in memories_in_state(session, "paused"):
            last = jobs.last_job(session, memory.document_id, KIND)
            document = documents.get_document(session, memory.document_id)
            found.append(Resumable(memory, document, last is not None and last.state == "interrupted"))
    return found


def pause_interrupted(session: Session, interrupted: Sequence[JobRow]) -> None:
    """After a crash: what was being learned is paused now, at its last checkpoint."""
    for job in interrupted:
        if job.kind == KIND and job.document_id is not None:
            for memory in memories(session, job.document_id):
                if memory.state == "running":
                    put_memory(session, replace(memory, state="paused"))


def _memory(
    session: Session, document_id: str, model: ModelRef, config: LearnConfig | None, *, resume: bool
) -> MemoryRow:
    """The row of the memory to be learned: the one to go on with, or a new one in its place."""
    memory_id = f"{document_id}-{model.identity[:12]}"
    old = next((memory for memory in memories(session, document_id) if memory.memory_id == memory_id), None)
    if resume and old is not None:
        kept = old.metrics if config is None else {**old.metrics, "config": asdict(config)}
        return replace(old, state="running", metrics=kept)
    folder = Path(MEMORIES_FOLDER) / document_id / model.identity[:12]
    return MemoryRow(
        memory_id=memory_id,
        document_id=document_id,
        kind=MEMORY_KIND,
        model_name=model.name,
        model_identity=model.identity,
        state="running",
        folder=folder.as_posix(),
        bytes=0,
        tokens=0,
        metrics={"config": asdict(config or LearnConfig())},
        attached=True,
        created_at=datetime.now(UTC),
    )


class _LearningStore:
    """Writes what a learning job reports into rows, before the faces see it."""

    def __init__(self, services: Services, memory_id: str, job_row: int) -> None:
        self._services = services
        self._memory_id = memory_id
        self._job_row = job_row
        self._running = False

    def __call__(self, event: Event) -> Event:
        if isinstance(event, Progress):
            if isinstance(event.detail, ChunkScore) or not self._running:
                self._store_progress(event)
                self._running = True
        elif is_end(event):
            self._store_end(event)
        return event

    def _store_progress(self, event: Progress) -> None:
        with self._services.database.session() as session:
            jobs.update_job(
                session, self._job_row, state="running", stage=event.stage, done=event.done, total=event.total
            )
            score = event.detail
            if isinstance(score, ChunkScore):
                row = ChunkRow(
                    score.ordinal,
                    score.tokens_done,
                    score.char_end,
                    score.adapter_nll,
                    score.base_nll,
                    score.scored_tokens,
                    score.seconds,
                )
                add_chunk(session, self._memory_id, row)
                memory = get_memory(session, self._memory_id)
                put_memory(session, replace(memory, tokens=score.tokens_done, bytes=self._bytes(memory)))

    def _store_end(self, event: Event) -> None:
        with self._services.database.session() as session:
            if isinstance(event, Finished):
                learned: Learned = event.result
                memory = get_memory(session, self._memory_id)
                done = replace(
                    memory,
                    state="complete" if learned.complete else "partial",
                    bytes=self._bytes(memory),
                    tokens=learned.tokens,
                    metrics={**memory.metrics, **asdict(learned)},
                )
                put_memory(session, done)
                jobs.update_job(session, self._job_row, state="done")
                return
            memory = get_memory(session, self._memory_id)
            if memory.state != "paused":
                memory = replace(memory, state="partial")
            put_memory(session, replace(memory, bytes=self._bytes(memory)))
            if isinstance(event, Stopped):
                jobs.update_job(session, self._job_row, state="paused" if memory.state == "paused" else "stopped")
            elif isinstance(event, Failed):
                jobs.update_job(session, self._job_row, state="failed", message=event.message)

    def _bytes(self, memory: MemoryRow) -> int:
        folder = self._services.data_dir / memory.folder
        return sum(path.stat().st_size for path in folder.glob("*") if path.is_file() and path.suffix != ".part")

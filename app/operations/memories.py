"""Looking at what was learned, leaving it aside, and forgetting one memory while its document stays."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from app.operations.models import current_model
from app.services import Services
from engine.api import DropDocument
from engine.errors import EngineError
from engine.jobs import Lane
from storage import documents, jobs
from storage import memories as rows
from storage.documents import DocumentRow
from storage.errors import StorageError
from storage.memories import ChunkRow, MemoryRow

STRONGEST = 2.0
"""How strongly an adapter can act: twice as it was learned."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A memory as the faces show it. chunks: its curve, in order. usable: made with the model in use."""

    memory: MemoryRow
    document: DocumentRow
    chunks: tuple[ChunkRow, ...]
    usable: bool


@dataclass(frozen=True, slots=True)
class MemoryForgotten:
    """bytes: of the files that went. left: those that are still there, relative to the data folder."""

    bytes: int
    left: tuple[str, ...]


def of_document(services: Services, document_id: str) -> list[Remembered]:
    """A document's memories; what the model in use can use comes first, then the newest."""
    identity = _identity_in_use(services)
    with services.database.read() as session:
        found = _remembered(session, rows.memories(session, document_id), identity)
    return sorted(found, key=lambda each: not each.usable)


def of_library(services: Services) -> list[Remembered]:
    """Every memory of every document on the shelf, newest first."""
    identity = _identity_in_use(services)
    with services.database.read() as session:
        return _remembered(session, rows.all_memories(session), identity)


def learning_seconds(services: Services, tokens: int) -> float | None:
    """How long learning so many tokens takes here with the model in use, from what it took before; None: not known."""
    identity = _identity_in_use(services)
    with services.database.read() as session:
        for memory in rows.all_memories(session):
            rate = memory.metrics.get("tokens_per_s")
            if memory.model_identity == identity and isinstance(rate, int | float) and rate > 0:
                return tokens / rate
    return None


def set_attached(services: Services, memory_id: str, attached: bool) -> None:
    """Whether a memory is used when its document is asked about."""
    with services.database.session() as session:
        rows.put_memory(session, replace(rows.get_memory(session, memory_id), attached=attached))


def set_strength(services: Services, memory_id: str, strength: float) -> None:
    """How strongly an adapter acts when its document is asked about. Raises StorageError when it is not between 0 and STRONGEST."""
    with services.database.session() as session:
        rows.put_memory(session, replace(rows.get_memory(session, memory_id), strength=checked_strength(strength)))


def checked_strength(strength: float) -> float:
    """Raises StorageError when an adapter cannot act so."""
    if not 0.0 <= strength <= STRONGEST:
        raise StorageError(f"An adapter acts with a strength between 0 and {STRONGEST:g}; 1 is as it was learned.")
    return strength


def forget_memory(services: Services, memory_id: str) -> MemoryForgotten:
    """Remove one memory, rows, files and what was read with it, and look whether any is left.

    Raises StorageError while it is being learned.
    """
    with services.database.session() as session:
        memory = rows.get_memory(session, memory_id)
        if any(job.kind == "learn" for job in jobs.running_jobs(session, memory.document_id)):
            raise StorageError("This memory is being learned; stop that first.")
        services.prompt_states.remove_of_adapters(memory.document_id, memory.model_identity)
        rows.remove_memory(session, memory_id)
    drop = DropDocument(memory.document_id)
    services.submit(services.engine, drop, lane=Lane.INTERACTIVE, kind="forget_memory", title="")
    folder = services.data_dir / memory.folder
    size = sum(path.stat().st_size for path in _files(folder))
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # the document's folder, if this was its last memory
        folder.parent.rmdir()
    left = tuple(path.relative_to(services.data_dir).as_posix() for path in _files(folder))
    return MemoryForgotten(size, left)


def _identity_in_use(services: Services) -> str:
    try:
        return current_model(services).identity
    except (EngineError, StorageError):  # the model is gone: what was learned can still be looked at
        return ""


def _remembered(session: Session, found: Iterable[MemoryRow], identity: str) -> list[Remembered]:
    return [
        Remembered(
            memory,
            documents.get_document(session, memory.document_id),
            tuple(rows.chunks(session, memory.memory_id)),
            memory.model_identity == identity,
        )
        for memory in found
    ]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]

"""The shelf: which documents it shows and in what order, their tags, and what a user says they are called."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.operations.prompt_caches import SEGMENTS
from app.services import Services
from storage import documents, shelves, tags
from storage.documents import DocumentRow
from storage.errors import StorageError
from storage.memories import MemoryRow
from storage.prompt_states import PromptEntryRow
from storage.shelves import Facets, Shelf, ShelfRow

log = logging.getLogger(__name__)


def order(services: Services, shelf: Shelf) -> list[str]:
    """The ids of every document the shelf shows, in order: what `rows` is asked for, a page at a time."""
    with services.database.read() as session:
        return shelves.order(session, shelf)


def rows(services: Services, document_ids: Sequence[str]) -> list[ShelfRow]:
    """What is shown of some documents, in that order; those forgotten meanwhile are left out."""
    with services.database.read() as session:
        found = shelves.rows(session, document_ids)
    return _with_segments(services, found)


def continue_reading(services: Services, limit: int = 4) -> list[ShelfRow]:
    """Documents begun and not finished, the last opened first."""
    with services.database.read() as session:
        found = shelves.continue_reading(session, limit)
    return _with_segments(services, found)


def facets(services: Services) -> Facets:
    """Tags and series with how many documents each, and how many documents there are."""
    with services.database.read() as session:
        return shelves.facets(session)


def change_tags(
    services: Services, document_ids: Sequence[str], *, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> None:
    """Give documents tags and take others from them."""
    with services.database.session() as session:
        tags.change_tags(session, document_ids, add=add, remove=remove)


def edit(
    services: Services,
    document_id: str,
    *,
    title: str,
    author: str,
    series: str,
    series_number: float | None,
    tags_now: Sequence[str],
) -> DocumentRow:
    """What a document is called and how it is tagged from now on. Raises StorageError for a title without a word."""
    with services.database.session() as session:
        documents.describe(session, document_id, title=title, author=author, series=series, series_number=series_number)
        present = tags.tags_of(session, [document_id]).get(document_id, [])
        tags.change_tags(session, [document_id], remove=present)
        tags.change_tags(session, [document_id], add=tags_now)
        return documents.get_document(session, document_id)


def _with_segments(services: Services, found: list[ShelfRow]) -> list[ShelfRow]:
    """Among the memories of each document its segment memories too, which lie with the kept prompts; what those cannot say is left
    out: the shelf does not hang on them."""
    try:
        kept = services.prompt_states.entries()
    except StorageError as problem:
        log.warning("the prompt caches did not say which documents have segment memory: %s", problem)
        return found
    by_document: dict[str, list[MemoryRow]] = defaultdict(list)
    for row in kept:
        if row.kind == SEGMENTS and row.document_id is not None:
            by_document[row.document_id].append(_as_memory(row, row.document_id))
    return [replace(row, memories=(*row.memories, *by_document[row.document.document_id])) for row in found]


def _as_memory(row: PromptEntryRow, document_id: str) -> MemoryRow:
    whole = int(row.metrics.get("text_tokens", row.tokens)) - row.tokens < int(row.metrics.get("segment_tokens", 1))
    return MemoryRow(
        memory_id=f"segments {row.entry}",
        document_id=document_id,
        kind=SEGMENTS,
        model_name=row.model_name,
        model_identity=row.model_identity,
        state="complete" if whole else "partial",
        folder="",
        bytes=row.bytes,
        tokens=row.tokens,
        metrics=row.metrics,
        attached=row.in_use,
        created_at=row.created_at,
    )

"""The shelf: which documents it shows and in what order, their tags, and what a user says they are called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.services import Services
from storage import documents, shelves, tags
from storage.documents import DocumentRow
from storage.shelves import Facets, Shelf, ShelfRow


def order(services: Services, shelf: Shelf) -> list[str]:
    """The ids of every document the shelf shows, in order: what `rows` is asked for, a page at a time."""
    with services.database.read() as session:
        return shelves.order(session, shelf)


def rows(services: Services, document_ids: Sequence[str]) -> list[ShelfRow]:
    """What is shown of some documents, in that order; those forgotten meanwhile are left out."""
    with services.database.read() as session:
        return shelves.rows(session, document_ids)


def continue_reading(services: Services, limit: int = 4) -> list[ShelfRow]:
    """Documents begun and not finished, the last opened first."""
    with services.database.read() as session:
        return shelves.continue_reading(session, limit)


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

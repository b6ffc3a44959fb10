"""Looking at documents: lists, outlines, text, places."""

from __future__ import annotations

from app.services import Services
from storage import documents, shelves
from storage.documents import BlockRow, DocumentRow, SectionRow, Where
from storage.finding import SearchableText
from storage.shelves import Shelf, SortBy


def list_documents(services: Services, search: str = "") -> list[DocumentRow]:
    """Every document on the shelf, newest opened or imported first."""
    with services.database.read() as session:
        found = shelves.rows(session, shelves.order(session, Shelf(search=search)))
    return [row.document for row in found]


def get_document(services: Services, document_id: str) -> DocumentRow:
    """On the shelf or removed from it. Raises StorageError when it is not there any more."""
    with services.database.read() as session:
        return documents.get_document(session, document_id)


def sample_story(services: Services) -> DocumentRow | None:
    """The bundled story, while it stands on the shelf."""
    return next((row for row in list_documents(services) if row.sample), None)


def last_opened(services: Services) -> str | None:
    """Id of the document on the shelf that was read last; None when none ever was."""
    with services.database.read() as session:
        first = shelves.order(session, Shelf(sort=SortBy.READ))[:1]
        rows = shelves.rows(session, first)
    return next((row.document.document_id for row in rows if row.document.opened_at is not None), None)


def find_document(services: Services, reference: str, where: Where = Where.SHELF) -> DocumentRow:
    """By id, beginning of an id, or title. Raises StorageError with a sentence that names the candidates."""
    with services.database.read() as session:
        return documents.resolve(session, reference, where=where)


def open_document(services: Services, document_id: str) -> DocumentRow:
    """The document, which now counts as opened."""
    with services.database.session() as session:
        documents.touch_opened(session, document_id)
        return documents.get_document(session, document_id)


def outline(services: Services, document_id: str) -> list[SectionRow]:
    with services.database.read() as session:
        return documents.sections(session, document_id)


def blocks(services: Services, document_id: str, first: int, count: int) -> list[BlockRow]:
    with services.database.read() as session:
        return documents.blocks(session, document_id, first=first, count=count)


def block_at(services: Services, document_id: str, offset: int) -> BlockRow:
    with services.database.read() as session:
        return documents.block_at(session, document_id, offset)


def text(services: Services, document_id: str) -> str:
    """The text all offsets refer to."""
    with services.database.read() as session:
        return documents.text(session, document_id)


def text_between(services: Services, document_id: str, start: int, end: int) -> str:
    """`text(...)[start:end]`"""
    with services.database.read() as session:
        return documents.text_between(session, document_id, start, end)


def searchable_text(services: Services, document_id: str) -> SearchableText:
    """The text, to be searched again and again off the UI thread; it is in memory as long as it is held."""
    with services.database.read() as session:
        return documents.searchable_text(session, document_id)


def set_read_position(services: Services, document_id: str, offset: int) -> None:
    with services.database.session() as session:
        documents.set_read_position(session, document_id, offset)

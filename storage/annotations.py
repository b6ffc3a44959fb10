"""What readers leave in a book: bookmarks, highlights, and notes.

Knows rows. Offsets of a document never change, so a plain range of them is anchor enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import schema
from storage.documents import get_document
from storage.errors import StorageError


class AnnotationKind(StrEnum):
    BOOKMARK = "bookmark"
    """A place: start == end. Its quote is the words that begin there, its note a name for it."""
    HIGHLIGHT = "highlight"
    NOTE = "note"
    """A highlight with words of the reader's own."""


COLOURS = ("yellow", "green", "blue", "pink")


@dataclass(frozen=True, slots=True)
class AnnotationRow:
    """Over `[start, end)` of the document's text; quote: the words that stand there."""

    annotation_id: str
    document_id: str
    kind: AnnotationKind
    start: int
    end: int
    quote: str
    note: str
    colour: str
    """One of COLOURS."""
    created_at: datetime
    updated_at: datetime


def put_annotation(session: Session, row: AnnotationRow) -> None:
    """Write an annotation, new or changed, or one that was removed before. Raises StorageError for an unknown document."""
    get_document(session, row.document_id)
    session.merge(
        schema.Annotation(
            id=row.annotation_id,
            document_id=row.document_id,
            kind=row.kind.value,
            start=row.start,
            end=row.end,
            quote=row.quote,
            note=row.note,
            colour=row.colour,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
    )


def get_annotation(session: Session, annotation_id: str) -> AnnotationRow:
    """Raises StorageError when there is no such annotation (any more)."""
    return _row(_record(session, annotation_id))


def remove_annotation(session: Session, annotation_id: str) -> AnnotationRow:
    """Remove an annotation and return it, so that it can be put back. Raises StorageError when it is not there."""
    record = _record(session, annotation_id)
    session.delete(record)
    return _row(record)


def annotations_of(session: Session, document_id: str) -> list[AnnotationRow]:
    """All annotations of a document by place. Raises StorageError for an unknown document."""
    get_document(session, document_id)
    table = schema.Annotation
    query = select(table).where(table.document_id == document_id).order_by(table.start, table.end, table.created_at)
    return [_row(record) for record in session.scalars(query)]


def _record(session: Session, annotation_id: str) -> schema.Annotation:
    record = session.get(schema.Annotation, annotation_id)
    if record is None:
        raise StorageError("This note is no longer there; it may have been deleted.")
    return record


def _row(record: schema.Annotation) -> AnnotationRow:
    return AnnotationRow(
        annotation_id=record.id,
        document_id=record.document_id,
        kind=AnnotationKind(record.kind),
        start=record.start,
        end=record.end,
        quote=record.quote,
        note=record.note,
        colour=record.colour,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )

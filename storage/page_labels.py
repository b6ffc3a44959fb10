"""Printed pages of a document: where each begins.

Knows rows of blocks.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import schema
from storage.documents import get_document


def page_starts(session: Session, document_id: str) -> list[tuple[int, str]]:
    """Offset and label of the first block of every page, in order; empty for a document without printed pages."""
    get_document(session, document_id)
    table = schema.Block
    query = (
        select(table.start, table.page_label)
        .where(table.document_id == document_id, table.page_label.is_not(None))
        .order_by(table.start)
    )
    starts: list[tuple[int, str]] = []
    for start, label in session.execute(query):
        if label is not None and (not starts or starts[-1][1] != label):
            starts.append((start, label))
    return starts

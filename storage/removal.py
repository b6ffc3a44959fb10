"""Taking documents off the shelf, and putting them back: nothing of a removed document is lost until it is forgotten.

Knows rows. Forgetting, which cannot be undone, is `storage.forgetting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage import schema
from storage.documents import get_document

KEPT_DAYS = 30
"""How long a removed document can be put back before it is forgotten by itself."""


def remove(session: Session, document_ids: Sequence[str]) -> None:
    """Take documents off the shelf; one that is off already keeps its day. Raises StorageError for an unknown one."""
    table = schema.Document
    for document_id in document_ids:
        get_document(session, document_id)
        on_shelf = update(table).where(table.id == document_id, table.removed_at.is_(None))
        session.execute(on_shelf.values(removed_at=datetime.now(UTC)))


def restore(session: Session, document_ids: Sequence[str]) -> None:
    """Put documents back on the shelf. Raises StorageError for one that is gone."""
    table = schema.Document
    for document_id in document_ids:
        get_document(session, document_id)
        session.execute(update(table).where(table.id == document_id).values(removed_at=None))


def due_for_forgetting(session: Session, now: datetime) -> list[str]:
    """The documents whose time on the removed shelf is over, the longest gone first."""
    table = schema.Document
    query = select(table.id).where(table.removed_at < now - timedelta(days=KEPT_DAYS)).order_by(table.removed_at)
    return list(session.scalars(query))

"""Removing documents from the shelf and putting them back. What stays removed for long is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from app.operations import forgetting
from app.services import Services, Ticket
from engine.jobs import Lane
from storage import removal


def remove(services: Services, document_ids: Sequence[str]) -> None:
    """Take documents off the shelf; they can be put back until they are forgotten."""
    with services.database.session() as session:
        removal.remove(session, document_ids)


def restore(services: Services, document_ids: Sequence[str]) -> None:
    """Put documents back on the shelf."""
    with services.database.session() as session:
        removal.restore(session, document_ids)


def forget_overdue(services: Services) -> Ticket | None:
    """Start forgetting what was removed more than `removal.KEPT_DAYS` days ago; None when there is nothing of it."""
    with services.database.read() as session:
        overdue = removal.due_for_forgetting(session, datetime.now(UTC))
    return forgetting.forget_many(services, overdue, lane=Lane.BACKGROUND) if overdue else None

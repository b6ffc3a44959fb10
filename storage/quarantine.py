"""Files that crashed a reader once: known by their content, so that they are not read again unasked."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from storage import schema


def quarantine(session: Session, sha256: str, message: str) -> None:
    """Remember a file by the hash of its bytes. message: the sentence to show when it comes again."""
    session.merge(schema.QuarantinedFile(sha256=sha256, message=message, created_at=datetime.now(UTC)))
    session.flush()


def quarantined(session: Session, sha256: str) -> str | None:
    """The sentence kept with a quarantined file, None for any other file."""
    record = session.get(schema.QuarantinedFile, sha256)
    return None if record is None else record.message


def release(session: Session, sha256: str) -> None:
    """Allow a file to be read again; a file that is not quarantined is left alone."""
    record = session.get(schema.QuarantinedFile, sha256)
    if record is not None:
        session.delete(record)
        session.flush()

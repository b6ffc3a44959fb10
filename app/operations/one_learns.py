"""One Palimpsest learns or trains at a time on a data folder: which jobs share the lock, and the sentence of who has it.

The engine itself takes the lock (`engine.training_lock`); here it is looked at before any row changes.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.services import Services
from engine.training_lock import is_held
from storage import documents, jobs
from storage.errors import StorageError

LOCK_FILE = "learning.lock"
"""In the data folder; held by the one process that learns or trains."""

LEARN = "learn"
TRAIN_COMPRESSOR = "train_compressor"
TRAIN_SEGMENT_COMPRESSOR = "train_segment_compressor"
_KINDS = frozenset({LEARN, TRAIN_COMPRESSOR, TRAIN_SEGMENT_COMPRESSOR})


def refuse_while_another_learns(services: Services, session: Session) -> None:
    """Raises StorageError while another process learns or trains; a second job of this one waits for the first."""
    if any(ticket.kind in _KINDS for ticket in services.open_tickets()):
        return
    if not is_held(services.data_dir / LOCK_FILE):
        return
    theirs = [job for job in jobs.jobs(session) if job.kind in _KINDS and not job.is_own]
    for job in reversed(theirs):
        if job.document_id is not None:
            title = documents.get_document(session, job.document_id).title
            raise StorageError(f"Another Palimpsest is learning “{title}”; let it finish, or pause it there first.")
        raise StorageError("Another Palimpsest is training a compressor; let it finish, or stop it there first.")
    raise StorageError("Another Palimpsest is learning; let it finish, or pause it there first.")

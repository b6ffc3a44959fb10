"""Prompt states nobody can use any more: left behind by a process that was killed, written too late, or by what went without them."""

from __future__ import annotations

import logging

from app.services import Services
from storage import documents
from storage.errors import StorageError

log = logging.getLogger(__name__)


def remove_strays(services: Services) -> None:
    """At the start: pieces no prompt was listed with, and states of documents that are not in the library.

    What cannot be removed now is in nobody's way until the next start.
    """
    states = services.prompt_states
    if not states.path.exists():
        return
    try:
        states.drop_unlisted()
        known = states.documents()
        with services.database.read() as session:
            strays = set(known) - set(documents.present(session, known))
        if strays:
            states.forget(strays)
    except StorageError as problem:
        log.warning("prompt states left behind stay for now: %s", problem)


def refuse_forgotten(services: Services, document_id: str) -> None:
    """What was kept of a document that another Palimpsest has forgotten while this one read it goes as well.

    Raises StorageError then.
    """
    try:
        with services.database.read() as session:
            documents.get_document(session, document_id)
    except StorageError:
        services.prompt_states.forget([document_id])
        raise


def remove_of_model(services: Services, model_identity: str) -> None:
    """With a model that is gone for good go the states it made."""
    try:
        services.prompt_states.remove_of_model(model_identity)
    except StorageError as problem:
        log.warning("prompt states of a removed model stay for now: %s", problem)

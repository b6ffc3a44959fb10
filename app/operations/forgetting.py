"""Forgetting a document: its jobs end, the engine drops it, storage removes it and searches for what may be left."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from app.operations.results import Forgotten
from app.services import Services, Ticket
from engine.api import DropDocument
from engine.jobs import Handler, Lane, Progress, Steps
from storage import documents
from storage.forgetting import forget_document, holdings
from storage.memories import memories

KIND = "forget"
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class ForgetDocument:
    services: Services
    document_id: str


def what_will_go(services: Services, document_id: str) -> dict[str, int]:
    """How much of each thing forgetting would remove: rows by table, and the memories' bytes."""
    with services.database.read() as session:
        counts = holdings(session, document_id)
        counts["bytes"] = sum(memory.bytes for memory in memories(session, document_id))
    return {name: count for name, count in counts.items() if count}


def forget(services: Services, document_id: str) -> Ticket:
    """Forget a document for good; jobs of it are stopped first. Finished.result: Forgotten.

    Somebody must be draining events meanwhile, as both faces do. Fails with a sentence while another program works on it.
    """
    with services.database.read() as session:
        documents.get_document(session, document_id)
    return services.submit(
        services.library,
        ForgetDocument(services, document_id),
        lane=Lane.INTERACTIVE,
        kind=KIND,
        title="",  # no title: nothing of a forgotten document may end in a log
        document_id=document_id,
    )


def _forget(request: ForgetDocument) -> Steps[Forgotten]:
    services, document_id = request.services, request.document_id
    yield Progress("Stopping its jobs", 0)
    while others := [ticket for ticket in services.open_tickets(document_id) if ticket.kind != KIND]:
        for ticket in others:
            services.cancel(ticket)
        yield None
        time.sleep(_POLL_S)
    drop = services.submit(
        services.engine, DropDocument(document_id), lane=Lane.INTERACTIVE, kind="drop", title="", document_id=None
    )
    while drop in services.open_tickets():
        yield None
        time.sleep(_POLL_S)
    yield Progress("Removing and searching for traces", 0)
    report = forget_document(services.database, document_id, data_dir=services.data_dir)
    return Forgotten(report.removed, report.residue, tuple(report.residue_places))


HANDLERS: Mapping[type, Handler] = {ForgetDocument: _forget}

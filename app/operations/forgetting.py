"""Forgetting documents: their jobs end, the engine drops them, storage removes them and searches for what may be left."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.operations.pages import close_original
from app.operations.results import Forgotten
from app.services import Services, Ticket
from engine.api import DropDocument
from engine.jobs import Handler, Lane, Progress, Steps
from storage import documents
from storage.forgetting import forget_documents, holdings
from storage.memories import memories
from storage.originals import original_path
from storage.pictures import picture_bytes

KIND = "forget"
_POLL_S = 0.02
_AT_ONCE = 50
"""Documents forgotten together: the database is rewritten and the folder is searched once for so many."""


@dataclass(frozen=True, slots=True)
class ForgetDocuments:
    services: Services
    document_ids: tuple[str, ...]


def what_will_go(services: Services, document_ids: Sequence[str]) -> dict[str, int]:
    """How much of each thing forgetting would remove: rows by table, originals, and the bytes of files and pictures."""
    counts: Counter[str] = Counter()
    with services.database.read() as session:
        for document_id in document_ids:
            counts.update(holdings(session, document_id))
            counts["bytes"] += sum(memory.bytes for memory in memories(session, document_id))
            counts["bytes"] += picture_bytes(session, document_id)
            original = original_path(session, document_id, services.data_dir)
            if original is not None:
                counts["originals"] += 1
                counts["bytes"] += original.stat().st_size
    prompts, prompt_bytes = services.prompt_states.holdings(document_ids)
    counts.update(prompt_states=prompts, bytes=prompt_bytes)
    return {name: count for name, count in counts.items() if count}


def forget(services: Services, document_id: str) -> Ticket:
    """Forget a document for good; jobs of it are stopped first. Finished.result: Forgotten.

    Somebody must be draining events meanwhile, as both faces do. Fails with a sentence while another program works on it.
    """
    with services.database.read() as session:
        documents.get_document(session, document_id)
    return _submit(services, (document_id,), Lane.INTERACTIVE, document_id)


def forget_many(services: Services, document_ids: Sequence[str], *, lane: Lane = Lane.INTERACTIVE) -> Ticket:
    """Forget several documents, as `forget` does one. Those gone already are passed over; stopped, the rest stays."""
    return _submit(services, tuple(document_ids), lane, None)


def _submit(services: Services, document_ids: tuple[str, ...], lane: Lane, document_id: str | None) -> Ticket:
    return services.submit(
        services.library,
        ForgetDocuments(services, document_ids),
        lane=lane,
        kind=KIND,
        title="",  # no title: nothing of a forgotten document may end in a log
        document_id=document_id,
    )


def _forget(request: ForgetDocuments) -> Steps[Forgotten]:
    services, total = request.services, len(request.document_ids)
    result = Forgotten({}, 0, (), 0, 0, 0)
    for start in range(0, total, _AT_ONCE):
        ids = _still_there(services, request.document_ids[start : start + _AT_ONCE])
        for document_id in ids:
            yield Progress("Stopping its jobs", start, total, "document")
            yield from _stop_jobs(services, document_id)
        yield Progress("Removing and searching for traces", start, total, "document")
        report = forget_documents(services.database, services.prompt_states, ids, data_dir=services.data_dir)
        result = Forgotten(
            removed=dict(Counter(result.removed) + Counter(report.removed)),
            residue=result.residue + report.residue,
            residue_places=(*result.residue_places, *report.residue_places),
            probes=result.probes + report.probes,
            searched_files=max(result.searched_files, report.searched_files),
            searched_bytes=max(result.searched_bytes, report.searched_bytes),
        )
    return result


def _still_there(services: Services, document_ids: Sequence[str]) -> list[str]:
    with services.database.read() as session:
        return documents.present(session, document_ids)


def _stop_jobs(services: Services, document_id: str) -> Steps[None]:
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
    close_original(services, document_id)


HANDLERS: Mapping[type, Handler] = {ForgetDocuments: _forget}

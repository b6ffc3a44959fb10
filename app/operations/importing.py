"""A file becomes a document: read in a bounded child process, counted, stored in one transaction. A job of the library runner."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from app.operations.models import current_model
from app.operations.results import Imported
from app.operations.settings import settings
from app.services import Services, Ticket
from engine.jobs import Handler, Lane, Progress, Steps
from storage import documents, quarantine, removal
from storage.document import Document
from storage.errors import ReaderBroke, ReaderError
from storage.originals import KEPT_FORMATS, IncomingOriginal
from storage.readers.reading import read_steps

_HASH_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImportFile:
    services: Services
    path: Path
    sample: bool = False


def import_file(services: Services, path: Path, *, retry: bool = False) -> Ticket:
    """Take a file into the library. Finished.result: Imported; Failed: one sentence, and nothing of the file is kept.

    retry: read a file again that broke its reader before.
    """
    if retry:
        release(services, path)
    return services.submit(
        services.library, ImportFile(services, path), lane=Lane.BACKGROUND, kind="import", title=path.name
    )


def release(services: Services, path: Path) -> None:
    """Let a file be read again that broke its reader before."""
    if path.is_file():
        with services.database.session() as session:
            quarantine.release(session, _sha256(path))


def _import(request: ImportFile) -> Steps[Imported]:
    return import_steps(request.services, request.path, sample=request.sample)


def import_steps(services: Services, path: Path, *, sample: bool = False) -> Steps[Imported]:
    """Take one file into the library. Raises ReaderError and StorageError, with nothing of the file kept.

    A file that is there already is not read again; one that was removed from the shelf is put back on it.
    """
    yield Progress("Reading the file", 0)
    try:
        sha256 = _sha256(path) if path.is_file() else ""
    except OSError as problem:
        raise ReaderError(f"“{path.name}” cannot be opened: {problem.strerror}.") from problem
    with services.database.read() as session:
        known = documents.find_by_sha256(session, sha256) if sha256 else None
        refused = quarantine.quarantined(session, sha256) if sha256 else None
    if known is not None:
        return _known(services, known)
    if refused is not None:
        raise ReaderBroke(refused)
    document = yield from _read(services, path, sha256)
    yield Progress("Counting tokens", 0)
    from engine.tokenization import count_tokens  # here, so that a window does not wait for it

    text = document.text
    tokens = count_tokens(current_model(services).folder, text)
    yield Progress("Storing", 0)
    with _incoming_original(services, path, document, sha256) as original, services.database.session() as session:
        known = documents.find_by_sha256(session, sha256)
        if known is None:
            document_id = documents.add_document(
                session, document, tokens=tokens, content_sha256=sha256, source_name=path.name, sample=sample
            )
            if original is not None:
                original.keep(session, document_id, document.format)
            return _imported(documents.get_document(session, document_id))
    return _known(services, known)  # another program has imported the same file meanwhile


def _incoming_original(
    services: Services, path: Path, document: Document, sha256: str
) -> AbstractContextManager[IncomingOriginal | None]:
    """A copy of a file whose pages can be shown, unless the user does not want it."""
    if document.format not in KEPT_FORMATS or not settings(services).keep_originals:
        return nullcontext()
    return IncomingOriginal(services.data_dir, path, sha256=sha256)


def _read(services: Services, path: Path, sha256: str) -> Steps[Document]:
    steps = read_steps(path)
    try:
        while True:
            try:
                progress = next(steps)
            except StopIteration as stop:
                document: Document = stop.value
                return document
            yield Progress("Reading the file", progress.done, progress.total, progress.unit)
    except ReaderBroke as problem:
        with services.database.session() as session:
            quarantine.quarantine(session, sha256, str(problem))
        raise
    finally:
        steps.close()


def _known(services: Services, row: documents.DocumentRow) -> Imported:
    if row.removed_at is None:
        return _imported(row, already_there=True)
    with services.database.session() as session:
        removal.restore(session, [row.document_id])
    return _imported(row, put_back=True)


def _imported(row: documents.DocumentRow, *, already_there: bool = False, put_back: bool = False) -> Imported:
    return Imported(
        document=row.document_id,
        title=row.title,
        format=row.format,
        sections=row.section_count,
        characters=row.characters,
        tokens=row.tokens,
        warnings=row.warnings,
        already_there=already_there,
        put_back=put_back,
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BLOCK):
            digest.update(block)
    return digest.hexdigest()


HANDLERS: Mapping[type, Handler] = {ImportFile: _import}

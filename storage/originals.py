"""Original files of documents, kept so that their pages can be shown: <data>/originals/<document id>.<format>.

Knows one folder and the column that names what is in it. A file gets its name inside the transaction that writes its
document: seen from any other transaction, a file in the folder without a document belongs to nobody.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from pathlib import Path, PurePosixPath

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage import schema
from storage.errors import StorageError
from storage.processes import start_mark

log = logging.getLogger(__name__)

ORIGINALS_FOLDER = "originals"
KEPT_FORMATS = frozenset({"pdf"})
_INCOMING = ".incoming"
_BLOCK_BYTES = 1 << 20


class IncomingOriginal:
    """A copy of a file on its way into the library: under a name of its own until `keep`.

    A context manager around the transaction: gone at its end, unless it was kept and the transaction went through.
    """

    def __init__(self, data_dir: Path, source: Path, *, sha256: str) -> None:
        """Copy the file, whose content has this hash. Raises StorageError when it cannot be copied, or has changed."""
        self._folder = data_dir / ORIGINALS_FOLDER
        self._copy = self._folder / f"{os.getpid()}-{secrets.token_hex(6)}{_INCOMING}"
        self._kept = False
        try:
            self._folder.mkdir(exist_ok=True)
            digest = hashlib.sha256()
            with source.open("rb") as read, self._copy.open("wb") as written:
                while block := read.read(_BLOCK_BYTES):
                    digest.update(block)
                    written.write(block)
                written.flush()
                os.fsync(written.fileno())
        except OSError as problem:
            self._copy.unlink(missing_ok=True)
            raise StorageError(
                f"The original pages of “{source.name}” cannot be kept: {problem.strerror}. Free some space, or switch "
                "off keeping originals in the settings."
            ) from problem
        if digest.hexdigest() != sha256:
            self._copy.unlink()
            raise StorageError(f"“{source.name}” changed while it was read; import it again.")

    def keep(self, session: Session, document_id: str, format: str) -> None:
        """Give the copy its name and note it with its document, in the transaction that writes the document."""
        kept = self._folder / f"{document_id}.{format}"
        self._copy = self._copy.replace(kept)
        self._kept = True
        relative = f"{ORIGINALS_FOLDER}/{kept.name}"
        session.execute(update(schema.Document).where(schema.Document.id == document_id).values(original=relative))

    def __enter__(self) -> IncomingOriginal:
        return self

    def __exit__(self, problem: type[BaseException] | None, *_: object) -> None:
        if problem is not None or not self._kept:
            self._copy.unlink(missing_ok=True)


def original_path(session: Session, document_id: str, data_dir: Path) -> Path | None:
    """The kept original of a document; None where none was kept, or where it has vanished."""
    name = session.scalar(select(schema.Document.original).where(schema.Document.id == document_id))
    if not name or PurePosixPath(name).parts != (ORIGINALS_FOLDER, PurePosixPath(name).name):
        return None
    path = data_dir / ORIGINALS_FOLDER / PurePosixPath(name).name
    return path if path.is_file() else None


def original_files(data_dir: Path, document_id: str) -> list[Path]:
    """What lies in the folder under a document's name, whatever its row says."""
    return sorted((data_dir / ORIGINALS_FOLDER).glob(f"{document_id}.*"))


def remove_strays(session: Session, data_dir: Path) -> int:
    """Remove what imports left that were killed; return how many files. In a writing transaction: none other is under way."""
    documents = set(session.scalars(select(schema.Document.original)))
    removed = 0
    for path in sorted((data_dir / ORIGINALS_FOLDER).glob("*")):
        if f"{ORIGINALS_FOLDER}/{path.name}" in documents or (path.suffix == _INCOMING and _has_owner(path)):
            continue
        try:
            path.unlink()
            removed += 1
        except OSError as problem:
            log.warning("a stray original cannot be removed: %s", problem.strerror)
    return removed


def _has_owner(incoming: Path) -> bool:
    """Whether the process that was copying may still be at it."""
    pid = incoming.name.partition("-")[0]
    return pid.isdigit() and int(pid) != os.getpid() and start_mark(int(pid)) is not None

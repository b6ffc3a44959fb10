"""Places as people write them, and where the data lies."""

from __future__ import annotations

import re
from pathlib import Path

from app.services import Services
from storage import documents
from storage.errors import StorageError


def parse_place(services: Services, document_id: str, words: str) -> int:
    """A character offset from "12000", "40%" or the title of a section (its end). Raises StorageError for anything else."""
    with services.database.read() as session:
        document = documents.get_document(session, document_id)
        sections = documents.sections(session, document_id)
    words = words.strip()
    if words.isascii() and words.isdigit():
        return min(int(words), document.characters)
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", words):
        return round(min(100.0, float(match[1])) / 100 * document.characters)
    named = [section for section in sections if section.title.casefold() == words.casefold()]
    if len(named) == 1:
        return named[0].end
    raise StorageError(
        f"“{words}” is no place in “{document.title}”: give a character offset, a percentage like 40%, "
        "or the exact title of one section."
    )


def folder_sizes(folder: Path) -> dict[str, int]:
    """Bytes of each file and folder directly in the data folder, by name."""
    if not folder.is_dir():
        return {}
    return {path.name: _bytes_of(path) for path in sorted(folder.iterdir())}


def _bytes_of(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size

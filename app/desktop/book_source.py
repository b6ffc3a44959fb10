"""A document of the library as a source of blocks for the page."""

from __future__ import annotations

from app.operations import library
from app.services import Services
from storage.documents import BlockRow, DocumentRow


class LibraryBook:
    """Short reads on the calling thread: a few dozen blocks take about a millisecond."""

    def __init__(self, services: Services, document: DocumentRow) -> None:
        self._services = services
        self._document_id = document.document_id
        self.characters = document.characters

    def blocks(self, first: int, count: int) -> list[BlockRow]:
        return library.blocks(self._services, self._document_id, first, count)

    def block_at(self, offset: int) -> BlockRow:
        return library.block_at(self._services, self._document_id, offset)

    def words_from(self, offset: int, characters: int = 140) -> str:
        """The words that begin at an offset, for a tooltip or a list; not beyond its paragraph."""
        block = self.block_at(offset)
        start = min(max(0, offset - block.start), len(block.text))
        words = " ".join(block.text[start : start + characters].split())
        return words if start + characters >= len(block.text) else f"{words}…"

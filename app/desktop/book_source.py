"""A document of the library as a source of blocks and pictures for the page.

Blocks are kept in memory for the neighbourhood of where one reads, and what lies next to it is read ahead off the UI thread,
so that reading on never waits for the database.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from app.operations import library, pictures
from app.services import Services
from storage.documents import BlockRow, DocumentRow
from storage.errors import StorageError
from storage.pictures import ImageRow

CHUNK = 64
"""Blocks read at a time."""
AHEAD = 2
"""Chunks read ahead, and kept behind."""
KEPT = 24
"""Chunks kept in memory: about the text of a long chapter on either side."""

Run = Callable[[Callable[[], Any], Callable[[Any], None]], object]
"""Runs a read and hands its value to the UI thread (`Bridge.query`)."""


def at_once(read: Callable[[], Any], done: Callable[[Any], None]) -> None:
    """A `Run` that does not wait: for sources that are in memory."""
    done(read())


class BookSource(Protocol):
    """Where a book's blocks come from. `image_data` may be called from any thread, the rest from the UI thread only."""

    @property
    def characters(self) -> int: ...
    def blocks(self, first: int, count: int) -> list[BlockRow]: ...
    def block_at(self, offset: int) -> BlockRow: ...
    def images(self, first: int, count: int) -> list[ImageRow]: ...
    def image_data(self, ordinal: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Chunk:
    rows: list[BlockRow]
    images: list[ImageRow]


class LibraryBook:
    """A BookSource over the database. What is not in memory yet is read on the spot: a jump takes a millisecond or two."""

    def __init__(
        self, services: Services, document: DocumentRow, run: Run | None = None, *, at: int | None = None
    ) -> None:
        """at: an offset around which to read now, on the calling thread, whichever it is."""
        self._services = services
        self._document_id = document.document_id
        self._run = run
        self._chunks: OrderedDict[int, _Chunk] = OrderedDict()
        self._coming: set[int] = set()
        self.characters = document.characters
        if at is not None:
            row = library.block_at(services, self._document_id, at)
            for number in {max(0, row.ordinal - CHUNK // 2) // CHUNK, (row.ordinal + CHUNK // 2) // CHUNK}:
                self._chunks[number] = self._read(number)

    def blocks(self, first: int, count: int) -> list[BlockRow]:
        rows: list[BlockRow] = []
        for number in range(first // CHUNK, (first + count - 1) // CHUNK + 1):
            chunk = self._chunk(number)
            rows += [row for row in chunk.rows if first <= row.ordinal < first + count]
            if len(chunk.rows) < CHUNK:
                break
        self._read_ahead(first // CHUNK)
        return rows

    def images(self, first: int, count: int) -> list[ImageRow]:
        return [
            image
            for number in range(first // CHUNK, (first + count - 1) // CHUNK + 1)
            for image in self._chunk(number).images
            if first <= image.block < first + count
        ]

    def image_data(self, ordinal: int) -> bytes:
        return pictures.image_data(self._services, self._document_id, ordinal)

    def block_at(self, offset: int) -> BlockRow:
        for chunk in reversed(self._chunks.values()):
            if chunk.rows and chunk.rows[0].start <= offset < chunk.rows[-1].end:
                return next(row for row in reversed(chunk.rows) if row.start <= offset)
        return library.block_at(self._services, self._document_id, offset)

    def words_from(self, offset: int, characters: int = 140) -> str:
        """The words that begin at an offset, for a tooltip or a list; not beyond its paragraph."""
        block = self.block_at(offset)
        start = min(max(0, offset - block.start), len(block.text))
        words = " ".join(block.text[start : start + characters].split())
        return words if start + characters >= len(block.text) else f"{words}…"

    # -- chunks ----------------------------------------------------------------------------------------------------

    def _chunk(self, number: int) -> _Chunk:
        if number not in self._chunks:
            self._keep(number, self._read(number))
        self._chunks.move_to_end(number)
        return self._chunks[number]

    def _read(self, number: int) -> _Chunk:
        first = number * CHUNK
        return _Chunk(
            library.blocks(self._services, self._document_id, first, CHUNK),
            pictures.images(self._services, self._document_id, first, CHUNK),
        )

    def _keep(self, number: int, chunk: _Chunk) -> None:
        self._chunks[number] = chunk
        while len(self._chunks) > KEPT:
            self._chunks.popitem(last=False)

    def _read_ahead(self, number: int) -> None:
        if self._run is None:
            return
        for near in range(max(0, number - AHEAD), number + AHEAD + 1):
            if near not in self._chunks and near not in self._coming:
                self._coming.add(near)
                self._run(partial(self._try, near), partial(self._arrived, near))

    def _try(self, number: int) -> _Chunk | None:
        try:
            return self._read(number)
        except StorageError:  # the document was forgotten meanwhile: nobody will read on in it
            return None

    def _arrived(self, number: int, chunk: _Chunk | None) -> None:
        self._coming.discard(number)
        if chunk is not None and number not in self._chunks:
            self._keep(number, chunk)
            self._chunks.move_to_end(number)

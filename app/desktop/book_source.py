"""A document of the library as a source of blocks and pictures for the page.

Blocks are kept in memory for the neighbourhood of where one reads, and what lies next to it is read ahead off the UI thread,
so that reading on never waits for the database.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from app.operations import library, pictures
from app.services import Services
from storage.document import BLOCK_SEPARATOR
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
    def around(self, offset: int, then: Callable[[], None]) -> None:
        """Call `then` when the blocks around an offset are at hand: now, if they are."""

    def read(self, first: int, count: int, then: Callable[[list[BlockRow]], None]) -> None:
        """Call `then` with some blocks: now, if they are at hand."""

    def blocks(self, first: int, count: int) -> list[BlockRow]:
        """Blocks that are at hand; others are waited for."""

    def block_at(self, offset: int) -> BlockRow: ...
    def images(self, first: int, count: int) -> list[ImageRow]: ...
    def image_data(self, ordinal: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Chunk:
    rows: list[BlockRow]
    images: list[ImageRow]


class LibraryBook:
    """A BookSource over the database.

    Every statement on the UI thread gives the other threads their turn, and while a book is learned that is tens of
    milliseconds: so everything is read through `run`, and `blocks` and `block_at` read themselves only what no one foresaw.
    """

    def __init__(self, services: Services, document: DocumentRow, run: Run = at_once, *, at: int | None = None) -> None:
        """at: an offset around which to read now, on the calling thread, whichever it is."""
        self._services = services
        self._document_id = document.document_id
        self._run = run
        self._chunks: OrderedDict[int, _Chunk] = OrderedDict()
        self._coming: set[int] = set()
        self.characters = document.characters
        if at is not None:
            self._keep(self._read_around(at))

    def around(self, offset: int, then: Callable[[], None]) -> None:
        """Call `then` when the blocks around an offset are in memory: now, if they are."""
        row = self._row_in_memory(offset)
        if row is not None and all(number in self._chunks for number in _numbers_around(row.ordinal)):
            then()
            return

        def arrived(chunks: dict[int, _Chunk]) -> None:
            self._keep(chunks)
            then()

        self._run(lambda: self._read_around(offset), arrived)

    def read(self, first: int, count: int, then: Callable[[list[BlockRow]], None]) -> None:
        """Call `then` with some blocks: now, if they are in memory."""
        numbers = _numbers_of(first, count)
        if all(number in self._chunks for number in numbers):
            then(self.blocks(first, count))
            return
        self._run(lambda: library.blocks(self._services, self._document_id, first, count), then)

    def blocks(self, first: int, count: int) -> list[BlockRow]:
        chunks = [self._chunk(number) for number in _numbers_of(first, count)]
        self._read_ahead(first // CHUNK)
        return [row for chunk in chunks for row in chunk.rows if first <= row.ordinal < first + count]

    def images(self, first: int, count: int) -> list[ImageRow]:
        chunks = [self._chunk(number) for number in _numbers_of(first, count)]
        return [image for chunk in chunks for image in chunk.images if first <= image.block < first + count]

    def image_data(self, ordinal: int) -> bytes:
        return pictures.image_data(self._services, self._document_id, ordinal)

    def block_at(self, offset: int) -> BlockRow:
        row = self._row_in_memory(offset)
        return row if row is not None else library.block_at(self._services, self._document_id, offset)

    def words_from(self, offset: int, characters: int = 140) -> str:
        """The words that begin at an offset, for a tooltip; not beyond its paragraph. "" while they are being read."""
        block = self._row_in_memory(offset)
        if block is None:
            self.around(offset, lambda: None)
            block = self._row_in_memory(offset)
        if block is None:
            return ""
        start = min(max(0, offset - block.start), len(block.text))
        words = " ".join(block.text[start : start + characters].split())
        return words if start + characters >= len(block.text) else f"{words}…"

    def _row_in_memory(self, offset: int) -> BlockRow | None:
        wanted = min(max(0, offset), max(0, self.characters - 1))
        for chunk in reversed(self._chunks.values()):
            if chunk.rows and chunk.rows[0].start <= wanted < chunk.rows[-1].end + len(BLOCK_SEPARATOR):
                return next(row for row in reversed(chunk.rows) if row.start <= wanted)
        return None

    # -- chunks ----------------------------------------------------------------------------------------------------

    def _chunk(self, number: int) -> _Chunk:
        if number not in self._chunks:
            self._keep(self._read([number]))
        self._chunks.move_to_end(number)
        return self._chunks[number]

    def _keep(self, chunks: dict[int, _Chunk]) -> None:
        self._chunks |= chunks
        for number in chunks:
            self._chunks.move_to_end(number)
        while len(self._chunks) > KEPT:
            self._chunks.popitem(last=False)

    def _read_ahead(self, number: int) -> None:
        near = range(max(0, number - AHEAD), number + AHEAD + 1)
        missing = [each for each in near if each not in self._chunks and each not in self._coming]
        if missing:
            self._coming.update(missing)
            self._run(partial(self._try, missing), partial(self._arrived, missing))

    def _arrived(self, numbers: list[int], chunks: dict[int, _Chunk]) -> None:
        self._coming.difference_update(numbers)
        self._keep({number: chunk for number, chunk in chunks.items() if number not in self._chunks})

    # -- on any thread ---------------------------------------------------------------------------------------------

    def _read_around(self, offset: int) -> dict[int, _Chunk]:
        ordinal = library.block_at(self._services, self._document_id, offset).ordinal
        return self._read(_numbers_around(ordinal))

    def _try(self, numbers: list[int]) -> dict[int, _Chunk]:
        try:
            return self._read(numbers)
        except StorageError:  # the document was forgotten meanwhile: nobody will read on in it
            return {}

    def _read(self, numbers: Sequence[int]) -> dict[int, _Chunk]:
        """In two statements, from the first of them to the last."""
        first, count = numbers[0] * CHUNK, (numbers[-1] - numbers[0] + 1) * CHUNK
        chunks = {number: _Chunk([], []) for number in range(numbers[0], numbers[-1] + 1)}
        for row in library.blocks(self._services, self._document_id, first, count):
            chunks[row.ordinal // CHUNK].rows.append(row)
        for image in pictures.images(self._services, self._document_id, first, count):
            chunks[image.block // CHUNK].images.append(image)
        return {number: chunks[number] for number in numbers}


def _numbers_of(first: int, count: int) -> range:
    return range(first // CHUNK, (first + count - 1) // CHUNK + 1)


def _numbers_around(ordinal: int) -> range:
    """The chunks that a page which begins with this block is set from."""
    return _numbers_of(max(0, ordinal - CHUNK // 2), CHUNK)

"""A document of the library as the page reads it."""

from __future__ import annotations

import pytest

from app.desktop.book_source import CHUNK, KEPT, LibraryBook
from app.operations import library, opening
from app.operations.importing import import_file
from engine.jobs import Finished, is_end


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    services = opening.open_services(folder / "data", echo=True)
    book = folder / "long.txt"
    book.write_text(
        "\n\n".join(f"Paragraph {n} of a book in which little happens, but at some length." for n in range(2_000)),
        encoding="utf-8",
    )
    ticket = import_file(services, book)
    while True:
        item = services.next_event(timeout_s=30)
        assert item is not None
        if item[0].job_id == ticket.job_id and is_end(item[1]):
            assert isinstance(item[1], Finished)
            break
    yield services
    services.close()


@pytest.fixture
def document(services):
    return next(row for row in library.list_documents(services) if not row.sample)


class Later:
    def __init__(self):
        self.waiting = []

    def __call__(self, read, done):
        self.waiting.append((read, done))

    def answer(self):
        waiting, self.waiting = self.waiting, []
        for read, done in waiting:
            done(read())


@pytest.mark.parametrize("first, count", [(0, 1), (0, 24), (60, 8), (63, 2), (640, 130), (1_990, 40), (5_000, 8)])
def test_its_blocks_are_those_of_the_library(services, document, first, count):
    book = LibraryBook(services, document)
    assert book.blocks(first, count) == library.blocks(services, document.document_id, first, count)
    assert book.images(first, count) == []


def test_the_block_at_an_offset_is_that_of_the_library_whether_in_memory_or_not(services, document):
    book = LibraryBook(services, document, at=document.characters // 2)
    for offset in (0, 1, document.characters // 2, document.characters - 1, document.characters):
        assert book.block_at(offset) == library.block_at(services, document.document_id, offset)


def test_reading_on_never_asks_the_database_on_this_thread(services, document, monkeypatch):
    later = Later()
    book = LibraryBook(services, document, later, at=0)
    book.blocks(0, 24)
    for first in range(0, 1_500, 8):
        later.answer()
        with monkeypatch.context() as patch:
            patch.setattr(library, "blocks", lambda *_: pytest.fail("a read on the UI thread"))
            assert len(book.blocks(first, 8)) == 8
    assert len(book._chunks) <= KEPT


def test_each_chunk_is_read_ahead_once(services, document):
    later = Later()
    book = LibraryBook(services, document, later, at=0)
    for _ in range(5):
        book.blocks(3 * CHUNK, 8)
    assert len(later.waiting) == 4  # 1, 2, 4 and 5: 3 was read


def test_reading_ahead_in_a_forgotten_document_is_no_problem(services, document):
    later = Later()
    book = LibraryBook(services, document, later)
    book._document_id = "0" * 32
    book._read_ahead(0)
    later.answer()
    assert not book._chunks

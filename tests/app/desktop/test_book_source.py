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
    for offset in (0, 1, document.characters // 2, document.characters // 2 + 57, document.characters - 1):
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
    assert len(later.waiting) == 1
    later.answer()
    assert set(range(6)) <= set(book._chunks)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.77, 1.0])
def test_a_jump_waits_for_what_is_not_there_and_not_for_what_is(services, document, monkeypatch, share):
    later, went = Later(), []
    book = LibraryBook(services, document, later)
    offset = round(document.characters * share)
    book.around(offset, lambda: went.append(offset))
    assert went == []
    later.answer()
    assert went == [offset]
    for name in ("blocks", "block_at"):
        monkeypatch.setattr(library, name, lambda *_: pytest.fail("a read on the UI thread"))
    book.around(offset, lambda: went.append(offset))
    assert went == [offset, offset]
    row = book.block_at(offset)
    assert row.start <= offset <= row.end + 2
    assert book.blocks(max(0, row.ordinal - 12), 24)


def test_blocks_are_handed_over_at_once_when_they_are_there(services, document):
    later, got = Later(), []
    book = LibraryBook(services, document, later, at=0)
    book.read(3, 2, got.append)
    assert [row.ordinal for row in got[0]] == [3, 4]
    book.read(1_500, 2, got.append)
    assert len(got) == 1
    later.answer()
    assert [row.ordinal for row in got[1]] == [1_500, 1_501]


def test_words_of_a_far_place_are_there_when_one_asks_again(services, document):
    later = Later()
    book = LibraryBook(services, document, later, at=0)
    assert book.words_from(0).startswith("Paragraph 0 of")
    far = library.blocks(services, document.document_id, 1_200, 1)[0]
    assert book.words_from(far.start) == ""
    later.answer()
    assert book.words_from(far.start).startswith("Paragraph 1200 of")


def test_reading_ahead_in_a_forgotten_document_is_no_problem(services, document):
    later = Later()
    book = LibraryBook(services, document, later)
    book._document_id = "0" * 32
    book._read_ahead(0)
    later.answer()
    assert not book._chunks

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from storage import documents
from storage.database import Database
from storage.document import Block, BlockKind, Document, Section
from storage.errors import StorageError
from storage.shelves import Shelf, order

Make = Callable[..., Document]
Put = Callable[..., str]


def test_a_new_document_has_a_short_id_and_all_its_figures(database: Database, make_document: Make, put: Put) -> None:
    document_id = put(make_document(["One.", "Two."], ["Three."], title="Emma", author="Austen"), sha256="abc")
    with database.read() as session:
        row = documents.get_document(session, document_id)
        assert documents.find_by_sha256(session, "abc") == row
        assert documents.find_by_sha256(session, "abd") is None
        assert documents.block_count(session, document_id) == 3
    assert re.fullmatch("[0-9a-f]{12}", document_id)
    assert (row.title, row.author, row.characters, row.tokens, row.section_count) == ("Emma", "Austen", 18, 7, 2)
    assert (row.opened_at, row.read_position, row.sample) == (None, 0, False)


def test_the_same_content_is_refused_by_the_name_it_has(database: Database, make_document: Make, put: Put) -> None:
    put(make_document(["One."], title="Emma"), sha256="abc")
    with pytest.raises(StorageError, match="already, as “Emma”"):
        put(make_document(["One."], title="Copy"), sha256="abc")
    with database.read() as session:
        (only,) = order(session, Shelf())
        assert documents.get_document(session, only).title == "Emma"


def test_text_that_is_not_unicode_is_refused_whole(database: Database, make_document: Make, put: Put) -> None:
    with pytest.raises(StorageError, match="not valid Unicode"):
        put(make_document(["fine", "broken \ud800"]))
    with database.read() as session:
        assert order(session, Shelf()) == []


def test_a_document_without_text_is_kept_and_says_so(database: Database, put: Put) -> None:
    document_id = put(Document("Empty", "txt", (Section("", 1, ()),)))
    with database.read() as session:
        assert documents.text(session, document_id) == ""
        assert documents.passages(session, document_id) == []
        with pytest.raises(StorageError, match="holds no text"):
            documents.block_at(session, document_id, 0)


@pytest.mark.parametrize(
    "ask",
    [
        documents.get_document,
        documents.sections,
        documents.text,
        documents.passages,
        documents.block_count,
        documents.touch_opened,
        lambda session, unknown: documents.blocks(session, unknown, first=0, count=1),
        lambda session, unknown: documents.block_at(session, unknown, 0),
        documents.searchable_text,
        lambda session, unknown: documents.set_read_position(session, unknown, 1),
    ],
)
def test_an_unknown_document_is_a_sentence(database: Database, ask: Callable[..., object]) -> None:
    with pytest.raises(StorageError, match="no document abcdef"), database.session() as session:
        ask(session, "abcdef")


def test_resolve_takes_an_id_its_start_a_title_or_its_start(database: Database, make_document: Make, put: Put) -> None:
    persuasion = put(make_document(["x"], title="Persuasion"))
    emma = put(make_document(["x"], title="Emma"))
    put(make_document(["x"], title="Emma's Answer"))
    put(make_document(["x"], title="Émile"))
    with database.read() as session:
        for reference in (persuasion, persuasion[:8], persuasion.upper(), "PERSUASION", "pers", " persuasion "):
            assert documents.resolve(session, reference).document_id == persuasion
        assert documents.resolve(session, "emma").document_id == emma
        assert documents.resolve(session, "éMILE").title == "Émile"


def test_resolve_names_the_candidates(database: Database, make_document: Make, put: Put) -> None:
    with database.read() as session, pytest.raises(StorageError, match="the library is empty"):
        documents.resolve(session, "Emma")
    ids = [put(make_document(["x"], title=f"Emma {number}")) for number in (1, 2)]
    with database.read() as session:
        for reference in ("Em", "emma "):
            with pytest.raises(StorageError, match=r"Emma 1.*please give the id") as caught:
                documents.resolve(session, reference)
            assert all(document_id in str(caught.value) for document_id in ids)
        with pytest.raises(StorageError, match=r"No document is called “100%_”; the library holds “Emma 2”"):
            documents.resolve(session, "100%_")
        with pytest.raises(StorageError, match="Please name"):
            documents.resolve(session, "  ")


def test_the_read_position_stays_inside_the_text(database: Database, make_document: Make, put: Put) -> None:
    document_id = put(make_document(["0123456789"]))
    for given, kept in ((4, 4), (-5, 0), (99, 10)):
        with database.session() as session:
            documents.set_read_position(session, document_id, given)
        with database.read() as session:
            assert documents.get_document(session, document_id).read_position == kept


def test_found_are_ranges_of_the_text(database: Database, make_document: Make, put: Put) -> None:
    document_id = put(make_document(["Anne left.", "Where is ANNE?"], title="A"))
    with database.read() as session:
        whole = documents.text(session, document_id)
        book = documents.searchable_text(session, document_id)
    assert [whole[start:end] for start, end in book.find("anne")] == ["Anne", "ANNE"]
    assert book.between(0, len(whole)) == whole


def paragraphs_of(path: Path) -> Document:
    pieces = re.split(r"\n\s*\n", path.read_text("utf-8-sig"))
    blocks = tuple(Block(BlockKind.PARAGRAPH, " ".join(piece.split())) for piece in pieces if piece.strip())
    return Document(path.stem, "txt", (Section("All", 1, blocks),))


@pytest.mark.data
def test_a_very_long_novel_comes_in_fast_and_is_read_in_small_pieces(
    database: Database, put: Put, shared_data: Path
) -> None:
    novel = paragraphs_of(shared_data / "novels_gutenberg_long" / "2600-0.txt")
    started = time.process_time()
    document_id = put(novel)
    assert time.process_time() - started < 3  # CPU time: others may use the machine too
    with database.read() as session:
        assert documents.text(session, document_id) == novel.text
        count = documents.block_count(session, document_id)
        started = time.process_time()
        for step in range(100):
            block = documents.block_at(session, document_id, len(novel.text) * step // 100)
            assert documents.blocks(session, document_id, first=block.ordinal, count=20)[0] == block
        assert time.process_time() - started < 2
        assert documents.blocks(session, document_id, first=count - 1, count=20)[0].end == len(novel.text)

"""Laws that hold for every document a reader may make."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import documents
from storage.database import Database
from storage.document import BLOCK_SEPARATOR, Block, BlockKind, Document, Mark, Section
from storage.passages import CJK_TARGET_CHARACTERS, TARGET_CHARACTERS, cut_at, cut_passages, is_cjk

WORDS = st.sampled_from(
    [
        "word",
        "Mr.",
        "end.",
        "Really?",
        "“No!”",
        "e.g.",
        "…",
        "ß",
        "İ",
        "林黛玉",
        "你好。",
        "「不！」",
        "A.",
        "3.14",
        "𝔘",
        "\u0301",
        "\x00",
    ]
)
SEPARATORS = st.sampled_from([" ", "", "\n", "  "])


@st.composite
def block_texts(draw: st.DrawFn) -> str:
    words = draw(st.lists(st.tuples(WORDS, SEPARATORS), min_size=1, max_size=6))
    text = "".join(word + separator for word, separator in words) * draw(st.sampled_from([1, 1, 1, 7, 40]))
    while "\n\n" in text:
        text = text.replace("\n\n", "\n")
    return text.strip() or "x"


BLOCKS = st.builds(
    Block,
    kind=st.sampled_from(BlockKind),
    text=block_texts(),
    page_label=st.none() | st.sampled_from(["1", "xii"]),
    speaker=st.none() | st.just("Anne"),
    marks=st.lists(st.builds(Mark, st.integers(0, 3), st.integers(0, 3), st.just("ruby"), st.just("はい"))).map(tuple),
)
SECTIONS = st.builds(
    Section,
    title=st.sampled_from(["", "One", "二"]),
    level=st.integers(1, 3),
    blocks=st.lists(BLOCKS, max_size=4).map(tuple),
)
DOCUMENTS = st.builds(
    Document, title=st.just("Title"), format=st.just("txt"), sections=st.lists(SECTIONS, max_size=4).map(tuple)
)


@pytest.fixture(scope="module")
def library() -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "palimpsest.sqlite3")
        yield database
        database.close()


def kept(library: Database, document: Document) -> str:
    with library.session() as session:
        present = documents.find_by_sha256(session, "hash")
        if present is not None:
            session.connection().exec_driver_sql("DELETE FROM documents WHERE id = ?", (present.document_id,))
        return documents.add_document(session, document, tokens=0, content_sha256="hash", source_name="a.txt")


FROM_DATABASE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@FROM_DATABASE
@given(document=DOCUMENTS)
def test_what_comes_out_is_what_went_in(library: Database, document: Document) -> None:
    document_id = kept(library, document)
    with library.read() as session:
        text = documents.text(session, document_id)
        row = documents.get_document(session, document_id)
        blocks = documents.blocks(session, document_id, first=0, count=10_000)
        sections = documents.sections(session, document_id)
        assert documents.block_count(session, document_id) == len(blocks)
    given_blocks = [block for section in document.sections for block in section.blocks]
    assert text == document.text
    assert row.characters == len(text)
    assert [Block(row.kind, row.text, row.page_label, row.speaker, row.marks) for row in blocks] == given_blocks
    assert all(text[block.start : block.end] == block.text for block in blocks)
    assert [(row.title, row.level) for row in sections] == [(one.title, one.level) for one in document.sections]
    for row, section in zip(sections, document.sections, strict=True):
        assert text[row.start : row.end] == BLOCK_SEPARATOR.join(block.text for block in section.blocks)
        assert [block.ordinal for block in blocks if block.section == row.ordinal] == [
            block.ordinal for block in blocks if section.blocks and row.start <= block.start < row.end
        ]


@FROM_DATABASE
@given(document=DOCUMENTS, data=st.data())
def test_block_at_equals_its_definition(library: Database, document: Document, data: st.DataObject) -> None:
    document_id = kept(library, document)
    with library.read() as session:
        blocks = documents.blocks(session, document_id, first=0, count=10_000)
        if not blocks:
            return
        offset = data.draw(st.integers(-3, len(document.text) + 3))
        expected = max((block for block in blocks if block.start <= max(0, offset)), key=lambda block: block.start)
        assert documents.block_at(session, document_id, offset) == expected
        place = documents.locate(session, document_id, expected.start, expected.end)
    assert (place.section, place.block, place.page_label) == (expected.section, expected.ordinal, expected.page_label)
    assert document.text[place.start : place.end] == expected.text


@FROM_DATABASE
@given(document=DOCUMENTS, data=st.data())
def test_the_edges_of_a_range_hold_what_whole_passages_leave_of_it_and_nothing_outside(
    library: Database, document: Document, data: st.DataObject
) -> None:
    document_id = kept(library, document)
    start = data.draw(st.integers(0, len(document.text) + 1))
    end = data.draw(st.integers(start, len(document.text) + 1))
    with library.read() as session:
        exact = documents.edge_passages(session, document_id, start, end, hides_rest=False)
        hiding = documents.edge_passages(session, document_id, start, end, hides_rest=True)
        everything = documents.passages(session, document_id)
    assert everything == cut_passages(document)
    whole = [passage for passage in everything if start <= passage.start and passage.end <= end]
    for pieces in (exact, hiding):
        assert len(pieces) <= 2
        assert all(document.text[passage.start : passage.end] == passage.text for passage in pieces)
        assert all(start <= passage.start < passage.end <= end for passage in pieces)
        assert not {(piece.start, piece.end) for piece in pieces} & {(each.start, each.end) for each in whole}
    seen = sorted((each.start, each.end) for each in [*whole, *exact])
    between = [document.text[a:b] for (_, a), (b, _) in itertools.pairwise([(start, start), *seen, (end, end)])]
    assert not "".join(between).strip()


@settings(max_examples=80, deadline=None)
@given(document=DOCUMENTS)
def test_passages_hold_every_block_once_and_stay_in_their_section(document: Document) -> None:
    text = document.text
    passages = cut_passages(document)
    assert all(text[passage.start : passage.end] == passage.text != "" for passage in passages)
    position = 0
    for passage in passages:
        assert text[position : passage.start] in ("", BLOCK_SEPARATOR)
        position = passage.end
    assert position == len(text)
    start = 0
    for section in document.sections:
        if section.blocks:
            end = start + len(BLOCK_SEPARATOR.join(block.text for block in section.blocks))
            assert not any(passage.start < end < passage.end for passage in passages)
            assert not any(passage.start < start < passage.end for passage in passages)
            start = end + len(BLOCK_SEPARATOR)


@settings(max_examples=80, deadline=None)
@given(document=DOCUMENTS)
def test_no_passage_is_half_as_long_again_as_its_target(document: Document) -> None:
    target = CJK_TARGET_CHARACTERS if is_cjk(document.text) else TARGET_CHARACTERS
    assert all(len(passage.text) <= 1.5 * target + len(BLOCK_SEPARATOR) for passage in cut_passages(document))


@settings(max_examples=80, deadline=None)
@given(document=DOCUMENTS, data=st.data())
def test_where_a_passage_is_cut_tells_nothing_of_what_follows(document: Document, data: st.DataObject) -> None:
    passages = cut_passages(document)
    if passages:
        passage = data.draw(st.sampled_from(passages))
        up_to = data.draw(st.integers(passage.start, passage.end - 1))
        other = type(passage)(
            passage.start, passage.end, passage.text[: up_to - passage.start] + "?" * (passage.end - up_to)
        )
        assert cut_at(passage, up_to) == cut_at(other, up_to)

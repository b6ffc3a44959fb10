"""Images and covers as rows; and forgetting them, with proof."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import documents, pictures
from storage.database import Database
from storage.document import Block, BlockKind, Cover, Document, Image, Section
from storage.errors import StorageError
from storage.forgetting import forget_documents, holdings
from storage.originals import ORIGINALS_FOLDER
from storage.probes import PIECE_BYTES, ProbeKind, byte_probes, piece_places
from storage.prompt_states import PromptStates
from storage.readers.frames import BrokenMessage, read_frame, write_frame
from storage.readers.messages import document_from_messages, document_messages

Put = Callable[..., str]


def noise(seed: int, size: int = 60_000) -> bytes:
    """What a picture's data look like: every byte as likely as any other."""
    return random.Random(seed).randbytes(size)


def picture_book(*, seed: int = 1, title: str = "The Lanterns of Brambleford") -> Document:
    lines = [
        f"On day {number} of book {seed} Ottilie lit {number * 7} lanterns at Vesper Quay." for number in range(60)
    ]
    sections = (Section("One", 1, tuple(Block(BlockKind.PARAGRAPH, line) for line in lines)),)
    images = tuple(
        Image(block, "image/jpeg", noise(100 * seed + block), 640, 480, f"A lantern of Brambleford on day {block}")
        for block in (0, 7, 7, 60)
    )
    return Document(title, "epub", sections, images=images, cover=Cover("image/png", noise(seed)))


def test_what_comes_out_is_what_went_in(database: Database, put: Put) -> None:
    book = picture_book()
    document_id = put(book)
    with database.read() as session:
        rows = pictures.images(session, document_id, 0, 1000)
        assert [(row.ordinal, row.block) for row in rows] == [(0, 0), (1, 7), (2, 7), (3, 60)]
        for row, image in zip(rows, book.images, strict=True):
            facts = (row.media_type, row.width, row.height, row.description)
            assert facts == (image.media_type, image.width, image.height, image.description)
            assert pictures.image_data(session, document_id, row.ordinal) == image.data
        assert [row.ordinal for row in pictures.images(session, document_id, 1, 7)] == [1, 2]
        assert [row.ordinal for row in pictures.images(session, document_id, 60, 1)] == [3]
        cover = pictures.cover(session, document_id)
        assert book.cover is not None and cover is not None
        assert (cover.media_type, cover.data) == (book.cover.media_type, book.cover.data)
        assert pictures.picture_bytes(session, document_id) == 5 * 60_000


def test_pictures_move_no_text(database: Database, put: Put) -> None:
    book = picture_book()
    with_pictures = put(book)
    without = put(replace(book, images=(), cover=None), sha256="plain")
    with database.read() as session:
        assert documents.text(session, with_pictures) == documents.text(session, without) == book.text
        assert documents.passages(session, with_pictures) == documents.passages(session, without)
        assert pictures.images(session, without, 0, 1000) == [] and pictures.cover(session, without) is None


def test_a_picture_that_is_gone_is_a_sentence(database: Database) -> None:
    with database.read() as session, pytest.raises(StorageError, match="not in the library any more"):
        pictures.image_data(session, "gone", 0)


def test_pictures_survive_the_pipe() -> None:
    book, pipe = picture_book(), BytesIO()
    for message in document_messages(book):
        write_frame(pipe, message)
    pipe.seek(0)
    assert document_from_messages(iter(lambda: read_frame(pipe), None)) == book  # type: ignore[arg-type]  # ends before None


HEAD = {"title": "", "format": "", "author": "", "language": "", "warnings": [], "series": "", "series_number": None}
SECTION = {"title": "", "level": 1, "blocks": [["paragraph", "a", None, None, []]]}


@pytest.mark.parametrize(
    "messages",
    [
        [{"image": [5, "image/png", 1, 1, ""], "data": b"x"}],
        [{"image": [-1, "image/png", 1, 1, ""], "data": b"x"}],
        [{"image": [1, "image/png", 1, 1, ""], "data": b"x"}, {"image": [0, "image/png", 1, 1, ""], "data": b"x"}],
        [{"image": [0, "text/html", 1, 1, ""], "data": b"x"}],
        [{"image": [0, "image/png", 1, 1, ""]}],
        [{"image": [0, "image/png", "wide", 1, ""], "data": b"x"}],
        [{"cover": "image/svg+xml", "data": b"x"}],
        [{"section": {**SECTION, "blocks": [["paragraph", "a", None, None, [[0, 1, "noteref", "7"]]]]}}],
        [{"section": {**SECTION, "blocks": [["paragraph", "a", None, None, [[0, 1, "link", "x"]]]]}}],
    ],
)
def test_a_reader_that_lies_about_pictures_and_links_is_not_believed(messages: list[dict[str, object]]) -> None:
    count = 1 + sum("section" in message for message in messages)
    with pytest.raises(BrokenMessage):
        document_from_messages([{"document": HEAD}, {"section": SECTION}, *messages, {"end": count}])


@given(st.integers(0, 5000), st.integers(0, 60))
def test_pieces_lie_inside_and_apart_from_the_head(size: int, most: int) -> None:
    places = piece_places(size, most)
    assert len(places) <= most and places == sorted(set(places))
    assert all(place >= 0 and place + PIECE_BYTES <= size for place in places)


def test_plain_surfaces_are_no_proof() -> None:
    assert list(byte_probes([bytes(24), b"ab" * 12, noise(1, 23)])) == []
    (probe,) = byte_probes([noise(1, 24)])
    assert probe.kind is ProbeKind.BYTES and bytes.fromhex(probe.text) == noise(1, 24)


# -- forgetting --------------------------------------------------------------------------------------------------------


@pytest.fixture
def lanterns(put: Put, data_dir: Path) -> str:
    """A book with pictures, a cover and an original."""
    document_id = put(picture_book())
    (data_dir / ORIGINALS_FOLDER).mkdir()
    (data_dir / ORIGINALS_FOLDER / f"{document_id}.pdf").write_bytes(noise(77, 300_000))
    return document_id


def test_forgetting_leaves_no_byte_of_pictures_and_originals(
    database: Database, prompt_states: PromptStates, data_dir: Path, lanterns: str
) -> None:
    with database.read() as session:
        counted = holdings(session, lanterns)
        assert (counted["images"], counted["covers"]) == (4, 1)
    database.checkpoint()
    report = forget_documents(database, prompt_states, [lanterns], data_dir=data_dir)
    assert report.residue == 0, report.residue_places
    assert (report.removed["images"], report.removed["covers"], report.removed["originals"]) == (4, 1, 1)
    assert report.removed["bytes"] == 5 * 60_000 + 300_000
    assert list((data_dir / ORIGINALS_FOLDER).iterdir()) == []
    database.close()
    kept = b"".join(path.read_bytes() for path in data_dir.rglob("*") if path.is_file())
    for data in [image.data for image in picture_book().images] + [noise(1), noise(77, 300_000)]:
        assert not any(data[place : place + 16] in kept for place in range(0, len(data), 4096))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("thumbnail.bin", noise(107)),
        ("cache/cover.jpg", noise(1)),
        ("originals/forgotten-copy.pdf", noise(77, 300_000)),
        ("page.png", b"before" + noise(77, 300_000)[100_000:200_000]),
    ],
)
def test_a_planted_residue_is_found(
    database: Database, prompt_states: PromptStates, data_dir: Path, lanterns: str, name: str, content: bytes
) -> None:
    (data_dir / name).parent.mkdir(exist_ok=True)
    (data_dir / name).write_bytes(content)
    report = forget_documents(database, prompt_states, [lanterns], data_dir=data_dir)
    assert report.residue > 0
    assert any(place.startswith(name) for place in report.residue_places)


def test_a_file_that_still_carries_the_documents_id_is_found(
    database: Database, prompt_states: PromptStates, data_dir: Path, lanterns: str
) -> None:
    (data_dir / f"preview-{lanterns}.tmp").touch()
    assert forget_documents(database, prompt_states, [lanterns], data_dir=data_dir).residue_places == [
        f"preview-{lanterns}.tmp (1)"
    ]


def test_what_another_book_keeps_by_right_is_no_residue(
    database: Database, prompt_states: PromptStates, data_dir: Path, put: Put, lanterns: str
) -> None:
    """The same picture in another book, and short names that stand in its data by accident."""
    images = picture_book().images
    accident = Image(0, "image/jpeg", noise(5) + b"Brambleford Ottilie" + noise(6), 10, 10, "")
    plain = (Section("S", 1, (Block(BlockKind.PARAGRAPH, "Nothing of the kind."),)),)
    other = put(Document("Mill", "epub", plain, images=(replace(images[0], block=0, description=""), accident)))
    (data_dir / ORIGINALS_FOLDER / f"{other}.pdf").write_bytes(noise(77, 300_000)[:150_000])
    report = forget_documents(database, prompt_states, [lanterns], data_dir=data_dir)
    assert report.residue == 0, report.residue_places
    with database.read() as session:
        assert pictures.image_data(session, other, 0) == images[0].data


def test_importing_again_gives_the_same_text_and_places(
    database: Database, prompt_states: PromptStates, data_dir: Path, put: Put
) -> None:
    def facts(document_id: str) -> tuple[object, ...]:
        with database.read() as session:
            return (
                documents.text(session, document_id),
                documents.blocks(session, document_id, first=0, count=1000),
                pictures.images(session, document_id, 0, 1000),
            )

    first = put(picture_book())
    before = facts(first)
    forget_documents(database, prompt_states, [first], data_dir=data_dir)
    assert facts(put(picture_book())) == before

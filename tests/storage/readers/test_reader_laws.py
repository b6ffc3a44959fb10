"""Whatever the bytes and whatever the name: a lawful document or a ReaderError, nothing else."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.document import Document
from storage.errors import ReaderError
from storage.readers.assembling import SectionDraft, make_document
from storage.readers.parsing import parse_file
from storage.readers.sniff import SUFFIXES
from storage.readers.source import Source

NAMES = sorted({suffix for suffixes in SUFFIXES.values() for suffix in suffixes})
STARTS = [
    b"", b"PK\x03\x04", b"%PDF-1.7\n", b"<html>", b"<?xml version='1.0'?><FictionBook><body>", b'[{"mapping":{', b"{", b"[",
    b'{"mes":"x"}\n', b"\xff\xfe", b"\xef\xbb\xbf", b"---\n", b"# x\n", b"| a |\n|---|\n", b"<table><tr><td>", b"CHAPTER I\n\n",
    "第一回\n".encode(), b"\x1b$B", b"*** START OF THIS PROJECT GUTENBERG EBOOK X ***\n",
]  # fmt: skip


def assert_lawful(document: Document) -> None:
    assert document.title.strip()
    assert document.sections
    offset = 0
    for section in document.sections:
        assert section.title and section.blocks and section.level >= 1
        for block in section.blocks:
            assert block.text.strip() == block.text != ""
            assert "\n\n" not in block.text and "\r" not in block.text and "\0" not in block.text
            assert all(line.strip() for line in block.text.split("\n"))
            assert all(0 <= mark.start < mark.end <= len(block.text) for mark in block.marks)
            assert document.text[offset : offset + len(block.text)] == block.text
            offset += len(block.text) + 2
            block.text.encode("utf-8")


def read_bytes(data: bytes, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file.{suffix}"
        path.write_bytes(data)
        try:
            assert_lawful(parse_file(Source(path)))
        except ReaderError as refusal:
            assert path.name in str(refusal) and "\n" not in str(refusal)


@given(st.sampled_from(NAMES), st.sampled_from(STARTS), st.binary(max_size=300))
def test_random_bytes_under_every_name(suffix: str, start: bytes, data: bytes) -> None:
    read_bytes(start + data, suffix)


@given(
    st.sampled_from(NAMES),
    st.sampled_from(STARTS),
    st.text(alphabet=' \n\t<>/"[]{}:,._*#|-=&;aZ1I第一回。“”é\u3000\x0c\x00\u00ad', max_size=200),
)
def test_random_markup_under_every_name(suffix: str, start: bytes, text: str) -> None:
    read_bytes(start + text.encode(), suffix)


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_archive(make_epub: Callable[..., Path], make_docx: Callable[..., Path], seed: int) -> None:
    """Flip bytes of an EPUB and of a DOCX anywhere."""
    chance = random.Random(seed)
    for path in (
        make_epub({"a": "<h1>A</h1><p>words</p>", "b": "<p>more</p>"}),
        make_docx("<w:p><w:r><w:t>x</w:t></w:r></w:p>"),
    ):
        data = bytearray(path.read_bytes())
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        read_bytes(bytes(data), path.suffix[1:])


@given(
    st.lists(st.tuples(st.text(max_size=8), st.integers(-2, 9), st.lists(st.text(max_size=30), max_size=4)), max_size=5)
)
def test_the_last_step_makes_any_draft_lawful(drafts: list[tuple[str, int, list[str]]]) -> None:
    from storage.document import Block, BlockKind
    from storage.readers.inline import Piece

    sections = [
        SectionDraft(title, level, [Piece(Block(BlockKind.PARAGRAPH, text)) for text in texts])
        for title, level, texts in drafts
    ]
    try:
        document = make_document(Source(Path("x.txt")), "txt", sections)
    except ReaderError as refusal:
        assert "holds no text" in str(refusal)
    else:
        assert_lawful(document)
        levels = [section.level for section in document.sections]
        assert all(level <= above + 1 for above, level in zip([0, *levels], levels, strict=False))

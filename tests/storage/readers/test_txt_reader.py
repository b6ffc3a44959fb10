"""Plain text files -> documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from storage.document import BlockKind, Document
from storage.errors import ReaderError

Read = Callable[..., Document]
PROSE = "The rain had stopped before anyone in the house was awake enough to\nnotice it, and the road lay dark and shining.\n"
GUTENBERG = (
    "The Project Gutenberg EBook of Rain, by Ann Author\n\nTitle: Rain and Other\n       Weather\n\nAuthor: Ann Author\n\n"
    "Language: French\n\n*** START OF THIS PROJECT GUTENBERG EBOOK RAIN ***\n\n\nProduced by A. Volunteer and\nothers\n\n\n"
    f"CHAPTER I\n\n{PROSE}\n\nCHAPTER II\n\n{PROSE}\n\n\nEnd of the Project Gutenberg EBook of Rain, by Ann Author\n\n"
    "*** END OF THIS PROJECT GUTENBERG EBOOK RAIN ***\n\nlicence text\n"
)


def test_gutenberg_boilerplate_goes_and_names_the_book(read_here: Read) -> None:
    document = read_here(GUTENBERG, "pg1.txt")
    assert (document.title, document.author, document.language) == ("Rain and Other Weather", "Ann Author", "fr")
    assert [section.title for section in document.sections] == ["CHAPTER I", "CHAPTER II"]
    assert "Gutenberg" not in document.text and "licence" not in document.text and "Volunteer" not in document.text
    assert any("Gutenberg" in warning for warning in document.warnings)


def test_hard_wrapped_lines_become_paragraphs(read_here: Read) -> None:
    document = read_here(f"{PROSE}\n{PROSE}\n{PROSE}")
    assert document.sections[0].blocks[0].text == PROSE.strip().replace("\n", " ")
    assert len(document.sections[0].blocks) == 3


def test_the_title_of_a_chapter_may_stand_below_it(read_here: Read) -> None:
    document = read_here(
        f"RAIN\n\nby Ann Author\n\n\nCHAPTER I.\n\nThe Wet Road\n\n{PROSE}\n\nCHAPTER II\n\nThe Dry Road\n\n{PROSE}"
    )
    assert (document.title, document.author) == ("RAIN", "Ann Author")
    assert [section.title for section in document.sections][1:] == [
        "CHAPTER I. The Wet Road",
        "CHAPTER II. The Dry Road",
    ]
    assert [block.kind for block in document.sections[1].blocks] == [
        BlockKind.HEADING,
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
    ]


def test_parts_hold_chapters(read_here: Read) -> None:
    document = read_here(f"PART I\n\nCHAPTER I\n\n{PROSE}\n\nCHAPTER II\n\n{PROSE}\n\nPART II\n\nCHAPTER I\n\n{PROSE}")
    assert [(section.title, section.level) for section in document.sections] == [
        ("PART I", 1), ("CHAPTER I", 2), ("CHAPTER II", 2), ("PART II", 1), ("CHAPTER I", 2),
    ]  # fmt: skip


def test_chinese_chapters(read_here: Read) -> None:
    text = "第一回　甄士隱夢幻識通靈\n此開卷第一回也。\n第二回\n　　賈夫人仙逝揚州城　冷子興演說榮國府\n\n　　詩云：\n　　一局輸贏料不真。"
    document = read_here(text.encode("big5"), "hong.txt")
    assert [section.title for section in document.sections] == [
        "第一回　甄士隱夢幻識通靈",
        "第二回 賈夫人仙逝揚州城　冷子興演說榮國府",
    ]
    assert document.language == "zh"
    assert "Big5" in document.warnings[0]


def test_underscores_are_italics(read_here: Read) -> None:
    block = read_here("He was _very_ late for snake_case and __init__.").sections[0].blocks[0]
    assert block.text == "He was very late for snake_case and __init__."
    assert [(block.text[mark.start : mark.end], mark.style) for mark in block.marks] == [("very", "em")]


def test_control_characters_and_odd_newlines_do_not_reach_the_text(read_here: Read) -> None:
    assert read_here(b"a\x0cb\rc\xc2\xadd\xc2\xa0e\xef\xbb\xbff").text.replace("\n", " ").split() == [
        "a",
        "b",
        "cd",
        "ef",
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b" \n\t\n", "holds no text"),
        ("program.txt", b"\x7fELF\x02\x01\x01" + bytes(200), "program"),
        ("noise.txt", bytes(range(256)) * 40, "not a text"),
        ("letter.txt", b"{\\rtf1\\ansi hello}", "Rich Text"),
        ("book.epub", b"\0" * 60 + b"BOOKMOBI" + b"\0" * 40, "Kindle"),
        ("old.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Office"),
        ("x.json", b'{"a": 1}', "neither a ChatGPT"),
        ("x.xml", b'<?xml version="1.0"?><rss><channel/></rss>', "<rss>"),
        ("photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"),
    ],
)
def test_what_is_no_text_is_refused_by_name(read_here: Read, name: str, content: bytes, says: str) -> None:
    with pytest.raises(ReaderError, match=says) as refusal:
        read_here(content, name)
    assert name in str(refusal.value)


def test_a_folder_and_a_missing_file_are_refused(read_here: Read, tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match="folder"):
        read_here(tmp_path)
    with pytest.raises(ReaderError, match="is not there"):
        read_here(tmp_path / "gone.txt")


def test_a_book_that_begins_with_a_bracket_is_no_json(read_here: Read) -> None:
    assert read_here("[Illustration: A road]\n\nIt rained.").sections[0].blocks[0].kind is BlockKind.CAPTION
    assert "[1] it rained" in read_here("[1] it rained").text


def test_one_huge_line_is_read(read_here: Read) -> None:
    assert len(read_here("word " * 400_000).text) == 5 * 400_000 - 1

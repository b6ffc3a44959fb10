"""Real books and real broken files: every one ends as a document or as one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.document import BlockKind
from storage.errors import ReaderError
from storage.readers.parsing import parse_file
from storage.readers.reading import read_file
from storage.readers.source import Source

pytestmark = pytest.mark.data


@pytest.mark.parametrize("folder", ["epub_misc", "epub_w3c_zipped", "pdf_pypdf", "chat_exports", "roleplay"])
def test_every_file_ends(shared_data: Path, folder: str) -> None:
    files = [
        path for path in sorted((shared_data / folder).rglob("*")) if path.is_file() and "GeoTopo" not in path.name
    ]
    assert files
    for path in files:
        try:
            document = parse_file(Source(path))
        except ReaderError as refusal:
            assert path.name in str(refusal) and "\n" not in str(refusal)
        else:
            assert document.sections


def test_war_and_peace_has_its_chapters(shared_data: Path) -> None:
    document = read_file(shared_data / "novels_gutenberg_long" / "2600-0.txt")
    titles = [section.title for section in document.sections]
    assert (document.title, document.author, document.language) == ("War and Peace", "Leo Tolstoy", "en")
    assert sum(title.startswith("CHAPTER") for title in titles) == 365
    assert sum(title.startswith("BOOK") for title in titles) == 15
    assert [section.level for section in document.sections if section.title == "BOOK TWO: 1805"] == [1]
    assert "Gutenberg" not in document.text[-2000:]


def test_the_dream_of_the_red_chamber_has_120_chapters(shared_data: Path) -> None:
    document = parse_file(Source(shared_data / "zh_en_honglou" / "zh_24264-0.txt"))
    assert len(document.sections) == 120
    assert document.language == "zh"
    assert all(section.title.startswith("第") for section in document.sections)


def test_moby_dick_nests_and_keeps_its_footnotes(shared_data: Path) -> None:
    document = parse_file(Source(shared_data / "epub_misc" / "zotero" / "moby_dick.epub"))
    assert {section.level for section in document.sections} == {1, 2}
    assert document.sections[6].title == "I: Loomings"
    kinds = {block.kind for section in document.sections for block in section.blocks}
    assert {BlockKind.FOOTNOTE, BlockKind.VERSE, BlockKind.QUOTE} <= kinds


def test_columns_are_read_one_after_the_other(shared_data: Path) -> None:
    document = parse_file(Source(shared_data / "pdf_pypdf" / "026-latex-multicolumn" / "multicolumn.pdf"))
    assert "Curabitur dictum gravida mauris. Nam arcu libero, nonummy eget, consectetuer id" in document.text


def test_arabic_stands_in_reading_order(shared_data: Path) -> None:
    assert "حَبيبي" in parse_file(Source(shared_data / "pdf_pypdf" / "015-arabic" / "habibi.pdf")).text


def test_ruby_leaves_whole_words(shared_data: Path) -> None:
    document = parse_file(Source(shared_data / "epub_misc" / "bbm" / "lemo.epub"))
    assert "焦躁と言おうか、嫌悪と言おうか" in document.text


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("pdf_pypdf/005-libreoffice-writer-password/libreoffice-writer-password.pdf", "password"),
        ("pdf_pypdf/007-imagemagick-images/imagemagick-lzw.pdf", "OCR"),
        ("epub_misc/readest/sample-war-peace.mobi", "Kindle"),
        ("epub_misc/koreader/djvu3spec.djvu", "DjVu"),
        ("epub_misc/readest/sample-metadata.cbz", "comic"),
    ],
)
def test_what_cannot_be_read_is_named(shared_data: Path, name: str, says: str) -> None:
    with pytest.raises(ReaderError, match=says):
        read_file(shared_data / name)

"""EPUB files, sound and broken."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.document import BlockKind, Document
from storage.errors import ReaderError

Make = Callable[..., Path]
Read = Callable[..., Document]

NAV = (
    '<nav epub:type="toc"><ol><li><a href="a.xhtml">Part <b>One</b></a><ol><li><a href="a.xhtml#two">Second</a></li>'
    '<li><a href="b.xhtml">Third</a></li></ol></li><li><span>Part Two</span><ol><li><a href="c.xhtml">Fourth</a></li></ol></li>'
    "</ol></nav>"
)
CHAPTERS = {
    "a": "<h1>Part One</h1><p>one</p><h2 id='two'>Second</h2><p>two</p>",
    "b": "<h2>Third</h2><p>three</p>",
    "c": "<p>four</p>",
}


def test_sections_come_from_the_navigation_document(make_epub: Make, read_here: Read) -> None:
    document = read_here(make_epub(CHAPTERS, nav=NAV))
    assert (document.title, document.author, document.language, document.format) == (
        "A Book",
        "Ann Author",
        "en",
        "epub",
    )
    assert [(s.title, s.level, [b.text for b in s.blocks]) for s in document.sections] == [
        ("Part One", 1, ["Part One", "one"]),
        ("Second", 2, ["Second", "two"]),
        ("Third", 2, ["Third", "three"]),
        ("Part Two", 1, ["Part Two"]),
        ("Fourth", 2, ["four"]),
    ]


def test_an_ncx_does_as_well(make_epub: Make, read_here: Read) -> None:
    ncx = (
        "<navMap><navPoint><navLabel><text>Start</text></navLabel><content src='a.xhtml'/>"
        "<navPoint><navLabel><text>Inner</text></navLabel><content src='a.xhtml#two'/></navPoint></navPoint>"
        "<navPoint><navLabel><text>Next</text></navLabel><content src='b.xhtml'/></navPoint></navMap>"
    )
    document = read_here(make_epub(CHAPTERS, ncx=ncx))
    assert [(s.title, s.level) for s in document.sections] == [("Start", 1), ("Inner", 2), ("Next", 1)]
    assert document.sections[-1].blocks[-1].text == "four"


def test_without_contents_headings_divide_the_book(make_epub: Make, read_here: Read) -> None:
    assert [s.title for s in read_here(make_epub(CHAPTERS)).sections] == ["Part One", "Second", "Third"]


def test_a_contents_entry_to_a_missing_anchor_finds_the_heading_of_its_words(make_epub: Make, read_here: Read) -> None:
    nav = '<nav epub:type="toc"><ol><li><a href="a.xhtml#gone">Part One</a></li><li><a href="a.xhtml#lost">Second</a></li></ol></nav>'
    assert [s.blocks[0].text for s in read_here(make_epub(CHAPTERS, nav=nav)).sections][:2] == ["Part One", "Second"]


def test_printed_pages_label_blocks(make_epub: Make, read_here: Read) -> None:
    chapters = {
        "a": "<p>x</p><span epub:type='pagebreak' id='p7' title='7'/><p>y</p><p>z<span role='doc-pagebreak' aria-label='8'/>z</p><p>w</p>",
        "b": "<p id='n'>v</p>",
    }
    nav = '<nav epub:type="page-list"><ol><li><a href="b.xhtml#n">ix</a></li></ol></nav>'
    document = read_here(make_epub(chapters, nav=nav))
    blocks = [block for section in document.sections for block in section.blocks]
    assert [(block.text, block.page_label) for block in blocks] == [
        ("x", None), ("y", "7"), ("zz", "7"), ("w", "8"), ("v", "ix"),
    ]  # fmt: skip


def test_footnotes_end_their_section(make_epub: Make, read_here: Read) -> None:
    body = (
        "<h1>A</h1><p>word<a epub:type='noteref' href='#n1'>1</a></p>"
        "<aside epub:type='footnote' id='n1'><p><a href='#r1'>↩</a> the note</p></aside><p>last</p>"
    )
    (section,) = read_here(make_epub({"a": body})).sections
    assert [(block.kind, block.text) for block in section.blocks[1:]] == [
        (BlockKind.PARAGRAPH, "word[1]"), (BlockKind.PARAGRAPH, "last"), (BlockKind.FOOTNOTE, "the note"),
    ]  # fmt: skip


def test_missing_parts_cost_a_warning(make_epub: Make, read_here: Read) -> None:
    path = make_epub(CHAPTERS, nav=NAV)
    with zipfile.ZipFile(path) as whole:
        members = {name: whole.read(name) for name in whole.namelist() if name not in ("OEBPS/b.xhtml", "mimetype")}
    with zipfile.ZipFile(path, "w") as broken:
        for name, content in members.items():
            broken.writestr(name, content)
    document = read_here(path)
    assert "three" not in document.text and "four" in document.text
    assert any("missing" in warning for warning in document.warnings)
    assert any("container" in warning for warning in document.warnings)


def test_without_a_package_pages_are_read_by_name(make_epub: Make, read_here: Read) -> None:
    document = read_here(make_epub(CHAPTERS, extra={"OEBPS/content.opf": "not xml at all <"}))
    assert document.text.endswith("four")


def test_fonts_may_be_obfuscated_but_text_may_not_be_encrypted(make_epub: Make, read_here: Read) -> None:
    def encryption(method: str, target: str) -> dict[str, str]:
        return {
            "META-INF/encryption.xml": (
                '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
                f'xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="{method}"/><CipherData>'
                f'<CipherReference URI="{target}"/></CipherData></EncryptedData></encryption>'
            )
        }

    assert read_here(make_epub(CHAPTERS, extra=encryption("http://www.idpf.org/2008/embedding", "OEBPS/f.otf"))).text
    with pytest.raises(ReaderError, match="DRM"):
        read_here(make_epub(CHAPTERS, extra=encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc", "OEBPS/a.xhtml")))


def test_a_truncated_book_is_refused(make_epub: Make, read_here: Read) -> None:
    data = make_epub(CHAPTERS).read_bytes()
    for length in range(4, len(data) - 1, 97):
        with pytest.raises(ReaderError):
            read_here(data[:length], "cut.epub")


def test_a_zip_bomb_is_not_opened(make_epub: Make, read_here: Read) -> None:
    with pytest.raises(ReaderError, match="do not trust"):
        read_here(make_epub(CHAPTERS, extra={"OEBPS/a.xhtml": b"<p>" + b" " * 60_000_000}))


def test_a_member_that_lies_about_its_size_stays_within_it(make_epub: Make, read_here: Read) -> None:
    path = make_epub({"a": "<p>" + "x" * 100_000 + "</p>", "b": "<p>short</p>"})
    data = bytearray(path.read_bytes())
    start = data.rindex(b"OEBPS/a.xhtml") - 46
    struct.pack_into("<I", data, start + 24, 50)
    assert read_here(bytes(data), "lie.epub").text == "short"


def test_links_out_of_the_archive_lead_nowhere(make_epub: Make, read_here: Read) -> None:
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="x" href="../../../../../etc/passwd" '
        'media-type="application/xhtml+xml"/><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="x"/><itemref idref="a"/></spine></package>'
    )
    document = read_here(make_epub(CHAPTERS, extra={"OEBPS/content.opf": opf}))
    assert document.text.startswith("Part One") and "root:" not in document.text


def test_a_file_of_another_type_than_its_name_is_refused(make_epub: Make, read_here: Read, tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=r"PDF by its name but EPUB by its content.*\.epub"):
        read_here(make_epub(CHAPTERS).rename(make_epub(CHAPTERS).with_name("book.pdf")))
    text = tmp_path / "notes.epub"
    text.write_text("Only a few words.", "utf-8")
    with pytest.raises(ReaderError, match=r"EPUB by its name but TXT by its content"):
        read_here(text)

"""Word documents, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from storage.document import BlockKind, Document
from storage.errors import ReaderError

Make = Callable[..., Path]
Read = Callable[..., Document]

STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{identifier}"><w:name w:val="{name}"/></w:style>'
    for identifier, name in (("T", "Title"), ("H1", "heading 1"), ("H2", "heading 2"), ("Q", "Quote"))
)


def paragraph(text: str, style: str = "", run: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f'<w:p>{properties}<w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def test_headings_quotes_tables_and_properties(make_docx: Make, read_here: Read) -> None:
    table = "".join(
        f"<w:tr>{''.join(f'<w:tc>{paragraph(cell)}</w:tc>' for cell in row)}</w:tr>" for row in ("ab", "cd")
    )
    body = (
        paragraph("The Road", "T") + paragraph("front") + paragraph("One", "H1") + paragraph("bold words", run="<w:b/>")
        + paragraph("Inner", "H2") + paragraph("as they say", "Q") + f"<w:tbl>{table}</w:tbl>" + paragraph("Two", "H1") + paragraph("end")
    )  # fmt: skip
    core = "<dc:title>Road</dc:title><dc:creator>Ann Author</dc:creator>"
    document = read_here(make_docx(body, styles=STYLES, core=core))
    assert (document.title, document.author, document.format) == ("Road", "Ann Author", "docx")
    assert [section.title for section in document.sections] == ["The Road", "One", "Inner", "Two"]
    inner = document.sections[2].blocks
    assert [(block.kind, block.text) for block in inner[1:]] == [
        (BlockKind.QUOTE, "as they say"),
        (BlockKind.TABLE, "a | b\nc | d"),
    ]
    assert document.sections[1].blocks[1].marks[0].style == "strong"


def test_a_document_without_words_is_refused(make_docx: Make, read_here: Read) -> None:
    with pytest.raises(ReaderError, match="holds no text"):
        read_here(make_docx(paragraph("  ")))


def test_entities_are_refused_before_anyone_expands_them(make_docx: Make, read_here: Read) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><w:document/>'
    with pytest.raises(ReaderError, match="entities"):
        read_here(make_docx("", extra={"word/document.xml": bomb}))


@pytest.mark.parametrize("missing", ["word/document.xml", "_rels/.rels", "[Content_Types].xml"])
def test_a_gutted_document_is_refused_or_read(make_docx: Make, read_here: Read, missing: str) -> None:
    with pytest.raises(ReaderError):
        read_here(make_docx(paragraph("x"), extra={missing: "<broken"}))


def test_a_document_nested_without_end_is_refused(make_docx: Make, read_here: Read) -> None:
    deep = "<w:sdt><w:sdtContent>" * 3000 + paragraph("x") + "</w:sdtContent></w:sdt>" * 3000
    with pytest.raises(ReaderError):
        read_here(make_docx(deep))

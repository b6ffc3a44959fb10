"""Pictures and covers of books: beside the text, in reading order, and never more than bounds allow."""

from __future__ import annotations

import base64
import itertools
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.document import BlockKind, Document
from storage.errors import ReaderError
from storage.page_images import png_file
from storage.readers import limits

Make = Callable[..., Path]
Read = Callable[..., Document]


def png(width: int = 12, height: int = 8, shade: int = 7) -> bytes:
    return png_file(bytes([shade]) * (width * height * 3), width, height, width * 3)


def blocks(document: Document) -> list[str]:
    return [block.text for section in document.sections for block in section.blocks]


def places(document: Document) -> list[tuple[int, str]]:
    return [(image.block, image.description) for image in document.images]


PIECES = st.sampled_from(
    [
        "<h2>Head</h2>",
        "<p>Words of a paragraph.</p>",
        "<p>Words <em>around {}</em> a picture.</p>",
        "<p>{}</p>",
        "{}",
        "<figure>{}<figcaption>Caption</figcaption></figure>",
        "<ul><li>one {}</li><li>{} two</li></ul>",
        "<table><tr><td>a {}</td><td>b</td></tr></table>",
        "<aside epub:type='footnote'>A note {}.</aside>",
        "<pre>code\n  {} code</pre>",
        "<ruby>漢{}<rt>かん</rt></ruby>",
        "<p>a<br/>{}<br/>c</p>",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(PIECES, min_size=1, max_size=7))
def test_text_is_the_same_with_and_without_pictures(make_epub: Make, read_here: Read, pieces: list[str]) -> None:
    body = "<p>First.</p>" + "".join(pieces)
    count = body.count("{}")
    numbers = itertools.count()
    pictured = "".join(
        part if index == 0 else f"<img src='p.png' alt='picture {next(numbers)}'/>{part}"
        for index, part in enumerate(body.split("{}"))
    )
    with_pictures = read_here(make_epub({"one": pictured}, extra={"OEBPS/p.png": png()}))
    without = read_here(make_epub({"one": body.replace("{}", "")}))
    assert with_pictures.text == without.text
    assert with_pictures.sections == without.sections
    assert sorted(image.description for image in with_pictures.images) == sorted(
        f"picture {number}" for number in range(count)
    )
    ordinals = [image.block for image in with_pictures.images]
    assert ordinals == sorted(ordinals) and all(0 <= each <= len(blocks(without)) for each in ordinals)


def test_a_picture_stands_where_it_stood(make_epub: Make, read_here: Read) -> None:
    one = (
        "<img src='../p.png' alt='before all'/><p>A.</p><figure><img src='p.png' alt='missing'/></figure>"
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>"
        "<image xlink:href='p%20q.png'/></svg><p>B goes <img src='p%20q.png' alt='inside'/> on.</p><p>C.</p>"
    )
    two = "<img src='p%20q.png' alt='between'/><p>D.</p><img src='p%20q.png' alt='last'/>"
    extra = {"p.png": png(), "OEBPS/p q.png": png(shade=9)}
    document = read_here(make_epub({"one": one, "two": two}, extra=extra))
    assert blocks(document) == ["A.", "B goes on.", "C.", "D."]
    assert places(document) == [(0, "before all"), (1, ""), (2, "inside"), (3, "between"), (4, "last")]
    assert document.warnings == ("One picture is damaged or missing and was left out.",)
    assert {image.media_type for image in document.images} == {"image/png"}
    assert document.images[0].data == png() and document.images[-1].data == png(shade=9)


def test_pictures_between_a_text_and_its_notes_stay_in_the_text(make_epub: Make, read_here: Read) -> None:
    body = (
        "<p>A.</p><aside epub:type='footnote'>note</aside><img src='p.png' alt='view'/>"
        "<aside epub:type='footnote'>other</aside><p>B.</p>"
    )
    document = read_here(make_epub({"one": body}, extra={"OEBPS/p.png": png()}))
    assert blocks(document) == ["A.", "B.", "note", "other"]
    assert places(document) == [(1, "view")]


def test_a_book_of_pictures_alone_is_refused_as_such(make_epub: Make, read_here: Read) -> None:
    with pytest.raises(ReaderError, match="only pictures and no text"):
        read_here(make_epub({"one": "<img src='p.png' alt='view'/>"}, extra={"OEBPS/p.png": png()}))


def test_a_drop_capital_is_text_and_no_picture(make_epub: Make, read_here: Read) -> None:
    document = read_here(
        make_epub({"one": "<p><img src='t.png' alt='T'/>his is it.</p>"}, extra={"OEBPS/t.png": png()})
    )
    assert (document.text, document.images) == ("This is it.", ())


@pytest.mark.parametrize(
    ("metadata", "items", "spine"),
    [
        ("", '<item id="x" href="c.png" media-type="image/png" properties="cover-image"/>', ""),
        ('<meta name="cover" content="x"/>', '<item id="x" href="c.png" media-type="image/png"/>', ""),
        ("", '<item id="cover" href="c.png" media-type="image/png"/>', ""),
        ("", "", '<guide><reference type="cover" href="cover.xhtml"/></guide>'),
        ("", "", '<guide><reference type="cover" href="c.png"/></guide>'),
        ('<meta name="cover" content="gone"/>', '<item id="x" href="c.png" media-type="image/jpeg" properties="cover-image"/>', ""),
    ],
)  # fmt: skip
def test_covers(make_zip: Make, make_epub: Make, read_here: Read, metadata: str, items: str, spine: str) -> None:
    import zipfile

    with zipfile.ZipFile(make_epub({"one": "<p>A.</p>"})) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    opf = members["OEBPS/content.opf"].decode()
    opf = opf.replace("</metadata>", metadata + "</metadata>").replace("</manifest>", items + "</manifest>")
    members["OEBPS/content.opf"] = opf.replace("</package>", spine + "</package>").encode()
    members["OEBPS/c.png"] = png()
    members["OEBPS/cover.xhtml"] = b"<html xmlns='http://www.w3.org/1999/xhtml'><body><img src='c.png'/></body></html>"
    document = read_here(make_zip("covered.epub", members))
    assert document.cover is not None
    assert (document.cover.media_type, document.cover.data) == ("image/png", png())


def test_no_cover_where_there_is_none_to_show(make_epub: Make, read_here: Read) -> None:
    metadata = '<dc:title>T</dc:title><meta name="cover" content="one"/>'
    assert read_here(make_epub({"one": "<p>A.</p>"}, metadata=metadata)).cover is None


HOSTILE = {
    "../../../../etc/hostname": "damaged or missing",
    "file:///etc/hostname": "not in the file itself",
    "http://example.invalid/p.png": "not in the file itself",
    "data:image/png;base64,AAAA": "neither PNG",
    "huge.png": "megapixels",
    "cut.png": "damaged or missing",
    "drawing.svg": "neither PNG",
    "zeros.png": "damaged or missing",
    "one.xhtml": "neither PNG",
}


@pytest.mark.parametrize(("reference", "says"), HOSTILE.items())
def test_a_hostile_picture_costs_a_warning_and_never_more(
    make_epub: Make, read_here: Read, reference: str, says: str
) -> None:
    huge = png()[:16] + struct.pack(">II", 60_000, 60_000) + png()[24:]
    extra = {
        "OEBPS/huge.png": huge,
        "OEBPS/cut.png": png()[:-9],
        "OEBPS/drawing.svg": "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "OEBPS/zeros.png": b"\x89PNG\r\n\x1a\n" + bytes(10_000_000),  # a bomb: a thousandth of it packed
        "OEBPS/p.png": png(),
    }
    body = f"<p>A.</p><img src='{reference}'/><p>B.</p><img src='p.png'/>"
    document = read_here(make_epub({"one": body}, extra=extra))
    assert blocks(document) == ["A.", "B."]
    assert [image.block for image in document.images] == [2]
    assert any(says in warning for warning in document.warnings), document.warnings


def test_a_picture_of_another_kind_than_its_name_is_what_it_is(make_epub: Make, read_here: Read) -> None:
    document = read_here(make_epub({"one": "<p>A.</p><img src='p.jpg'/>"}, extra={"OEBPS/p.jpg": png()}))
    assert document.images[0].media_type == "image/png"


def test_a_bomb_of_pictures_is_not_unpacked(make_epub: Make, read_here: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PICTURE_BYTES", 1_000_000)
    extra = {"OEBPS/bomb.png": png() + bytes(3_000_000)}
    document = read_here(make_epub({"one": "<p>A.</p><img src='bomb.png'/>"}, extra=extra))
    assert document.images == () and "larger than" in document.warnings[-1]


def test_html_shows_what_it_holds_and_opens_nothing_else(read_here: Read, tmp_path: Path) -> None:
    (tmp_path / "beside.png").write_bytes(png())
    inside = base64.b64encode(png()).decode()
    page = f"<p>A.</p><img alt='in' src='data:image/png;base64,{inside}'><p>B.</p><img src='beside.png'>"
    document = read_here(page, "page.html")
    assert places(document) == [(1, "in")]
    assert document.warnings == ("One picture is not in the file itself and was left out.",)


def test_markdown_says_that_it_holds_no_pictures(read_here: Read) -> None:
    document = read_here("# Head\n\nWords ![a view](view.png) and ![b](b.png).\n\n```\n![no](picture)\n```\n", "a.md")
    assert document.images == ()
    assert document.warnings == ("2 pictures are not in the file itself and were left out.",)


def test_fb2_pictures_and_cover(read_here: Read) -> None:
    data = base64.b64encode(png()).decode()
    book = f"""<?xml version="1.0"?><FictionBook xmlns:l="http://www.w3.org/1999/xlink">
    <description><title-info><book-title>T</book-title><coverpage><image l:href="#c.png"/></coverpage></title-info>
    </description><body><section><title><p>One</p></title><image l:href="#c.png" alt="block"/><p>A <image l:href="#c.png"
    alt="inline"/> b.</p><p>C <a l:href="#n1" type="note">1</a>.</p><image l:href="#c.png" alt="end"/></section></body>
    <body name="notes"><section id="n1"><title><p>1</p></title><p>A note.</p></section></body>
    <binary id="c.png" content-type="image/jpeg">{data[:9]}\n{data[9:]}</binary></FictionBook>"""
    document = read_here(book, "book.fb2")
    assert blocks(document) == ["One", "A b.", "C [1].", "[1] A note."]
    assert places(document) == [(1, "block"), (2, "inline"), (3, "end")]
    assert document.cover is not None and document.cover.data == png()
    assert document.warnings == ()


def test_docx_pictures(make_docx: Make, read_here: Read) -> None:
    def drawing(kind: str, target: str) -> str:
        return (
            '<w:p><w:r><w:drawing xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
            f'<wp:inline><wp:docPr descr="{target}"/><a:graphic '
            'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
            '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill><a:blip '
            f'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:{kind}="{target}"/>'
            "</pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
        )

    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    extra = {
        "word/media/p.png": png(),
        "word/_rels/document.xml.rels": (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="inside" Type="{relations}/image" Target="media/p.png"/>'
            f'<Relationship Id="outside" Type="{relations}/image" Target="file:///etc/hostname" TargetMode="External"/>'
            f'<Relationship Id="gone" Type="{relations}/image" Target="media/gone.png"/></Relationships>'
        ),
    }
    paragraph = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    body = paragraph.format("A.") + drawing("embed", "inside") + drawing("link", "outside")
    body += drawing("embed", "gone") + paragraph.format("B.")
    document = read_here(make_docx(body, extra=extra))
    assert blocks(document) == ["A.", "B."]
    assert places(document) == [(1, "inside")]
    assert sorted(document.warnings) == [
        "One picture is damaged or missing and was left out.",
        "One picture is not in the file itself and was left out.",
    ]


def test_the_cover_of_a_pdf_is_its_first_page(make_pdf: Make, read_here: Read) -> None:
    document = read_here(make_pdf([[(72, 700, 12, "Hello")], [(72, 700, 12, "World")]]))
    assert document.images == () and document.cover is not None
    width, height = struct.unpack_from(">II", document.cover.data, 16)
    assert width == 400 and height in (517, 518)


@pytest.mark.data
def test_real_books_keep_their_pictures(shared_data: Path, read_here: Read) -> None:
    moby = read_here(shared_data / "epub_misc" / "zotero" / "moby_dick.epub")
    assert ("four-cornered cross") in [image.description for image in moby.images]
    assert moby.cover is not None
    lemo = read_here(shared_data / "epub_misc" / "bbm" / "lemo.epub")
    assert lemo.cover is not None
    readings = [mark.note for section in lemo.sections for block in section.blocks for mark in block.marks]
    assert len(readings) >= 90 and not any(reading in lemo.text for reading in ("しょうそう", "(えたい)"))
    assert {block.kind for section in lemo.sections for block in section.blocks} >= {BlockKind.PARAGRAPH}

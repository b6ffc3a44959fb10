"""Links within a document: references to notes lead to their notes, other links to their places, and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.document import Block, BlockKind, Document, Mark, Section
from storage.readers.linking import Beside, with_links

Make = Callable[..., Path]
Read = Callable[..., Document]


def links(document: Document) -> list[tuple[str, str, str]]:
    """(style, words of the link, text of the block it leads to)"""
    blocks = [block for section in document.sections for block in section.blocks]
    return [
        (mark.style, block.text[mark.start : mark.end], blocks[int(mark.note)].text)
        for block in blocks
        for mark in block.marks
        if mark.style in ("noteref", "link")
    ]


def test_epub_3_footnotes(make_epub: Make, read_here: Read) -> None:
    one = (
        "<p>Word<a epub:type='noteref' href='#n1'>1</a> and <a role='doc-noteref' href='notes.xhtml#n2'>*</a>.</p>"
        "<aside epub:type='footnote' id='n1'><p>The first. <a href='#r'>here</a></p></aside><p id='r'>Later.</p>"
    )
    notes = "<ol><li epub:type='endnote' id='n2'>The second.</li></ol>"
    document = read_here(make_epub({"one": one, "notes": notes}))
    assert links(document) == [
        ("noteref", "[1]", "The first. here"),
        ("noteref", "[*]", "[1] The second."),
        ("link", "here", "Later."),
    ]


def test_epub_2_endnotes_in_a_file_of_their_own_and_back(make_epub: Make, read_here: Read) -> None:
    one = "<p>Before.</p><p>Word<a id='r1' href='n.xhtml#n1'><sup>1</sup></a> more<sup><a href='n.xhtml#n2'>2</a></sup>.</p>"
    notes = "<p><a id='n1' href='one.xhtml#r1'><sup>1</sup></a> First.</p><p id='n2'>2 Second.</p>"
    document = read_here(make_epub({"one": one, "n": notes}))
    assert links(document) == [
        ("noteref", "[1]", "[1] First."),
        ("noteref", "[2]", "2 Second."),
        ("link", "[1]", "Word[1] more[2]."),
    ]


def test_gutenberg_html(read_here: Read) -> None:
    page = (
        '<p><a id="toc" href="#ch2">Chapter 2</a></p><p>Text<a id="FNanchor_1" href="#Footnote_1" class="fnanchor">[A]</a>'
        ' here. <a href="https://example.invalid/">away</a></p><h2 id="ch2">Two</h2><p>x</p>'
        '<div class="footnote"><p><a id="Footnote_1" href="#FNanchor_1"><span class="label">[A]</span></a> Said.</p></div>'
    )
    assert links(read_here(page, "book.html")) == [
        ("link", "Chapter 2", "Two"),
        ("noteref", "[A]", "[A] Said."),
        ("link", "[A]", "Text[A] here. away"),
    ]


def test_a_picture_for_a_sign_marks_the_character_before_it(make_epub: Make, read_here: Read) -> None:
    body = (
        "<p>林黛玉<a class='duokan-footnote' href='#n'><img src='note.png'/></a>。</p>"
        "<ol><li class='duokan-footnote-item' id='n'>注。</li></ol>"
    )
    document = read_here(make_epub({"one": body}))
    assert links(document) == [("noteref", "玉", "1. 注。")]
    assert document.images == () and document.warnings == ()


def test_markdown_footnotes_and_headings(read_here: Read) -> None:
    text = "# One Head\n\nWord[^a] *and[^b]* [see](#one-head), [no](#none), [out](x.md#one-head).\n\n[^a]: The *note* [up](#one-head).\n"
    assert links(read_here(text, "a.md")) == [
        ("noteref", "[a]", "[a] The note up."),
        ("link", "see", "One Head"),
        ("link", "up", "One Head"),
    ]


def test_docx_footnotes(make_docx: Make, read_here: Read) -> None:
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    body = '<w:p><w:r><w:t>Word</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    notes = f'<w:footnotes xmlns:w="{word}"><w:footnote w:id="2"><w:p><w:r><w:t>Said.</w:t></w:r></w:p></w:footnote></w:footnotes>'
    extra = {
        "word/footnotes.xml": notes,
        "word/_rels/document.xml.rels": (
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="f" Type="{relations}/footnotes" Target="footnotes.xml"/></Relationships>'
        ),
    }
    assert links(read_here(make_docx(body, extra=extra))) == [("noteref", "[1]", "[1] Said.")]


def test_fb2_notes_and_links(read_here: Read) -> None:
    book = """<?xml version="1.0"?><FictionBook xmlns:l="http://www.w3.org/1999/xlink"><description><title-info>
    <book-title>T</book-title></title-info></description><body><section><title><p>One<a l:href="#n1" type="note">1</a></p>
    </title><p>A<a l:href="#n1" type="note">1</a> and <a l:href="#s2">on</a>.</p></section><section id="s2"><p>B<a
    l:href="#gone" type="note">2</a>.</p></section></body><body name="notes"><section id="n1"><title><p>1</p></title>
    <p>Said.</p></section></body></FictionBook>"""
    assert links(read_here(book, "book.fb2")) == [
        ("noteref", "[1]", "[1] Said."),
        ("noteref", "[1]", "[1] Said."),
        ("link", "on", "B2."),
    ]


def test_signs_in_tables_and_lists(read_here: Read) -> None:
    page = (
        "<table><tr><th> Year </th><th>Ships<sup><a href='#n'>1</a></sup></th></tr>"
        "<tr><td></td><td><em>few</em></td><td>12 <a href='#n'>[1]</a></td></tr></table>"
        "<ol><li>one<sup><a href='#n'>1</a></sup></li></ol><div class='footnote' id='n'>1 Said.</div>"
    )
    document = read_here(page, "a.html")
    assert document.sections[0].blocks[0].text == "Year | Ships[1]\nfew | 12 [1]"
    assert links(document) == [("noteref", "[1]", "1 Said.")] * 3
    (emphasis,) = [mark for mark in document.sections[0].blocks[0].marks if mark.style == "em"]
    assert document.sections[0].blocks[0].text[emphasis.start : emphasis.end] == "few"


def test_links_that_run_in_circles_or_nowhere_are_only_marks(make_epub: Make, read_here: Read) -> None:
    one = (
        "<p id='a'><a href='#a'>self</a> <a href='two.xhtml#b'>there</a> <a href='#nowhere'>lost</a> "
        "<a href='../../../x'>out</a> <a href='javascript:alert(1)'>run</a></p>"
    )
    two = "<p id='b'><a href='one.xhtml'>back</a></p>"
    document = read_here(make_epub({"one": one, "two": two}))
    assert [(style, words) for style, words, _ in links(document)] == [
        ("link", "self"),
        ("link", "there"),
        ("link", "back"),
    ]


def test_a_link_over_two_paragraphs_leads_from_both(read_here: Read) -> None:
    page = "<a href='#x'><p>One.</p><p>Two.</p></a><p id='x'>Here.</p>"
    assert links(read_here(page, "a.html")) == [("link", "One.", "Here."), ("link", "Two.", "Here.")]


NAMES = st.sampled_from(["a", "b", "c", "none"])
BLOCKS = st.builds(
    Block,
    st.sampled_from([BlockKind.PARAGRAPH, BlockKind.FOOTNOTE]),
    st.just("some words"),
    marks=st.lists(
        st.builds(Mark, st.integers(0, 3), st.integers(4, 10), st.sampled_from(["em", "link", "noteref"]), NAMES),
        max_size=3,
    ).map(tuple),
)


@given(
    st.lists(st.lists(BLOCKS, max_size=4), max_size=3),
    st.dictionaries(NAMES.filter(lambda n: n != "none"), st.integers(0, 9)),
)
def test_every_link_leads_to_a_block_and_text_stays(drafts: list[list[Block]], anchors: dict[str, int]) -> None:
    sections = [Section("", 1, tuple(blocks)) for blocks in drafts]
    count = sum(map(len, drafts))
    beside = Beside()
    for ordinal in range(count):
        beside.meet([name for name, place in anchors.items() if place == ordinal], ())
        beside.pass_block(ordinal)
    beside.meet([name for name, place in anchors.items() if place >= count], ())
    beside.end(count)
    linked = [block for section in with_links(sections, beside.places) for block in section.blocks]
    before = [block for blocks in drafts for block in blocks]
    assert [(block.kind, block.text) for block in linked] == [(block.kind, block.text) for block in before]
    for old, new in zip(before, linked, strict=True):
        assert [mark for mark in new.marks if mark.style == "em"] == [mark for mark in old.marks if mark.style == "em"]
        kept = [mark for mark in old.marks if mark.style == "em" or mark.note in anchors]
        assert [(mark.start, mark.end) for mark in new.marks] == [(mark.start, mark.end) for mark in kept]
        for mark in new.marks:
            if mark.style != "em":
                assert 0 <= int(mark.note) < count
            if mark.style == "noteref":
                assert int(mark.note) != linked.index(new) or linked.count(new) > 1


@pytest.mark.data
def test_every_note_of_moby_dick_is_where_its_sign_leads(shared_data: Path, read_here: Read) -> None:
    found = links(read_here(shared_data / "epub_misc" / "zotero" / "moby_dick.epub"))
    references = [(words, note) for style, words, note in found if style == "noteref"]
    assert len(references) == 22
    assert all(note.startswith(words) for words, note in references)

"""HTML and XHTML -> blocks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.document import BlockKind, Document
from storage.errors import ReaderError
from storage.readers.inline import PieceList
from storage.readers.markup import MarkupWalker, parse_html, parse_xhtml

Read = Callable[..., Document]
TAGS = (
    "p",
    "div",
    "em",
    "ruby",
    "rt",
    "li",
    "ul",
    "ol",
    "table",
    "tr",
    "td",
    "h1",
    "pre",
    "br",
    "a",
    "aside",
    "nav",
    "q",
)


def walk(body: str) -> PieceList:
    pieces = PieceList()
    MarkupWalker(pieces).walk(parse_html(f"<html><body>{body}</body></html>"))
    return pieces


def blocks(body: str) -> list[tuple[str, str]]:
    return [(piece.block.kind.value, piece.block.text) for piece in walk(body).pieces]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h2>One</h2><p>Two\n three</p>", [("heading", "One"), ("paragraph", "Two three")]),
        ("text<div>more<p>and</p>rest</div>", [("paragraph", t) for t in ("text", "more", "and", "rest")]),
        ("<p>a<br><br>b</p>", [("paragraph", "a"), ("paragraph", "b")]),
        ("<p>one<br>two<br>three</p>", [("verse", "one\ntwo\nthree")]),
        ("<div class='poem'><p>one<br>two</p></div>", [("verse", "one\ntwo")]),
        ("<blockquote><p>said</p></blockquote>", [("quote", "said")]),
        ("<ol start='3'><li>c</li><li><p>d</p><ul><li>x</li></ul></li></ol>",
         [("list_item", "3. c"), ("list_item", "4. d"), ("list_item", "x")]),
        ("<pre>a\n  b\n\nc</pre>", [("code", "a\n  b"), ("code", "c")]),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2<br>3</td></tr></table>", [("table", "A | B\n1 | 2 3")]),
        ("<table><tr><td><h1>T</h1><p>x</p></td></tr></table>", [("heading", "T"), ("paragraph", "x")]),
        ("<table><td>a</td><td>b</td></table>", [("paragraph", "a"), ("paragraph", "b")]),
        ("<figure><img src=x alt='a road'><figcaption>cap</figcaption></figure>", [("caption", "cap")]),
        ("<script>no</script><style>no</style><nav>no</nav><p hidden>no</p><p style='display: none'>no</p>yes",
         [("paragraph", "yes")]),
        ("<p><img src=t.png alt=T>he end</p>", [("paragraph", "The end")]),
        ("<p>word<sup><a href='#n1'>1</a></sup> on</p>", [("paragraph", "word[1] on")]),
        ("<p>a&nbsp;b &mdash; c&shy;d</p>", [("paragraph", "a b — cd")]),
        ("<p>漢字\n仮名</p><p>漢\n<b>字</b>\n仮</p>", [("paragraph", "漢字仮名"), ("paragraph", "漢字仮")]),
        ("<svg><title>no</title><text>seen</text></svg>", [("paragraph", "seen")]),
    ],
)  # fmt: skip
def test_blocks(body: str, expected: list[tuple[str, str]]) -> None:
    assert blocks(body) == expected


def test_ruby_readings_are_marks_and_not_text() -> None:
    (piece,) = walk("<p>私の<ruby>憂<rp>(</rp><rt>ゆう</rt><rp>)</rp>鬱<rt>うつ</rt></ruby>だ</p>").pieces
    assert piece.block.text == "私の憂鬱だ"
    assert [(piece.block.text[m.start : m.end], m.style, m.note) for m in piece.block.marks] == [
        ("憂", "ruby", "ゆう"), ("鬱", "ruby", "うつ"),
    ]  # fmt: skip


def test_emphasis_covers_its_words() -> None:
    (piece,) = walk("<p>  He <em>was <strong>very</strong></em>\n late</p>").pieces
    assert piece.block.text == "He was very late"
    assert [(piece.block.text[m.start : m.end], m.style) for m in piece.block.marks] == [
        ("was very", "em"), ("very", "strong"),
    ]  # fmt: skip


def test_named_characters_in_xhtml_need_no_dtd() -> None:
    pieces = PieceList()
    root = parse_xhtml(b'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>a&eacute;&amp;&nbsp;b</p></body></html>')
    MarkupWalker(pieces).walk(root)
    assert pieces.pieces[0].block.text == "aé& b"


def test_a_billion_laughs_are_not_laughed() -> None:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    bomb = f'<!DOCTYPE html [<!ENTITY l0 "lol">{entities}]><html><body><p>x&l9;y</p></body></html>'
    pieces = PieceList()
    MarkupWalker(pieces).walk(parse_xhtml(bomb.encode()))
    assert sum(len(piece.block.text) for piece in pieces.pieces) < 1000


def test_an_external_entity_is_not_fetched(read_here: Read, tmp_path: object) -> None:
    secret = f"{tmp_path}/secret.txt"
    with open(secret, "w") as stream:  # noqa: PTH123 - the path is part of the hostile text
        stream.write("hidden words")
    document = read_here(
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}">]><html><body><p>a &x; b</p></body></html>', "x.html"
    )
    assert "hidden" not in document.text


@pytest.mark.parametrize("tag", ["div", "span", "blockquote", "ul", "table", "b", "font"])
def test_two_hundred_thousand_nested_elements_are_read(read_here: Read, tag: str) -> None:
    depth = 200_000
    document = read_here(
        f"<html><body>{f'<{tag}>' * depth}deep{f'</{tag}>' * depth}<p>after</p></body></html>", "x.html"
    )
    assert "deep" in document.text and "after" in document.text


@given(st.recursive(st.text(alphabet="ab <&\n漢", max_size=5), lambda inner: st.tuples(
    st.sampled_from(TAGS),
    st.lists(inner, max_size=3)), max_leaves=25))  # fmt: skip
def test_any_tree_gives_lawful_blocks(tree: object) -> None:
    def markup(node: object) -> str:
        if isinstance(node, str):
            return node.replace("&", "&amp;").replace("<", "&lt;")
        name, children = node  # type: ignore[misc]  # the strategy makes pairs
        return f"<{name}>{''.join(map(markup, children))}</{name}>"

    for piece in walk(markup(tree) + "<p>end</p>").pieces:
        block = piece.block
        assert block.text.strip() == block.text != ""
        assert "\n\n" not in block.text
        assert all(0 <= mark.start < mark.end <= len(block.text) for mark in block.marks)


def test_sections_follow_headings(read_here: Read) -> None:
    document = read_here(
        "<!doctype html><html lang=sv><head><title>Book</title><meta name=author content='A. B.'></head>"
        "<body><p>front<h2>One</h2><p>a<h3>Sub</h3><p>b<h2>Two</h2><p>c</body></html>",
        "x.html",
    )
    assert (document.title, document.author, document.language, document.format) == ("Book", "A. B.", "sv", "html")
    assert [(s.title, s.level) for s in document.sections] == [("Book", 1), ("One", 1), ("Sub", 2), ("Two", 1)]


def test_declared_encodings_are_believed(read_here: Read) -> None:
    page = '<html><head><meta charset="windows-1251"></head><body><p>Все счастливые</p></body></html>'
    assert read_here(page.encode("cp1251"), "x.html").text == "Все счастливые"


def test_a_page_without_words_is_refused(read_here: Read) -> None:
    with pytest.raises(ReaderError, match="holds no text"):
        read_here("<html><body><img src=x></body></html>", "x.html")


def test_footnotes_go_to_the_end_of_their_section(read_here: Read) -> None:
    document = read_here(
        "<html><body><h1>A</h1><p>x<a role='doc-noteref' href='#f'>1</a></p><aside role='doc-footnote' id=f><p>note</p></aside>"
        "<p>y</p><h1>B</h1><p>z</p></body></html>",
        "x.html",
    )
    assert [block.text for block in document.sections[0].blocks] == ["A", "x[1]", "y", "note"]
    assert document.sections[0].blocks[-1].kind is BlockKind.FOOTNOTE

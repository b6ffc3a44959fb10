"""PDF files: lines put back into paragraphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.document import BlockKind, Document
from storage.errors import ReaderError
from storage.readers.pdf import join_hyphenated

Make = Callable[..., Path]
Read = Callable[..., Document]
LINE = "The rain had stopped before anyone in the house was awake, and"


def page(*lines: str, head: str = "", foot: str = "") -> list[tuple[float, float, float, str]]:
    """A page of 12-point lines, 14 points apart, with a running head and a foot."""
    body = [(72.0, 700.0 - 14 * number, 12.0, line) for number, line in enumerate(lines)]
    return [(72.0, 760.0, 10.0, head), *body, (300.0, 40.0, 10.0, foot)]


def test_paragraphs_pages_and_running_heads(make_pdf: Make, read_here: Read) -> None:
    pages = [
        page(
            f"{LINE} {word}",
            f"{word} {LINE}",
            "it was over.",
            f"Next {LINE}",
            f"and {LINE}",
            f"so {word}.",
            head="A Book of Rain",
            foot=str(number),
        )
        for number, word in ((1, "then"), (2, "now"), (3, "once"))
    ]
    document = read_here(make_pdf(pages))
    blocks = [block for section in document.sections for block in section.blocks]
    assert blocks[0].text == f"{LINE} then then {LINE} it was over."
    assert blocks[1].text == f"Next {LINE} and {LINE} so then."
    assert [block.page_label for block in blocks] == ["1", "1", "2", "2", "3", "3"]
    assert "Book of Rain" not in document.text
    assert any("running heads" in warning for warning in document.warnings)


def test_a_sentence_goes_on_over_the_page(make_pdf: Make, read_here: Read) -> None:
    document = read_here(make_pdf([page(f"{LINE} then", LINE), page("then it was over.")]))
    assert document.text == f"{LINE} then {LINE} then it was over."


def test_large_type_is_a_heading_and_begins_a_section(make_pdf: Make, read_here: Read) -> None:
    lines = [(72, 740, 20, "One"), (72, 700, 12, LINE), (72, 640, 20, "Two"), (72, 600, 12, LINE)]
    document = read_here(make_pdf([lines]))
    assert [section.title for section in document.sections] == ["One", "Two"]
    assert document.sections[0].blocks[0].kind is BlockKind.HEADING


def test_page_labels_are_the_printed_ones(make_pdf: Make, read_here: Read) -> None:
    labels = "/PageLabels<</Nums[0<</S/r>>1<</S/D/St 1>>]>>"
    document = read_here(make_pdf([page("front."), page("body.")], trailer=labels))
    assert [block.page_label for section in document.sections for block in section.blocks] == ["i", "1"]


def test_pages_without_a_word_are_refused(make_pdf: Make, read_here: Read) -> None:
    with pytest.raises(ReaderError, match="holds no text"):
        read_here(make_pdf([[]]))


def test_a_truncated_file_never_breaks_the_reader(make_pdf: Make, read_here: Read) -> None:
    data = make_pdf([page(LINE, LINE)]).read_bytes()
    for length in range(10, len(data), 53):
        try:
            assert read_here(data[:length], "cut.pdf").text
        except ReaderError as refusal:
            assert "cut.pdf" in str(refusal)


@pytest.mark.parametrize(
    ("lines", "known", "text"),
    [
        (["the consti-", "tution of"], [], "the constitution of"),
        (["a well-", "known man"], ["well-known"], "a well-known man"),
        (["a well-", "known man"], ["wellknown"], "a wellknown man"),
        (["Anglo-", "Saxon"], [], "Anglo-Saxon"),
        (["he waited -", "and left"], [], "he waited - and left"),
    ],
)
def test_hyphens_at_line_ends(lines: list[str], known: list[str], text: str) -> None:
    assert join_hyphenated(lines, Counter(known)) == text

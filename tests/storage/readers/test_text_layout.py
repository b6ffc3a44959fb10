"""Which line breaks are the margin's and which the author's."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.document import BlockKind
from storage.readers.layout import join_lines, paragraphs

WORDS = st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=11), min_size=14, max_size=120)


def never(line: str) -> bool:
    return False


@given(st.lists(WORDS, min_size=3, max_size=8), st.integers(50, 90))
def test_wrapped_prose_comes_back_whole(texts: list[list[str]], width: int) -> None:
    wanted = [" ".join(words) for words in texts]
    wrapped = "\n\n".join(textwrap.fill(text, width) for text in wanted)
    assert [paragraph.text for paragraph in paragraphs(wrapped, never)] == wanted


@given(
    st.lists(st.text(alphabet="abc ", min_size=150, max_size=400).map(lambda t: "x" + t + "."), min_size=2, max_size=6)
)
def test_one_line_a_paragraph_stays_so(lines: list[str]) -> None:
    assert [p.text for p in paragraphs("\n".join(lines), never)] == [line.strip() for line in lines]


def test_verse_among_prose_keeps_its_lines() -> None:
    prose = textwrap.fill("It was the best of times, it was the worst of times, it was the age of wisdom. " * 6, 72)
    verse = (
        "    How doth the little crocodile\n      Improve his shining tail,\n"
        "    And pour the waters of the Nile\n      On every golden scale!"
    )
    found = paragraphs(f"{prose}\n\n{verse}\n\n{prose}", never)
    assert [paragraph.kind for paragraph in found] == [BlockKind.PARAGRAPH, BlockKind.VERSE, BlockKind.PARAGRAPH]
    assert found[1].text.split("\n")[:2] == ["How doth the little crocodile", "  Improve his shining tail,"]


def test_chinese_lines_join_without_spaces_and_indents_begin_paragraphs() -> None:
    line = "此開卷第一回也作者自云因曾歷過一番夢幻之後故將真事隱去而借通靈之說撰此石頭記"
    text = f"　　{line}\n{line}{line[:4]}\n{line[:10]}．\n　　{line}\n{line}{line[:4]}\n{line[:8]}。"
    found = [paragraph.text for paragraph in paragraphs(text, never)]
    assert found == [f"{line}{line}{line[:4]}{line[:10]}．", f"{line}{line}{line[:4]}{line[:8]}。"]


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["a long", "way"], "a long way"),
        (["well-", "known"], "well-known"),
        (["he said--", "then left"], "he said--then left"),
        (["他說", "好"], "他說好"),
        (["用 Python", "寫"], "用 Python寫"),
        ([" 1 -", "2"], "1 - 2"),
    ],
)
def test_lines_join_as_a_reader_would(lines: list[str], joined: str) -> None:
    assert join_lines(lines) == joined


def test_bulleted_lines_are_items() -> None:
    found = paragraphs("- one\n- two\n  goes on\n- three", never)
    assert [(p.kind, p.text) for p in found] == [
        (BlockKind.LIST_ITEM, "- one"),
        (BlockKind.LIST_ITEM, "- two goes on"),
        (BlockKind.LIST_ITEM, "- three"),
    ]

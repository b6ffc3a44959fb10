from __future__ import annotations

import itertools

from storage.document import Block, BlockKind, Document, Passage, Section
from storage.passages import CJK_TARGET_CHARACTERS, cut_at, cut_passages, sentence_ends

SENTENCE = "The harbour of Vell lay quiet under the rain. "


def paragraphs(*texts: str, headings: tuple[int, ...] = ()) -> Document:
    blocks = tuple(
        Block(BlockKind.HEADING if number in headings else BlockKind.PARAGRAPH, text)
        for number, text in enumerate(texts)
    )
    return Document("Title", "txt", (Section("One", 1, blocks),))


def sentences(text: str) -> list[str]:
    ends = [0, *sentence_ends(text), len(text)]
    return [piece for start, end in itertools.pairwise(ends) if (piece := text[start:end].strip())]


def test_titles_initials_and_numbers_end_no_sentence() -> None:
    text = "Mr. Hale met Dr. J. Moss at 3.14 p. Then “Stop!” she said. Why? Nobody knew…"
    assert sentences(text) == ["Mr. Hale met Dr. J. Moss at 3.14 p. Then “Stop!”", "she said.", "Why?", "Nobody knew…"]


def test_chinese_sentences_need_no_space() -> None:
    assert sentences("黛玉笑道：「好！」宝玉走了。天黑了") == ["黛玉笑道：「好！」", "宝玉走了。", "天黑了"]


def test_short_blocks_share_a_passage_and_long_ones_are_cut_at_sentence_ends() -> None:
    short, long = SENTENCE.strip(), (SENTENCE * 50).strip()
    assert [passage.text for passage in cut_passages(paragraphs(short, short))] == [f"{short}\n\n{short}"]
    passages = cut_passages(paragraphs(short, short, long, short))
    assert len(passages) > 2
    assert all(passage.text.rstrip().endswith("rain.") for passage in passages)


def test_a_long_block_is_cut_into_parts_of_about_one_size() -> None:
    sizes = [len(passage.text) for passage in cut_passages(paragraphs((SENTENCE * 25).strip()))]
    assert max(sizes) - min(sizes) <= 2 * len(SENTENCE)


def test_a_heading_goes_with_the_text_it_heads() -> None:
    full = "x" * 850
    passages = cut_passages(paragraphs(full, "Chapter Two", full, headings=(1,)))
    assert [passage.text for passage in passages] == [full, f"Chapter Two\n\n{full}"]


def test_text_without_any_boundary_is_still_cut() -> None:
    assert [len(passage.text) for passage in cut_passages(paragraphs("x" * 2000))] == [900, 900, 200]


def test_chinese_passages_are_shorter() -> None:
    passages = cut_passages(paragraphs("黛玉进了荣国府。" * 200))
    assert all(len(passage.text) <= CJK_TARGET_CHARACTERS for passage in passages)
    assert all(passage.text.endswith("。") for passage in passages)


def test_a_cut_falls_at_a_sentence_end_else_at_a_word_end_else_nothing_is_left() -> None:
    passage = Passage(100, 122, "Anne left. Then she re")
    assert cut_at(passage, 118) == Passage(100, 111, "Anne left. ")
    assert cut_at(passage, 107) == Passage(100, 105, "Anne ")
    assert cut_at(passage, 103) is None
    assert cut_at(passage, 100) is None
    assert cut_at(passage, 122) is passage


def test_a_chinese_passage_is_cut_between_any_two_characters() -> None:
    assert cut_at(Passage(0, 8, "黛玉进了荣国府。"), 4) == Passage(0, 4, "黛玉进了")

"""Which lines of a plain text are chapter headings."""

from __future__ import annotations

import pytest

from storage.readers.chapters import find_headings, heading_levels, read_heading
from storage.readers.layout import paragraphs

PROSE = "It was a long and rather dull evening, and nobody came.\n" * 3


@pytest.mark.parametrize(
    "line",
    [
        "CHAPTER I", "Chapter 12. The Sea", "BOOK ONE: 1805", "PART FIRST", "Part II. The Country", "CANTO XXXIII",
        "FIRST EPILOGUE: 1813 - 20", "Book the First", "CHAPTER TWENTY-ONE", "PREFACE", "Table of Contents", "_Chapter I_",
        "第一回　甄士隱夢幻識通靈　賈雨村風塵怀閨秀", "第12章 出发", "第三百二十一节", "第一章陨落的天才", "楔子", "第一卷",
        "Глава 3", "Kapitel 4", "Livre II",
    ],
)  # fmt: skip
def test_headings_are_recognised(line: str) -> None:
    assert read_heading(line) is not None


@pytest.mark.parametrize(
    "line",
    [
        "chapter of accidents, the last duet", "Part of the reason was plain.", "Book I have never read", "I", "Mix the flour",
        "Part II of the series was published", "Chapter 3 ............ 17",
        "第四回中既將薛家母子在榮府內寄居等事略已表明，此回則暫不能寫矣．如",
        "第一個人走了，", "He read the introduction", "Letter writing is an art,",
    ],
)  # fmt: skip
def test_sentences_are_not(line: str) -> None:
    assert read_heading(line) is None


def titles(text: str) -> list[str]:
    headings = find_headings(paragraphs(text, lambda line: read_heading(line) is not None))
    return [heading.title for heading in headings if heading is not None]


def test_a_table_of_contents_makes_no_chapters() -> None:
    contents = "CONTENTS\n\n" + "\n\n".join(["BOOK ONE", *["CHAPTER I", "CHAPTER II"], "BOOK TWO", "CHAPTER I"])
    body = f"BOOK ONE\n\nCHAPTER I\n\n{PROSE}\n\nCHAPTER II\n\n{PROSE}\n\nBOOK TWO\n\nCHAPTER I\n\n{PROSE}"
    assert titles(f"{contents}\n\n\n{body}") == [
        "CONTENTS", "BOOK ONE", "CHAPTER I", "CHAPTER II", "BOOK TWO", "CHAPTER I",
    ]  # fmt: skip


def test_numerals_count_or_are_not_headings() -> None:
    assert titles(f"I\n\n{PROSE}\n\nII\n\n{PROSE}\n\nIII\n\n{PROSE}") == ["I", "II", "III"]
    assert titles(f"{PROSE}\n\nC\n\n{PROSE}\n\nM\n\n{PROSE}") == []
    assert titles(f"[ 1 ]\n\n{PROSE}\n\n[ 2 ]\n\n{PROSE}") == ["[ 1 ]", "[ 2 ]"]


def test_lines_of_the_contents_are_headings_where_they_stand_alone() -> None:
    contents = "Contents\n\n  The Empty House\n  The Dancing Men"
    assert titles(f"{contents}\n\n\nTHE EMPTY HOUSE\n\n{PROSE}\n\nTHE DANCING MEN\n\n{PROSE}") == [
        "Contents", "THE EMPTY HOUSE", "THE DANCING MEN",
    ]  # fmt: skip


def test_shouting_is_no_chapter() -> None:
    assert titles(f"{PROSE}\n\nCOME AT ONCE\n\n{PROSE}") == []


def test_the_outermost_kind_is_the_one_met_first() -> None:
    found = find_headings(paragraphs(f"PART I\n\nBOOK I\n\nCHAPTER I\n\n{PROSE}", lambda line: False))
    levels = heading_levels(found)
    assert levels["part"] < levels["book"] < levels["chapter"]

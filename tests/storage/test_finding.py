from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.document import BLOCK_SEPARATOR
from storage.finding import FindOptions, SearchableText, fold

LETTERS = st.text(st.sampled_from("aAábß İſ\n\u0301林ﬃ’'が…\u00ad_"), max_size=12)
BLOCKS = st.lists(LETTERS.filter(lambda text: text.strip() != ""), min_size=1, max_size=4)
OPTIONS = st.builds(FindOptions, st.booleans(), st.booleans(), st.booleans())


def searchable(*texts: str) -> SearchableText:
    starts = itertools.accumulate((len(text) + len(BLOCK_SEPARATOR) for text in texts), initial=0)
    return SearchableText(zip(starts, texts, strict=False))


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("Anne and ANNE, anne", "Anne", ["Anne", "ANNE", "anne"]),
        ("Straße und STRASSE", "strasse", ["Straße", "STRASSE"]),
        ("a ßb", "sb", ["ßb"]),
        ("one\ntwo  three", "one two three", ["one\ntwo  three"]),
        ("黛玉笑，黛玉哭", "黛玉", ["黛玉", "黛玉"]),
        ("a.c abc", "a.c", ["a.c"]),
        ("Café, cafe\u0301, CAFÉ", "cafe", ["Café", "cafe\u0301", "CAFÉ"]),
        ("“Don’t,” she said", "don't", ["Don’t"]),
        ("第１２章 ＡＢＣ", "12章 abc", ["１２章 ＡＢＣ"]),
        ("がか", "か", ["か"]),
        ("한하", "하", ["하"]),
        ("hyphen\u00adated", "hyphenated", ["hyphen\u00adated"]),
        ("Søren’s œuvre — a-b", "sorens", []),
        ("Søren’s œuvre", "soren's oeuvre", ["Søren’s œuvre"]),
        ("anything", "  ", []),
        ("anything", "\u00ad", []),
    ],
)
def test_a_reader_finds_what_was_meant(text: str, query: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in searchable(text).find(query)] == found


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (FindOptions(), ["Anna", "anna", "Ánna", "Anna"]),
        (FindOptions(match_case=True), ["Anna", "Ánna", "Anna"]),
        (FindOptions(match_accents=True), ["Anna", "anna", "Anna"]),
        (FindOptions(whole_words=True), ["Anna", "anna", "Ánna"]),
        (FindOptions(True, True, True), ["Anna"]),
    ],
)
def test_each_option_asks_for_more(options: FindOptions, found: list[str]) -> None:
    text = "Anna anna Ánna Annabel"
    assert [text[start:end] for start, end in searchable(text).find("Anna", options)] == found


def test_in_a_script_without_spaces_every_character_is_a_word() -> None:
    assert [*searchable("林黛玉笑").find("黛玉", FindOptions(whole_words=True))] == [(1, 3)]


def test_the_limit_is_kept() -> None:
    assert [*searchable("aaaa").find("a", limit=2)] == [(0, 1), (1, 2)]


def naive(text: str, query: str, options: FindOptions) -> list[tuple[int, int]]:
    """Every folded character with where it comes from, compared one by one."""

    def units(words: str) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        for position, character in enumerate(words):
            for letter in fold(character, options):
                if not letter.isspace():
                    found.append((letter, position))
                elif found and found[-1][0] != " ":
                    found.append((" ", position))
        return found[:-1] if found and found[-1][0] == " " else found

    def is_of_word(place: int) -> bool:
        letter = folded[place][0] if 0 <= place < len(folded) else " "
        return (letter.isalnum() or letter == "_") and letter not in "林が"

    folded, wanted = units(text), [letter for letter, _ in units(query)]
    hits: list[tuple[int, int]] = []
    place = 0
    while wanted and place + len(wanted) <= len(folded):
        last = place + len(wanted) - 1
        same = [letter for letter, _ in folded[place : last + 1]] == wanted
        cut = (is_of_word(place - 1) and is_of_word(place)) or (is_of_word(last) and is_of_word(last + 1))
        if not same or (options.whole_words and cut):
            place += 1
            continue
        start, end = folded[place][1], folded[last][1] + 1
        while end < len(text) and fold(text[end], options) == "":
            end += 1
        if not hits or start >= hits[-1][1]:
            hits.append((start, end))
        place = last + 1
    return hits


@given(blocks=BLOCKS, query=LETTERS, options=OPTIONS)
def test_hits_are_those_of_the_naive_search(blocks: list[str], query: str, options: FindOptions) -> None:
    assert [*searchable(*blocks).find(query, options)] == naive(BLOCK_SEPARATOR.join(blocks), query, options)


@given(blocks=BLOCKS, start=st.integers(0, 60), length=st.integers(0, 60))
def test_between_is_a_slice_of_the_text(blocks: list[str], start: int, length: int) -> None:
    text = BLOCK_SEPARATOR.join(blocks)
    assert searchable(*blocks).between(start, start + length) == text[start : start + length]


@given(blocks=BLOCKS, query=LETTERS)
def test_the_line_around_a_hit_is_of_the_text_and_on_one_line(blocks: list[str], query: str) -> None:
    book = searchable(*blocks)
    text = " ".join(BLOCK_SEPARATOR.join(blocks).split())
    for start, end in book.find(query):
        line = "".join(book.line_around(start, end))
        assert "\n" not in line
        assert " ".join(line.split()) in text

"""Places as people write them: what the go-to box and `--up-to` understand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.operations import importing, library
from app.operations.chapter_numbers import chapter_number, number
from app.operations.opening import open_services
from app.operations.places import PlaceIndex, PlaceKind, parse_place
from engine.jobs import Finished
from storage.documents import SectionRow
from storage.errors import StorageError


def index(*titles: str, pages: str = "", page_length: int = 100) -> PlaceIndex:
    """Sections and pages of 100 characters each."""
    sections = [SectionRow(place, title, 1, place * 100, place * 100 + 98) for place, title in enumerate(titles)]
    labels = [(place * page_length, label) for place, label in enumerate(pages.split())]
    return PlaceIndex(1000, sections, labels)


def found(places: PlaceIndex, words: str) -> list[tuple[str, int]]:
    return [(place.kind.value, place.start) for place in places.meant(words)]


NOVEL = index("Preface", "CHAPTER I", "CHAPTER II. The Élan of Ships", "CHAPTER III", pages="i ii 1 2 3 4 5")


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("40%", [("percent", 400)]),
        ("12,5 %", [("percent", 125)]),
        ("130%", [("percent", 1000)]),
        ("p. 2", [("page", 300)]),
        ("page ii", [("page", 100)]),
        ("第2页", [("page", 300)]),
        ("ii", [("page", 100), ("section", 200), ("section", 300)]),
        ("3", [("page", 400), ("section", 300), ("percent", 30)]),
        ("chapter 2", [("section", 200)]),
        ("ch. three", [("section", 300)]),
        ("elan ships", [("section", 200)]),
        ("preface", [("section", 0)]),
        ("no such place", []),
        ("  ", []),
    ],
)
def test_what_people_mean(words, places):
    assert found(NOVEL, words) == places


def test_without_numbered_titles_chapters_are_counted():
    assert found(index("Morning", "Noon", "Night"), "chapter 3") == [("section", 200)]


def test_a_page_no_paragraph_begins_on_is_the_one_that_runs_over_it():
    assert found(index("A", pages="1 2 5 6"), "p. 4") == [("page", 100)]
    assert found(index("A", pages="1 2 5 6"), "p. 7") == []


@pytest.mark.parametrize(
    ("title", "value"),
    [
        ("CHAPTER XIV", 14),
        ("Chapter the Fourth", 4),
        ("IX.", 9),
        ("4. Of Ships", 4),
        ("12", 12),
        ("Book Two: The Sea", 2),
        ("第二十三回 西厢记妙词通戏语", 23),
        ("第一百零五回", 105),
        ("第12章", 12),
        ("Civil Society", None),
        ("One Flew Over", None),
        ("I Am Born", None),
        ("Preface", None),
        ("", None),
    ],
)
def test_chapters_are_known_by_the_number_in_their_title(title, value):
    assert chapter_number(title) == value


ROMAN = [(100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")]


@given(st.integers(1, 299))
def test_roman_and_chinese_numerals_are_read_as_they_are_written(value):
    roman, rest = "", value
    for worth, letters in ROMAN:
        roman += letters * (rest // worth)
        rest %= worth
    assert number(roman) == number(roman.upper()) == value
    hundreds, tens, ones = value // 100, value // 10 % 10, value % 10
    digits = "零一二三四五六七八九"
    han = (digits[hundreds] + "百" if hundreds else "") + (
        digits[tens] + "十" if tens else "零" if hundreds and ones else ""
    )
    assert number(han + (digits[ones] if ones else "")) == value


@given(st.text(max_size=12))
def test_whatever_is_typed_every_place_lies_in_the_text(words):
    for place in NOVEL.meant(words):
        assert 0 <= place.start <= place.end <= 1000
        assert place.name or place.kind is PlaceKind.SECTION


@given(st.integers(0, 1000))
def test_percentages_go_as_far_as_they_say(tenths):
    (place,) = NOVEL.meant(f"{tenths / 10}%")
    assert place.start == tenths


@pytest.fixture
def book(tmp_path):
    services = open_services(tmp_path / "data", echo=True)
    path = tmp_path / "ships.md"
    path.write_text(
        "# Ships\n\n## Chapter One\n\nOf oak.\n\n## Chapter Two\n\nOf iron.\n\n## Ships at last\n\nNone.\n", "utf-8"
    )
    end = services.run_until_end(importing.import_file(services, path))
    assert isinstance(end, Finished), end
    yield services, end.result.document
    services.close()


@pytest.mark.parametrize(
    ("words", "behind"),
    [("7", None), ("Chapter One", "Of oak."), ("chapter 2", "Of iron."), ("at last", "None."), ("100%", "None.")],
)
def test_up_to_a_section_is_up_to_its_end(book, words, behind):
    services, document_id = book
    offset = parse_place(services, document_id, words)
    read = library.text(services, document_id)[:offset]
    assert offset == 7 if behind is None else read.endswith(behind)


@pytest.mark.parametrize(("words", "sentence"), [("nowhere", "is no place"), ("chapter", "several places")])
def test_what_is_no_one_place_is_a_sentence(book, words, sentence):
    services, document_id = book
    with pytest.raises(StorageError, match=sentence):
        parse_place(services, document_id, words)

"""How titles and authors sort."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.shelf_keys import author_key, plain, searchable, title_key


@pytest.mark.parametrize(
    "title, language, key",
    [
        ("The Castle", "en", "castle"),
        ("The Castle", "", "castle"),
        ("Die Verwandlung", "de-AT", "verwandlung"),
        ("Die Hard", "en", "die hard"),
        ("L’Étranger", "fr", "etranger"),
        ("“A Room”", "en", "room”"),
        ("A", "en", "a"),
        ("The", "en", "the"),
        ("红楼梦", "zh", "红楼梦"),
        ("???", "en", "???"),
    ],
)
def test_a_title_sorts_without_its_article(title: str, language: str, key: str) -> None:
    assert title_key(title, language) == key


def test_numbers_in_titles_sort_by_value() -> None:
    volumes = ["Volume 10", "Volume 9", "Volume 100"]
    assert sorted(volumes, key=title_key) == ["Volume 9", "Volume 10", "Volume 100"]


@pytest.mark.parametrize(
    "author, key",
    [
        ("Jane Austen", "austen, jane"),
        ("Austen, Jane", "austen, jane"),
        ("Johann Wolfgang von Goethe", "goethe, johann wolfgang von"),
        ("Martin Luther King Jr.", "king, martin luther jr."),
        ("Émile Zola, Jules Verne", "zola, emile; jules verne"),
        ("曹雪芹、高鶚", "曹雪芹、高鶚"),
        ("Plato", "plato"),
        ("", ""),
    ],
)
def test_an_author_sorts_by_family_name(author: str, key: str) -> None:
    assert author_key(author) == key


@given(st.text())
def test_keys_take_any_text_and_never_lose_all_of_it(text: str) -> None:
    assert title_key(text, "fr") or not plain(text).strip()
    author_key(text)


@given(st.text(), st.data())
def test_any_part_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    folded = text.casefold()
    start = data.draw(st.integers(0, len(folded)))
    end = data.draw(st.integers(start, len(folded)))
    assert folded[start:end] in searchable(text)
    assert plain(text) in searchable(text)

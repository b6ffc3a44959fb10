"""Characters and white space of block texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.document import Mark
from storage.readers.cleaning import clean_characters, collapse_spaces, split_blank_lines

ODD = st.text(
    alphabet=st.characters() | st.sampled_from("\r\n\x0b\x0c\x85\u2028\u00a0\u00ad\ufeff\x00\x1f \t\ud800 \uffff")
)


@given(ODD)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    clean = clean_characters(text)
    assert clean_characters(clean) == clean
    clean.encode("utf-8")
    assert not set(clean) & set("\r\x00\x0b\x0c\x85\u2028\u00a0\u00ad\ufeff")


@given(st.text(alphabet="ab漢字。 \t\n\u3000"))
def test_collapsing_keeps_every_word(text: str) -> None:
    collapsed = collapse_spaces(text)
    assert "".join(collapsed.split()) == "".join(text.split())
    assert "\n" not in collapsed and "  " not in collapsed
    assert collapse_spaces(collapsed) == collapsed


@given(st.text(alphabet="ab \n", max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4))
def test_marks_cover_the_same_letters_after_a_split(text: str, spans: list[tuple[int, int]]) -> None:
    marks = [Mark(start, end, "em") for start, end in spans if start < end <= len(text)]
    parts = split_blank_lines(text, marks)
    assert "".join("".join(part.split()) for part, _ in parts) == "".join(text.split())
    covered = sum(len("".join(text[mark.start : mark.end].split())) for mark in marks)
    kept = sum(len("".join(part[mark.start : mark.end].split())) for part, own in parts for mark in own)
    assert kept == covered

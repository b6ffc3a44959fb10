from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.finding import find_all

LETTERS = st.text(st.sampled_from("aAbßİſ \n林ﬃ"), max_size=12)


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("Anne and ANNE, anne", "Anne", [(0, 4), (9, 13), (15, 19)]),
        ("Straße und STRASSE", "strasse", [(0, 6), (11, 18)]),
        ("a ßb", "sb", [(2, 4)]),
        ("one\ntwo  three", "one two three", [(0, 14)]),
        ("黛玉笑，黛玉哭", "黛玉", [(0, 2), (4, 6)]),
        ("a.c abc", "a.c", [(0, 3)]),
        ("anything", "  ", []),
    ],
)
def test_every_hit_is_a_range_of_the_text(text: str, query: str, found: list[tuple[int, int]]) -> None:
    assert find_all(text, query, limit=100) == found


def test_the_limit_is_kept() -> None:
    assert find_all("aaaa", "a", limit=2) == [(0, 1), (1, 2)]


@given(text=LETTERS, query=LETTERS.filter(lambda query: len(query.split()) == 1))
def test_hits_are_in_order_hold_the_query_and_none_is_missed(text: str, query: str) -> None:
    wanted = query.casefold().strip()
    hits = find_all(text, query, limit=100)
    assert all(wanted in text[start:end].casefold() for start, end in hits)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(hits))
    assert bool(hits) == (wanted in text.casefold())

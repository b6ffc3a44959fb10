"""Who sees whom, and where everything stands."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.methods.gist.mask import gist_mask, positions_kept, positions_rebased, span_numbers

ROWS = st.lists(st.booleans(), min_size=1, max_size=14)


def mask_of(row: str, filled: int = 0) -> list[str]:
    """A mask as lines of 0 and 1, from a row of letters in which G is a gist token."""
    is_gist = torch.tensor([letter == "G" for letter in row])
    is_token = torch.tensor([place >= filled for place in range(len(row))])
    return ["".join(str(int(seen)) for seen in line) for line in gist_mask(is_gist, is_token)]


def test_the_truth_table_of_the_paper():
    assert mask_of("BttGxx") == ["100000", "110000", "111000", "111100", "000110", "000111"]


def test_two_spans_see_each_other_through_their_gists_only():
    assert mask_of("pGGqGx") == ["100000", "110000", "111000", "011100", "011110", "011011"]


def test_without_a_gist_the_mask_is_causal():
    assert mask_of("abc") == ["100", "110", "111"]


def test_what_a_row_is_filled_up_with_is_seen_by_itself_alone():
    assert mask_of("..aGx", filled=2) == ["10000", "01000", "00100", "00110", "00011"]


def sees(is_gist: list[bool], query: int, key: int) -> bool:
    """The definition: no span that holds the key has ended before the query, unless the key is a gist token."""
    if key > query:
        return False
    if is_gist[key]:
        return True
    ended = [
        place for place in range(key, query) if is_gist[place] and not is_gist[place + 1]
    ]  # the last gist token of a run before the query
    return not ended


@given(ROWS)
def test_the_mask_is_its_definition(is_gist):
    mask = gist_mask(torch.tensor(is_gist))
    T = len(is_gist)
    assert mask.tolist() == [[sees(is_gist, query, key) for key in range(T)] for query in range(T)]


@given(ROWS)
def test_spans_are_numbered_by_the_gists_that_ended(is_gist):
    numbers = span_numbers(torch.tensor(is_gist)).tolist()
    ends = [is_gist[place] and not is_gist[place + 1] for place in range(len(is_gist) - 1)]
    assert numbers == [sum(ends[:place]) for place in range(len(is_gist))]


@given(st.lists(ROWS, min_size=1, max_size=4))
@settings(deadline=None)
def test_a_row_of_a_batch_is_as_if_it_were_alone(rows):
    T = max(map(len, rows))
    is_gist = torch.tensor([[False] * (T - len(row)) + row for row in rows])
    is_token = torch.tensor([[False] * (T - len(row)) + [True] * len(row) for row in rows])
    mask, kept, rebased = gist_mask(is_gist, is_token), positions_kept(is_token), positions_rebased(is_gist, is_token)
    for place, row in enumerate(rows):
        n = len(row)
        alone, whole = torch.tensor([row]), torch.ones(1, n, dtype=torch.bool)
        assert torch.equal(mask[place, -n:, -n:], gist_mask(alone)[0])
        assert not mask[place, -n:, : T - n].any()
        assert torch.equal(kept[place, -n:], positions_kept(whole)[0])
        assert torch.equal(rebased[place, -n:], positions_rebased(alone, whole)[0])


def test_kept_positions_count_the_prompt_and_its_gist():
    assert positions_kept(torch.tensor([[False, True, True, True]])).tolist() == [[0, 0, 1, 2]]


def test_rebased_positions_are_those_of_the_example():
    is_gist = torch.tensor([[letter == "G" for letter in "ppGqGx"]])
    assert positions_rebased(is_gist, torch.ones_like(is_gist)).tolist() == [[-2, -1, 0, 0, 1, 2]]


@given(ROWS)
def test_rebased_positions_number_what_is_kept(is_gist):
    """Gists, and what no gist follows, are numbered from 0; within a span each token stands one behind the other."""
    row = torch.tensor([is_gist])
    (positions,) = positions_rebased(row, torch.ones_like(row)).tolist()
    last_gist = max((place for place, gist in enumerate(is_gist) if gist), default=-1)
    kept = [at for at, place in zip(positions, range(len(is_gist)), strict=True) if is_gist[place] or place > last_gist]
    assert kept == list(range(len(kept)))
    spans = span_numbers(row)[0].tolist()
    for place in range(1, len(is_gist)):
        if spans[place] == spans[place - 1]:
            assert positions[place] == positions[place - 1] + 1

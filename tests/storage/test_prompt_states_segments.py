"""Segment memories: a path that grows, found by content, shared, evicted as a whole, damaged in one place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from storage.errors import StorageError
from storage.prompt_states import NewSegment, Prompt, PromptStates
from storage.prompt_states_pieces import token_bytes
from storage.prompt_states_schema import PieceData

SIZE = 1_000


@pytest.fixture
def states(tmp_path: Path):
    opened = PromptStates(tmp_path / "prompt_states.sqlite3")
    yield opened
    opened.close()


def memory(document: str = "book", *, count: int = 0, scope: str = "8", model: str = "model") -> Prompt:
    metrics = {"ends": [10 * (place + 1) for place in range(count)], "segment_tokens": 3, "segment_slots": 1}
    return Prompt(scope, (), document.title(), model, model.title(), document_id=document, metrics=metrics)


def segment(name: int) -> tuple[int, ...]:
    return (name, name + 1, name + 2)


def content(name: int, size: int = SIZE) -> bytes:
    return (str(name).encode() * size)[:size]


def grow(
    states: PromptStates, names: Sequence[int], first: int = 0, *, document: str = "book", **of: str
) -> int | None:
    """As the engine does it: what is kept is not written again."""
    prompt = memory(document, count=first + len(names), **of)
    known = states.kept_segments(prompt.scope, [segment(name) for name in names])
    new = [NewSegment(segment(n), None if is_kept else content(n)) for n, is_kept in zip(names, known, strict=True)]
    kept = states.write_segments(prompt, first, new)
    return None if kept is None else kept.entry


def read(states: PromptStates, document: str = "book", model: str = "model") -> list[bytes | None]:
    found = states.segments_of_document(model, document)
    return [] if found is None else [None if each is None else states.read_piece(each) for each in found.pieces]


def test_a_memory_is_listed_with_its_first_segments_and_grows(states: PromptStates) -> None:
    entry = grow(states, [1, 2])
    assert grow(states, [3], first=2) == entry
    assert read(states) == [content(1), content(2), content(3)]
    (row,) = states.entries()
    assert (row.kind, row.tokens, row.bytes, row.in_use, row.title) == ("segments", 9, 3 * SIZE, True, "Book")
    assert row.metrics["ends"] == [10, 20, 30]
    assert states.token_ids(row.entry) == (*segment(1), *segment(2), *segment(3))
    assert states.segment_memories("book", "model") == [row] and states.segment_memories("book", "other") == []


def test_a_memory_never_shrinks(states: PromptStates) -> None:
    grow(states, [1, 2, 3])
    grow(states, [1])
    assert read(states) == [content(1), content(2), content(3)]
    assert states.entries()[0].metrics["ends"] == [10, 20, 30]


def test_it_does_not_grow_where_what_was_before_is_gone(states: PromptStates) -> None:
    entry = grow(states, [1, 2])
    assert entry is not None
    states.remove(entry)
    assert grow(states, [3], first=2) is None
    assert states.write_segments(memory(count=1), 0, [NewSegment(segment(1), None)]) is None
    assert states.entries() == [] and states.total_bytes() == 0


def test_where_one_that_was_kept_is_gone_nothing_is_written(states: PromptStates) -> None:
    grow(states, [1])
    new = [NewSegment(segment(2), content(2)), NewSegment(segment(3), None)]
    assert states.write_segments(memory(count=3), 1, new) is None
    assert read(states) == [content(1)] and states.total_bytes() == SIZE


@given(st.lists(st.integers(1, 4), max_size=6), st.lists(st.integers(1, 4), max_size=6), st.booleans())
@settings(max_examples=15, deadline=None)
def test_documents_share_what_is_the_same_and_forgetting_one_leaves_the_other(tmp_path_factory, one, other, first):
    states = PromptStates(tmp_path_factory.mktemp("shared") / "prompt_states.sqlite3")
    try:
        for document, names in (("one", one), ("other", other)):
            grow(states, names, document=document)
        assert states.total_bytes() == SIZE * len({*one, *other})
        going, staying, kept = ("one", "other", other) if first else ("other", "one", one)
        states.forget([going])
        assert read(states, going) == [] and read(states, staying) == [content(name) for name in kept]
        assert states.total_bytes() == SIZE * len(set(kept))
    finally:
        states.close()


def test_what_is_forgotten_is_in_no_file(states: PromptStates) -> None:
    names = [1_000_003 + 7 * place for place in range(9)]
    grow(states, names)
    titles, samples = states.traces(["book"])
    assert titles == ["Book"] and samples
    states.forget(["book"])
    states.close()
    for path in states.path.parent.iterdir():
        held = path.read_bytes()
        assert not any(token_bytes(segment(name)) in held or content(name)[:40] in held for name in names)


def test_tokens_of_segments_stand_by_right(states: PromptStates) -> None:
    grow(states, [5])
    assert token_bytes(segment(5)) in list(states.kept_bytes())


def test_a_new_memory_is_in_use_unless_something_else_of_its_document_is(states: PromptStates) -> None:
    gist = states.write_gist(Prompt("gists", (1, 2), "", "model", "Model", document_id="book"), b"gist")
    assert gist is not None
    states.set_in_use(gist, True)
    fine = grow(states, [1])
    assert fine is not None and not states.entry(fine).in_use and read(states) == []
    states.set_in_use(fine, True)
    assert not states.entry(gist).in_use and read(states) == [content(1)]
    coarse = grow(states, [1], scope="32")
    assert coarse is not None and not states.entry(coarse).in_use
    other = grow(states, [1], document="other book")
    assert other is not None and states.entry(other).in_use and states.entry(fine).in_use


def test_it_is_evicted_as_a_whole_when_it_was_not_used_for_longest(states: PromptStates) -> None:
    states.set_budget(6 * SIZE)
    grow(states, [1, 2, 3], document="one")
    grow(states, [4, 5, 6], document="two")
    found = states.segments_of_document("model", "one")
    assert found is not None and found.pieces[-1] is not None
    states.count_use([found.pieces[-1]], tokens_saved=0, seconds_saved=0.0)
    grow(states, [7], document="three")
    assert read(states, "two") == [] and len(read(states, "one")) == 3 and len(read(states, "three")) == 1


def test_where_the_budget_is_too_small_it_stays_as_it_was(states: PromptStates) -> None:
    states.set_budget(3 * SIZE)
    entry = grow(states, [1, 2])
    with pytest.raises(StorageError, match="room for kept prompts is too small"):
        grow(states, [3, 4], first=2)
    assert read(states) == [content(1), content(2)] and states.total_bytes() == 2 * SIZE
    assert entry is not None and states.entry(entry).metrics["ends"] == [10, 20]
    assert states.room_for_segments(memory()) == 3 * SIZE
    pinned = grow(states, [9], document="pinned")
    assert pinned is not None
    states.set_pinned(pinned, True)
    assert states.room_for_segments(memory()) == 2 * SIZE


def test_a_damaged_segment_costs_that_segment_alone(states: PromptStates) -> None:
    entry, twice = grow(states, [1, 2, 3]), grow(states, [2, 1, 2], document="refrain")
    found = states.segments_of_document("model", "book")
    assert found is not None and entry is not None and twice is not None
    with states._file.session() as session:
        session.execute(update(PieceData).where(PieceData.piece == found.pieces[1]).values(data=b"damaged"))
    wanted = [piece for piece in found.pieces if piece is not None]
    assert states.read_pieces(wanted) == [content(1), None, content(3)]
    assert read(states) == [content(1), None, content(3)]
    assert (states.entry(entry).tokens, states.entry(twice).tokens) == (6, 3)
    assert states.kept_segments("8", [segment(2)]) == [False]
    assert grow(states, [1, 2, 3]) == entry
    assert read(states) == [content(1), content(2), content(3)] and states.entry(entry).tokens == 9


def test_a_segment_that_comes_twice_is_kept_once(states: PromptStates) -> None:
    grow(states, [1, 1, 2])
    assert read(states) == [content(1), content(1), content(2)] and states.total_bytes() == 2 * SIZE


def test_of_thousands_of_segments_a_memory_is_found_fast_enough_to_ask_with(states: PromptStates) -> None:
    names = list(range(0, 9_000, 3))
    prompt = memory(count=len(names))
    states.write_segments(prompt, 0, [NewSegment(segment(name), b"s") for name in names])
    found = states.segments_of_document("model", "book")
    assert found is not None and len(found.pieces) == 3_000 and found.metrics["ends"][-1] == 30_000

"""The engine's prompt store: every call is answered, whatever happens to the file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.prompt_store import StoredPrompts
from engine.prompt_store import PIECE_TOKENS, NewEntry, PromptStore
from storage.prompt_states import PromptStates

PROMPT = tuple(range(2 * PIECE_TOKENS + 40))


@pytest.fixture
def states(tmp_path: Path) -> Iterator[PromptStates]:
    opened = PromptStates(tmp_path / "prompt_states.sqlite3")
    yield opened
    opened.close()


@pytest.fixture
def store(states: PromptStates) -> PromptStore:
    return StoredPrompts(states)


def entry(tokens: tuple[int, ...] = PROMPT, kind: str = "exact", document: str | None = None) -> NewEntry:
    return NewEntry(kind, "scope", "identity", "small", "", "A prompt", tokens, document, {"k": 4})


def keep(store: PromptStore, tokens: tuple[int, ...] = PROMPT, size: int = 1_000) -> int | None:
    parent: str | None = ""
    for start in range(0, len(tokens), PIECE_TOKENS):
        assert parent is not None
        parent = store.write_piece("scope", parent, tokens[start : start + PIECE_TOKENS], bytes([start % 251]) * size)
        if parent is None:
            return None
    return store.write_entry(entry(tokens))


def test_what_is_kept_is_found_read_and_counted(store: PromptStore, states: PromptStates) -> None:
    kept = keep(store)
    assert kept is not None
    found = store.longest_prefix("scope", [*PROMPT[:300], -1 % 2**32])
    assert [piece.tokens for piece in found] == [PIECE_TOKENS, 300 - PIECE_TOKENS]
    assert store.read_piece(found[1].piece) == bytes([PIECE_TOKENS % 251]) * 1_000
    parent = store.find_piece("scope", "", PROMPT[:PIECE_TOKENS])
    assert parent is not None and store.find_piece("scope", parent, [1]) is None
    store.note_use([piece.piece for piece in found], tokens_saved=300, seconds_saved=1.5)
    (row,) = states.entries()
    assert (row.entry, row.hits, row.tokens_saved, row.metrics) == (kept, 1, 300, {"k": 4})


def test_a_gist_is_found_by_its_prompt_and_its_document(store: PromptStore, states: PromptStates) -> None:
    kept = store.write_gist(entry(kind="gist", document="book"), b"a gist")
    assert kept is not None and store.find_gist("identity", PROMPT) is None
    states.set_in_use(kept, True)
    found = store.find_gist("identity", PROMPT)
    assert found is not None and found == store.document_gist("identity", "book")
    assert (found.entry, found.tokens, store.read_piece(found.piece)) == (kept, len(PROMPT), b"a gist")
    assert store.gist(kept) == (found, PROMPT)
    assert store.gist(kept + 1) is None


def test_a_full_disk_costs_the_entry_and_nothing_of_it_stays(
    store: PromptStore, states: PromptStates, caplog: pytest.LogCaptureFixture
) -> None:
    first = keep(store, PROMPT[:10])
    with states._file.session() as session:
        pages: int = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {pages + 8}"))
    with caplog.at_level(logging.WARNING, "app.prompt_store"):
        assert keep(store, PROMPT, size=100_000) is None
    assert "disk is full" in caplog.text
    assert [row.entry for row in states.entries()] == [first]
    assert states.total_bytes() == 1_000
    with states._file.session() as session:
        session.execute(text("PRAGMA max_page_count = 1000000"))
    assert keep(store, PROMPT, size=100_000) is not None


def test_a_file_that_cannot_be_opened_is_an_empty_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store: PromptStore = StoredPrompts(PromptStates(tmp_path / "file" / "prompt_states.sqlite3"))
    assert keep(store) is None
    assert (store.longest_prefix("scope", PROMPT), store.find_gist("identity", PROMPT)) == ([], None)
    assert (store.read_piece(1), store.gist(1), store.document_gist("identity", "book")) == (None, None, None)
    assert (store.write_entry(entry()), store.write_gist(entry(kind="gist"), b"")) == (None, None)
    store.note_use([1], tokens_saved=1, seconds_saved=1.0)


def test_a_damaged_file_costs_what_was_kept(store: PromptStore, states: PromptStates) -> None:
    states.path.write_bytes(b"Not a database. " * 5_000)
    assert store.longest_prefix("scope", PROMPT) == []
    assert keep(store) is not None

"""The file of the prompt states may be damaged, full, of another version, or shared: it costs entries and nothing else."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.errors import StorageError, UnusableDatabase
from storage.prompt_states import Prompt, PromptStates


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "prompt_states.sqlite3"


@contextlib.contextmanager
def opened(path: Path) -> Iterator[PromptStates]:
    with closing(PromptStates(path)) as states:
        yield states


def keep(states: PromptStates, number: int, size: int = 50_000) -> int | None:
    states.write_piece("scope", "", [number], bytes([number]) * size)
    return states.write_entry(Prompt("scope", [number], f"Prompt {number}", "model", "model"))


def set_aside(path: Path) -> Path:
    return path.with_name("prompt_states.set-aside.sqlite3")


def test_nothing_is_opened_before_it_is_needed(path: Path) -> None:
    with opened(path) as states:
        assert not path.exists() and states.file_bytes() == 0
        assert states.entries() == []
        assert states.file_bytes() > 0
    with pytest.raises(StorageError, match="closed"):
        states.entries()


@pytest.mark.parametrize("content", [b"", b"A letter, not a database. " * 1_000])
def test_what_is_no_database_is_set_aside_and_begun_anew(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(content)
    with opened(path) as states:
        assert keep(states, 1) is not None
        assert len(states.entries()) == 1
    assert set_aside(path).exists() == bool(content)
    if content:
        assert set_aside(path).read_bytes() == content
        assert len([record for record in caplog.records if "begun anew" in record.message]) == 1


@pytest.mark.parametrize("change", ["PRAGMA user_version = 99", "PRAGMA user_version = 0"])
def test_another_version_or_program_is_set_aside_and_begun_anew(path: Path, change: str) -> None:
    with opened(path) as states:
        keep(states, 1)
    with closing(sqlite3.connect(path)) as other:
        other.execute(change)
    with opened(path) as states:
        assert states.entries() == []
        assert keep(states, 2) is not None
    assert set_aside(path).exists()


def test_damage_found_while_it_is_used_costs_what_was_kept(path: Path) -> None:
    with opened(path) as states:
        for number in range(20):
            keep(states, number)
    content = bytearray(path.read_bytes())
    content[16_384:] = b"\xa5" * (len(content) - 16_384)
    path.write_bytes(content)
    with opened(path) as states:
        with pytest.raises(UnusableDatabase, match="everything else is as it was"):
            states.entries()
        assert states.entries() == []
        assert keep(states, 1) is not None
        states.clear()  # and with it what was set aside
        assert not set_aside(path).exists()


def test_a_piece_with_wrong_bytes_is_gone_with_who_owns_it(path: Path) -> None:
    with opened(path) as states:
        parent = states.write_piece("scope", "", [1], b"good")
        states.write_piece("scope", parent, [2], b"good")
        states.write_entry(Prompt("scope", [1, 2], "", "model", "model"))
        keep(states, 3)
        first, second = states.longest_prefix("scope", [1, 2])
        with states._file.session() as session:
            session.execute(text("UPDATE piece_data SET data = x'00' WHERE piece = :piece"), {"piece": second.piece})
        assert states.read_piece(first.piece) == b"good"
        assert states.read_piece(second.piece) is None
        assert states.longest_prefix("scope", [1, 2]) == []
        assert [row.title for row in states.entries()] == ["Prompt 3"]
        assert states.read_piece(second.piece) is None


def test_a_full_disk_costs_the_entry_and_leaves_the_others(path: Path) -> None:
    with opened(path) as states:
        kept = [keep(states, number) for number in range(3)]
        with states._file.session() as session:
            pages: int = session.execute(text("PRAGMA page_count")).scalar_one()
            session.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
        with pytest.raises(StorageError, match="disk is full"):
            keep(states, 3)
        assert [row.entry for row in states.entries()] == kept[::-1]
        assert states.read_piece(1) == bytes(50_000)
        states.remove(kept[0] or 0)  # with room again
        assert keep(states, 4) is not None


def test_a_locked_file_is_named_so_and_can_be_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.prompt_states_file._BUSY_TIMEOUT_S", 0.05)
    with opened(path) as states, closing(sqlite3.connect(path, isolation_level=None)) as other:
        keep(states, 1)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="in use by another program"):
            keep(states, 2)
        assert len(states.entries()) == 1
        other.execute("ROLLBACK")
        assert keep(states, 2) is not None


def test_a_file_that_was_replaced_by_another_process_is_followed(path: Path) -> None:
    with opened(path) as here, opened(path) as there:
        keep(here, 1)
        assert len(there.entries()) == 1
        with here._file._lock:
            here._file._set_aside()
        keep(here, 2)
        assert [row.title for row in there.entries()] == ["Prompt 2"]
        keep(there, 3)
        assert len(here.entries()) == 2


def test_the_library_is_untouched_by_any_of_it(path: Path) -> None:
    with closing(Database(path.with_name("palimpsest.sqlite3"))) as library:
        before = library.path.read_bytes()
        path.write_bytes(b"Damaged. " * 1_000)
        with opened(path) as states:
            keep(states, 1)
        assert library.path.read_bytes() == before


SHARE = """
import random, sys
from pathlib import Path
from storage import prompt_states_file
from storage.prompt_states import Prompt, PromptStates

prompt_states_file._BUSY_TIMEOUT_S = 60.0  # a machine may be as busy as it likes
states, own = PromptStates(Path(sys.argv[1])), int(sys.argv[2])
random = random.Random(own)
for step in range(24):
    tokens = [random.randrange(4), random.randrange(4), own if step % 4 == 0 else 0]
    parent = ""
    for start in range(3):
        part = tokens[start : start + 1]
        known = states.find_piece("scope", parent, part)
        parent = known or states.write_piece("scope", parent, part, str(tokens[: start + 1]).encode() * 2_000)
    states.write_entry(Prompt("scope", tokens, "", "model", "model", document_id=str(own)))
    asked = [random.randrange(4) for _ in range(3)]
    path = states.longest_prefix("scope", asked)
    for depth, match in enumerate(path, start=1):
        data = states.read_piece(match.piece)
        assert data in (None, str(asked[:depth]).encode() * 2_000), (asked, data[:40])
    states.count_use([match.piece for match in path], tokens_saved=1, seconds_saved=0.0)
    if step % 12 == 11:
        states.remove(*[row.entry for row in states.entries() if row.document_id == str(own)])
states.close()
"""


def test_processes_write_read_evict_and_remove_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.prompt_states_file._BUSY_TIMEOUT_S", 60.0)
    with opened(path) as states:
        states.set_budget(600_000)
        children = [subprocess.Popen([sys.executable, "-c", SHARE, str(path), str(own)]) for own in (10, 20)]
        for number in range(20):
            keep(states, 100 + number, size=20_000)
            states.entries()
        assert [child.wait() for child in children] == [0, 0]
        rows = states.entries()
        assert {row.document_id for row in rows} == {None}
        for row in rows:
            tokens = states.token_ids(row.entry)
            assert sum(match.tokens for match in states.longest_prefix("scope", tokens)) == row.tokens
        states.drop_unlisted(all_of_them=True)
        assert states.total_bytes() == 20_000 * len(rows) <= 600_000

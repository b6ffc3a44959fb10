from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from storage.database import Database
from storage.errors import StorageError
from storage.migrations import MIGRATIONS, migrate, schema_version
from storage.schema import Base


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        yield opened


def tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def description(path: Path) -> dict[str, object]:
    """Columns, foreign keys and indexes of every table, in no order."""
    with closing(sqlite3.connect(path)) as connection:

        def rows(pragma: str) -> set[tuple[object, ...]]:
            return set(connection.execute(f"PRAGMA {pragma}"))

        def indexes(table: str) -> set[tuple[object, ...]]:
            return {
                (unique, origin, *sorted(rows(f"index_info('{name}')")))
                for _, name, unique, origin, _ in rows(f"index_list('{table}')")
            }

        return {
            table: (
                {row[1:] for row in rows(f"table_info('{table}')")},
                {row[2:] for row in rows(f"foreign_key_list('{table}')")},
                indexes(table),
            )
            for table in tables(connection)
        }


def test_all_migrations_together_make_the_tables_the_code_uses(tmp_path: Path) -> None:
    migrated, declared = tmp_path / "migrated", tmp_path / "declared"
    Database(migrated).close()
    engine = create_engine(f"sqlite:///{declared}")
    Base.metadata.create_all(engine)
    engine.dispose()
    assert description(migrated) == description(declared)


def test_migrating_again_changes_nothing(connection: sqlite3.Connection) -> None:
    migrate(connection)
    before = list(connection.iterdump())
    migrate(connection)
    assert list(connection.iterdump()) == before
    assert schema_version(connection) == len(MIGRATIONS)


class Injected(Exception):
    pass


def fail_half_way(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE half (id INTEGER)")
    connection.execute("INSERT INTO quarantined_files VALUES ('x', 'x', '')")
    connection.execute("ALTER TABLE settings RENAME TO preferences")
    raise Injected


def test_a_migration_that_fails_leaves_nothing_behind_and_can_be_repeated(connection: sqlite3.Connection) -> None:
    migrate(connection)
    before = list(connection.iterdump())
    with pytest.raises(Injected):
        migrate(connection, (*MIGRATIONS, fail_half_way))
    assert list(connection.iterdump()) == before
    assert schema_version(connection) == len(MIGRATIONS)
    migrate(
        connection, (*MIGRATIONS, lambda connection: connection.execute("CREATE TABLE whole (id INTEGER)") and None)
    )
    assert "whole" in tables(connection)
    assert schema_version(connection) == len(MIGRATIONS) + 1


def test_the_first_migration_can_fail_too(connection: sqlite3.Connection) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        MIGRATIONS[0](connection)
        raise Injected

    with pytest.raises(Injected):
        migrate(connection, (fail,))
    assert (tables(connection), schema_version(connection)) == (set(), 0)


def test_a_migration_may_not_leave_rows_that_point_nowhere(connection: sqlite3.Connection) -> None:
    def orphan(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO passages VALUES ('nobody', 0, 0, 0)")

    with pytest.raises(AssertionError, match="passages"):
        migrate(connection, (*MIGRATIONS, orphan))
    assert schema_version(connection) == len(MIGRATIONS)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_library_of_a_newer_version_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "palimpsest.sqlite3"
    Database(path).close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = path.read_bytes()
    with pytest.raises(StorageError, match="newer version of Palimpsest"):
        Database(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_database_of_another_program_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "palimpsest.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(StorageError, match="another program"):
        Database(path)
    assert path.read_bytes() == before


def test_adapters_of_an_older_library_act_as_they_were_learned(connection: sqlite3.Connection) -> None:
    migrate(connection, MIGRATIONS[:2])
    connection.execute(
        "INSERT INTO documents (id, title, author, language, format, source_name, content_sha256, characters, tokens,"
        " section_count, block_count, created_at, read_position, sample)"
        " VALUES ('d', '', '', '', '', '', '', 0, 0, 0, 0, '', 0, 0)"
    )
    connection.execute("INSERT INTO memories VALUES ('m', 'd', 'temp_lora', '', '', 'complete', '', 0, 0, '{}', 1, '')")
    migrate(connection)
    assert connection.execute("SELECT attached, strength FROM memories").fetchall() == [(1, 1.0)]

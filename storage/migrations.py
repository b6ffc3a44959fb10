"""How a database becomes today's: numbered steps, each all or nothing, counted by `PRAGMA user_version`.

A step is never edited after a release; a change is a new step. That is why the first one spells its tables out
instead of asking `storage.schema`; a test holds the two against each other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from storage.errors import StorageError
from storage.shelf_keys import author_key, title_key

Migration = Callable[[sqlite3.Connection], None]

FIRST_SCHEMA = (
    """CREATE TABLE documents (
        id TEXT NOT NULL PRIMARY KEY,
        title TEXT NOT NULL,
        author TEXT NOT NULL,
        language TEXT NOT NULL,
        format TEXT NOT NULL,
        source_name TEXT NOT NULL,
        content_sha256 TEXT NOT NULL UNIQUE,
        characters INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        section_count INTEGER NOT NULL,
        block_count INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        opened_at TEXT,
        read_position INTEGER NOT NULL,
        sample BOOLEAN NOT NULL
    )""",
    """CREATE TABLE sections (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        title TEXT NOT NULL,
        level INTEGER NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        PRIMARY KEY (document_id, ordinal)
    )""",
    """CREATE TABLE blocks (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        section INTEGER NOT NULL,
        kind TEXT NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        text TEXT NOT NULL,
        page_label TEXT,
        speaker TEXT,
        marks TEXT,
        PRIMARY KEY (document_id, ordinal)
    )""",
    "CREATE INDEX blocks_by_start ON blocks (document_id, start)",
    """CREATE TABLE passages (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        PRIMARY KEY (document_id, ordinal)
    )""",
    """CREATE TABLE conversations (
        id TEXT NOT NULL PRIMARY KEY,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        created_at TEXT NOT NULL
    )""",
    "CREATE INDEX conversations_by_document ON conversations (document_id)",
    """CREATE TABLE turns (
        id TEXT NOT NULL PRIMARY KEY,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        session_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        question TEXT NOT NULL,
        answer TEXT NOT NULL,
        created_at TEXT NOT NULL,
        stats TEXT NOT NULL
    )""",
    "CREATE INDEX turns_by_document ON turns (document_id, ordinal)",
    "CREATE INDEX turns_by_conversation ON turns (session_id)",
    """CREATE TABLE citations (
        turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        quote TEXT NOT NULL,
        section_title TEXT NOT NULL,
        section INTEGER NOT NULL,
        block INTEGER NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        page_label TEXT,
        PRIMARY KEY (turn_id, ordinal)
    )""",
    """CREATE TABLE memories (
        id TEXT NOT NULL PRIMARY KEY,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        model_name TEXT NOT NULL,
        model_identity TEXT NOT NULL,
        state TEXT NOT NULL,
        folder TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        metrics TEXT NOT NULL,
        attached BOOLEAN NOT NULL,
        created_at TEXT NOT NULL
    )""",
    "CREATE INDEX memories_by_document ON memories (document_id)",
    """CREATE TABLE memory_chunks (
        memory_id TEXT NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        tokens_done INTEGER NOT NULL,
        char_end INTEGER NOT NULL,
        adapter_nll DOUBLE NOT NULL,
        base_nll DOUBLE,
        scored_tokens INTEGER NOT NULL,
        seconds DOUBLE NOT NULL,
        PRIMARY KEY (memory_id, ordinal)
    )""",
    """CREATE TABLE jobs (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        document_id TEXT REFERENCES documents (id) ON DELETE CASCADE,
        params TEXT NOT NULL,
        state TEXT NOT NULL,
        stage TEXT NOT NULL,
        done INTEGER NOT NULL,
        total INTEGER,
        message TEXT NOT NULL,
        pid INTEGER NOT NULL,
        process_start TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )""",
    "CREATE INDEX jobs_by_state ON jobs (state)",
    "CREATE INDEX jobs_by_document ON jobs (document_id)",
    """CREATE TABLE settings (
        "key" TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL
    )""",
    """CREATE TABLE models (
        name TEXT NOT NULL PRIMARY KEY,
        identity TEXT NOT NULL,
        folder TEXT NOT NULL,
        source TEXT NOT NULL,
        architecture TEXT NOT NULL,
        parameters INTEGER NOT NULL,
        context_tokens INTEGER NOT NULL,
        notes TEXT NOT NULL,
        created_at TEXT NOT NULL
    )""",
    """CREATE TABLE quarantined_files (
        sha256 TEXT NOT NULL PRIMARY KEY,
        message TEXT NOT NULL,
        created_at TEXT NOT NULL
    )""",
)


def create_first_schema(connection: sqlite3.Connection) -> None:
    """1: the tables of the first release."""
    for statement in FIRST_SCHEMA:  # not `executescript`: it commits before it starts
        connection.execute(statement)


SHELVES_AND_NOTES = (
    "ALTER TABLE documents ADD COLUMN series TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE documents ADD COLUMN series_number DOUBLE",
    "ALTER TABLE documents ADD COLUMN title_key TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE documents ADD COLUMN author_key TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE documents ADD COLUMN removed_at TEXT",
    "ALTER TABLE documents ADD COLUMN original TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE documents ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]'",
    "CREATE INDEX documents_by_title ON documents (title_key)",
    "CREATE INDEX documents_by_author ON documents (author_key)",
    "CREATE INDEX documents_by_series ON documents (series, series_number)",
    "CREATE INDEX documents_by_opened ON documents (opened_at)",
    "CREATE INDEX documents_by_created ON documents (created_at)",
    """CREATE TABLE document_tags (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        tag TEXT NOT NULL,
        PRIMARY KEY (document_id, tag)
    )""",
    "CREATE INDEX document_tags_by_tag ON document_tags (tag)",
    """CREATE TABLE covers (
        document_id TEXT NOT NULL PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
        media_type TEXT NOT NULL,
        data BLOB NOT NULL
    )""",
    """CREATE TABLE images (
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        block INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        description TEXT NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (document_id, ordinal)
    )""",
    "CREATE INDEX images_by_block ON images (document_id, block)",
    """CREATE TABLE annotations (
        id TEXT NOT NULL PRIMARY KEY,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        quote TEXT NOT NULL,
        note TEXT NOT NULL,
        colour TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )""",
    "CREATE INDEX annotations_by_document ON annotations (document_id, start)",
    "ALTER TABLE conversations ADD COLUMN title TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE conversations ADD COLUMN leaf_id TEXT",
    "ALTER TABLE turns ADD COLUMN parent_id TEXT REFERENCES turns (id) ON DELETE SET NULL",
    "CREATE INDEX turns_by_parent ON turns (parent_id)",
    """UPDATE turns SET parent_id = (
        SELECT before.id FROM turns AS before
        WHERE before.document_id = turns.document_id AND before.ordinal < turns.ordinal
            AND before.session_id = turns.session_id
        ORDER BY before.ordinal DESC LIMIT 1
    )""",
)


def add_shelves_and_notes(connection: sqlite3.Connection) -> None:
    """2: tags, series, removal with undo, covers, images, originals; bookmarks and notes; branching conversations."""
    for statement in SHELVES_AND_NOTES:
        connection.execute(statement)
    for document_id, title, author, language in connection.execute(
        "SELECT id, title, author, language FROM documents"
    ).fetchall():
        connection.execute(
            "UPDATE documents SET title_key = ?, author_key = ? WHERE id = ?",
            (title_key(title, language), author_key(author), document_id),
        )


def add_adapter_strength(connection: sqlite3.Connection) -> None:
    """3: how strongly a memory acts."""
    connection.execute("ALTER TABLE memories ADD COLUMN strength DOUBLE NOT NULL DEFAULT 1.0")


MIGRATIONS: tuple[Migration, ...] = (create_first_schema, add_shelves_and_notes, add_adapter_strength)


def schema_version(connection: sqlite3.Connection) -> int:
    """How many migrations the database has seen; 0 for a new one."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def check_version(connection: sqlite3.Connection, newest: int = len(MIGRATIONS)) -> None:
    """Raise StorageError for a database of a newer Palimpsest or of another program. Only reads."""
    version = schema_version(connection)
    if version > newest:
        raise StorageError(
            f"This library was made by a newer version of Palimpsest (its format is {version}, this version knows "
            f"{newest}); nothing was changed. Please install the newer version."
        )
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise StorageError("This file is a database of another program, not a Palimpsest library; nothing was changed.")


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring a database up to date, step by step. A step that fails leaves nothing behind; the steps before it stay.

    connection: in autocommit mode (`isolation_level=None`), so that BEGIN is ours. Several processes may call at once.
    """
    if schema_version(connection) == len(migrations):
        return
    connection.execute("PRAGMA foreign_keys = OFF")  # so that a step may rebuild a table others point to
    try:
        for number, migration in enumerate(migrations, start=1):
            _take_step(connection, number, migration)
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _take_step(connection: sqlite3.Connection, number: int, migration: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if schema_version(connection) < number:  # asked inside the lock: another process may have been faster
            migration(connection)
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
            assert broken is None, f"migration {number} leaves a row of {broken[0]} that points nowhere"
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself when the disk is full
            connection.execute("ROLLBACK")
        raise

"""The tables of the prompt states' file, and what the file is: disposable, of one version, never migrated.

Knows tables. Another version, or damage, is met with `UnusableDatabase`; `storage.prompt_states_file` begins anew then.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import CreateIndex, CreateTable

from storage.database_format import DatabaseFormat
from storage.errors import UnusableDatabase
from storage.schema import JsonText, UtcTime

VERSION = 1
PAGE_BYTES = 16_384
"""States are megabytes; and a piece's tokens, by which it is looked up, fit into an index page whole."""
_LOG_BYTES = 32 * 1024**2


class Base(DeclarativeBase):
    type_annotation_map = {str: Text, datetime: UtcTime, dict[str, Any]: JsonText}  # noqa: RUF012  SQLAlchemy reads it


class Piece(Base):
    """A stretch of a state. parent, tokens: what it is looked up by; a gist, which its entry leads to, has a parent of its own.

    tokens: 4 bytes each, the highest first, so that they sort as the numbers do.
    """

    __tablename__ = "pieces"
    __table_args__ = (
        Index("pieces_by_tokens", "parent", "tokens", unique=True),
        Index("pieces_by_size", "size"),  # their sum is asked for often, and is in this index
        {"sqlite_autoincrement": True},  # a hit that is counted late must never meet a newer piece under a used number
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent: Mapped[str]
    tokens: Mapped[bytes]
    size: Mapped[int]
    sha256: Mapped[str]
    written_at: Mapped[datetime]


class PieceData(Base):
    """Apart, so that the other tables are small and can be written anew when something is forgotten."""

    __tablename__ = "piece_data"

    piece: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[bytes]


class Entry(Base):
    """A prompt as lists show it. prompt_sha256: of its tokens."""

    __tablename__ = "entries"
    __table_args__ = (
        Index("entries_by_prompt", "prompt_sha256"),
        Index("entries_by_document", "document_id"),
        Index("entries_by_use", "used_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    scope: Mapped[str]
    title: Mapped[str]
    document_id: Mapped[str | None]
    model_identity: Mapped[str]
    model_name: Mapped[str]
    adapter_sha256: Mapped[str]
    prompt_sha256: Mapped[str]
    tokens: Mapped[int]
    hits: Mapped[int] = mapped_column(default=0)
    tokens_saved: Mapped[int] = mapped_column(default=0)
    seconds_saved: Mapped[float] = mapped_column(default=0.0)
    pinned: Mapped[bool] = mapped_column(default=False)
    in_use: Mapped[bool] = mapped_column(default=False)
    metrics: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
    token_ids: Mapped[bytes]


class EntryPiece(Base):
    """The path of an entry, its pieces in order; a gist has one. A piece on no path is on its way, or goes."""

    __tablename__ = "entry_pieces"
    __table_args__ = (Index("entry_pieces_by_piece", "piece"),)

    entry: Mapped[int] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    piece: Mapped[int]


class Setting(Base):
    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


SMALL_TABLES = tuple(table.name for table in Base.metadata.sorted_tables if table.name != PieceData.__tablename__)


def _check(connection: sqlite3.Connection) -> None:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version != VERSION and (version or tables):
        raise UnusableDatabase("The prompt caches were kept by another version of Palimpsest; they are begun anew.")
    if not tables:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")


def _configure(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")


def _create(connection: sqlite3.Connection) -> None:
    dialect = sqlite.dialect()
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:  # another process may have been faster
            for table in Base.metadata.sorted_tables:
                connection.execute(str(CreateTable(table).compile(dialect=dialect)))
                for index in sorted(table.indexes, key=lambda index: str(index.name)):
                    connection.execute(str(CreateIndex(index).compile(dialect=dialect)))
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back by itself when the disk is full
            connection.execute("ROLLBACK")
        raise


PROMPT_STATES = DatabaseFormat(
    check=_check,
    configure=_configure,
    migrate=_create,
    sentences={
        sqlite3.SQLITE_BUSY: "The prompt caches are in use by another program; try again in a moment.",
        sqlite3.SQLITE_FULL: "The disk is full, so the prompt caches stay as they were; free some space and try again.",
        sqlite3.SQLITE_NOTADB: "The prompt caches were damaged and are begun anew; everything else is as it was.",
        sqlite3.SQLITE_CORRUPT: "The prompt caches were damaged and are begun anew; everything else is as it was.",
        sqlite3.SQLITE_CANTOPEN: "The prompt caches {path} cannot be opened; check that the folder may be read and written.",
        sqlite3.SQLITE_READONLY: "The prompt caches {path} may not be written; check the permissions of the file.",
        sqlite3.SQLITE_PERM: "The prompt caches {path} may not be written; check the permissions of the file.",
        sqlite3.SQLITE_IOERR: "The prompt caches {path} cannot be read or written; check the disk and try again.",
    },
    no_folder="The folder {folder} cannot hold prompt caches: {reason}.",
    closed="The prompt caches are closed.",
)

"""What makes a database file one of ours: how it is met, brought up to date, and spoken of when it fails.

Knows formats, of which there is one a file. Knows nothing of connections that stay open (`storage.database`) or of rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from storage import migrations
from storage.shelf_keys import searchable


@dataclass(frozen=True, slots=True)
class DatabaseFormat:
    """check: raises StorageError for a file that is not ours, touching nothing; prepares an empty one. configure: on every
    connection. migrate: makes the tables, or today's of older ones; several processes may call at once.

    sentences: what a user is told, by SQLite's result code; `{path}` stands for the file.
    """

    check: Callable[[sqlite3.Connection], None]
    configure: Callable[[sqlite3.Connection], None]
    migrate: Callable[[sqlite3.Connection], None]
    sentences: Mapping[int, str]
    no_folder: str
    """Of a folder that cannot be made; `{folder}` and `{reason}`."""
    closed: str


def _add_functions(connection: sqlite3.Connection) -> None:
    connection.create_function("casefold", 1, str.casefold, deterministic=True)
    connection.create_function("searchable", 1, searchable, deterministic=True)


LIBRARY = DatabaseFormat(
    check=migrations.check_version,
    configure=_add_functions,
    migrate=migrations.migrate,
    sentences={
        sqlite3.SQLITE_BUSY: "The library is locked by another program; close that program or try again in a moment.",
        sqlite3.SQLITE_FULL: "The disk is full, so nothing was written to the library; free some space and try again.",
        sqlite3.SQLITE_NOTADB: "{path} is not a Palimpsest library; move it away or choose another data folder.",
        sqlite3.SQLITE_CORRUPT: "The library {path} is damaged; put a backup in its place or choose another data folder.",
        sqlite3.SQLITE_CANTOPEN: "The library {path} cannot be opened; check that the folder may be read and written.",
        sqlite3.SQLITE_READONLY: "The library {path} may not be written; check the permissions of the file and its folder.",
        sqlite3.SQLITE_PERM: "The library {path} may not be written; check the permissions of the file and its folder.",
        sqlite3.SQLITE_IOERR: "The disk with the library {path} cannot be read or written; check the disk and try again.",
    },
    no_folder="The folder {folder} cannot hold the library: {reason}.",
    closed="The library is closed.",
)

"""A SQLite file of ours: how it is opened, and the transactions everything else runs in.

Knows connections, locks and SQLite's failures. Knows nothing of what the tables mean; what the file is, its format says.

Write-ahead logging lets any number of readers go on while one writes, in this process and in others. SQLAlchemy's
default driver settings begin transactions late and commit DDL on their own; here BEGIN is always explicit.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from storage.database_format import LIBRARY, DatabaseFormat
from storage.errors import StorageError, UnusableDatabase

log = logging.getLogger(__name__)

_BEGIN = "palimpsest_begin"
_IDLE_CONNECTIONS = 4
_CLOSE_WAIT_S = 10.0
_UNUSABLE = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


class Database:
    """One database file, by default the library's. Opening creates or migrates it. Any thread may use it; sessions must not nest.

    path: the file; its folder is made if absent. busy_timeout_s: how long a statement waits for another program's lock.
    Everything a user can do something about (not a database, locked, disk full, not writable, made by a newer version)
    is raised as StorageError, from the constructor and from sessions alike; UnusableDatabase where the file is at fault.
    """

    def __init__(self, path: Path, *, format: DatabaseFormat = LIBRARY, busy_timeout_s: float = 5.0) -> None:
        self.path = path
        self._format = format
        self._busy_timeout_s = busy_timeout_s
        self._open_sessions = 0
        self._closed = False
        self._changed = threading.Condition()
        self._engine = self._make_engine()
        self._writers = sessionmaker(
            self._engine.execution_options(**{_BEGIN: "IMMEDIATE"}), expire_on_commit=False, autoflush=False
        )
        self._readers = sessionmaker(
            self._engine.execution_options(**{_BEGIN: "DEFERRED"}), expire_on_commit=False, autoflush=False
        )
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._sentences():
                self._prepare_file()
        except OSError as problem:
            self._engine.dispose()
            reason = problem.strerror or problem
            raise StorageError(format.no_folder.format(folder=path.parent, reason=reason)) from problem
        except BaseException:
            self._engine.dispose()
            raise

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """A writing transaction: committed at the end, rolled back on any exception. One writer at a time."""
        with self._counted(), self._sentences(), self._writers.begin() as session:
            yield session

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """A reading transaction: sees one state of the file from its first query to its end. Writing in it fails."""
        with self._counted(), self._sentences(), self._readers() as session:
            yield session

    def checkpoint(self) -> bool:
        """Move the write-ahead log into the database and cut it to zero bytes.

        False if a reader, here or in another program, still needs an older state; waits for it up to the busy timeout.
        """
        with self._counted(), self._sentences(), self._autocommit() as connection:
            busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            return busy == 0

    def compact(self) -> None:
        """Write the whole database anew, so that no page keeps bytes of deleted rows, and give free pages back."""
        with self._counted(), self._sentences(), self._autocommit() as connection:
            # Only rows that stay pass through VACUUM's temporary file, so it need not be held in memory.
            connection.execute("PRAGMA temp_store = FILE")
            try:
                connection.execute("VACUUM")
            finally:
                connection.execute("PRAGMA temp_store = MEMORY")

    def give_back(self, *, keep_bytes: int = 0) -> None:
        """Cut free pages off the file, all but `keep_bytes` of them, and empty the log where nobody reads it.

        Only for a format whose files vacuum incrementally; the others keep their free pages.
        """
        with self._counted(), self._sentences(), self._autocommit() as connection:
            page_bytes: int = connection.execute("PRAGMA page_size").fetchone()[0]
            free_pages: int = connection.execute("PRAGMA freelist_count").fetchone()[0]
            surplus = free_pages - keep_bytes // page_bytes
            if surplus > 0:
                # It frees a page a step, and answers each with a row without columns, at which `execute` would stop.
                connection.executescript(f"PRAGMA incremental_vacuum({surplus})")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Wait for open sessions, empty the write-ahead log, close every connection. Safe to call twice."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            if not self._changed.wait_for(lambda: self._open_sessions == 0, timeout=_CLOSE_WAIT_S):
                log.error("%d sessions are still open while %s closes", self._open_sessions, self.path.name)
        try:
            with self._autocommit() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (sqlite3.Error, DBAPIError) as problem:  # the log is kept and read at the next start: nothing is lost
            log.warning("%s was closed without emptying its log: %s", self.path.name, problem)
        finally:
            self._engine.dispose()

    # -- opening ---------------------------------------------------------------------------------------------------

    def _make_engine(self) -> Engine:
        engine = create_engine(
            URL.create("sqlite+pysqlite", database=str(self.path)),
            connect_args={"timeout": self._busy_timeout_s, "check_same_thread": False},
            poolclass=QueuePool,
            pool_size=_IDLE_CONNECTIONS,
            max_overflow=-1,
        )
        event.listen(engine, "connect", self._configure)
        event.listen(engine, "begin", _begin)
        return engine

    def _prepare_file(self) -> None:
        with self._autocommit() as connection:
            self._format.check(connection)
            self._switch_to_wal(connection)
            self._format.migrate(connection)

    def _switch_to_wal(self, connection: sqlite3.Connection) -> None:
        """SQLite does not wait for locks in this one statement, so we do: two programs may start at once."""
        give_up_at = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as problem:
                if _primary_code(problem) != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                    raise
                time.sleep(0.02)

    # -- connections -----------------------------------------------------------------------------------------------

    def _configure(self, connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        driver = cast(sqlite3.Connection, connection)  # the engine's driver is sqlite3
        driver.isolation_level = None
        driver.execute("PRAGMA foreign_keys = ON")
        driver.execute("PRAGMA secure_delete = ON")  # deleted rows are overwritten with zeros
        driver.execute("PRAGMA synchronous = NORMAL")
        driver.execute(
            "PRAGMA temp_store = MEMORY"
        )  # a large delete would spill old pages into the system's temp folder
        self._format.configure(driver)

    @contextlib.contextmanager
    def _autocommit(self) -> Iterator[sqlite3.Connection]:
        """A connection outside any transaction, for the statements that need one."""
        with contextlib.closing(self._engine.raw_connection()) as pooled:
            connection = cast(sqlite3.Connection, pooled.driver_connection)  # the engine's driver is sqlite3
            connection.execute("PRAGMA query_only = OFF")
            yield connection

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        with self._changed:
            if self._closed:
                raise StorageError(self._format.closed)
            self._open_sessions += 1
        try:
            yield
        finally:
            with self._changed:
                self._open_sessions -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def _sentences(self) -> Iterator[None]:
        """Failures a user can act on leave as StorageError; everything else, our bugs above all, as it is."""
        try:
            yield
        except (sqlite3.Error, DBAPIError) as problem:
            cause = problem.orig if isinstance(problem, DBAPIError) else problem
            code = _primary_code(cause)
            sentence = self._format.sentences.get(code)
            if sentence is None:
                raise
            kind = UnusableDatabase if code in _UNUSABLE else StorageError
            raise kind(sentence.format(path=self.path)) from problem


def _primary_code(problem: BaseException | None) -> int:
    """SQLite's result code without its extension, -1 for anything else."""
    code = getattr(problem, "sqlite_errorcode", None)
    return -1 if code is None else int(code) & 0xFF


def _begin(connection: Connection) -> None:
    kind = connection.get_execution_options()[_BEGIN]
    connection.exec_driver_sql(f"PRAGMA query_only = {'OFF' if kind == 'IMMEDIATE' else 'ON'}")
    connection.exec_driver_sql(f"BEGIN {kind}")

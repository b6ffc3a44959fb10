"""The file prompt states are kept in, which may go at any time: opened when first needed, set aside when it is unusable.

Knows a path and when to begin anew. Knows nothing of what the tables mean. Another process may set the file aside or delete
it; this one notices before its next transaction and follows.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.database import Database
from storage.errors import StorageError, UnusableDatabase
from storage.prompt_states_schema import PROMPT_STATES, SMALL_TABLES

log = logging.getLogger(__name__)

_BUSY_TIMEOUT_S = 3.0
"""A question waits for a cache no longer than this."""
_KEEP_SET_ASIDE_S = 30 * 24 * 3600.0
_COMPANIONS = ("", "-wal", "-shm")

_Identity = tuple[int, int]


class PromptStatesFile:
    """Any thread may use it; transactions must not nest. Pickled, it is opened anew at the same path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._database: Database | None = None
        self._identity: _Identity | None = None
        self._closed = False

    def __reduce__(self) -> tuple[type[PromptStatesFile], tuple[Path]]:
        return type(self), (self.path,)

    @property
    def aside(self) -> Path:
        """Where an unusable file is put."""
        return self.path.with_name(f"{self.path.stem}.set-aside{self.path.suffix}")

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """See `Database.read`."""
        with self._opened() as database, database.read() as session:
            yield session

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """See `Database.session`."""
        with self._opened() as database, database.session() as session:
            yield session

    def give_back(self, *, keep_bytes: int = 0) -> None:
        """See `Database.give_back`."""
        with self._opened() as database:
            database.give_back(keep_bytes=keep_bytes)

    def scrub(self) -> bool:
        """Leave nothing of deleted rows in the file, nor in its log. False if another program still reads an older state.

        Deleted states are zeros, and their pages are cut off. A page that rows moved off may keep bytes of them, so the
        tables beside the states, which are small, are written anew.
        """
        with self._opened() as database:
            with database.session() as session:
                for name in SMALL_TABLES:
                    session.execute(text(f"CREATE TEMP TABLE kept AS SELECT * FROM main.{name}"))
                    session.execute(text(f"DELETE FROM main.{name}"))
                    session.execute(text(f"INSERT INTO main.{name} SELECT * FROM temp.kept"))
                    session.execute(text("DROP TABLE temp.kept"))
            database.give_back()
            return database.checkpoint()

    def file_bytes(self) -> int:
        """What it takes of the disk, its log included."""
        return sum(_size(Path(f"{self.path}{companion}")) for companion in _COMPANIONS)

    def remove_set_aside(self) -> None:
        for companion in _COMPANIONS:
            with contextlib.suppress(OSError):
                Path(f"{self.aside}{companion}").unlink()

    def close(self) -> None:
        """Safe to call twice."""
        with self._lock:
            self._closed = True
            self._shut()

    # -- opening -------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Database]:
        database = self._current()
        try:
            yield database
        except UnusableDatabase:
            with self._lock:
                if self._database is database:
                    self._set_aside()
            raise

    def _current(self) -> Database:
        with self._lock:
            if self._closed:
                raise StorageError(PROMPT_STATES.closed)
            if self._database is None or _identity(self.path) != self._identity:
                self._shut()
                try:
                    self._open()
                except UnusableDatabase:
                    self._set_aside()
                    self._open()
            assert self._database is not None
            return self._database

    def _open(self) -> None:
        self._database = Database(self.path, format=PROMPT_STATES, busy_timeout_s=_BUSY_TIMEOUT_S)
        self._identity = _identity(self.path)
        with contextlib.suppress(OSError):
            if time.time() - self.aside.stat().st_mtime > _KEEP_SET_ASIDE_S:
                self.remove_set_aside()

    def _shut(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _set_aside(self) -> None:
        self._shut()
        log.warning("%s is damaged or of another version; it is set aside and begun anew", self.path.name)
        self.remove_set_aside()
        try:
            for companion in _COMPANIONS:
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{self.path}{companion}").replace(f"{self.aside}{companion}")
            os.utime(self.aside)
        except OSError as problem:  # on Windows, while another process has it open
            raise StorageError(f"The prompt caches {self.path} cannot be moved: {problem.strerror}.") from problem


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

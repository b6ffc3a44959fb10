from __future__ import annotations

import gc
import os
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from storage.database import Database
from storage.document import Document
from storage.errors import StorageError
from storage.settings import get_setting, set_setting
from storage.shelves import Shelf, order


def pragma(session: Session, name: str) -> object:
    return session.execute(text(f"PRAGMA {name}")).scalar_one()


def test_every_connection_is_set_up(database: Database) -> None:
    for opened in (database.session, database.read):
        with opened() as session:
            assert pragma(session, "journal_mode") == "wal"
            assert pragma(session, "foreign_keys") == 1
            assert pragma(session, "secure_delete") == 1
            assert pragma(session, "synchronous") == 1
            assert pragma(session, "busy_timeout") == 500


def test_a_session_commits_as_a_whole_or_not_at_all(database: Database) -> None:
    with database.session() as session:
        set_setting(session, "kept", 1)
    with pytest.raises(ZeroDivisionError), database.session() as session:
        set_setting(session, "lost", 1)
        raise ZeroDivisionError
    with database.read() as session:
        assert (get_setting(session, "kept"), get_setting(session, "lost")) == (1, None)


def test_a_reading_session_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError), database.read() as session:
        set_setting(session, "key", 1)
    with database.session() as session:  # the same pooled connection writes again
        set_setting(session, "key", 2)


def test_a_reader_sees_one_state_while_another_writes(database: Database) -> None:
    with database.session() as session:
        set_setting(session, "key", "old")
    with database.read() as reader:
        assert get_setting(reader, "key") == "old"
        with database.session() as writer:
            set_setting(writer, "key", "new")
        reader.expire_all()
        assert get_setting(reader, "key") == "old"
    with database.read() as reader:
        assert get_setting(reader, "key") == "new"


def test_our_own_bugs_stay_what_they_are(database: Database) -> None:
    with pytest.raises(OperationalError), database.read() as session:
        session.execute(text("SELECT * FROM nowhere"))


def test_threads_count_without_losing_a_number(database: Database) -> None:
    def count() -> None:
        for _ in range(20):
            with database.session() as session:
                set_setting(session, "count", get_setting(session, "count", 0) + 1)
            with database.read() as session:
                get_setting(session, "count")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert get_setting(session, "count") == 80


COUNT_IN_CHILD = """
import sys
from pathlib import Path
from storage.database import Database
from storage.settings import get_setting, set_setting
database = Database(Path(sys.argv[1]), busy_timeout_s=30)
for _ in range(20):
    with database.session() as session:
        set_setting(session, "count", get_setting(session, "count", 0) + 1)
database.close()
"""


def test_processes_open_one_new_library_at_once_and_share_it(data_dir: Path) -> None:
    path = data_dir / "palimpsest.sqlite3"
    children = [subprocess.Popen([sys.executable, "-c", COUNT_IN_CHILD, str(path)]) for _ in range(3)]
    assert [child.wait() for child in children] == [0, 0, 0]
    with closing(Database(path)) as database, database.read() as session:
        assert get_setting(session, "count") == 60


def test_closing_closes_every_connection_and_empties_the_log(data_dir: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        database = Database(data_dir / "palimpsest.sqlite3")
        threads = [threading.Thread(target=lambda: read_once(database)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with database.session() as session:
            set_setting(session, "key", "x" * 100_000)
        database.close()
        database.close()
        gc.collect()
    assert [path.name for path in data_dir.iterdir()] == ["palimpsest.sqlite3"]
    if sys.platform == "linux":
        open_files = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        assert not any(name.startswith(str(data_dir)) for name in open_files)


def read_once(database: Database) -> None:
    with database.read() as session:
        order(session, Shelf())


def test_closing_waits_for_sessions_and_refuses_new_ones(database: Database) -> None:
    inside, leave = threading.Event(), threading.Event()

    def write() -> None:
        with database.session() as session:
            inside.set()
            leave.wait()
            set_setting(session, "key", "kept")

    writer = threading.Thread(target=write)
    writer.start()
    inside.wait()
    closer = threading.Thread(target=database.close)
    closer.start()
    leave.set()
    writer.join()
    closer.join()
    with pytest.raises(StorageError, match="closed"), database.read():
        pass
    with closing(Database(database.path)) as again, again.read() as session:
        assert get_setting(session, "key") == "kept"


def test_a_checkpoint_says_whether_a_reader_was_in_its_way(
    database: Database, put: Callable[..., str], make_document: Callable[..., Document]
) -> None:
    log = Path(f"{database.path}-wal")
    put(make_document(["Some text."]))
    with database.read() as reader:
        order(reader, Shelf())
        put(make_document(["More text."], title="Another"))
        assert database.checkpoint() is False
        assert log.stat().st_size > 0
    assert database.checkpoint() is True
    assert log.stat().st_size == 0


# -- what a user can do something about --------------------------------------------------------------------------------


def refusal(path: Path) -> str:
    with pytest.raises(StorageError) as caught:
        Database(path, busy_timeout_s=0.2)
    return str(caught.value)


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "palimpsest.sqlite3"
    path.write_bytes(b"This is a letter, not a library. " * 100)
    assert "not a Palimpsest library" in refusal(path)
    assert path.read_bytes() == b"This is a letter, not a library. " * 100


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be opened" in refusal(tmp_path)


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "cannot hold the library" in refusal(tmp_path / "file" / "data" / "palimpsest.sqlite3")


@contextmanager
def without_rights() -> Iterator[None]:
    """As a user who is not root, where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o555)
    parents = [parent for parent in folder.parents if parent != Path("/") and not parent.stat().st_mode & 0o001]
    for parent in parents:
        parent.chmod(parent.stat().st_mode | 0o011)
    with without_rights():
        assert "cannot be opened" in refusal(folder / "palimpsest.sqlite3")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_library_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data" / "palimpsest.sqlite3"
    Database(path).close()
    path.chmod(0o444)
    path.parent.chmod(0o755)
    for parent in path.parents:
        if parent != Path("/") and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
    with (
        without_rights(),
        pytest.raises(StorageError, match=r"may not be written|cannot be opened"),
        closing(Database(path)) as database,
        database.session() as session,
    ):
        set_setting(session, "key", 1)


def test_a_library_locked_by_another_program_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "palimpsest.sqlite3"
    with (
        closing(Database(path, busy_timeout_s=0.05)) as database,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        for _ in range(12):  # a refused session gives its connection back
            with pytest.raises(StorageError, match="locked by another program"), database.session() as session:
                set_setting(session, "key", 1)
        with database.read() as session:
            assert get_setting(session, "key") is None
        other.execute("ROLLBACK")
        with database.session() as session:
            set_setting(session, "key", 1)


def test_a_locked_library_cannot_be_opened_and_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "palimpsest.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "locked by another program" in refusal(path)


def test_a_full_disk_is_named_so_and_nothing_is_written(database: Database) -> None:
    with pytest.raises(StorageError, match="disk is full"), database.session() as session:
        pages = pragma(session, "page_count")
        session.execute(text(f"PRAGMA max_page_count = {pages}"))
        set_setting(session, "key", "x" * 1_000_000)
    with database.read() as session:
        assert get_setting(session, "key") is None


def test_a_damaged_library_is_named_so(database: Database, put: Callable[..., str]) -> None:
    with database.session() as session:
        for number in range(200):
            set_setting(session, f"key {number}", "x" * 1000)
    database.close()
    content = bytearray(database.path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    database.path.write_bytes(content)
    with (
        pytest.raises(StorageError, match="damaged"),
        closing(Database(database.path)) as again,
        again.read() as session,
    ):
        get_setting(session, "key 7")

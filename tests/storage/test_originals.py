"""Original files: kept with the document or not at all, and never anything of an import that did not go through."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from storage import schema
from storage.database import Database
from storage.document import Document
from storage.errors import StorageError
from storage.originals import IncomingOriginal, original_files, original_path, remove_strays

Put = Callable[..., str]
CONTENT = b"%PDF-1.7 pages and pages"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "book.pdf"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def document_id(put: Put, make_document: Callable[..., Document]) -> str:
    return put(make_document(["Words."], format="pdf"))


def originals(data_dir: Path) -> list[str]:
    return sorted(path.name for path in (data_dir / "originals").glob("*"))


def keep(database: Database, data_dir: Path, source: Path, document_id: str) -> None:
    with IncomingOriginal(data_dir, source, sha256=SHA256) as original, database.session() as session:
        original.keep(session, document_id, "pdf")


def test_a_kept_original_is_the_file(database: Database, data_dir: Path, source: Path, document_id: str) -> None:
    keep(database, data_dir, source, document_id)
    with database.read() as session:
        path = original_path(session, document_id, data_dir)
    assert path is not None and path.read_bytes() == CONTENT
    assert originals(data_dir) == [f"{document_id}.pdf"] and original_files(data_dir, document_id) == [path]


def test_one_that_vanished_is_none(database: Database, data_dir: Path, source: Path, document_id: str) -> None:
    keep(database, data_dir, source, document_id)
    (data_dir / "originals" / f"{document_id}.pdf").unlink()
    with database.read() as session:
        assert original_path(session, document_id, data_dir) is None
        assert original_path(session, "gone", data_dir) is None


def test_a_transaction_that_fails_leaves_nothing(
    database: Database, data_dir: Path, source: Path, document_id: str
) -> None:
    def fail(after_keeping: bool) -> None:
        with IncomingOriginal(data_dir, source, sha256=SHA256) as original, database.session() as session:
            if after_keeping:
                original.keep(session, document_id, "pdf")
            raise StorageError("no")

    for after_keeping in (False, True):
        with pytest.raises(StorageError, match="no"):
            fail(after_keeping)
        assert originals(data_dir) == []
    with database.read() as session:
        assert original_path(session, document_id, data_dir) is None


def test_one_that_is_not_needed_after_all_leaves_nothing(data_dir: Path, database: Database, source: Path) -> None:
    with IncomingOriginal(data_dir, source, sha256=SHA256):
        assert len(originals(data_dir)) == 1
    assert originals(data_dir) == []


def test_a_file_that_changed_or_vanished_is_a_sentence(data_dir: Path, database: Database, source: Path) -> None:
    with pytest.raises(StorageError, match="changed while it was read"):
        IncomingOriginal(data_dir, source, sha256="another")
    source.unlink()
    with pytest.raises(StorageError, match="cannot be kept"):
        IncomingOriginal(data_dir, source, sha256=SHA256)
    assert originals(data_dir) == []


@pytest.mark.parametrize(
    "name", ["../book.pdf", "/etc/hostname", "originals/../../book.pdf", "originals", "x/y.pdf", "originals/a/b"]
)
def test_a_row_that_points_out_of_the_folder_is_not_followed(
    database: Database, data_dir: Path, source: Path, document_id: str, name: str
) -> None:
    with database.session() as session:
        session.execute(update(schema.Document).values(original=name))
    with database.read() as session:
        assert original_path(session, document_id, data_dir) is None


def test_strays_go_and_what_is_kept_or_under_way_stays(
    database: Database, data_dir: Path, source: Path, document_id: str
) -> None:
    keep(database, data_dir, source, document_id)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        for name in ("0123456789ab.pdf", f"{other.pid}-aa.incoming", "999999999-bb.incoming", "junk.incoming"):
            (data_dir / "originals" / name).write_bytes(b"x")
        with database.session() as session:
            assert remove_strays(session, data_dir) == 3
        assert originals(data_dir) == sorted([f"{document_id}.pdf", f"{other.pid}-aa.incoming"])
        other.communicate(b"\n")
    with database.session() as session:
        assert remove_strays(session, data_dir) == 1


def test_a_library_without_originals_has_no_strays(database: Database, data_dir: Path) -> None:
    with database.session() as session:
        assert remove_strays(session, data_dir) == 0

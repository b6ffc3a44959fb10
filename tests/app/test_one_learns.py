"""Window and shell never learn at once, and say so in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.operations import learning, library, one_learns
from app.operations.importing import import_file
from app.operations.opening import open_services
from engine.jobs import Failed
from storage import jobs, processes
from storage.errors import StorageError
from storage.memories import memories

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from engine.training_lock import holding
def steps():
    print("held", flush=True)
    yield None
    time.sleep(300)
list(holding(Path(sys.argv[1]), steps()))
"""


@pytest.fixture
def services(tmp_path):
    opened = open_services(tmp_path / "data", echo=True)
    (tmp_path / "other.txt").write_text("Another book.\n\nIt was read aloud.")
    opened.run_until_end(import_file(opened, tmp_path / "other.txt"))
    yield opened
    opened.close()


@pytest.fixture
def elsewhere(services):
    """Another process that learns the first document."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(services.data_dir / one_learns.LOCK_FILE)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    first = library.list_documents(services)[0]
    with services.database.session() as session:
        row = jobs.add_job(session, kind="learn", document_id=first.document_id, params={})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "own_process", lambda: (process.pid, processes.start_mark(process.pid) or ""))
        with services.database.session() as session:
            jobs.update_job(session, row, state="running")
    yield first
    process.kill()
    process.wait()
    process.stdout.close()


def test_learning_another_document_is_refused_with_the_title_and_nothing_changes(services, elsewhere):
    other = library.list_documents(services)[1]
    with pytest.raises(StorageError, match=f"Another Palimpsest is learning “{elsewhere.title}”"):
        learning.learn(services, other.document_id)
    with services.database.read() as session:
        assert memories(session, other.document_id) == []
    assert services.open_tickets() == []


def test_a_second_document_of_the_same_window_waits_for_the_first(services):
    tickets = [learning.learn(services, row.document_id) for row in library.list_documents(services)]
    ends = [services.run_until_end(ticket) for ticket in tickets]
    assert all(isinstance(end, Failed) and "cannot learn" in end.message for end in ends)  # the echo backend, in turn
    assert (services.data_dir / one_learns.LOCK_FILE).read_bytes() == b""

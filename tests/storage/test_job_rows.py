from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import jobs, processes
from storage.database import Database
from storage.document import Document
from storage.errors import StorageError

WORK_IN_CHILD = """
import sys
from pathlib import Path
from storage.database import Database
from storage.jobs import add_job, update_job
database = Database(Path(sys.argv[1]))
with database.session() as session:
    row_id = add_job(session, kind="learn", document_id=sys.argv[2], params={"rank": 16})
    update_job(session, row_id, state="running", stage="Learning", done=3, total=9)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def document_id(put: Callable[..., str], make_document: Callable[..., Document]) -> str:
    return put(make_document(["Some text."]))


def start_worker(database: Database, document_id: str) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", WORK_IN_CHILD, str(database.path), document_id],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def test_a_job_is_a_row_from_its_start_to_its_end(database: Database, document_id: str) -> None:
    with database.session() as session:
        row_id = jobs.add_job(session, kind="import", document_id=None, params={"file": "a.txt"})
        other = jobs.add_job(session, kind="learn", document_id=document_id, params={})
        assert [job.row_id for job in jobs.jobs(session)] == [row_id, other]
        jobs.update_job(session, row_id, state="running", stage="Reading", done=2, total=5)
        jobs.update_job(session, row_id, done=3)
    with database.session() as session:
        job = jobs.jobs(session, states=["running"])[0]
        assert (job.kind, job.params, job.stage, job.done, job.total, job.is_own) == (
            "import",
            {"file": "a.txt"},
            "Reading",
            3,
            5,
            True,
        )
        jobs.update_job(session, row_id, state="failed", message="It is empty.")
    with database.read() as session:
        assert [job.row_id for job in jobs.jobs(session)] == [other]
        assert [job.message for job in jobs.jobs(session, states=["done", "failed"])] == ["It is empty."]


def test_a_late_word_of_a_forgotten_job_meets_no_other(database: Database) -> None:
    with database.session() as session:
        gone = jobs.add_job(session, kind="ask", document_id=None, params={})
        session.execute(text("DELETE FROM jobs"))
    with database.session() as session:
        new = jobs.add_job(session, kind="ask", document_id=None, params={})
        jobs.update_job(session, gone, state="done")
        assert new != gone
        assert [(job.row_id, job.state) for job in jobs.jobs(session)] == [(new, "queued")]


def test_a_job_of_an_unknown_document_is_refused(database: Database) -> None:
    with pytest.raises(StorageError, match="forgotten"), database.session() as session:
        jobs.add_job(session, kind="learn", document_id="gone", params={})


def test_jobs_of_a_killed_process_are_interrupted_and_no_others(database: Database, document_id: str) -> None:
    with database.session() as session:
        own = jobs.add_job(session, kind="ask", document_id=document_id, params={})
    with start_worker(database, document_id) as child:
        with database.session() as session:
            assert jobs.interrupt_orphans(session) == []
            running = jobs.running_jobs(session, document_id)
        assert [(job.row_id == own, job.is_own) for job in running] == [(True, True), (False, False)]
        child.kill()
        if sys.platform == "linux":  # dead, though its parent has not waited for it: on its own pipe it has hung up
            assert child.stdout is not None
            child.stdout.read()
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            assert not processes.is_running(child.pid, running[1].process_start)
        child.wait()
        with database.session() as session:
            interrupted = jobs.interrupt_orphans(session)
            assert [(job.state, job.done, job.params) for job in interrupted] == [("interrupted", 3, {"rank": 16})]
            assert [job.row_id for job in jobs.running_jobs(session, document_id)] == [own]
            assert jobs.interrupt_orphans(session) == []


def test_a_process_id_used_again_fools_nobody(database: Database, document_id: str) -> None:
    with database.session() as session:
        row_id = jobs.add_job(session, kind="learn", document_id=document_id, params={})
        session.execute(text("UPDATE jobs SET process_start = 'an earlier start'"))
    with database.session() as session:
        assert jobs.running_jobs(session, document_id) == []
        assert [job.row_id for job in jobs.interrupt_orphans(session)] == [row_id]


def test_a_job_taken_up_again_belongs_to_who_took_it(database: Database, document_id: str) -> None:
    with database.session() as session:
        row_id = jobs.add_job(session, kind="learn", document_id=document_id, params={})
        session.execute(text("UPDATE jobs SET pid = 0, state = 'interrupted'"))
        jobs.update_job(session, row_id, state="running")
        assert jobs.interrupt_orphans(session) == []
        assert [job.row_id for job in jobs.running_jobs(session, document_id)] == [row_id]


def test_a_process_that_never_was_does_not_run() -> None:
    assert processes.start_mark(2**22 + 12345) is None
    assert not processes.is_running(0, "")
    assert processes.is_running(*processes.own_process())


def test_a_start_mark_survives_a_command_with_spaces_and_brackets(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("/proc is Linux's")
    program = tmp_path / "a) Z 1 (b"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as child:
        assert processes.start_mark(child.pid)
        child.kill()

"""Jobs as rows: what ran, how far it came, how it ended, and which process had it, so that kill -9 is noticed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from storage import processes, schema
from storage.documents import get_document

JobState = Literal["queued", "running", "paused", "done", "failed", "stopped", "interrupted"]

UNDER_WAY: tuple[JobState, ...] = ("queued", "running")
ENDED: tuple[JobState, ...] = ("paused", "done", "failed", "stopped", "interrupted")


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job. stage, done, total: the last progress it reported. message: the sentence it failed with, or empty.

    pid and process_start say whose it is (`storage.processes`).
    """

    row_id: int
    kind: str
    document_id: str | None
    params: dict[str, Any]
    state: JobState
    stage: str
    done: int
    total: int | None
    message: str
    pid: int
    process_start: str
    created_at: datetime
    updated_at: datetime

    @property
    def is_own(self) -> bool:
        """Whether this very process has the job."""
        return (self.pid, self.process_start) == processes.own_process()


def add_job(session: Session, *, kind: str, document_id: str | None, params: dict[str, Any]) -> int:
    """A queued job of this process; returns its row's id. Raises StorageError for an unknown document."""
    if document_id is not None:
        get_document(session, document_id)
    pid, process_start = processes.own_process()
    now = datetime.now(UTC)
    record = schema.Job(
        kind=kind,
        document_id=document_id,
        params=params,
        state="queued",
        stage="",
        done=0,
        total=None,
        message="",
        pid=pid,
        process_start=process_start,
        created_at=now,
        updated_at=now,
    )
    session.add(record)
    session.flush()
    return record.id


def update_job(
    session: Session,
    row_id: int,
    *,
    state: JobState | None = None,
    stage: str | None = None,
    done: int | None = None,
    total: int | None = None,
    message: str | None = None,
) -> None:
    """Change what is given and take the job over for this process. A row forgotten meanwhile stays forgotten."""
    pid, process_start = processes.own_process()
    given = {"state": state, "stage": stage, "done": done, "total": total, "message": message}
    values = {name: value for name, value in given.items() if value is not None}
    session.execute(
        update(schema.Job)
        .where(schema.Job.id == row_id)
        .values(**values, pid=pid, process_start=process_start, updated_at=datetime.now(UTC))
    )


def jobs(session: Session, states: Collection[JobState] = UNDER_WAY) -> list[JobRow]:
    """Jobs in the given states, oldest first."""
    query = select(schema.Job).where(schema.Job.state.in_(states)).order_by(schema.Job.id)
    return [_job_row(record) for record in session.scalars(query)]


def running_jobs(session: Session, document_id: str) -> list[JobRow]:
    """Jobs of a document that a living process, this or another (`JobRow.is_own`), has queued or running."""
    return [
        job
        for job in jobs(session)
        if job.document_id == document_id and processes.is_running(job.pid, job.process_start)
    ]


def last_job(session: Session, document_id: str, kind: str) -> JobRow | None:
    """The newest job of a kind that a document has had, whatever became of it."""
    table = schema.Job
    query = select(table).where(table.document_id == document_id, table.kind == kind).order_by(table.id.desc()).limit(1)
    record = session.scalar(query)
    return None if record is None else _job_row(record)


def interrupt_orphans(session: Session) -> list[JobRow]:
    """Mark queued and running jobs of processes that are no more as interrupted, and return them so marked."""
    orphans = [job.row_id for job in jobs(session) if not processes.is_running(job.pid, job.process_start)]
    if not orphans:
        return []
    session.execute(
        update(schema.Job)
        .where(schema.Job.id.in_(orphans))
        .values(state="interrupted", updated_at=datetime.now(UTC))
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    return [_job_row(session.get_one(schema.Job, row_id)) for row_id in orphans]


def _job_row(record: schema.Job) -> JobRow:
    return JobRow(
        row_id=record.id,
        kind=record.kind,
        document_id=record.document_id,
        params=record.params,
        state=cast(JobState, record.state),  # written by `add_job` and `update_job`
        stage=record.stage,
        done=record.done,
        total=record.total,
        message=record.message,
        pid=record.pid,
        process_start=record.process_start,
        created_at=record.created_at,
        updated_at=record.updated_at,
    )

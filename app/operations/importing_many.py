"""Many files and folders become documents: one job, a progress event with its outcome for every file.

A file that fails does not stop the others; stopped, the job keeps what it has added so far.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.operations.collecting import Collected, collect_steps
from app.operations.importing import import_steps, release
from app.operations.results import FileOutcome, Imported, ImportReport
from app.services import EXPECTED_ERRORS, Services, Ticket
from engine.jobs import Handler, Lane, Progress, Steps
from storage.errors import ReaderBroke

KIND = "import"


@dataclass(frozen=True, slots=True)
class ImportMany:
    services: Services
    paths: tuple[Path, ...]
    retry: bool


def import_many(services: Services, paths: Sequence[Path], *, retry: bool = False) -> Ticket:
    """Take files, and the books in folders, into the library. Finished.result: ImportReport.

    Progress.detail: the FileOutcome of the file that was just tried. retry: read files again that broke their reader.
    """
    title = paths[0].name if len(paths) == 1 else ""
    request = ImportMany(services, tuple(paths), retry)
    return services.submit(services.library, request, lane=Lane.BACKGROUND, kind=KIND, title=title)


def _import_many(request: ImportMany) -> Steps[ImportReport]:
    collected = yield from _collect(request.paths)
    files, outcomes = collected.files, list[FileOutcome]()
    for done, path in enumerate(files):
        if len(files) > 1:
            yield Progress("Adding", done, len(files), "file")
        try:
            if request.retry:
                release(request.services, path)
            imported = yield from _import_one(request.services, path, alone=len(files) == 1)
            outcomes.append(FileOutcome(str(path), imported))
        except EXPECTED_ERRORS as problem:
            outcomes.append(FileOutcome(str(path), error=str(problem), may_retry=isinstance(problem, ReaderBroke)))
        yield Progress("Adding", done + 1, len(files), "file", detail=outcomes[-1])
    return ImportReport(tuple(outcomes), collected.left_out)


def _collect(paths: Sequence[Path]) -> Steps[Collected]:
    steps = collect_steps(paths)
    while True:
        try:
            found = next(steps)
        except StopIteration as end:
            collected: Collected = end.value
            return collected
        yield Progress("Looking for files", found, None, "file")


def _import_one(services: Services, path: Path, *, alone: bool) -> Steps[Imported]:
    """A file among others shows only that it is its turn; one by itself shows how far it is read."""
    steps = import_steps(services, path)
    try:
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                imported: Imported = end.value
                return imported
            yield step if alone else None
    finally:
        steps.close()


HANDLERS: Mapping[type, Handler] = {ImportMany: _import_many}

"""Where the data lies: what is in the data folder, how large each part is, and emptying it for good.

Knows the names of everything Palimpsest puts there. What it does not know is not ours, and is never removed.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import LargeBinary, cast, func, select

from app.operations.compressor_folders import COMPRESSORS_FOLDER
from app.operations.model_downloads import DOWNLOADS_FOLDER
from app.operations.models import MODELS_FOLDER
from app.operations.opening import DATABASE_FILE, PROMPT_STATES_FILE
from app.services import Services
from storage import processes, schema
from storage.errors import StorageError
from storage.forgetting import LOGS_FOLDER, MEMORIES_FOLDER
from storage.jobs import jobs
from storage.originals import ORIGINALS_FOLDER


class Part(StrEnum):
    """What a file or folder of the data folder is for."""

    LIBRARY = "library"
    """Books, passages, questions and answers: the database with its log."""
    PROMPT_STATES = "prompt states"
    """Prompts the models have read: a database of its own, with its log."""
    MEMORIES = "memories"
    """Adapters, and checkpoints of learning."""
    ORIGINALS = "originals"
    """Copies of added files."""
    MODELS = "models"
    """The user's own models, made ready."""
    DOWNLOADS = "downloads"
    """Models on their way."""
    COMPRESSORS = "compressors"
    """Gist encoders the user has trained."""
    LOGS = "logs"
    """Log lines and crash reports."""
    WINDOW = "window"
    """The window's state, and which process has the window and the learning."""
    OTHER = "other"
    """Not ours: never removed."""


_FOLDERS = {
    MEMORIES_FOLDER: Part.MEMORIES,
    ORIGINALS_FOLDER: Part.ORIGINALS,
    MODELS_FOLDER.name: Part.MODELS,
    COMPRESSORS_FOLDER.name: Part.COMPRESSORS,
    LOGS_FOLDER: Part.LOGS,
}
_WINDOW_FILES = ("ui.ini", "ui.ini.lock", "window.lock", "learning.lock")


@dataclass(frozen=True, slots=True)
class PartSize:
    part: Part
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class DataFolder:
    """folder, what is in it by part (empty parts left out), and how much of the disk is free."""

    folder: Path
    parts: tuple[PartSize, ...]
    free_bytes: int

    @property
    def our_bytes(self) -> int:
        return sum(size.bytes for size in self.parts if size.part is not Part.OTHER)


def part_of(name: str) -> Part:
    """What a name directly in the data folder stands for."""
    if name.startswith(DATABASE_FILE):
        return Part.LIBRARY
    if name.startswith(Path(PROMPT_STATES_FILE).stem + "."):
        return Part.PROMPT_STATES
    if name in _WINDOW_FILES:
        return Part.WINDOW
    return _FOLDERS.get(name, Part.OTHER)


def look_at(folder: Path) -> DataFolder:
    """Measure the data folder. Links are counted as links; files that vanish meanwhile as nothing."""
    counts: dict[Part, tuple[int, int]] = {}
    for path in folder.iterdir():
        counts[part_of(path.name)] = _sum(counts.get(part_of(path.name), (0, 0)), _measure(path))
    under_way = folder / DOWNLOADS_FOLDER
    if under_way.is_dir():
        files, size = counts[Part.DOWNLOADS] = _measure(under_way)
        counts[Part.MODELS] = _sum(counts[Part.MODELS], (-files, -size))
    parts = tuple(PartSize(part, *counts[part]) for part in Part if counts.get(part, (0, 0))[0])
    return DataFolder(folder, parts, shutil.disk_usage(folder).free)


def _measure(path: Path) -> tuple[int, int]:
    """Number of files and their bytes."""
    if path.is_dir() and not path.is_symlink():
        inside = [_measure(child) for child in path.iterdir()]
        return sum(files for files, _ in inside), sum(size for _, size in inside)
    try:
        return 1, path.lstat().st_size
    except FileNotFoundError:
        return 0, 0


def _sum(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]


def refuse_while_others_work(services: Services) -> None:
    """Raises StorageError while another Palimpsest learns or imports here: what it writes would be left."""
    with services.database.read() as session:
        for job in jobs(session):
            if not job.is_own and processes.is_running(job.pid, job.process_start):
                raise StorageError(
                    f"Another Palimpsest (process {job.pid}) is working in this folder; stop that first."
                )


def delete_everything(folder: Path, *, keep: Collection[str] = ()) -> list[str]:
    """Remove all of ours from a data folder that nobody has open any more; the folder itself stays, for the next start.

    Returns the names that could not be removed, and those that are not ours and stay. A linked folder is unlinked, what it
    leads to is left alone. The database is overwritten first, as forgetting does. keep: names left for the caller, such as
    the lock file it holds.
    """
    left: list[str] = []
    for path in sorted(path for path in folder.iterdir() if path.name not in keep):
        if part_of(path.name) is Part.OTHER:
            left.append(path.name)
            continue
        try:
            if part_of(path.name) in (Part.LIBRARY, Part.PROMPT_STATES):
                _overwrite(path)
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
        except FileNotFoundError:
            continue
        except OSError:
            left.append(path.name)
    return left


def _overwrite(path: Path) -> None:
    """With zeros, in place: what a file system writes elsewhere is not in our hands."""
    block = bytes(1 << 20)
    with path.open("r+b") as file:
        remaining = path.stat().st_size
        while remaining > 0:
            remaining -= file.write(block[:remaining])


@dataclass(frozen=True, slots=True)
class RemovedShelf:
    """Documents that were taken off the shelf and can be put back: how many, and about how large with what was made of them."""

    documents: int
    bytes: int


def removed_shelf(services: Services) -> RemovedShelf:
    """Texts and pictures by their length, memories and kept originals by their files."""
    document, block, image, memory = schema.Document, schema.Block, schema.Image, schema.Memory
    with services.database.read() as session:
        removed = session.execute(select(document.id, document.original).where(document.removed_at.is_not(None))).all()
        ids = select(document.id).where(document.removed_at.is_not(None))
        size = 0
        for column, owner in (
            (func.length(cast(block.text, LargeBinary)), block.document_id),
            (func.length(image.data), image.document_id),
            (memory.bytes, memory.document_id),
        ):
            size += session.scalar(select(func.coalesce(func.sum(column), 0)).where(owner.in_(ids))) or 0
    for _, original in removed:
        if original:
            size += _measure(services.data_dir / original)[1]
    return RemovedShelf(len(removed), size)

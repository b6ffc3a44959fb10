"""Crash reports: what is known of an unclean end, written for the user to read. They lie in the data folder; nothing sends them.

A running window leaves a mark in the log folder and takes it away when it ends well; a mark whose process is gone means
it did not. Reports hold versions, places in the program and log lines, with everything taken out that could be of a document:
titles, names, quotations, paths, the messages of exceptions, lines of other people's libraries.
"""

from __future__ import annotations

import faulthandler
import json
import os
import platform
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TextIO

from sqlalchemy import select

from app.operations.saving import save_text
from app.services import Services
from storage import processes, schema
from storage.errors import StorageError
from storage.probes import is_distinctive

LOGS = "logs"
LOG_FILE = "palimpsest.log"
MOST_REPORTS = 20

_RUNNING = "running.json"
_FAULTS = "faults.txt"
_TAIL_BYTES = 48_000
_TAIL_LINES = 120
_NAME = re.compile(r"crash-\d{8}-\d{6}-\d{6}\.txt")
_OWN_LOGGERS = ("app", "engine", "storage", "qt")
_LIBRARIES = ("PySide6-Essentials", "torch", "transformers", "SQLAlchemy", "tokenizers", "pypdfium2", "lxml")


@dataclass(frozen=True, slots=True)
class CrashReport:
    name: str
    written_at: datetime
    bytes: int


@dataclass(frozen=True, slots=True)
class UncleanEnd:
    """What the last run left behind: where it was when it died, and how much of the log is older than this run."""

    faults: str
    log_bytes: int


class Watch:
    """Over one run of the window: from the constructor until `end`. last_end: of the run before, None if it ended well."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / LOGS
        self._folder.mkdir(parents=True, exist_ok=True)
        self._mark = self._folder / _RUNNING
        self._faults_file = self._folder / _FAULTS
        self.last_end = self._look_back()
        pid, start = processes.own_process()
        self._mark.write_text(json.dumps({"pid": pid, "start": start}), encoding="utf-8")
        self._faults: TextIO = self._faults_file.open("w", encoding="utf-8")
        self._told_terminal = faulthandler.is_enabled()
        faulthandler.enable(self._faults)

    def _look_back(self) -> UncleanEnd | None:
        try:
            mark = json.loads(self._mark.read_text("utf-8"))
            is_alive = processes.is_running(int(mark["pid"]), str(mark["start"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            is_alive = False
        if is_alive:
            return None
        faults = "\n".join(
            path.read_text("utf-8", errors="replace")[:_TAIL_BYTES]
            for path in sorted(self._folder.glob("*faults*.txt"))
        )
        log = self._folder / LOG_FILE
        return UncleanEnd(faults, log.stat().st_size if log.is_file() else 0)

    def end(self) -> None:
        """The window ends as it should."""
        faulthandler.disable()
        if self._told_terminal:
            faulthandler.enable()
        self._faults.close()
        self._faults_file.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)


# -- writing -----------------------------------------------------------------------------------------------------------


def report_end(services: Services, end: UncleanEnd) -> CrashReport:
    """Write down how the run before ended."""
    what = ["Palimpsest ended without closing: it crashed, was killed, or the computer went off."]
    frames = list(redacted_traceback(end.faults.splitlines()))
    what += ["", *frames] if frames else ["No place in the program was recorded."]
    return _write(services, what, log_bytes=end.log_bytes)


def report_problem(services: Services) -> CrashReport:
    """Write down a problem of this run; the log says where it was."""
    return _write(services, ["Something went wrong; Palimpsest went on. The last log lines say where."], log_bytes=None)


def _write(services: Services, what: list[str], *, log_bytes: int | None) -> CrashReport:
    folder = services.data_dir / LOGS
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    lines = [
        "Palimpsest crash report",
        f"Written on {now:%Y-%m-%d at %H:%M:%S} UTC. It lies on this computer only; nothing was sent anywhere.",
        "Titles, quotations, paths and the texts of errors were left out: […]",
        "",
        "Program",
        *(f"  {line}" for line in _versions()),
        "",
        "What happened",
        *(f"  {line}" for line in what),
        "",
        "Last log lines",
        *(f"  {line}" for line in redacted_log(_tail(folder / LOG_FILE, log_bytes), _names(services))),
        "",
    ]
    path = folder / f"crash-{now:%Y%m%d-%H%M%S-%f}.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    for old in list_reports(services.data_dir)[MOST_REPORTS:]:
        (folder / old.name).unlink(missing_ok=True)
    return _row(path)


def _versions() -> Iterator[str]:
    import psutil  # type: ignore[import-untyped]  # ships no types; here, so that starting does not wait for it

    yield f"Palimpsest {_version('palimpsest')}, Python {platform.python_version()}, {platform.platform()}"
    memory = psutil.virtual_memory()
    yield f"{os.cpu_count()} processors, {memory.total / 1e9:.1f} GB of memory, {memory.available / 1e9:.1f} GB free now"
    yield ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _names(services: Services) -> list[str]:
    """What documents are called; log lines hold none of it, and a report makes sure."""
    document = schema.Document
    with services.database.read() as session:
        rows = session.execute(select(document.id, document.title, document.author, document.source_name)).all()
    return sorted({name for row in rows for name in row if is_distinctive(name)}, key=len, reverse=True)


def _tail(log: Path, log_bytes: int | None) -> list[str]:
    if not log.is_file():
        return []
    with log.open("rb") as stream:
        end = min(log.stat().st_size, log_bytes if log_bytes is not None else log.stat().st_size)
        stream.seek(max(0, end - _TAIL_BYTES))
        return stream.read(end - stream.tell()).decode("utf-8", errors="replace").splitlines()[-_TAIL_LINES:]


# -- leaving out -------------------------------------------------------------------------------------------------------

_RECORD = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) ([A-Z]+) (\S+(?: \(\S+\))?) ([\w.]+): (.*)")
_FRAME = re.compile(r'\s*File "(?P<path>[^"]*)", line (?P<line>\d+|\?\?\?),? in (?P<name>.+)')
_HEADING = re.compile(
    r"(Traceback \(most recent call last\):|Fatal Python error: [\w ]+|(Current thread|Thread) 0x[0-9a-f]+.*"
    r"|During handling of the above.*|The above exception was the direct.*|Extension modules: .*)"
)
_RAISED = re.compile(r"((?:\w+\.)*[A-Z]\w*)(?::\s.*)?")
_QUOTED = re.compile(r"[“„«「『].*?[”“»」』]|\"[^\"]*\"|'[^']*'")
_PATH = re.compile(r"(?:[A-Za-z]:\\|(?<![\w.])/)[^\s:,;\"'”]+(?:[/\\][^\s:,;\"'”]*)*")
_LEFT_OUT = "[…]"


def redacted_log(lines: Iterable[str], names: Collection[str]) -> Iterator[str]:
    """Log lines without anything that could be of a document; what is no log line of ours is left out."""
    traceback: list[str] = []
    for line in lines:
        record = _RECORD.fullmatch(line)
        if record is None:
            traceback.append(line)
            continue
        yield from redacted_traceback(traceback)
        traceback = []
        time, level, thread, logger, message = record.groups()
        is_ours = logger.split(".")[0] in _OWN_LOGGERS
        yield f"{time} {level} {thread} {logger}: {_without(message, names) if is_ours else _LEFT_OUT}"
    yield from redacted_traceback(traceback)


def redacted_traceback(lines: Iterable[str]) -> Iterator[str]:
    """The frames of a traceback, Python's or faulthandler's: places in the program, kinds of errors, nothing they said."""
    for line in lines:
        if frame := _FRAME.fullmatch(line):
            yield f"  {_place(frame['path'])}, line {frame['line']}, in {frame['name']}"
        elif heading := _HEADING.fullmatch(line.strip()):
            yield "Extension modules […]" if heading[0].startswith("Extension") else heading[0]
        elif line[:1].isalpha() and (raised := _RAISED.fullmatch(line)) and _is_error(raised[1]):
            yield raised[1]


def _is_error(name: str) -> bool:
    return name.endswith(("Error", "Exception", "Exit", "Interrupt", "Warning", "Problem")) or "." in name


def _without(message: str, names: Collection[str]) -> str:
    for name in names:
        message = message.replace(name, _LEFT_OUT)
    return _PATH.sub(_LEFT_OUT, _QUOTED.sub(_LEFT_OUT, message))


def _place(path: str) -> str:
    """A file of the program without the user's folders before it."""
    parts = path.replace("\\", "/").split("/")
    for root in ("site-packages", "app", "engine", "storage"):
        if root in parts[:-1]:
            return "/".join(parts[len(parts) - 1 - parts[::-1].index(root) :])
    return parts[-1]


# -- reading -----------------------------------------------------------------------------------------------------------


def list_reports(data_dir: Path) -> list[CrashReport]:
    """Newest first."""
    found = [path for path in (data_dir / LOGS).glob("crash-*.txt") if _NAME.fullmatch(path.name)]
    return [_row(path) for path in sorted(found, key=lambda path: path.name, reverse=True)]


def read_report(data_dir: Path, name: str) -> str:
    """A report's text. Raises StorageError when it is not there."""
    try:
        return _path(data_dir, name).read_text("utf-8", errors="replace")
    except OSError as problem:
        raise StorageError("This report is not there any more.") from problem


def delete_report(data_dir: Path, name: str) -> None:
    _path(data_dir, name).unlink(missing_ok=True)


def save_report(data_dir: Path, name: str, to: Path) -> None:
    """A copy where the user wants it. Raises StorageError when it cannot be written there."""
    save_text(to, read_report(data_dir, name))


def _path(data_dir: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise StorageError("This is no report of Palimpsest.")
    return data_dir / LOGS / name


def _row(path: Path) -> CrashReport:
    stat = path.stat()
    return CrashReport(path.name, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size)

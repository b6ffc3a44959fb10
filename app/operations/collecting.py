"""Which files are meant by files and folders: a folder stands for all books below it that Palimpsest reads.

A file that is named itself is always taken, whatever it is called: its reader says what is wrong with it. In folders
only the usual names of our formats are. Links to folders are not followed, so that no walk is endless.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from app.operations.results import FileOutcome, LeftOut
from storage.readers.sniff import SUFFIXES

MOST_FILES = 20_000
MOST_LEVELS = 40

_READABLE = tuple(f".{suffix}" for suffixes in SUFFIXES.values() for suffix in suffixes)


@dataclass(slots=True)
class Collected:
    """files: in the order given, a folder's own by name. left_out: what the folders held besides."""

    files: list[Path] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)


def count_kinds(paths: Iterable[Path]) -> tuple[int, int]:
    """How many of some paths are files, and how many are folders."""
    folders = [_is_folder(path) for path in paths]
    return len(folders) - sum(folders), sum(folders)


def collect(paths: Iterable[Path]) -> Collected:
    """The files meant by some paths, each once."""
    walk = collect_steps(paths)
    while True:
        try:
            next(walk)
        except StopIteration as end:
            found: Collected = end.value
            return found


def collect_steps(paths: Iterable[Path]) -> Generator[int, None, Collected]:
    """As `collect`; yields how many files were found so far, after each folder."""
    walk = _Walk()
    for path in paths:
        if _is_folder(path):
            yield from walk.descend(path)
        else:
            walk.take(path)
    return walk.collected()


def _is_folder(path: Path) -> bool:
    with contextlib.suppress(OSError):  # a place that may not be looked at is no folder to walk
        return path.is_dir()
    return False


class _Walk:
    def __init__(self) -> None:
        self._files: dict[Path, Path] = {}
        """Each as it was named, under where it lies, so that none comes twice."""
        self._kinds: Counter[str] = Counter()
        self._hidden = 0
        self._beyond = 0
        self._unreadable: list[FileOutcome] = []

    def take(self, path: Path) -> None:
        if len(self._files) < MOST_FILES:
            self._files.setdefault(path.absolute(), path)
        else:
            self._beyond += 1

    def descend(self, top: Path) -> Generator[int, None, None]:
        """Depth first, by name."""
        waiting = [(top, 0)]
        while waiting:
            folder, level = waiting.pop()
            try:
                entries = sorted(folder.iterdir(), key=lambda entry: entry.name.casefold())
            except OSError as problem:
                sentence = f"The folder “{folder.name}” cannot be opened: {problem.strerror}."
                self._unreadable.append(FileOutcome(str(folder), error=sentence))
                continue
            inner = []
            for entry in entries:
                if entry.name.startswith("."):
                    self._hidden += 1
                elif not _is_folder(entry):
                    self._take_of_folder(entry)
                elif not entry.is_symlink():
                    inner.append((entry, level + 1))
            if level < MOST_LEVELS:
                waiting.extend(reversed(inner))
            else:
                self._beyond += len(inner)
            yield len(self._files)

    def _take_of_folder(self, path: Path) -> None:
        if path.name.lower().endswith(_READABLE):
            self.take(path)
        else:
            self._kinds[path.suffix.lower()] += 1

    def collected(self) -> Collected:
        left_out = LeftOut(tuple(self._kinds.most_common()), self._hidden, tuple(self._unreadable), self._beyond)
        return Collected(list(self._files.values()), left_out)

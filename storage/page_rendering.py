"""Pages of original PDFs, drawn in processes of their own, so that no file can hang, crash or exhaust this one.

Knows processes and who may ask next. Knows nothing of documents: it is handed paths. Each open PDF has one process, kept
for speed; it ends when nothing is asked of it for a while, when its file is let go, and with the renderer. One that
breaks down costs the page that broke it; the next page starts another.
"""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storage.errors import PageSkipped, StorageError
from storage.readers import limits
from storage.readers.frames import BrokenMessage, read_frame, write_frame

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-X", "utf8", "-m", "storage.page_child")
Box = tuple[float, float, float, float]
"""x, y, width and height on a page, as fractions of it, from its upper left corner."""

_ROOT = Path(__file__).resolve().parents[1]
_MOST_PROCESSES = 2
_MOST_WAITING = 6
_CPU_S = 3600.0
"""Of one process, over its whole life."""


class PageRenderer:
    """Draws pages of PDFs. Any thread may ask, and waits for its answer; `close` ends every process.

    Of several that wait for a page of one PDF the newest is served first, and the oldest of too many gets PageSkipped:
    its reader has turned on. timeout_s: for one answer.
    """

    def __init__(self, *, timeout_s: float = 20.0, idle_s: float = 120.0, memory_mb: int = 1200) -> None:
        self._timeout_s = timeout_s
        self._first = {"memory_bytes": memory_mb * limits.MIB, "cpu_s": _CPU_S, "idle_s": idle_s}
        self._open: OrderedDict[Path, _OpenPdf] = OrderedDict()
        self._closed = False
        self._lock = threading.Lock()

    def labels(self, path: Path) -> list[str]:
        """The label of every page."""
        return self._pdf(path).labels()

    def render(self, path: Path, page: int, width_px: int) -> bytes:
        """A page as a PNG file. page: from 0. Raises StorageError for one that cannot be drawn."""
        data = self._pdf(path).ask({"page": page, "width": width_px}).get("data")
        if not isinstance(data, bytes):
            raise StorageError(f"Page {page + 1} of “{path.name}” is damaged and cannot be shown.")
        return data

    def quote_boxes(self, path: Path, page: int, quote: str, *, whole: bool = False) -> list[Box]:
        """Where a quote stands on a page, a box a line; none where it does not. whole: no part of it is enough."""
        boxes = self._pdf(path).ask({"page": page, "quote": quote, "whole": whole}).get("boxes")
        return [(float(x), float(y), float(w), float(h)) for x, y, w, h in boxes] if isinstance(boxes, list) else []

    def let_go(self, path: Path) -> None:
        """End the process that has this file open, if there is one."""
        with self._lock:
            pdf = self._open.pop(path, None)
        if pdf is not None:
            pdf.close()

    def close(self) -> None:
        """End every process. Who still waits gets a StorageError. Safe to call twice."""
        with self._lock:
            self._closed = True
            still_open = list(self._open.values())
            self._open.clear()
        for pdf in still_open:
            pdf.close()

    def _pdf(self, path: Path) -> _OpenPdf:
        with self._lock:
            if self._closed:
                raise _closed()
            pdf = self._open.get(path)
            if pdf is None:
                pdf = self._open[path] = _OpenPdf({**self._first, "path": str(path)}, self._timeout_s)
            self._open.move_to_end(path)
            left = self._open.popitem(last=False)[1] if len(self._open) > _MOST_PROCESSES else None
        if left is not None:
            left.close()
        return pdf


class _OpenPdf:
    """One PDF and the process that draws it, started when it is first needed."""

    def __init__(self, first: dict[str, Any], timeout_s: float) -> None:
        self._first = first
        self._name = Path(first["path"]).name
        self._timeout_s = timeout_s
        self._turns = _NewestFirst(_MOST_WAITING)
        self._process: subprocess.Popen[bytes] | None = None
        self._labels: list[str] | None = None

    def labels(self) -> list[str]:
        if self._labels is None:
            with self._turns.turn():
                if self._labels is None:
                    self._start()
        assert self._labels is not None
        return self._labels

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._turns.turn():
            for is_last in (False, True):
                if self._process is None or self._process.poll() is not None:
                    self._start()
                answer = self._exchange(request)
                if answer is not None:
                    return answer
                if self._end() != 0 or is_last:  # it ends by itself, with 0, when it was idle
                    break
            raise self._broke()

    def close(self) -> None:
        """End the process. Who waits is turned away; who is being served gets an error."""
        self._turns.close()
        process = self._process
        if process is not None:
            process.kill()
        with self._turns.last_turn():
            self._end()

    def _start(self) -> None:
        """Start the process and have it open the file. Raises StorageError."""
        self._end()
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), environment.get("PYTHONPATH", "")]))
        self._process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        answer = self._exchange(self._first) or {}
        labels = answer.get("labels")
        if not isinstance(labels, list):
            self._end()
            raise self._broke() if not answer else StorageError(f"“{self._name}” cannot be opened as a PDF any more.")
        self._labels = [str(label) for label in labels]

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """The process's answer; None when it broke down or took too long, and then it has ended."""
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        if self._turns.closed:
            return None
        end = threading.Timer(self._timeout_s, process.kill)
        end.start()
        try:
            write_frame(process.stdin, request)
            return read_frame(process.stdout)
        except (BrokenMessage, OSError, ValueError):
            process.kill()
            return None
        finally:
            end.cancel()
            end.join()

    def _end(self) -> int:
        """Make sure the process is gone; returns what it ended with."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.2 if process.poll() is None else 0)
        process.kill()
        returncode = process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):  # what was still to be written has no reader any more
                pipe.close()
        return returncode

    def _broke(self) -> StorageError:
        if self._turns.closed:
            return _closed()
        log.warning("a process that draws pages broke down")
        return StorageError(
            f"This page of “{self._name}” could not be drawn; it may be damaged. Its text is not affected."
        )


class _NewestFirst:
    """Lets one thread through at a time: of those waiting the newest. Beyond `most`, the oldest is turned away."""

    def __init__(self, most: int) -> None:
        self.closed = False
        self._most = most
        self._busy = False
        self._waiting: list[object] = []
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Raises PageSkipped when turned away, StorageError once closed."""
        own = object()
        with self._changed:
            self._waiting.append(own)
            del self._waiting[: -self._most]
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.closed or own not in self._waiting or self._is_next(own))
            if own in self._waiting:
                self._waiting.remove(own)
                if self.closed:
                    raise _closed()
            else:
                raise PageSkipped("A newer page was asked for.")
            self._busy = True
        try:
            yield
        finally:
            self._leave()

    @contextlib.contextmanager
    def last_turn(self) -> Iterator[None]:
        """The turn of who closed, once nobody else is through."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy)
            self._busy = True
        try:
            yield
        finally:
            self._leave()

    def close(self) -> None:
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _is_next(self, own: object) -> bool:
        return not self._busy and self._waiting[-1] is own

    def _leave(self) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()


def _closed() -> StorageError:
    return StorageError("Palimpsest is closing, or the document was closed.")

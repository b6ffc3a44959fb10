"""Reading a file in a process of its own, so that no file can hang, crash or exhaust this one.

The child (storage.readers.child) is bounded in memory and processor time by the system, in wall-clock time and output
by its parent, and killed when the reading is given up. Every way it can end but one is a ReaderError with one sentence.
"""

from __future__ import annotations

import logging
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from storage.document import Document
from storage.errors import ReaderBroke, ReaderError
from storage.readers import limits
from storage.readers.frames import BrokenMessage, read_frame, write_frame
from storage.readers.messages import document_from_messages
from storage.readers.source import Source

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-X", "utf8", "-m", "storage.readers.child")
_ROOT = Path(__file__).resolve().parents[2]
_POLL_S = 0.05
_STDERR_BYTES = 64 * 1024
_FRAME_OF_TRACEBACK = re.compile(r'^  File ".*?([^/\\"]+)", line (\d+), in (\S+)$', re.MULTILINE)
_EXCEPTION = re.compile(r"^([A-Za-z_][\w.]*)(?::|$)", re.MULTILINE)


class ReadingStopped(ReaderError):
    """The user gave the reading up; nothing is left of it."""


@dataclass(frozen=True, slots=True)
class ReadProgress:
    """done and total count `unit`s ("page", "part", "conversation"); total None and unit "": still at it."""

    done: int
    total: int | None
    unit: str


def read_file(
    path: Path | str,
    *,
    timeout_s: float = 120,
    memory_mb: int = 1500,
    on_progress: Callable[[ReadProgress], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Document:
    """Read a file of any kind we know. Raises ReaderError; ReadingStopped once `cancelled()` is true."""
    steps = read_steps(path, timeout_s=timeout_s, memory_mb=memory_mb)
    try:
        while True:
            try:
                progress = next(steps)
            except StopIteration as stop:
                document: Document = stop.value
                return document
            if cancelled():
                raise ReadingStopped(f"Reading “{Path(path).name}” was stopped.")
            if on_progress is not None:
                on_progress(progress)
    finally:
        steps.close()


def read_steps(
    path: Path | str, *, timeout_s: float = 120, memory_mb: int = 1500
) -> Generator[ReadProgress, None, Document]:
    """The same as a generator that yields at least every 50 ms; closing it kills the child."""
    source = Source(Path(path))
    deadline = time.monotonic() + timeout_s
    child = _Child.start(source, cpu_s=timeout_s + 1, memory_bytes=memory_mb * limits.MIB)
    messages: list[dict[str, Any]] = []
    progress = ReadProgress(0, None, "")
    try:
        while True:
            if time.monotonic() > deadline:
                raise source.refusal(
                    f"took longer than {timeout_s:g} s to read and was given up; it may be damaged. "
                    "Convert it to another format.",
                    ReaderBroke,
                )
            message = child.next_message(_POLL_S)
            if message is None:
                yield progress
            elif "progress" in message:
                progress = _progress(message["progress"])
                yield progress
            elif "error" in message:
                raise ReaderError(str(message["error"]))
            elif "memory" in message:
                raise _too_large(source, memory_mb)
            elif "ended" in message:
                raise _failure(source, child, memory_mb)
            else:
                messages.append(message)
                if "end" in message:
                    return _checked(source, messages)
    finally:
        child.kill()


def _progress(values: Any) -> ReadProgress:
    done, total, unit = values if isinstance(values, list) and len(values) == 3 else (0, None, "")
    return ReadProgress(int(done), None if total is None else int(total), str(unit))


def _checked(source: Source, messages: list[dict[str, Any]]) -> Document:
    try:
        return document_from_messages(messages)
    except BrokenMessage:
        raise source.refusal(
            "could not be read: its reader gave no sensible answer. The file may be damaged.", ReaderBroke
        ) from None


def _too_large(source: Source, memory_mb: int) -> ReaderError:
    return source.refusal(
        f"needs more than {memory_mb} MB of memory to read and was given up; split it and try again.", ReaderBroke
    )


def _failure(source: Source, child: _Child, memory_mb: int) -> ReaderError:
    """The sentence for a child that ended without an answer; what it was doing goes to the log, without its texts."""
    returncode, errors = child.post_mortem()
    places = " < ".join(
        f"{file}:{line} {name}" for file, line, name in reversed(_FRAME_OF_TRACEBACK.findall(errors)[-6:])
    )
    names = _EXCEPTION.findall(errors.rpartition("\n  ")[2])
    log.warning(
        "reader ended with code %s: %s at %s", returncode, names[-1] if names else "no exception", places or "?"
    )
    if "MemoryError" in names or "bad_alloc" in errors:
        return _too_large(source, memory_mb)
    if returncode == -24:  # SIGXCPU
        return source.refusal(
            "took too long to read and was given up; it may be damaged. Convert it to another format.", ReaderBroke
        )
    return source.refusal(
        "could not be read: its reader broke down on it. The file may be damaged; convert it to another format.",
        ReaderBroke,
    )


class _Child:
    """One reading process with threads that empty its pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._messages: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._errors = b""
        assert process.stdout is not None and process.stderr is not None
        self._threads = [
            threading.Thread(target=self._drain_answers, args=(process.stdout,), daemon=True),
            threading.Thread(target=self._drain_errors, args=(process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @classmethod
    def start(cls, source: Source, *, cpu_s: float, memory_bytes: int) -> _Child:
        environment = dict(os.environ)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), environment.get("PYTHONPATH", "")]))
        process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        child = cls(process)
        assert process.stdin is not None
        try:
            request = {"path": str(source.path.absolute()), "memory_bytes": memory_bytes, "cpu_s": cpu_s}
            write_frame(process.stdin, request)
        except (BrokenPipeError, UnicodeEncodeError) as problem:
            child.kill()
            raise source.refusal("could not be read: its reader did not start.") from problem
        return child

    def next_message(self, timeout_s: float) -> dict[str, Any] | None:
        """The child's next message, {"ended": True} after its last, None when there was none in time."""
        try:
            return self._messages.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def post_mortem(self) -> tuple[int, str]:
        """(return code, what it wrote to standard error) of a child that closed its output."""
        try:
            returncode = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            returncode = self._process.wait()
        self._threads[1].join(timeout=2)
        return returncode, self._errors.decode("utf-8", errors="replace")

    def kill(self) -> None:
        """End the process if it runs, and let go of its pipes. Safe to call twice."""
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                _close(pipe)

    def _drain_answers(self, stream: IO[bytes]) -> None:
        for message in _bounded_messages(stream):
            self._messages.put(message)
        self._messages.put({"ended": True})

    def _drain_errors(self, stream: IO[bytes]) -> None:
        while data := stream.read1(8192):  # type: ignore[attr-defined]  # a pipe's BufferedReader has it
            self._errors = (self._errors + data)[-_STDERR_BYTES:]


def _bounded_messages(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Messages until the stream ends, breaks, or has said more than any document may."""
    room = limits.MAX_OUTPUT_BYTES
    room_for_pictures = limits.MAX_PICTURES_BYTES + limits.MAX_PICTURE_BYTES
    try:
        while (message := read_frame(stream)) is not None:
            room -= sum(len(value) for value in message.values() if isinstance(value, str | list | dict))
            room_for_pictures -= len(message.get("data", b""))
            if room < 0 or room_for_pictures < 0:
                return
            yield message
    except BrokenMessage:
        return


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:  # what was still to be written has no reader any more
        return

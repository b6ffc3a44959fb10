"""Handlers for the tests of runners: programs that say some things and end in a given way. Importable in a child process."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.jobs import Handler, Lane, Progress, Steps, Text

log = logging.getLogger("engine.test")


class Panic(BaseException):
    """As native libraries raise it: not an Exception."""


@dataclass(frozen=True)
class Program:
    """A handler's life: what it says, and how it ends: "return" | "sentence" | "bug" | "panic" | "crash" | "unsendable"."""

    says: tuple[str, ...]
    ends: str
    lane: Lane


@dataclass(frozen=True)
class Linger:
    """Runs until it is stopped; `file`, where given, says that it ran and that it was cleaned up."""

    file: Path | None = None


@dataclass(frozen=True)
class Deaf:
    """Says that it runs, then comes to no yield for some seconds."""

    seconds: float


@dataclass(frozen=True)
class AskProcess:
    """-> (process id, niceness, modules loaded)"""


@dataclass(frozen=True)
class Say:
    """Logs a line."""

    line: str


@dataclass(frozen=True)
class Unsendable:
    """A request that does not pickle."""

    lock: object


PROGRAM_REQUESTS = (Program, Linger, Deaf, AskProcess, Say, Unsendable)


def program_event(place: int, word: str) -> Progress | Text:
    """What a program says at a place."""
    return Progress("work", place) if word == "progress" else Text(str(place))


def end_program(program: Program) -> str | threading.Lock:
    match program.ends:
        case "sentence":
            raise EngineError("needs 9 GB, 8 GB are free")
        case "bug":
            raise ZeroDivisionError
        case "panic":
            raise Panic
        case "crash":
            os.abort()
        case "unsendable":
            return threading.Lock()
    return "done"


def program_handlers() -> Mapping[type, Handler]:
    logging.getLogger("engine.jobs").setLevel(logging.CRITICAL)  # the bugs are meant
    logging.getLogger("__main__").setLevel(logging.CRITICAL)

    def play(program: Program) -> Steps[object]:
        for place, word in enumerate(program.says):
            yield program_event(place, word)
        return end_program(program)

    def linger(request: Linger) -> Steps[None]:
        try:
            while True:
                if request.file is not None:
                    request.file.write_text(f"running {time.monotonic()}")
                yield Progress("lingering", 0)
                time.sleep(0.01)
        finally:
            if request.file is not None:
                request.file.write_text("cleaned up")

    def deaf(request: Deaf) -> Steps[None]:
        yield Progress("deaf", 0)
        time.sleep(request.seconds)
        yield Progress("deaf", 1)

    def ask_process(_: AskProcess) -> Steps[tuple[int, int, list[str]]]:
        yield None
        return os.getpid(), os.getpriority(os.PRIO_PROCESS, 0), sorted(sys.modules)

    def say(request: Say) -> Steps[None]:
        yield None
        log.warning("%s", request.line)

    return {Program: play, Linger: linger, Deaf: deaf, AskProcess: ask_process, Say: say}

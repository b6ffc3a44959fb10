"""The engine with a request that ends its process as native code does, and one that goes on. Importable in a child process."""

from __future__ import annotations

import ctypes
import importlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.engine_setup import engine_handlers
from engine.api import Ask
from engine.jobs import Handler, Progress, Steps, Text
from engine.runtime import Runtime, handlers


@dataclass(frozen=True)
class Abort:
    """how: "abort" (what every failed assertion comes to), "ggml" (the assertion of llama.cpp itself), "segfault"."""

    how: str = "abort"


@dataclass(frozen=True)
class Count:
    """Counts to `total`, each number kept in `file` before it is told: what learning is, without a model."""

    file: Path
    total: int
    resume: bool = False

    def going_on(self) -> Count:
        return replace(self, resume=True)


def end_process(how: str) -> None:
    match how:
        case "ggml":
            from engine.llama.library import library

            library()
            native: Any = importlib.import_module("llama_cpp.llama_cpp")._lib
            native.ggml_abort(b"a-file.c", 1, b"GGML_ASSERT(%s) failed", b"this")
        case "segfault":
            ctypes.string_at(0)
    os.abort()


def aborting_handlers() -> Mapping[type, Handler]:
    """The real engine, `Abort` and `Count`."""

    def abort(request: Abort) -> Steps[None]:
        yield Text("so far ")
        end_process(request.how)

    def count(request: Count) -> Steps[int]:
        done = int(request.file.read_text()) if request.resume else 0
        while done < request.total:
            done += 1
            request.file.write_text(str(done))
            yield Progress("counting", done, request.total)
            time.sleep(0.005)
        return done

    return {**handlers(Runtime()), Abort: abort, Count: count}


def engine_that_cannot_answer(*args: Any, **options: Any) -> Mapping[type, Handler]:
    """As `app.engine_setup.engine_handlers`, whose questions end in native code, in the middle of the answer."""

    def ask(_: Ask) -> Steps[None]:
        yield Text("The keeper ")
        end_process("abort")

    return {**engine_handlers(*args, **options), Ask: ask}

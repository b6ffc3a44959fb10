"""The native library of llama-cpp-python: whether it is here, and how to reach it.

Knows versions and log levels. Knows no model. Whether it is here is told without importing it: that takes a second.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import importlib.metadata
import logging
import os
import re
from collections.abc import Iterator
from typing import Any

from engine.errors import ModelError

log = logging.getLogger(__name__)

OLDEST = (0, 3, 36)
NEWEST = (0, 4)
"""Versions from OLDEST up to but not NEWEST have the calls and the sequence state that are used here."""

_GET_IT = 'pip install "palimpsest[llama]" adds it; it is compiled here, which takes five to ten minutes.'
_LEVELS = {1: logging.DEBUG, 2: logging.DEBUG, 3: logging.DEBUG, 4: logging.WARNING}
"""Its levels: debug, information, warning (what it warns of is no news to anybody here), error."""


def why_unavailable() -> str | None:
    """Why llama.cpp cannot be used here, with the way out; None where it can."""
    try:
        version = importlib.metadata.version("llama-cpp-python")
    except importlib.metadata.PackageNotFoundError:
        return f"llama.cpp is not installed: {_GET_IT}"
    if not OLDEST <= _numbers(version) < NEWEST:
        oldest, newest = _spelled(OLDEST), _spelled(NEWEST)
        return f"llama-cpp-python {version} is installed and Palimpsest knows {oldest} up to {newest}: {_GET_IT}"
    return None


@functools.cache
def library() -> Any:
    """The functions and structures of llama.h, through ctypes. Raises ModelError where it cannot be used."""
    reason = why_unavailable()
    if reason is not None:
        raise ModelError(reason)
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # an abort would start a debugger on this process first
    try:
        native = importlib.import_module("llama_cpp.llama_cpp")
    except (ImportError, OSError, RuntimeError) as problem:
        raise ModelError(f"llama.cpp is installed and does not load ({problem}): {_GET_IT}") from problem
    native.llama_log_set(_log_callback(), ctypes.c_void_p(0))
    native.llama_backend_init()
    return native


@contextlib.contextmanager
def errors_expected() -> Iterator[None]:
    """Inside, what it calls an error is none: it was told to stop."""
    _lines().quiet = True
    try:
        yield
    finally:
        _lines().quiet = False


@contextlib.contextmanager
def lines_heard() -> Iterator[list[str]]:
    """The lines it says inside: some facts it tells in no other way."""
    heard: list[str] = []
    _lines().heard = heard
    try:
        yield heard
    finally:
        _lines().heard = None


@functools.cache
def _log_callback() -> Any:
    """What it says goes into our log; without a callback it writes to stderr. Kept: the native side holds its address."""
    return ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(_lines().add)


@functools.cache
def _lines() -> _Lines:
    return _Lines()


class _Lines:
    """Pieces of native log, put together to lines. quiet: errors are logged as everything else; heard: gets the lines, too."""

    def __init__(self) -> None:
        self.quiet = False
        self.heard: list[str] | None = None
        self._begun = ""
        self._level = logging.DEBUG

    def add(self, level: int, text: bytes | None, _data: object) -> None:
        self._level = _LEVELS.get(level, self._level)  # another one: the line goes on
        *lines, self._begun = (self._begun + (text or b"").decode("utf-8", "replace")).split("\n")
        for line in lines:
            if self.heard is not None:
                self.heard.append(line)
            if line.strip("."):
                log.log(logging.DEBUG if self.quiet else self._level, "llama.cpp: %s", line)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _spelled(version: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in version)

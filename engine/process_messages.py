"""What the engine's process and its parent say to each other: pickled values, each behind its length.

Knows a stream of bytes. Both ends are ours and the stream is an anonymous pipe between them, which is what makes
pickle fit to use; nothing that comes from a file or from elsewhere is ever read with it.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from engine.jobs import Handler, Lane

_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Setup:
    """The first word to the process. log_level: below it nothing is reported."""

    make_handlers: Callable[[], Mapping[type, Handler]]
    expected: tuple[type[Exception], ...]
    log_level: int


@dataclass(frozen=True, slots=True)
class Submit:
    job_id: int
    request: Any
    lane: Lane


@dataclass(frozen=True, slots=True)
class Cancel:
    job_id: int


@dataclass(frozen=True, slots=True)
class Close:
    """End every job, report their ends, and exit."""


def pack(value: object) -> bytes:
    """A value as it goes over the pipe. Raises what pickle raises for a value that is not plain data."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


def read_value(stream: IO[bytes]) -> Any:
    """The next value. Raises EOFError when the other end is gone, also in the middle of a value."""
    return pickle.loads(_read_exactly(stream, _LENGTH.unpack(_read_exactly(stream, _LENGTH.size))[0]))  # noqa: S301  # our own process wrote it


def _read_exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data

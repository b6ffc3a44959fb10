"""Where the memory of segments lies while a text is read: in memory, or in a file, so that a long text takes no more of it than a
short one.

Knows states and one file it was handed. Knows nothing of what a segment says.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import torch

from engine.errors import EngineError, StateMismatch
from engine.kv_state import KVState


class SegmentShelf(Protocol):
    """States in the order they were put there, all made alike: of one identity, at the same positions, in one dtype."""

    def __len__(self) -> int: ...

    def add(self, state: KVState) -> None:
        """Raises StateMismatch for a state that is not made like the first one."""
        ...

    def states(self, numbers: Sequence[int]) -> list[KVState]: ...

    def clear(self) -> None: ...

    @property
    def nbytes(self) -> int:
        """What is held in memory."""
        ...


class MemoryShelf:
    """All states in memory, on the model's device: for texts of moderate length, and the plain twin of `FileShelf`."""

    def __init__(self) -> None:
        self._states: list[KVState] = []

    def __len__(self) -> int:
        return len(self._states)

    def add(self, state: KVState) -> None:
        if self._states:
            _check_alike(state, self._states[0])
        self._states.append(state)

    def states(self, numbers: Sequence[int]) -> list[KVState]:
        return [self._states[number] for number in numbers]

    def clear(self) -> None:
        self._states.clear()

    @property
    def nbytes(self) -> int:
        return sum(state_bytes(state) for state in self._states)


class FileShelf:
    """States in a file that is open for reading and writing (`tempfile.TemporaryFile()`): records of one size, one behind the other,
    in the dtype they were computed in.

    The file is the shelf's alone and says nothing of itself: it is scratch paper, no format.
    """

    def __init__(self, file: io.BufferedRandom) -> None:
        self._file = file
        self._count = 0
        self._first: KVState | None = None

    def __len__(self) -> int:
        return self._count

    def add(self, state: KVState) -> None:
        """Raises EngineError when the disk has no room."""
        if self._first is None:
            self._first = state
        _check_alike(state, self._first)
        record = torch.stack([*state.keys, *state.values]).cpu()  # [2 L, Hkv, n, D]
        try:
            self._file.seek(self._count * record.nbytes)
            self._file.write(record.view(torch.uint8).numpy().data)
            self._file.flush()
        except OSError as problem:
            raise EngineError(f"The memory of segment {self._count + 1:,} cannot be written: {problem}.") from problem
        self._count += 1

    def states(self, numbers: Sequence[int]) -> list[KVState]:
        return [self._read(number) for number in numbers]

    def clear(self) -> None:
        self._count, self._first = 0, None
        self._file.truncate(0)

    @property
    def nbytes(self) -> int:
        return 0 if self._first is None else state_bytes(self._first)

    def _read(self, number: int) -> KVState:
        like = self._first
        if like is None or not 0 <= number < self._count:
            raise IndexError(f"segment {number} of {self._count}")
        keys = like.keys[0]
        record = torch.empty((2 * len(like.keys), *keys.shape), dtype=keys.dtype)
        self._file.seek(number * record.nbytes)
        if self._file.readinto(record.view(torch.uint8).numpy().data) != record.nbytes:
            raise EngineError(f"The memory of segment {number + 1:,} is not in its file any more.")
        first, second = record.chunk(2)
        return replace(like, keys=list(first.unbind(0)), values=list(second.unbind(0)))


def state_bytes(state: KVState) -> int:
    """What a state's keys and values take."""
    return sum(tensor.nbytes for tensor in (*state.keys, *state.values))


def _check_alike(state: KVState, other: KVState) -> None:
    if (
        state.identity != other.identity
        or not torch.equal(state.positions, other.positions)
        or state.keys[0].dtype != other.keys[0].dtype
    ):
        raise StateMismatch("These segments do not belong together.")

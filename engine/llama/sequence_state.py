"""The bytes llama.cpp gives and takes for the keys and values of a text, as arrays and back.

Knows this one format and numpy. Knows no tensor of ours, no model, and calls nothing native.

    head            magic, sequence
    each cache      streams (1), cells
      each cell     position, sequences (1), sequence
                    V transposed?, layers
      K of a layer  type, bytes of a row, rows `[cells, width]`
      V of a layer  the same; transposed: type, bytes of an element, width, `[width, cells]`

Models with sliding windows have two caches: the layers without a window, then those with one. The format carries no model and no
version, so nothing is believed: a layout is proven on a state that is known (`of_probe`), and what differs from it is refused.
Source: llama.cpp, src/llama-context.cpp (state_seq_get_data), src/llama-kv-cache.cpp (state_write) and llama-kv-cache-iswa.cpp, in
llama-cpp-python 0.3.36.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import StateMismatch

MAGIC = 0xAF143CD8
SEQUENCE = 0
_CELL = np.dtype([("position", "<i4"), ("sequences", "<u4"), ("sequence", "<i4")])
_TYPES: dict[int, np.dtype[Any]] = {0: np.dtype("<f4"), 1: np.dtype("<f2")}
_LAST_POSITION = 2**31 - 1

Bytes = NDArray[np.uint8]
Rows = list[NDArray[Any]]
"""Keys or values of each layer, `[T, width]`, in the order of llama.cpp's channels."""


@dataclass(frozen=True, slots=True)
class SequenceLayout:
    """How the states of one model in one context are laid out.

    caches: which layers each cache holds, in the order they stand there. key_width, value_width: channels of all heads of a layer.
    """

    caches: tuple[tuple[int, ...], ...]
    key_width: int
    value_width: int
    dtype: np.dtype[Any]
    transposed: bool

    @classmethod
    def of_probe(
        cls, data: Bytes | bytes, *, cells: int, caches: Sequence[Sequence[int]], widths: tuple[int, int]
    ) -> Self:
        """The layout of a real state of so many cells. Raises StateMismatch when it is not wholly understood."""
        held = tuple(tuple(layers) for layers in caches)
        array = np.frombuffer(data, np.uint8)
        for dtype in _TYPES.values():
            for transposed in (False, True):
                layout = cls(held, *widths, dtype, transposed)
                if len(array) == layout.nbytes(cells):  # two of four may be as long; `unpack` tells them apart
                    try:
                        positions = layout.unpack(array)[2]
                    except StateMismatch:
                        continue
                    if len(positions) == cells:
                        return layout
        _refuse("it is laid out in another way")

    def nbytes(self, cells: int) -> int:
        """Of a state of so many cells."""
        row = (self.key_width + self.value_width) * self.dtype.itemsize
        layers = sum(len(layers) for layers in self.caches)
        return 8 + len(self.caches) * (16 + cells * _CELL.itemsize) + layers * (24 + cells * row)

    def blank(self, positions: Sequence[int] | NDArray[np.int64]) -> tuple[Bytes, Rows, Rows]:
        """A state of cells at these positions, its keys and values still to be written: they are views into it.

        In the cache of the layers with a window the cells stand at consecutive positions up to the last: there positions say only
        what the window reaches, and in transformers it reaches so many slots, whatever lies between them.
        """
        at = np.asarray(positions, np.int64)
        if len(at) == 0 or at[0] < 0 or at[-1] > _LAST_POSITION or bool((np.diff(at) <= 0).any()):
            raise ValueError("positions that do not rise")
        consecutive = at[-1] - np.arange(len(at) - 1, -1, -1)
        writer = _Writer(np.empty(self.nbytes(len(at)), np.uint8), [at, consecutive])
        keys, values = self._walk(writer)
        return writer.data, keys, values

    def unpack(self, data: Bytes | bytes) -> tuple[Rows, Rows, NDArray[np.int64]]:
        """Keys, values and positions of a state, by position; views into it where they stand so already.

        Raises StateMismatch for every state that is not of this layout to the last byte.
        """
        reader = _Reader(np.frombuffer(data, np.uint8))
        keys, values = self._walk(reader)
        positions = reader.positions[0]
        if reader.place != len(reader.data):
            _refuse("it goes on behind its end")
        order = np.argsort(positions)
        if bool((np.diff(order) == 1).all()):
            return keys, values, positions
        return [rows[order] for rows in keys], [rows[order] for rows in values], positions[order]

    def _walk(self, over: _Reader | _Writer) -> tuple[Rows, Rows]:
        """Over a state from its first byte to its last: the one place that says what stands where. Keys and values by layer."""
        keys: dict[int, NDArray[Any]] = {}
        values: dict[int, NDArray[Any]] = {}
        kind = next(number for number, dtype in _TYPES.items() if dtype == self.dtype)
        size = self.dtype.itemsize
        over.word(MAGIC, "it is of an unknown kind")
        over.word(SEQUENCE, "it is of another sequence")
        for layers in self.caches:
            over.word(1, "it has another number of streams")
            T = over.cells()
            over.word(int(self.transposed), "its values are laid out in another way")
            over.word(len(layers), "it has another number of layers")
            for layer in layers:
                over.word(kind, "its keys are of another type")
                over.long(self.key_width * size, "its keys are of another width")
                keys[layer] = over.rows(T, self.key_width, self.dtype)
            for layer in layers:
                over.word(kind, "its values are of another type")
                if self.transposed:
                    over.word(size, "its values are of another type")
                    over.word(self.value_width, "its values are of another width")
                    values[layer] = over.rows(self.value_width, T, self.dtype).T
                else:
                    over.long(self.value_width * size, "its values are of another width")
                    values[layer] = over.rows(T, self.value_width, self.dtype)
        return [keys[layer] for layer in sorted(keys)], [values[layer] for layer in sorted(values)]


class _Walker:
    """A place in a state, moved on by what is read or written there. positions: of the cells of each cache, in any order."""

    def __init__(self, data: Bytes, positions: Iterable[NDArray[np.int64]] = ()) -> None:
        self.data = data
        self.positions = list(positions)
        self.place = 0

    def rows(self, rows: int, width: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        return self.take(rows * width * dtype.itemsize).view(dtype).reshape(rows, width)

    def take(self, count: int) -> Bytes:
        if self.place + count > len(self.data):
            _refuse("it ends too early")
        piece = self.data[self.place : self.place + count]
        self.place += count
        return piece


class _Writer(_Walker):
    """Writes what is to stand there."""

    def word(self, value: int, _otherwise: str) -> None:
        self.take(4).view("<u4")[0] = value

    def long(self, value: int, _otherwise: str) -> None:
        self.take(8).view("<u8")[0] = value

    def cells(self) -> int:
        positions = self.positions.pop(0)
        self.take(4).view("<u4")[0] = len(positions)
        cells = self.take(len(positions) * _CELL.itemsize).view(_CELL)
        cells["position"], cells["sequences"], cells["sequence"] = positions, 1, SEQUENCE
        return len(positions)


class _Reader(_Walker):
    """Refuses a state where something else stands there."""

    def word(self, value: int, otherwise: str) -> None:
        if int(self.take(4).view("<u4")[0]) != value:
            _refuse(otherwise)

    def long(self, value: int, otherwise: str) -> None:
        if int(self.take(8).view("<u8")[0]) != value:
            _refuse(otherwise)

    def cells(self) -> int:
        count = int(self.take(4).view("<u4")[0])
        cells = self.take(count * _CELL.itemsize).view(_CELL)
        at = cells["position"].astype(np.int64)
        if bool((cells["sequences"] != 1).any()) or bool((cells["sequence"] != SEQUENCE).any()):
            _refuse("its cells say more than their position")
        if count == 0 or bool((at < 0).any()) or len(np.unique(at)) != count:
            _refuse("it has no sound positions")
        if self.positions and not np.array_equal(at, self.positions[0]):
            _refuse("its layers hold different positions")
        self.positions.append(at)
        return count


def _refuse(why: str) -> NoReturn:
    raise StateMismatch(f"A prompt state of llama.cpp is not used: {why}.")

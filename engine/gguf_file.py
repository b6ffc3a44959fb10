"""The header of a GGUF file, read with every length and offset checked against the file's size.

Knows one file's bytes. Knows nothing of tensors' values; what passes here can be handed to a reader that trusts its
input.
Source: the GGUF specification (ggml-org/ggml, docs/gguf.md), versions 2 and 3, little-endian.
"""

from __future__ import annotations

import math
import mmap
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from engine.errors import ModelError

MAX_ENTRIES = 65_536
"""More metadata keys or tensors than any real model has."""

Scalar = int | float | bool | str

_STRING, _ARRAY = 8, 9
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_BLOCK = re.compile(r"blk\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """shape: row-major, as torch has it. start: byte offset in the file."""

    name: str
    shape: tuple[int, ...]
    start: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """metadata: every scalar; arrays are given by their length in `array_lengths`."""

    metadata: dict[str, Scalar]
    array_lengths: dict[str, int]
    tensors: tuple[TensorEntry, ...]

    @property
    def architecture(self) -> str:
        return str(self.metadata.get("general.architecture", ""))

    @property
    def parameters(self) -> int:
        return sum(math.prod(tensor.shape) for tensor in self.tensors)


class _Cursor:
    """Reads forward through the file and never past its end."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self.position = 0

    def take(self, count: int) -> bytes:
        end = self.position + count
        if count > len(self._data) or end > len(self._data):
            raise _Broken("it ends too early")
        piece = self._data[self.position : end]
        self.position = end
        return piece

    def skip(self, count: int) -> None:
        if self.position + count > len(self._data):
            raise _Broken("it ends too early")
        self.position += count

    def number(self, form: str) -> int | float | bool:
        value: int | float | bool = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return value

    def unsigned(self, form: str) -> int:
        return int(self.number(form))

    def string(self) -> str:
        try:
            return self.take(self.unsigned("<Q")).decode("utf-8")
        except UnicodeDecodeError as problem:
            raise _Broken("a name in it is not text") from problem


class _Broken(Exception):
    """Why the header cannot be believed; becomes a sentence in `read_header`."""


def read_header(path: Path) -> GgufHeader:
    """Read and check metadata and tensor table. Raises ModelError with one sentence; never reads out of bounds.

    What is checked: magic, version, counts, string lengths, UTF-8, value types, tensor types, shapes, and that every
    tensor lies inside the file and that together they are no larger than it.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _parse(data)
    except _Broken as problem:
        raise ModelError(f"“{path.name}” is not a usable GGUF file: {problem}.") from problem
    except (OSError, ValueError) as problem:  # mmap refuses an empty file with ValueError
        raise ModelError(f"“{path.name}” cannot be read, or is empty.") from problem


def check_geometry(header: GgufHeader, name: str) -> None:
    """Raise ModelError unless the sizes in the metadata are those of the tensors, so that no wild number builds a
    wild model.
    """
    architecture = header.architecture
    shapes = {tensor.name: tensor.shape for tensor in header.tensors}
    blocks = {int(match[1]) for tensor in header.tensors if (match := _BLOCK.match(tensor.name))}
    embedding = shapes.get("token_embd.weight", ())

    def size(key: str, default: int = -1) -> int:
        value = header.metadata.get(f"{architecture}.{key}", default)
        return value if isinstance(value, int) else -1

    heads = size("attention.head_count")
    claims = (
        (size("block_count") == len(blocks) and blocks == set(range(len(blocks))), "its number of layers"),
        (len(embedding) == 2 and size("embedding_length") == embedding[-1], "the width of its embedding"),
        (len(embedding) == 2 and header.array_lengths.get("tokenizer.ggml.tokens") == embedding[0], "its vocabulary"),
        (1 <= size("feed_forward_length") == shapes.get("blk.0.ffn_up.weight", (0,))[0], "its feed-forward width"),
        (1 <= heads <= 4096, "its number of attention heads"),
        (1 <= size("attention.head_count_kv", heads) <= heads, "its number of key and value heads"),
        (1 <= size("context_length") <= 2**26, "its context length"),
    )
    for holds, what in claims:
        if not holds:
            raise ModelError(f"“{name}” is not a usable GGUF file: {what} does not fit its weights.")


def _parse(data: mmap.mmap) -> GgufHeader:
    cursor = _Cursor(data)
    if cursor.take(4) != b"GGUF":
        raise _Broken("it does not begin with “GGUF”")
    version = cursor.unsigned("<I")
    if version not in (2, 3):
        raise _Broken(f"its version is {version}, and only 2 and 3 are known")
    tensor_count, entry_count = cursor.unsigned("<Q"), cursor.unsigned("<Q")
    if max(tensor_count, entry_count) > MAX_ENTRIES:
        raise _Broken("it claims an impossible number of entries")
    metadata: dict[str, Scalar] = {}
    array_lengths: dict[str, int] = {}
    for _ in range(entry_count):
        key = cursor.string()
        if key in metadata or key in array_lengths:
            raise _Broken("it names a setting twice")
        kind = cursor.unsigned("<I")
        if kind == _ARRAY:
            array_lengths[key] = _skip_array(cursor)
        else:
            metadata[key] = _scalar(cursor, kind)
    tensors = _tensor_table(cursor, tensor_count, metadata, len(data))
    return GgufHeader(metadata, array_lengths, tensors)


def _scalar(cursor: _Cursor, kind: int) -> Scalar:
    if kind == _STRING:
        return cursor.string()
    if kind not in _SCALARS:
        raise _Broken(f"it holds a value of unknown type {kind}")
    value = cursor.number(_SCALARS[kind])
    if isinstance(value, float) and not math.isfinite(value):
        raise _Broken("a setting in it is not a finite number")
    return value


def _skip_array(cursor: _Cursor) -> int:
    kind, count = cursor.unsigned("<I"), cursor.unsigned("<Q")
    if kind == _STRING:
        for _ in range(count):  # each string takes at least 8 bytes, so a wild count meets the end of the file first
            cursor.string()
    elif kind in _SCALARS:
        cursor.skip(count * struct.calcsize(_SCALARS[kind]))
    else:
        raise _Broken(f"it holds a list of unknown type {kind}")
    return count


def _tensor_table(cursor: _Cursor, count: int, metadata: dict[str, Scalar], file_bytes: int) -> tuple[TensorEntry, ...]:
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment < 1 or alignment > 2**20 or alignment & (alignment - 1):
        raise _Broken("its alignment is not a power of two")
    known = {kind.value: GGML_QUANT_SIZES[kind] for kind in GGMLQuantizationType if kind in GGML_QUANT_SIZES}
    table: list[tuple[str, tuple[int, ...], int, int]] = []
    for _ in range(count):
        name, dimensions = cursor.string(), cursor.unsigned("<I")
        if not 1 <= dimensions <= 4:
            raise _Broken("a tensor has an impossible number of dimensions")
        sizes = [cursor.unsigned("<Q") for _ in range(dimensions)]
        kind, offset = cursor.unsigned("<I"), cursor.unsigned("<Q")
        if kind not in known:
            raise _Broken(f"a tensor has the unknown type {kind}")
        block_values, block_bytes = known[kind]
        values = math.prod(sizes)
        if values < 1 or sizes[0] % block_values:
            raise _Broken("a tensor has an impossible shape")
        if offset % alignment:
            raise _Broken("a tensor does not begin where it should")
        table.append((name, tuple(reversed(sizes)), offset, values // block_values * block_bytes))
    if len({name for name, *_ in table}) != len(table):
        raise _Broken("it names a tensor twice")
    data_start = -(-cursor.position // alignment) * alignment
    tensors = tuple(TensorEntry(name, shape, data_start + offset, nbytes) for name, shape, offset, nbytes in table)
    if any(tensor.start + tensor.nbytes > file_bytes for tensor in tensors):
        raise _Broken("it is incomplete, some of its weights are missing")
    if sum(tensor.nbytes for tensor in tensors) > file_bytes:
        raise _Broken("its weights lie over one another")
    return tensors

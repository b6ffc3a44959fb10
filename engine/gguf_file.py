"""The header of a GGUF file, read with every length and offset checked against the file's size.

Knows one file's bytes. Knows nothing of tensors' values; what passes here can be handed to a reader in Python that
trusts its input. What llama.cpp may be handed is more narrow: `engine.llama.file_check`.
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

MAX_HEADER_BYTES = 64 * 1024**2
"""Everything before the weights; the largest vocabularies of today take 15 MB."""

MAX_STRINGS = 2**22
"""Of one list: more tokens than any real vocabulary has."""

Scalar = int | float | bool | str

STRING, FLOAT32, INT32 = 8, 6, 5
"""Value types of GGUF, as `GgufArray.kind` has them."""

_ARRAY = 9
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_BLOCK = re.compile(r"blk\.(\d+)\.")


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """shape: row-major, as torch has it. start: byte offset in the file. kind: how values are stored, "F32", "Q4_K"."""

    name: str
    shape: tuple[int, ...]
    start: int
    nbytes: int
    kind: str


@dataclass(frozen=True, slots=True)
class GgufArray:
    """What a list in the metadata is, without its values.

    kind: the type of its values. distinct: strings that all differ, also for a program to which a string ends at its
    first zero and an empty one is called “[EMPTY_n]” after its place, as llama.cpp has it; False for other kinds.
    """

    kind: int
    length: int
    distinct: bool = False


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """metadata: every scalar. arrays: every list, by what it is."""

    metadata: dict[str, Scalar]
    arrays: dict[str, GgufArray]
    tensors: tuple[TensorEntry, ...]

    @property
    def array_lengths(self) -> dict[str, int]:
        return {key: array.length for key, array in self.arrays.items()}

    @property
    def alignment(self) -> int:
        return int(self.metadata.get("general.alignment", 32))

    @property
    def architecture(self) -> str:
        return str(self.metadata.get("general.architecture", ""))

    @property
    def parameters(self) -> int:
        return sum(math.prod(tensor.shape) for tensor in self.tensors)


class _Cursor:
    """Reads forward through the header and never past its end, or the file's."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._end = min(len(data), MAX_HEADER_BYTES)
        self.position = 0

    def take(self, count: int) -> bytes:
        start = self.position
        self.skip(count)
        return self._data[start : self.position]

    def skip(self, count: int) -> None:
        if count > self._end - self.position:
            raise _Broken("it ends too early" if self._end == len(self._data) else "its header has no end")
        self.position += count

    def number(self, form: str) -> int | float | bool:
        value: int | float | bool = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return value

    def unsigned(self, form: str) -> int:
        return int(self.number(form))

    def string(self) -> str:
        return _text(self.take(self.unsigned("<Q")))

    def name(self) -> str:
        """Of a setting or a tensor. Where C sees another end of it than Python, the two would not speak of the same."""
        name = self.string()
        if not (name and name.isascii() and name.isprintable()):
            raise _Broken("a name in it is not one")
        return name

    def strings(self, count: int) -> list[bytes]:
        """A list of strings in one go: vocabularies have hundreds of thousands."""
        if count > MAX_STRINGS:
            raise _Broken("a list in it is endless")
        data, position, end, length_at = self._data, self.position, self._end, struct.Struct("<Q").unpack_from
        pieces: list[bytes] = []
        for _ in range(count):
            start = position + 8
            if start > end or (position := start + length_at(data, position)[0]) > end:
                raise _Broken("it ends too early")
            pieces.append(data[start:position])
        self.position = position
        return pieces


class _Broken(Exception):
    """Why the header cannot be believed; becomes a sentence in `read_header`."""


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise _Broken("a name in it is not text") from problem


def read_header(path: Path) -> GgufHeader:
    """Read and check metadata and tensor table. Raises ModelError with one sentence; never reads out of bounds.

    What is checked: magic, version, counts, string lengths, UTF-8, names, value types, tensor types, shapes, and that
    every tensor lies inside the file and that together they are no larger than it. Takes time and memory for the
    header, not for the weights.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _parse(data)
    except _Broken as problem:
        raise ModelError(f"“{path.name}” is not a usable GGUF file: {problem}.") from problem
    except (OSError, ValueError) as problem:  # mmap refuses an empty file with ValueError
        raise ModelError(f"“{path.name}” cannot be read, or is empty.") from problem


def check_geometry(header: GgufHeader, name: str) -> None:
    """Raise ModelError unless this is one whole model, and the sizes in its metadata are those of its tensors, so
    that no wild number builds a wild model.
    """
    if (kind := header.metadata.get("general.type", "model")) != "model":
        raise ModelError(f"“{name}” is not a model but a part for one (“{str(kind)[:40]}”).")
    if header.metadata.get("split.count", 1) not in (0, 1):
        raise ModelError(f"“{name}” is one part of several; join them with llama-gguf-split --merge first.")
    architecture = header.architecture
    shapes = {tensor.name: tensor.shape for tensor in header.tensors}
    blocks = {int(match[1]) for tensor in header.tensors if (match := _BLOCK.match(tensor.name))}
    embedding = shapes.get("token_embd.weight", ())

    def size(key: str, default: int = -1) -> int:
        value = header.metadata.get(f"{architecture}.{key}", default)
        return value if isinstance(value, int) and not isinstance(value, bool) else -1

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
    arrays: dict[str, GgufArray] = {}
    for _ in range(entry_count):
        key = cursor.name()
        if key in metadata or key in arrays:
            raise _Broken("it names a setting twice")
        kind = cursor.unsigned("<I")
        if kind == _ARRAY:
            arrays[key] = _array(cursor)
        else:
            metadata[key] = _scalar(cursor, kind)
    tensors = _tensor_table(cursor, tensor_count, metadata, len(data))
    return GgufHeader(metadata, arrays, tensors)


def _scalar(cursor: _Cursor, kind: int) -> Scalar:
    if kind == STRING:
        return cursor.string()
    if kind not in _SCALARS:
        raise _Broken(f"it holds a value of unknown type {kind}")
    value = cursor.number(_SCALARS[kind])
    if isinstance(value, float) and not math.isfinite(value):
        raise _Broken("a setting in it is not a finite number")
    return value


def _array(cursor: _Cursor) -> GgufArray:
    kind, count = cursor.unsigned("<I"), cursor.unsigned("<Q")
    if kind == STRING:
        strings = cursor.strings(count)
        joined = b"\n".join(strings)
        _text(joined)  # joined by ASCII: all are UTF-8 if and only if this is
        if b"\0" in joined:
            strings = [string.partition(b"\0")[0] for string in strings]
        named = {string or b"[EMPTY_%d]" % place for place, string in enumerate(strings)}
        return GgufArray(kind, count, distinct=len(named) == count)
    if kind not in _SCALARS:
        raise _Broken(f"it holds a list of unknown type {kind}")
    cursor.skip(count * struct.calcsize(_SCALARS[kind]))
    return GgufArray(kind, count)


def _tensor_table(cursor: _Cursor, count: int, metadata: dict[str, Scalar], file_bytes: int) -> tuple[TensorEntry, ...]:
    from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment < 1 or alignment > 2**20 or alignment & (alignment - 1):
        raise _Broken("its alignment is not a power of two")
    known = {
        kind.value: (kind.name, *GGML_QUANT_SIZES[kind]) for kind in GGMLQuantizationType if kind in GGML_QUANT_SIZES
    }
    table: list[tuple[str, tuple[int, ...], int, int, str]] = []
    for _ in range(count):
        name, dimensions = cursor.name(), cursor.unsigned("<I")
        if not 1 <= dimensions <= 4:
            raise _Broken("a tensor has an impossible number of dimensions")
        sizes = [cursor.unsigned("<Q") for _ in range(dimensions)]
        kind, offset = cursor.unsigned("<I"), cursor.unsigned("<Q")
        if kind not in known:
            raise _Broken(f"a tensor has the unknown type {kind}")
        kind_name, block_values, block_bytes = known[kind]
        values = math.prod(sizes)
        if values < 1 or sizes[0] % block_values:
            raise _Broken("a tensor has an impossible shape")
        if offset % alignment:
            raise _Broken("a tensor does not begin where it should")
        table.append((name, tuple(reversed(sizes)), offset, values // block_values * block_bytes, kind_name))
    if len({name for name, *_ in table}) != len(table):
        raise _Broken("it names a tensor twice")
    data_start = -(-cursor.position // alignment) * alignment
    tensors = tuple(
        TensorEntry(name, shape, data_start + offset, nbytes, kind) for name, shape, offset, nbytes, kind in table
    )
    if any(tensor.start + tensor.nbytes > file_bytes for tensor in tensors):
        raise _Broken("it is incomplete, some of its weights are missing")
    if sum(tensor.nbytes for tensor in tensors) > file_bytes:
        raise _Broken("its weights lie over one another")
    return tensors

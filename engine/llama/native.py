"""One model in llama.cpp: its weights, its context with one text, its adapters. The only code that calls the native library.

Knows tokens, positions and bytes. Knows no document, no prompt, and nothing of what stands in a sequence state.
A broken promise ends the process in there (GGML_ASSERT), so all of them are kept here: positions follow on, no batch is
empty or too large, nothing reaches past the context, nothing is used after it was freed.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError, ModelError, OutOfMemory, StateMismatch
from engine.jobs import Interrupted
from engine.llama.library import errors_expected, library, lines_heard
from engine.sampling import Logits

log = logging.getLogger(__name__)

FIRST_CELLS = 2_048
BATCH_TOKENS = 512
SCORED_TOKENS = 64
"""Tokens in one batch that asks for the logits of every one: they are held all at once, a vocabulary each."""

_TEXT, _INCOMING = 0, 1
_CELL_BLOCK = 256
_HEAD_BYTES = 8
"""What stands before the cells in a sequence state, and is not in the state of the whole context."""
_CELLS_WORD = 3
_NO_SLOT, _ABORTED = 1, 2
_BUFFER = re.compile(r"(\S+) model buffer size = +([\d.]+) MiB")

SequenceBytes = NDArray[np.uint8] | bytes


class _Freed:
    """Stands where the library stood, once everything is freed: any call would reach into memory that is not ours any more."""

    def __getattr__(self, name: str) -> Any:
        raise EngineError("This model is not loaded in llama.cpp any more; try again.")


class AdapterHandle:
    """An adapter that is loaded into a `NativeModel`. nbytes: of its file."""

    def __init__(self, pointer: Any, nbytes: int) -> None:
        self.pointer = pointer
        self.nbytes = nbytes


class NativeModel:
    """Weights, context and adapters, freed by `close` (or as a context manager). Used by one thread.

    context_tokens: no position reaches it. The context begins small and grows by doubling: memory is taken for text
    that is there. Runs on the processor alone, also where the library was built for a graphics card: states that come and go, and
    reads that are stopped, were tried on no other.
    """

    def __init__(self, gguf: Path, *, context_tokens: int, threads: int) -> None:
        self._native: Any = library()
        self._context_tokens = context_tokens
        self._threads = threads
        self._context: Any = None
        self._memory: Any = None
        self._batch: Any = None
        self._adapters: list[AdapterHandle] = []
        self._in_use: tuple[AdapterHandle | None, float] = (None, 1.0)
        self._room = 0  # cells of the context
        self._cells = 0  # of these in use
        self._gaps_before = 0  # up to here cells stand for more than one position each
        options = self._native.llama_model_default_params()
        options.load_mode = self._native.LLAMA_LOAD_MODE_MMAP
        options.n_gpu_layers = 0
        with lines_heard() as lines:
            self._model = self._native.llama_model_load_from_file(os.fsencode(gguf), options)
        self._rearranged_bytes = _rearranged_bytes(lines)
        if not self._model:
            raise ModelError(f"llama.cpp cannot load {gguf.name}; what it says of it is in the log.")
        try:
            self.vocabulary_size = int(
                self._native.llama_vocab_n_tokens(self._native.llama_model_get_vocab(self._model))
            )
            self._row_type = ctypes.c_float * self.vocabulary_size
            self._batch = self._native.llama_batch_init(BATCH_TOKENS, 0, 1)
            self._tokens = np.ctypeslib.as_array(self._batch.token, (BATCH_TOKENS,))
            self._positions = np.ctypeslib.as_array(self._batch.pos, (BATCH_TOKENS,))
            self._wanted = np.ctypeslib.as_array(self._batch.logits, (BATCH_TOKENS,))
            np.ctypeslib.as_array(self._batch.n_seq_id, (BATCH_TOKENS,))[:] = 1
            for place in range(BATCH_TOKENS):
                self._batch.seq_id[place][0] = _TEXT
            self._open_context(min(FIRST_CELLS, self._most_cells))
            self._head, self._skipped = self._heads()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free everything. Safe to call twice; whatever else is called afterwards raises EngineError."""
        if self._context is not None:
            self._native.llama_free(self._context)
            self._context = None
        for handle in self._adapters:
            self._native.llama_adapter_lora_free(handle.pointer)
            handle.pointer = None
        self._adapters.clear()
        self._in_use = (None, 1.0)
        if self._batch is not None:
            del self._tokens, self._positions, self._wanted  # they look into it
            self._native.llama_batch_free(self._batch)
            self._batch = None
        if self._model:
            self._native.llama_model_free(self._model)
            self._model = None
        self._native = _Freed()

    # -- what it is ------------------------------------------------------------------------------------------------

    @property
    def architecture(self) -> str:
        return self._metadata("general.architecture")

    @property
    def weights_bytes(self) -> int:
        return int(self._native.llama_model_size(self._model))

    @property
    def parameters(self) -> int:
        return int(self._native.llama_model_n_params(self._model))

    @property
    def layers(self) -> int:
        return int(self._native.llama_model_n_layer(self._model))

    @property
    def heads(self) -> int:
        return int(self._native.llama_model_n_head(self._model))

    @property
    def kv_heads(self) -> int:
        return int(self._native.llama_model_n_head_kv(self._model))

    @property
    def head_widths(self) -> tuple[int, int]:
        """Channels of one head's key and of its value."""
        narrow = self._native.llama_model_n_embd(self._model) // self.heads
        key, value = (self._metadata(f"{self.architecture}.attention.{which}_length") for which in ("key", "value"))
        return int(key or narrow), int(value or narrow)

    @property
    def kv_bytes_per_token(self) -> int:
        """What one cell takes: keys and values of every layer in 16 bits."""
        return self.layers * self.kv_heads * sum(self.head_widths) * 2

    @property
    def bytes_held(self) -> int:
        """Weights (mapped from their file), those of them that stand in memory a second time, room for the text, adapters."""
        adapters = sum(handle.nbytes for handle in self._adapters)
        return self.weights_bytes + self._rearranged_bytes + self._room * self.kv_bytes_per_token + adapters

    @property
    def cells(self) -> int:
        """Tokens and slots that are held."""
        return self._cells

    @property
    def next_position(self) -> int:
        """Where the text goes on; 0 when nothing is held."""
        return int(self._native.llama_memory_seq_pos_max(self._memory, _TEXT)) + 1

    # -- reading ---------------------------------------------------------------------------------------------------

    def decode(
        self,
        token_ids: Sequence[int],
        first_position: int,
        *,
        every: bool = False,
        interrupted: Callable[[], bool] | None = None,
    ) -> Logits:
        """Read tokens behind what is held. Returns the logits `[V]` after the last one, or after each `[N, V]` (every).

        first_position: `next_position`. interrupted: asked while more than one token is read; where it says True,
        Interrupted is raised. Then, and after every other failure, nothing of this call is held.
        """
        count = len(token_ids)
        if count == 0:
            raise ValueError("no tokens to read")
        if first_position != self.next_position:
            raise ValueError(f"position {first_position} does not follow {self.next_position - 1}")
        if first_position + count > self._context_tokens:
            raise EngineError(
                f"The text needs {first_position + count:,} tokens and this model holds {self._context_tokens:,}. "
                "Use fewer passages or a shorter answer."
            )
        ids = np.asarray(token_ids, np.int32)
        step = SCORED_TOKENS if every else BATCH_TOKENS
        rows: list[Logits] = []
        try:
            self._make_room(self._cells + count)
            with self._watched(interrupted if count > 1 else None):
                for start in range(0, count, step):
                    part = ids[start : start + step]
                    self._decode_batch(part, first_position + start, every=every, last=start + step >= count)
                    if every:
                        rows.extend(self._row(place) for place in range(len(part)))
            return np.stack(rows) if every else self._row(-1)
        except BaseException:
            self.cut(first_position)
            raise

    @contextlib.contextmanager
    def _watched(self, interrupted: Callable[[], bool] | None) -> Iterator[None]:
        """Inside, the native side asks after every node of its graph whether to go on: a call into Python each time."""
        if interrupted is None:
            yield
            return
        native = self._native
        with contextlib.ExitStack() as stopping:

            def asked(_data: object) -> bool:
                stop = interrupted()
                if stop:
                    stopping.enter_context(errors_expected())
                return stop

            watch = native.ggml_abort_callback(asked)
            native.llama_set_abort_callback(self._context, watch, None)
            try:
                yield
            finally:
                native.llama_set_abort_callback(self._context, native.ggml_abort_callback(0), None)

    def _decode_batch(self, ids: NDArray[np.int32], first_position: int, *, every: bool, last: bool) -> None:
        count = len(ids)
        self._batch.n_tokens = count
        self._tokens[:count] = ids
        self._positions[:count] = range(first_position, first_position + count)
        self._wanted[:count] = every
        self._wanted[count - 1] = every or last
        outcome = self._native.llama_decode(self._context, self._batch)
        if outcome == _ABORTED:
            raise Interrupted
        if outcome == -1:
            raise ValueError(f"llama.cpp refused {count} tokens at position {first_position}")
        if outcome != 0:
            raise OutOfMemory(
                f"llama.cpp could not read {count:,} tokens behind {first_position:,} ({outcome}): its working memory did "
                "not fit. Use fewer passages or a smaller model."
            )
        self._cells += count

    def _row(self, place: int) -> Logits:
        pointer = self._native.llama_get_logits_ith(self._context, place)
        row: Logits = np.ctypeslib.as_array(self._row_type.from_address(ctypes.addressof(pointer.contents)))
        return row.copy()  # the next call writes over it

    # -- the text as a whole ---------------------------------------------------------------------------------------

    def cut(self, position: int) -> None:
        """Forget what stands at this position and after. Slots that stand for more than themselves go as a whole."""
        end = self.next_position
        if position >= end:
            return
        if 0 < position < self._gaps_before:
            raise ValueError(f"position {position} lies within what was put in, up to {self._gaps_before}")
        self._native.llama_memory_seq_rm(self._memory, _TEXT, position, -1)
        self._cells = self._cells - (end - position) if position else 0
        self._gaps_before = min(self._gaps_before, position)

    def clear(self) -> None:
        """Forget the whole text."""
        self.cut(0)

    def wipe(self) -> None:
        """Forget the whole text, and overwrite what was ever held of any: other ways only mark cells as free."""
        self._native.llama_memory_clear(self._memory, True)
        self._tokens[:] = 0
        self._cells = self._gaps_before = 0

    def take_sequence(self) -> SequenceBytes:
        """The text as llama.cpp's sequence state, with all its cells.

        Taken from the state of the whole context, which is the same but for its head: a state of the sequence leaves
        out what lies behind a sliding window, and could not be cut back.
        """
        total = self._native.llama_state_get_size(self._context)
        lead = max(0, _HEAD_BYTES - self._skipped)
        data = np.empty(lead + total, np.uint8)
        written = self._native.llama_state_get_data(self._context, _pointer(data[lead:]), total)
        if written != total:
            raise EngineError("llama.cpp did not give its state away; what it says of it is in the log.")
        start = lead + self._skipped - _HEAD_BYTES
        data[start : start + _HEAD_BYTES] = self._head
        return data[start:]

    def put_sequence(self, data: SequenceBytes, *, slots_before: int | None = None) -> None:
        """Replace the text by a sequence state. Raises StateMismatch for bytes it does not take; then nothing is held.

        slots_before: from this position on there is a cell at every one; None: this is not known of what is put in.
        """
        self.clear()
        self.append_sequence(data)
        if slots_before is not None:
            self._gaps_before = slots_before

    def append_sequence(self, data: SequenceBytes) -> None:
        """Put the cells of a sequence state behind the text.

        Raises StateMismatch for bytes that are not taken, or that begin before the text ends; the text is as before. It can be cut
        within what was put there where that has a cell at every position.
        """
        array = np.frombuffer(data, np.uint8)
        word = array[4 * _CELLS_WORD : 4 * _CELLS_WORD + 4]
        cells = int(word.view(np.uint32)[0]) if len(word) == 4 else 0
        if not 0 < cells <= self._context_tokens - self._cells:
            raise StateMismatch(f"A prompt state of {cells:,} tokens does not fit behind {self._cells:,} in llama.cpp.")
        self._make_room(self._cells + cells)
        native, memory, end = self._native, self._memory, self.next_position
        try:
            taken = native.llama_state_seq_set_data(self._context, _pointer(array), len(array), _INCOMING)
            first = native.llama_memory_seq_pos_min(memory, _INCOMING)
            last = native.llama_memory_seq_pos_max(memory, _INCOMING)
            if taken != len(array) or first < end or last >= self._context_tokens:
                raise StateMismatch("llama.cpp did not take a prompt state; what it says of it is in the log.")
            native.llama_memory_seq_cp(memory, _INCOMING, _TEXT, -1, -1)
        finally:
            # Not by position: cells of damaged bytes at negative ones would stay.
            native.llama_memory_seq_keep(memory, _TEXT)
        self._cells += cells
        if cells != last + 1 - end:
            self._gaps_before = last + 1

    # -- adapters --------------------------------------------------------------------------------------------------

    def load_adapter(self, path: Path) -> AdapterHandle:
        """Read an adapter from a GGUF file, which is not needed afterwards. It is not at work yet."""
        pointer = self._native.llama_adapter_lora_init(self._model, os.fsencode(path))
        if not pointer:
            raise ModelError("llama.cpp cannot load this document's adapter; what it says of it is in the log.")
        handle = AdapterHandle(pointer, path.stat().st_size)
        self._adapters.append(handle)
        return handle

    def use_adapter(self, handle: AdapterHandle | None, scale: float = 1.0) -> None:
        """Compute with this adapter from now on, with none for None; the text that is held stays what it is."""
        if handle is not None and handle not in self._adapters:
            raise ValueError("the adapter was freed")
        if (handle, scale) == self._in_use:
            return
        self._in_use = (handle, scale)
        self._apply_adapter()

    def free_adapter(self, handle: AdapterHandle) -> None:
        if handle not in self._adapters:
            return
        if self._in_use[0] is handle:
            self.use_adapter(None)
        self._adapters.remove(handle)
        self._native.llama_adapter_lora_free(handle.pointer)
        handle.pointer = None

    def _apply_adapter(self) -> None:
        handle, scale = self._in_use
        pointers = [] if handle is None else [handle.pointer]
        array = (self._native.llama_adapter_lora_p_ctypes * len(pointers))(*pointers)
        scales = (ctypes.c_float * len(pointers))(*[scale] * len(pointers))
        self._native.llama_set_adapters_lora(self._context, array, len(pointers), scales)

    # -- the context -----------------------------------------------------------------------------------------------

    @property
    def _most_cells(self) -> int:
        return -(-self._context_tokens // _CELL_BLOCK) * _CELL_BLOCK

    def _make_room(self, cells: int) -> None:
        """A context with room for so many cells, with the text in it."""
        if cells <= self._room:
            return
        room = self._room
        while room < cells:
            room *= 2
        text, gaps = (self.take_sequence() if self._cells else None), self._gaps_before
        before = (self._context, self._memory, self._room, self._cells, gaps)
        self._open_context(min(room, self._most_cells))  # whatever fails, the text stays where it is
        try:
            if text is not None:
                self.put_sequence(text, slots_before=gaps)
        except BaseException:
            self._native.llama_free(self._context)
            self._context, self._memory, self._room, self._cells, self._gaps_before = before
            raise
        self._native.llama_free(before[0])
        log.info("llama.cpp: room for %d tokens", self._room)

    def _open_context(self, cells: int) -> None:
        native = self._native
        options = native.llama_context_default_params()
        options.n_ctx = cells
        options.n_batch = options.n_ubatch = min(BATCH_TOKENS, cells)
        options.n_outputs_max = SCORED_TOKENS
        options.n_seq_max = 2
        options.kv_unified = True
        options.n_threads = options.n_threads_batch = self._threads
        options.flash_attn_type = native.LLAMA_FLASH_ATTN_TYPE_ENABLED
        options.swa_full = True
        options.offload_kqv = options.op_offload = False
        context = native.llama_init_from_model(self._model, options)
        if not context:
            need = cells * self.kv_bytes_per_token / 1e9
            raise OutOfMemory(
                f"llama.cpp needs {need:.1f} GB for a text of {cells:,} tokens and did not get them. "
                "Use fewer passages or a smaller model."
            )
        self._context, self._memory = context, native.llama_get_memory(context)
        self._room = int(native.llama_n_ctx(self._context))
        self._cells = self._gaps_before = 0
        self._apply_adapter()

    def _heads(self) -> tuple[NDArray[np.uint8], int]:
        """The head of a sequence state, and how much stands before the cells in that of the whole context.

        Both are read from a context that holds nothing, where the rest has to be the same.
        """
        native = self._native
        whole = np.empty(native.llama_state_get_size(self._context), np.uint8)
        native.llama_state_get_data(self._context, _pointer(whole), len(whole))
        sequence = np.empty(native.llama_state_seq_get_size(self._context, _TEXT), np.uint8)
        native.llama_state_seq_get_data(self._context, _pointer(sequence), len(sequence), _TEXT)
        cells = sequence[_HEAD_BYTES:]
        skipped = len(whole) - len(cells)
        if skipped < 0 or len(cells) == 0 or not np.array_equal(whole[skipped:], cells):
            raise ModelError("This version of llama.cpp keeps its states in a way that Palimpsest does not know.")
        return sequence[:_HEAD_BYTES].copy(), skipped

    def _metadata(self, key: str) -> str:
        value = ctypes.create_string_buffer(256)
        self._native.llama_model_meta_val_str(self._model, key.encode(), value, len(value))
        return value.value.decode("utf-8", "replace")


def _rearranged_bytes(lines: Iterable[str]) -> int:
    """Of the weights, what is not mapped from their file: some quantisations (K-quants, Q4_0) are put in another order for this
    processor, which writes text a fifth to a third faster. Nothing but the log tells how much it is.
    """
    buffers = [match.groups() for line in lines if (match := _BUFFER.search(line))]
    return sum(int(float(size) * 2**20) for name, size in buffers if not name.endswith("_Mapped"))


def _pointer(array: NDArray[np.uint8]) -> Any:
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))

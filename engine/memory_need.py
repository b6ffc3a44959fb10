"""How much memory a model needs for asking and for learning, from its config.json or GGUF header, before anything is loaded.

Knows the sizes of decoder models and what our own caches, adapters and passes keep; of the machine, how much memory is free.
Imports no torch. Predicted and measured, resident memory of the whole engine, MB:

                        135M parameters (embedded)      362M parameters
    packed bf16  ask         1,092    1,046               2,043    2,006
                 learn       1,588    1,513               2,865    2,754
    fp32         ask         1,146    1,144               2,138    2,235
                 learn       1,984    1,897               3,569    3,448
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from engine.gguf_file import GgufHeader, check_geometry, read_header
from engine.model_folder import read_config

ENGINE_BYTES = 350_000_000
"""PyTorch and transformers themselves, once imported."""

OVERHEAD_BYTES = 150_000_000
"""Tokenizer, buffers and the scratch memory of the matrix kernels, of a model that has read something."""

LLAMA_BATCH_TOKENS, LLAMA_LOGIT_ROWS = 512, 64
"""What llama.cpp has room for in one pass (`engine.llama.native`, which a test holds against these)."""

ASKED_TOKENS = 2048
"""Tokens of a question with its passages and its answer: what the KV cache grows to by doubling."""

PREFILL_TOKENS = 512
"""Tokens read in one block."""

LEARNED_WINDOW, LEARNED_CHUNK, LEARNED_RANK = 2048, 256, 16
"""The defaults of a Temp-LoRA (`engine.methods.temp_lora.settings`, which a test holds against these)."""

LOGIT_ROWS = 3 * 128
"""Rows of fp32 logits that learning holds at a time (`engine.ops.token_nll`)."""

_FP32_BYTES = 4
_PACKED_ANEW = frozenset({"Q4_0", "Q4_K", "IQ4_NL"})


@dataclass(frozen=True, slots=True)
class Geometry:
    """The sizes of a decoder model, in values. norm vectors and biases are left out: less than a thousandth."""

    architecture: str
    layers: int
    hidden: int
    feed_forward: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    tied: bool
    """Whether the output embedding is the input embedding."""
    context_tokens: int

    @property
    def linear_values(self) -> int:
        """Weights of the linear layers, without the head."""
        attention = self.hidden * self.head_size * (2 * self.heads + 2 * self.kv_heads)
        return self.layers * (attention + 3 * self.hidden * self.feed_forward)

    @property
    def embedding_values(self) -> int:
        return self.vocabulary * self.hidden

    @property
    def parameters(self) -> int:
        return self.linear_values + self.embedding_values * (1 if self.tied else 2)

    @property
    def kv_values_per_token(self) -> int:
        return 2 * self.layers * self.kv_heads * self.head_size

    def adapter_values(self, rank: int) -> int:
        """Values of a low-rank update of every linear layer but the head."""
        width = self.head_size * (self.heads + self.kv_heads)
        ends = 4 * self.hidden + 2 * width + 3 * (self.hidden + self.feed_forward)
        return self.layers * rank * ends


@dataclass(frozen=True, slots=True)
class Precision:
    """How weights are held. packed: linear weights are kept a second time, in the layout the CPU's kernels want."""

    value_bytes: float
    packed: bool = False


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes. asking, learning: all that the engine holds then, itself and the weights included."""

    weights: int
    asking: int
    learning: int


def memory_need(geometry: Geometry, precision: Precision, *, gguf_bytes: int = 0) -> MemoryNeed:
    """What a model of these sizes takes. gguf_bytes: of its file (`gguf_memory`) where llama.cpp has it too: both hold the text then."""
    weights = geometry.parameters * precision.value_bytes
    if precision.packed:
        weights += (geometry.linear_values + geometry.embedding_values) * precision.value_bytes
    computed_bytes = max(2.0, precision.value_bytes)  # 4-bit weights are computed with in bf16
    cached = geometry.kv_values_per_token * computed_bytes
    passed = PREFILL_TOKENS * (4 * geometry.hidden + 3 * geometry.feed_forward) * computed_bytes
    asking = ENGINE_BYTES + OVERHEAD_BYTES + weights + ASKED_TOKENS * cached + passed
    if gguf_bytes:
        asking += llama_bytes(geometry, gguf_bytes)
    return MemoryNeed(
        weights=int(weights),
        asking=int(asking),
        learning=int(asking + learning_bytes(geometry, computed_bytes, recompute=False)),
    )


def gguf_memory(gguf: Path) -> int:
    """What llama.cpp takes for the weights of a file, or 0 where there is none: the file, and a second time what it packs anew."""
    try:
        found = gguf.stat()
    except OSError:
        return 0
    return found.st_size + _packed_anew(gguf, found.st_mtime_ns)


@lru_cache(maxsize=64)
def _packed_anew(gguf: Path, _changed_ns: int) -> int:
    """As it does on processors with AVX2: matrices of some types, whose rows come in eights; of the embedding it only takes rows."""
    return sum(
        tensor.nbytes
        for tensor in read_header(gguf).tensors
        if tensor.kind in _PACKED_ANEW
        and len(tensor.shape) == 2
        and tensor.shape[0] % 8 == 0
        and tensor.name != "token_embd.weight"
    )


def llama_bytes(geometry: Geometry, gguf_bytes: int) -> int:
    """What llama.cpp takes for a model beside everything else: its weights (`gguf_memory`), the text of a question, what a pass needs."""
    cached = ASKED_TOKENS * geometry.kv_values_per_token * 2
    passed = LLAMA_BATCH_TOKENS * (4 * geometry.hidden + 3 * geometry.feed_forward) * _FP32_BYTES
    logits = LLAMA_LOGIT_ROWS * geometry.vocabulary * _FP32_BYTES
    return int(gguf_bytes + cached + passed + logits)


def learning_bytes(geometry: Geometry, computed_bytes: float, *, recompute: bool) -> int:
    """What learning takes beside a model that can be asked. computed_bytes: of a value in a pass through the model.

    recompute: activations are kept of one layer at a time, as learning does where they would take most of what is free.
    """
    window = min(LEARNED_WINDOW, geometry.context_tokens)
    chunk = min(LEARNED_CHUNK, window // 2)
    adapter = 4 * _FP32_BYTES * geometry.adapter_values(LEARNED_RANK)  # values, gradients and two moments
    prefixes = 2 * window * geometry.kv_values_per_token * computed_bytes
    layer = chunk * (12 * geometry.hidden + 6 * geometry.feed_forward) * computed_bytes
    kept = layer + geometry.layers * chunk * geometry.hidden * computed_bytes if recompute else geometry.layers * layer
    logits = LOGIT_ROWS * geometry.vocabulary * _FP32_BYTES
    return int(adapter + prefixes + kept + logits)


def available_bytes() -> int:
    """The computer's memory that programs can still have."""
    import psutil  # type: ignore[import-untyped]  # ships no types; here, so that a window does not wait for it

    return int(psutil.virtual_memory().available)


def read_geometry(source: Path) -> Geometry:
    """Of a model folder or a GGUF file. Raises ModelError, in a sentence, for what cannot be used."""
    if source.is_dir():
        return geometry_of_config(read_config(source), source.name)
    header = read_header(source)
    check_geometry(header, source.name)
    return geometry_of_gguf(header)


def geometry_of_config(config: dict[str, Any], name: str) -> Geometry:
    """config: a checked config.json (`engine.model_folder.read_config`)."""
    heads = config["num_attention_heads"]
    sizes = {
        "feed_forward": config.get("intermediate_size"),
        "kv_heads": config.get("num_key_value_heads") or heads,
        "head_size": config.get("head_dim") or config["hidden_size"] // heads,
    }
    for what, value in sizes.items():
        if not isinstance(value, int) or not 1 <= value <= 2**20:
            raise ModelError(f"“{name}”: config.json gives no usable {what.replace('_', ' ')} size.")
    return Geometry(
        architecture=config["model_type"],
        layers=config["num_hidden_layers"],
        hidden=config["hidden_size"],
        heads=heads,
        vocabulary=config["vocab_size"],
        tied=_is_tied(config),
        context_tokens=config["max_position_embeddings"],
        **sizes,
    )


def geometry_of_gguf(header: GgufHeader) -> Geometry:
    """header: one whose sizes were checked (`engine.gguf_file.check_geometry`)."""
    architecture = header.architecture

    def size(key: str, default: int) -> int:
        value = header.metadata.get(f"{architecture}.{key}", default)
        return value if isinstance(value, int) and value > 0 else default

    heads, hidden = size("attention.head_count", 1), size("embedding_length", 1)
    return Geometry(
        architecture=architecture,
        layers=size("block_count", 1),
        hidden=hidden,
        feed_forward=size("feed_forward_length", 1),
        heads=heads,
        kv_heads=size("attention.head_count_kv", heads),
        head_size=size("attention.key_length", max(1, hidden // heads)),
        vocabulary=header.array_lengths["tokenizer.ggml.tokens"],
        tied=all(tensor.name != "output.weight" for tensor in header.tensors),
        context_tokens=size("context_length", 1),
    )


def _is_tied(config: dict[str, Any]) -> bool:
    """transformers writes only what differs from a family's default; Gemma's is to tie."""
    return bool(config.get("tie_word_embeddings", str(config["model_type"]).startswith("gemma")))

"""What a GGUF file must be before llama.cpp opens it: one of the architectures we run, whole, and with sane numbers.

Knows which tensors of which shapes and types each architecture has, and which settings llama.cpp reads of it. Knows
nothing of llama.cpp's library. In native code a wrong number is no exception: a head count that does not divide, a
token that stands twice, a negative epsilon each end the process. So nothing passes that is not expected; names, shapes
and types are a list of what is allowed, and each setting that llama.cpp asserts on, divides by or sizes something with
has bounds.
Source: llama.cpp as vendored by llama-cpp-python 0.3.36 (src/llama-model.cpp, llama-vocab.cpp, src/models/*.cpp).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from engine.errors import ModelError
from engine.gguf_file import FLOAT32, INT32, STRING, GgufHeader, check_geometry, read_header

MATRIX_KINDS = frozenset(
    {
        "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
        "TQ1_0", "TQ2_0", "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ4_NL", "IQ4_XS",
    }
)  # fmt: skip
"""What llama.cpp multiplies with on every processor, and what PyTorch's side can read; vectors are always F32."""

MAX_LAYERS = 512
TENSOR_ALIGNMENT = 32
"""Both are llama.cpp's own; beyond them it aborts."""

_MAX_WIDTH, _MAX_FEED_FORWARD, _MAX_HEADS, _MAX_HEAD_SIZE = 2**17, 2**20, 2**12, 2**12


@dataclass(frozen=True, slots=True)
class _Family:
    """What an architecture has beside the tensors that all have."""

    qkv_biases: bool = False
    qk_norms: bool = False
    post_norms: bool = False
    own_head: bool = True
    """Whether `output.weight` may stand in the file; without it the embedding is the head."""
    rotary_factors: bool = False
    """Whether `rope_freqs.weight` may stand in the file."""
    free_head_size: bool = True
    """Whether heads may be together wider or narrower than the embedding."""


_FAMILIES = {
    "llama": _Family(rotary_factors=True),  # Mistral's models call themselves so too
    "qwen2": _Family(qkv_biases=True, free_head_size=False),
    "qwen3": _Family(qk_norms=True),
    "gemma2": _Family(post_norms=True, own_head=False),
    "gemma3": _Family(post_norms=True, qk_norms=True),
}

_NUMBERS = {
    "attention.layer_norm_rms_epsilon": (1e-12, 0.1),
    "rope.freq_base": (1.0, 1e12),
    "rope.freq_base_swa": (1.0, 1e12),
    "rope.scaling.attn_factor": (1e-3, 1e3),
    "rope.scaling.original_context_length": (1, 2**26),
    "attn_logit_softcapping": (1e-2, 1e6),
    "attention.sliding_window": (1, 2**26),
}
"""Bounds of what is computed with, where it is given."""

_NUMBERS_OR_ZERO = {
    "rope.scaling.factor": (1e-3, 1e4),
    "rope.scale_linear": (1e-3, 1e4),
    "final_logit_softcapping": (1e-2, 1e6),
}
"""The same, of settings that 0 turns off."""

_ABSENT_OR = {
    "attention.causal": True,
    "pooling_type": 0,
    "nextn_predict_layers": 0,
    "expert_count": 0,
    "expert_used_count": 0,
    "expert_group_count": 0,
    "expert_group_used_count": 0,
}
"""What would make another kind of model of it: encoders, mixtures of experts, predictors of several tokens."""

_SCALING_TYPES = frozenset({"none", "linear", "yarn"})
_TOKENIZERS = frozenset({"llama", "gpt2"})


def check_for_llama(path: Path) -> GgufHeader:
    """Read a file's header and raise ModelError, in one sentence, unless llama.cpp can be handed the file.

    Reads the header only. What lies in the weights is not looked at: llama.cpp computes with any bits, and what it
    computes from nonsense is nonsense, not a fault.
    """
    header = read_header(path)
    check_geometry(header, path.name)
    _Check(header, path.name).all()
    return header


class _Check:
    """The sizes of one file and everything that is asked of it."""

    def __init__(self, header: GgufHeader, name: str) -> None:
        self._header = header
        self._name = name
        family = _FAMILIES.get(header.architecture)
        if family is None:
            raise ModelError(
                f"llama.cpp is not used for “{name}”: it holds a model of type “{header.architecture[:40]}”; "
                f"usable are {', '.join(sorted(_FAMILIES))}."
            )
        self._family = family
        self._layers = self._whole("block_count", 1, MAX_LAYERS)
        self._width = self._whole("embedding_length", 1, _MAX_WIDTH)
        self._feed_forward = self._whole("feed_forward_length", 1, _MAX_FEED_FORWARD)
        self._heads = self._whole("attention.head_count", 1, _MAX_HEADS)
        self._kv_heads = self._whole("attention.head_count_kv", 1, self._heads, self._heads)
        self._head_size = self._whole("attention.key_length", 2, _MAX_HEAD_SIZE, self._width // self._heads)
        self._vocabulary = header.array_lengths["tokenizer.ggml.tokens"]  # `check_geometry` has compared it

    def all(self) -> None:
        self._check_heads()
        self._check_settings()
        self._check_window()
        self._check_vocabulary()
        self._check_tensors()

    def _check_heads(self) -> None:
        if self._heads % self._kv_heads:
            self._refuse("its heads cannot share its key and value heads evenly")
        if self._head_size % 2 or (not self._family.free_head_size and self._heads * self._head_size != self._width):
            self._refuse("its heads have an impossible size")
        for key in (
            "attention.value_length", "rope.dimension_count", "attention.key_length_swa", "attention.value_length_swa",
            "rope.dimension_count_swa",
        ):  # fmt: skip
            if self._setting(key, self._head_size) != self._head_size:
                self._refuse("its heads have more than one size")
        if self._setting("embedding_length_out", self._width) != self._width:
            self._refuse("its embedding has more than one width")

    def _check_settings(self) -> None:
        if self._setting("attention.layer_norm_rms_epsilon", None) is None:
            self._refuse("it says nothing of its normalisation")
        for bounds, zero_allowed in ((_NUMBERS, False), (_NUMBERS_OR_ZERO, True)):
            for key, (least, most) in bounds.items():
                value = self._setting(key, least)
                if isinstance(value, bool) or not isinstance(value, int | float):
                    self._refuse(f"its setting {key} is not a number")
                if not least <= value <= most and not (zero_allowed and value == 0):
                    self._refuse(f"its setting {key} is out of all bounds")
        for key, neutral in _ABSENT_OR.items():
            if self._setting(key, neutral) != neutral:
                self._refuse(f"its setting {key} is one of another kind of model")
        if self._setting("rope.scaling.type", "none") not in _SCALING_TYPES:
            self._refuse("it stretches positions in an unknown way")
        if self._header.alignment % TENSOR_ALIGNMENT:
            self._refuse("its weights are not aligned")

    def _check_window(self) -> None:
        """Gemma's layers look back over a window, all but every n-th; some must, and some must not."""
        key = f"{self._header.architecture}.attention.sliding_window_pattern"
        listed = self._header.arrays.get(key)
        if listed is not None and listed.length != self._layers:
            self._refuse("it does not say of each layer how far it looks back")
        if listed is None and not 2 <= self._setting_number("attention.sliding_window_pattern", 2) <= MAX_LAYERS:
            self._refuse("it does not say which layers look back how far")

    def _check_vocabulary(self) -> None:
        arrays, model = self._header.arrays, self._header.metadata.get("tokenizer.ggml.model")
        if model not in _TOKENIZERS:
            self._refuse("its tokenizer is of an unknown kind")
        tokens = arrays["tokenizer.ggml.tokens"]
        if tokens.kind != STRING:
            self._refuse("its vocabulary is not made of strings")
        if not tokens.distinct:
            self._refuse("its vocabulary names a token twice")
        merges = arrays.get("tokenizer.ggml.merges")
        if model == "gpt2" and (merges is None or merges.kind != STRING):
            self._refuse("its tokenizer is incomplete")
        for key, kinds in (("scores", {FLOAT32, INT32}), ("token_type", {INT32})):
            listed = arrays.get(f"tokenizer.ggml.{key}")
            if listed is not None and (listed.kind not in kinds or listed.length < tokens.length):
                self._refuse("its vocabulary is incomplete")

    def _check_tensors(self) -> None:
        expected = dict(self._expected())
        optional = {name for name in ("output.weight", "rope_freqs.weight") if name in expected}
        following: int | None = None
        for tensor in self._header.tensors:
            shape = expected.pop(tensor.name, None)
            if shape is None:
                self._refuse(f"its tensor {tensor.name[:60]} belongs to another kind of model")
            if tensor.shape != shape:
                self._refuse(f"its tensor {tensor.name} has the wrong shape")
            if tensor.kind != "F32" and (len(shape) == 1 or tensor.kind not in MATRIX_KINDS):
                self._refuse(f"its tensor {tensor.name} is stored as {tensor.kind}")
            if following not in (None, tensor.start):
                self._refuse("its weights do not follow one another")
            following = tensor.start + -(-tensor.nbytes // self._header.alignment) * self._header.alignment
        if missing := sorted(expected.keys() - optional):
            self._refuse(f"it lacks {len(missing)} tensors, among them {missing[0]}")

    def _expected(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Every tensor that may stand in the file, with its shape as torch has it."""
        family, width, forward, head = self._family, self._width, self._feed_forward, self._head_size
        query, key = self._heads * head, self._kv_heads * head
        yield "token_embd.weight", (self._vocabulary, width)
        yield "output_norm.weight", (width,)
        if family.own_head:
            yield "output.weight", (self._vocabulary, width)
        if family.rotary_factors:
            yield "rope_freqs.weight", (head // 2,)
        layer: dict[str, tuple[int, ...]] = {
            "attn_norm.weight": (width,), "attn_q.weight": (query, width), "attn_k.weight": (key, width),
            "attn_v.weight": (key, width), "attn_output.weight": (width, query), "ffn_norm.weight": (width,),
            "ffn_gate.weight": (forward, width), "ffn_up.weight": (forward, width), "ffn_down.weight": (width, forward),
        }  # fmt: skip
        if family.qkv_biases:
            layer |= {"attn_q.bias": (query,), "attn_k.bias": (key,), "attn_v.bias": (key,)}
        if family.qk_norms:
            layer |= {"attn_q_norm.weight": (head,), "attn_k_norm.weight": (head,)}
        if family.post_norms:
            layer |= {"post_attention_norm.weight": (width,), "post_ffw_norm.weight": (width,)}
        for number in range(self._layers):
            for name, shape in layer.items():
                yield f"blk.{number}.{name}", shape

    def _setting(self, key: str, default: object) -> object:
        """A scalar of this architecture. A list where one value is expected is refused."""
        full = f"{self._header.architecture}.{key}"
        if full in self._header.arrays:
            self._refuse(f"its setting {key} is a list")
        return self._header.metadata.get(full, default)

    def _setting_number(self, key: str, default: int) -> int:
        value = self._setting(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            self._refuse(f"its setting {key} is not a whole number")
        return value

    def _whole(self, key: str, least: int, most: int, default: int = 0) -> int:
        value = self._setting_number(key, default)
        if not least <= value <= most:
            self._refuse(f"its setting {key} is out of all bounds")
        return value

    def _refuse(self, reason: str) -> NoReturn:
        raise ModelError(f"“{self._name}” cannot be used with llama.cpp: {reason}.")

"""GGUF files taken apart, put together, and made wrong in every way we could think of. Used by tests and by fuzz_gguf.

Knows bytes, and next to nothing of what is allowed: sizes that are written down need not be those of what follows.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

from engine.llama.file_check import MATRIX_KINDS

FORMS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY, F32 = 8, 9, GGMLQuantizationType.F32.value
KINDS = {kind.value: sizes for kind, sizes in GGML_QUANT_SIZES.items()}
USUAL = [GGMLQuantizationType[name].value for name in sorted(MATRIX_KINDS)]

INTEGERS = [0, 1, 2, 3, 5, 6, 7, 8, 16, 31, 32, 255, 256, 511, 512, 513, 4096, 2**15, 2**16, 2**20, 2**26, 2**31 - 1,
            2**31, 2**32 - 1, 2**33, 2**62, 2**63 - 1, 2**64 - 1, -1, -2]  # fmt: skip
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, 1e-5, 1e-30, 1e-45, 1e4, 1e30, 3e38, -3e38, math.inf, -math.inf, math.nan]
TEXTS = [b"", b"\0", b"llama", b"gpt2", b"bert", b"t5", b"no_vocab", b"qwen35", b"default", b"whitespace", b"yarn", b"longrope",
         b"linear", b"none", b"\xff\xfe", b"adapter", b"phi-3", b"<|end|>", b"x" * 70_000, "重".encode()]  # fmt: skip
READ_BY_LLAMA = """attention.causal pooling_type nextn_predict_layers expert_count expert_used_count expert_group_count
 embedding_length_out attention.key_length attention.value_length attention.key_length_swa attention.value_length_swa
 rope.dimension_count rope.dimension_count_swa rope.freq_base rope.freq_base_swa rope.scaling.type rope.scaling.factor
 rope.scale_linear rope.scaling.attn_factor rope.scaling.original_context_length rope.scaling.yarn_log_multiplier
 rope.scaling.alpha rope.scaling.finetuned attention.sliding_window attention.sliding_window_pattern attention.scale
 attn_logit_softcapping final_logit_softcapping attention.layer_norm_rms_epsilon attention.head_count
 attention.head_count_kv block_count embedding_length feed_forward_length context_length vocab_size
 attention.clamp_kqv attention.max_alibi_bias residual_scale embedding_scale logit_scale
 classifier.output_labels""".split()  # noqa: SIM905  words are read more easily
OF_ALL = """general.alignment general.file_type general.name general.type split.count split.no split.tensors.count
 tokenizer.ggml.model tokenizer.ggml.pre tokenizer.ggml.tokens tokenizer.ggml.scores tokenizer.ggml.token_type
 tokenizer.ggml.merges tokenizer.ggml.bos_token_id tokenizer.ggml.eos_token_id tokenizer.ggml.eot_token_id
 tokenizer.ggml.padding_token_id tokenizer.ggml.add_bos_token tokenizer.ggml.add_space_prefix tokenizer.ggml.suppress_tokens
 tokenizer.ggml.token_type_count tokenizer.ggml.precompiled_charsmap tokenizer.chat_template
 general.tensor_extra.name general.tensor_extra.prec_a4""".split()  # noqa: SIM905


@dataclass
class Entry:
    """kind ARRAY: of `element` values. Values are as `FORMS` packs them, strings are bytes."""

    key: bytes
    kind: int
    value: Any
    element: int = 0


@dataclass
class Tensor:
    """sizes: as the file has them, fastest first. offset: None for where it belongs."""

    name: bytes
    sizes: list[int]
    kind: int
    data: bytes
    offset: int | None = None


@dataclass
class Draft:
    """A file in parts."""

    entries: list[Entry]
    tensors: list[Tensor]
    version: int = 3
    alignment: int = 32
    architecture: str = field(default="llama")

    def entry(self, key: str) -> Entry | None:
        return next((one for one in self.entries if one.key == key.encode()), None)

    def put(self, key: str, kind: int, value: Any, element: int = 0) -> None:
        self.entries = [one for one in self.entries if one.key != key.encode()]
        self.entries.append(Entry(key.encode(), kind, value, element))


def read_draft(path: Path) -> Draft:
    """Of a file that is in order."""
    data, at = path.read_bytes(), 8

    def take(form: str) -> Any:
        nonlocal at
        (value,) = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return value

    def text() -> bytes:
        nonlocal at
        length = take("Q")
        at += length
        return data[at - length : at]

    def value(kind: int) -> Any:
        return text() if kind == STRING else take(FORMS[kind])

    tensor_count, entry_count = take("Q"), take("Q")
    entries = []
    for _ in range(entry_count):
        key, kind = text(), take("I")
        if kind == ARRAY:
            element, count = take("I"), take("Q")
            entries.append(Entry(key, kind, [value(element) for _ in range(count)], element))
        else:
            entries.append(Entry(key, kind, value(kind)))
    table = []
    for _ in range(tensor_count):
        name, dimensions = text(), take("I")
        table.append((name, [take("Q") for _ in range(dimensions)], take("I"), take("Q")))
    start = -(-at // 32) * 32
    tensors = [
        Tensor(name, sizes, kind, data[start + offset : start + offset + nbytes(sizes, kind)])
        for name, sizes, kind, offset in table
    ]
    architecture = next(one.value.decode() for one in entries if one.key == b"general.architecture")
    return Draft(entries, tensors, architecture=architecture)


def nbytes(sizes: list[int], kind: int) -> int:
    block_values, block_bytes = KINDS[kind]
    return math.prod(sizes) // block_values * block_bytes


def write_draft(draft: Draft) -> bytes:
    out = bytearray(struct.pack("<4sIQQ", b"GGUF", draft.version, len(draft.tensors), len(draft.entries)))

    def text(value: bytes) -> None:
        out.extend(struct.pack("<Q", len(value)) + value)

    def put(kind: int, value: Any) -> None:
        if kind == STRING:
            text(value if isinstance(value, bytes) else str(value).encode())
        elif kind in FORMS:
            out.extend(_packed(FORMS[kind], value))

    for entry in draft.entries:
        text(entry.key)
        out.extend(struct.pack("<I", entry.kind))
        if entry.kind == ARRAY:
            out.extend(struct.pack("<IQ", entry.element, len(entry.value)))
            for value in entry.value:
                put(entry.element, value)
        else:
            put(entry.kind, entry.value)
    weights = bytearray()
    for tensor in draft.tensors:
        text(tensor.name)
        offset = len(weights) if tensor.offset is None else tensor.offset
        sizes = [size % 2**64 for size in tensor.sizes]
        out.extend(struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, tensor.kind, offset % 2**64))
        weights.extend(tensor.data)
        weights.extend(bytes(-len(weights) % draft.alignment))
    out.extend(bytes(-len(out) % draft.alignment))
    return bytes(out + weights)


def _packed(form: str, value: Any) -> bytes:
    if form in "fd":
        try:
            return struct.pack("<" + form, float(value))
        except (OverflowError, TypeError, ValueError):
            return struct.pack("<" + form, math.inf)
    width = struct.calcsize(form)
    number = int(value) if isinstance(value, int | float) and math.isfinite(value) else 0
    return (number % 2 ** (8 * width)).to_bytes(width, "little")


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def _any_value(kind: int, rng: random.Random) -> Any:
    if kind == STRING:
        return rng.choice(TEXTS)
    return rng.choice(FLOATS) if FORMS.get(kind) in ("f", "d") else rng.choice(INTEGERS)


def _scalar_extreme(draft: Draft, rng: random.Random) -> None:
    scalars = [one for one in draft.entries if one.kind != ARRAY]
    entry = rng.choice([one for one in scalars if one.kind != STRING] or scalars)
    entry.value = _any_value(entry.kind, rng)


def _string_extreme(draft: Draft, rng: random.Random) -> None:
    entry = rng.choice([one for one in draft.entries if one.kind == STRING] or draft.entries)
    if entry.kind == STRING:
        entry.value = rng.choice([*TEXTS, entry.value + b"\0", entry.value[:-1]])


def _other_kind(draft: Draft, rng: random.Random) -> None:
    entry = rng.choice(draft.entries)
    entry.kind = rng.choice([*FORMS, STRING, ARRAY, 13, 2**31])
    if entry.kind == ARRAY:
        entry.element = rng.choice([*FORMS, STRING, ARRAY, 99])
        entry.value = [_any_value(entry.element, rng) for _ in range(rng.choice([0, 1, 2, 6, 600]))]
    else:
        entry.value = _any_value(entry.kind, rng)


def _known_setting(draft: Draft, rng: random.Random) -> None:
    """A setting that llama.cpp reads, mostly of the type it wants."""
    key = rng.choice([f"{draft.architecture}.{one}" for one in READ_BY_LLAMA] * 2 + OF_ALL)
    if rng.random() < 0.2:
        element = rng.choice([4, 5, 6, 7, STRING])
        draft.put(key, ARRAY, [_any_value(element, rng) for _ in range(rng.choice([0, 1, 2, 6, 513]))], element)
        return
    floats = any(part in key for part in ("freq", "factor", "cap", "epsilon", "scale", "alpha", "log_mul", "bias"))
    kind = 6 if floats else 7 if key.endswith(("causal", "finetuned", "token", "prefix")) else 4
    if key.endswith((".type", ".model", ".pre", ".name")):
        kind = STRING
    if rng.random() < 0.15:
        kind = rng.choice([*FORMS, STRING])
    draft.put(key, kind, _any_value(kind, rng))


def _drop_entry(draft: Draft, rng: random.Random) -> None:
    draft.entries.remove(rng.choice(draft.entries))


def _double_entry(draft: Draft, rng: random.Random) -> None:
    entry = replace(rng.choice(draft.entries))
    entry.key = rng.choice([entry.key, entry.key + b"\0x", b"", entry.key.upper()])
    draft.entries.append(entry)


def _list_edit(draft: Draft, rng: random.Random) -> None:
    lists = [one for one in draft.entries if one.kind == ARRAY]
    if not lists:
        return
    entry = rng.choice(lists)
    values = list(entry.value)
    match rng.randrange(5):
        case 0:
            values = values[: rng.randrange(len(values) + 1)]
        case 1:
            values = values + values[:3]
        case 2:
            entry.element = rng.choice([*FORMS, STRING])
            values = [_any_value(entry.element, rng) for _ in values]
        case _:
            for _ in range(rng.randint(1, 4)):
                if values:
                    value = _any_value(entry.element, rng) if rng.random() < 0.7 else rng.choice(values)
                    values[rng.randrange(len(values))] = value
    entry.value = values


def _token_text(draft: Draft, rng: random.Random) -> None:
    """Tokens that look special, end early, or are no text."""
    entry = draft.entry("tokenizer.ggml.tokens")
    if entry is None or entry.kind != ARRAY or not entry.value or entry.element != STRING:
        return
    odd = [b"", b"\0a", b"[EMPTY_7]", b"<0x", b"<0xZZ>", b"<|end|>", b"<|return|>", b"<|call|>", b"</s>", b"\xc3", b" ", b"\n",
           "▁".encode() * 300, "Ġ".encode(), b"<|tool_response>", b"<mask>", b"<|im_end|>", b"<eos>", b"unused"]  # fmt: skip
    entry.value = list(entry.value)
    for _ in range(rng.randint(1, 6)):
        entry.value[rng.randrange(len(entry.value))] = rng.choice(odd)


def _token_types(draft: Draft, rng: random.Random) -> None:
    entry = draft.entry("tokenizer.ggml.token_type")
    if entry is not None and entry.kind == ARRAY:
        entry.value = [rng.choice([0, 1, 2, 3, 4, 5, 6, 7, -1, 2**31]) for _ in entry.value]


def _drop_tensor(draft: Draft, rng: random.Random) -> None:
    draft.tensors.remove(rng.choice(draft.tensors))


def _double_tensor(draft: Draft, rng: random.Random) -> None:
    tensor = replace(rng.choice(draft.tensors))
    tensor.name = rng.choice(
        [tensor.name, tensor.name + b"\0", b"output.weight", b"rope_freqs.weight", b"blk.0.attn_q.scale", b"blk.0.attn_qkv.weight",
         b"blk.0.attn_q.bias", b"blk.0.attn_output.bias", b"cls.output.weight", b"blk.7.attn_q.weight", b"x" * 64, b""]
    )  # fmt: skip
    draft.tensors.append(tensor)


def _swap_tensors(draft: Draft, rng: random.Random) -> None:
    one, other = rng.choice(draft.tensors), rng.choice(draft.tensors)
    one.name, other.name = other.name, one.name


def _tensor_kind(draft: Draft, rng: random.Random) -> None:
    tensor = rng.choice(draft.tensors)
    tensor.kind = rng.choice([*KINDS, 4, 5, 36, 2**31])
    if tensor.kind in KINDS and rng.random() < 0.7:
        tensor.data = rng.randbytes(max(0, nbytes(tensor.sizes, tensor.kind)))


def _tensor_sizes(draft: Draft, rng: random.Random) -> None:
    tensor = rng.choice(draft.tensors)
    match rng.randrange(4):
        case 0:
            tensor.sizes = tensor.sizes[::-1]
        case 1:
            tensor.sizes = [*tensor.sizes, rng.choice([1, 1, 2, 0, 2**63])]
        case 2:
            tensor.sizes = list(tensor.sizes)
            tensor.sizes[rng.randrange(len(tensor.sizes))] = rng.choice(INTEGERS)
        case _:
            tensor.sizes = tensor.sizes[: rng.randrange(len(tensor.sizes) + 1)]


def _tensor_offset(draft: Draft, rng: random.Random) -> None:
    rng.choice(draft.tensors).offset = rng.choice([0, 1, 16, 32, 4096, 2**31, 2**63, 2**64 - 32])


def _weights(draft: Draft, rng: random.Random) -> None:
    """Not a number, infinite, or any bits."""
    for tensor in rng.sample(draft.tensors, min(len(draft.tensors), rng.randint(1, 9))):
        if tensor.kind == F32:
            value = rng.choice(FLOATS)
            tensor.data = struct.pack("<f", value) * (len(tensor.data) // 4)
        else:
            tensor.data = rng.randbytes(len(tensor.data))


def _order(draft: Draft, rng: random.Random) -> None:
    rng.shuffle(draft.tensors)
    rng.shuffle(draft.entries)


def _version(draft: Draft, rng: random.Random) -> None:
    draft.version = rng.choice([0, 1, 2, 2, 3, 4, 2**31])


def _alignment(draft: Draft, rng: random.Random) -> None:
    draft.alignment = rng.choice([1, 8, 16, 32, 64, 256, 4096])
    value = draft.alignment if rng.random() < 0.8 else rng.choice(INTEGERS)
    draft.put("general.alignment", 4, value)


def _heads(draft: Draft, rng: random.Random) -> None:
    """Other heads over the same matrices, now and then such as fit."""
    for key, values in (
        ("attention.head_count", [1, 2, 3, 4, 8, 16, 32]), ("attention.head_count_kv", [1, 2, 3, 4, 8, 16]),
    ):  # fmt: skip
        if rng.random() < 0.7:
            draft.put(f"{draft.architecture}.{key}", 4, rng.choice(values))
    size = rng.choice([1, 2, 4, 8, 16, 32, 7])
    for key in ("attention.key_length", "attention.value_length", "rope.dimension_count"):
        if rng.random() < 0.9:
            draft.put(f"{draft.architecture}.{key}", 4, size)


MUTATIONS: tuple[Callable[[Draft, random.Random], None], ...] = (
    _scalar_extreme, _scalar_extreme, _string_extreme, _other_kind, _known_setting, _known_setting, _known_setting,
    _known_setting, _drop_entry, _double_entry, _list_edit, _token_text, _token_types, _drop_tensor, _double_tensor,
    _swap_tensors, _tensor_kind, _tensor_kind, _tensor_sizes, _tensor_offset, _weights, _order, _version, _alignment, _heads,
)  # fmt: skip


def mutate(draft: Draft, rng: random.Random, count: int) -> bytes:
    """`count` mutations of a draft, which is changed, and now and then of the bytes that come of it."""
    for _ in range(count):
        if draft.entries and draft.tensors:
            rng.choice(MUTATIONS)(draft, rng)
    data = bytearray(write_draft(draft))
    if rng.random() < 0.15:
        data = data[: rng.randrange(len(data) + 1)]
    header = max(1, min(len(data), 40_000))
    for _ in range(rng.randint(1, 4) if data and rng.random() < 0.2 else 0):
        data[rng.randrange(header)] ^= 1 << rng.randrange(8)
    return bytes(data)


def resized(draft: Draft, rng: random.Random) -> Draft:
    """The same architecture in other sizes and types, its weights any bits, its numbers fitting together."""
    architecture = draft.architecture
    layers, heads = rng.choice([1, 2, 3, 6, 7]), rng.choice([1, 2, 3, 4, 6])
    kv_heads = rng.choice([count for count in (1, 2, 3, 6) if heads % count == 0])
    head, forward = rng.choice([2, 8, 10, 32, 64, 80, 128]), rng.choice([1, 33, 64, 256, 512])
    width = heads * head if architecture == "qwen2" else rng.choice([1, 32, 64, 96, 256, 512])
    tokens = [b"t%d" % place for place in range(rng.choice([3, 33, 300]))]
    sizes = {
        "block_count": layers, "embedding_length": width, "feed_forward_length": forward, "attention.head_count": heads,
        "attention.head_count_kv": kv_heads, "attention.key_length": head, "attention.value_length": head,
        "rope.dimension_count": head,
    }  # fmt: skip
    wild = rng.random() < 0.05
    result = Draft([replace(one) for one in draft.entries], [], architecture=architecture)
    for key, value in sizes.items():
        result.put(f"{architecture}.{key}", 4, value)
    result.put("tokenizer.ggml.tokens", ARRAY, tokens, STRING)
    for key in ("token_type", "scores"):
        if (listed := result.entry(f"tokenizer.ggml.{key}")) is not None:
            listed.value = [1] * len(tokens)
    if "gemma" in architecture and rng.random() < 0.7:
        result.put(f"{architecture}.attention.sliding_window", 4, rng.choice([1, 2, 16, 512, 2**26]))
        result.put(f"{architecture}.attention.sliding_window_pattern", 4, rng.choice([2, 3, 6, 512]))
    of_names = {
        "token_embd": [width, len(tokens)], "output_norm": [width], "attn_norm": [width], "ffn_norm": [width],
        "attn_q": [width, heads * head], "attn_k": [width, kv_heads * head], "attn_v": [width, kv_heads * head],
        "attn_output": [heads * head, width], "ffn_gate": [width, forward], "ffn_up": [width, forward],
        "ffn_down": [forward, width], "attn_q_norm": [head], "attn_k_norm": [head], "post_attention_norm": [width],
        "post_ffw_norm": [width], "output": [width, len(tokens)],
    }  # fmt: skip
    first_layer = [one.name for one in draft.tensors if one.name.startswith(b"blk.0.")]
    names = [one.name for one in draft.tensors if not one.name.startswith(b"blk.")]
    names += [b"blk.%d." % layer + name.removeprefix(b"blk.0.") for layer in range(layers) for name in first_layer]
    for name in names:
        stem, suffix = name.split(b".")[-2:]
        size = of_names[stem.decode()]
        size = size[1:] if suffix == b"bias" else size
        kind = F32
        if len(size) == 2:
            kind = rng.choice([kind for kind in (KINDS if wild else USUAL) if size[0] % KINDS[kind][0] == 0])
        result.tensors.append(Tensor(name, list(size), kind, rng.randbytes(nbytes(size, kind))))
    return result

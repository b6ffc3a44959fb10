"""The file a segment compressor lives in: encoder, transfer head, slot embeddings, and a card.

Knows one folder. Knows nothing of training and of texts. The card says what the compressor has seen, in words for people and figures.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor

from engine import lora
from engine.adapter import MAX_RANK
from engine.api import SEGMENT_RATIOS
from engine.backends.base import Backend
from engine.errors import EngineError, ModelError, StateMismatch
from engine.lora import LoraPair, Pairs
from engine.methods.compressor_training.files import SavedWeights, write_compressor
from engine.methods.segments.encoding import encoder_layers
from engine.methods.segments.mask import slot_count
from engine.tensor_header import read_header

COMPRESSOR_FILE = "segment_compressor.safetensors"
MAX_FILE_BYTES = 2 * 1024**3
MAX_SEGMENT_TOKENS = 4096
_ENCODER, _TRANSFER, _SLOTS = "encoder", "transfer", "slots"


@dataclass(frozen=True, slots=True)
class CompressorHeader:
    """What a compressor was made for. segment_tokens: of every segment; rank, scale: of both adapters."""

    model_name: str
    model_identity: str
    segment_tokens: int
    rank: int
    scale: float


@dataclass(frozen=True, slots=True)
class SegmentCompressor:
    """encoder: LoRA on q and v while segments are read. transfer: on k and v, for memory alone. slots: by ratio, embeddings
    `[n, d]`. sha256: of its weights file; "" while it is trained.
    """

    encoder: Pairs
    transfer: Pairs
    slots: dict[int, Tensor]
    header: CompressorHeader
    sha256: str = ""

    @property
    def segment_tokens(self) -> int:
        return self.header.segment_tokens

    def identity(self, ratio: int) -> str:
        """What states encoded at this ratio carry as `StateIdentity.encoder`."""
        return hashlib.sha256(f"segments {self.sha256} {ratio}".encode()).hexdigest()

    def named_tensors(self) -> list[tuple[str, Tensor]]:
        """Everything that is trained, in a fixed order."""
        return [
            *((f"{_ENCODER}.{name}", tensor) for name, tensor in lora.named_tensors(self.encoder)),
            *((f"{_TRANSFER}.{name}", tensor) for name, tensor in lora.named_tensors(self.transfer)),
            *((f"{_SLOTS}.{ratio}", self.slots[ratio]) for ratio in SEGMENT_RATIOS),
        ]


def new_compressor(model: Any, header: CompressorHeader, *, seed: int) -> SegmentCompressor:
    """A compressor before training, fp32 and with gradient: adapters and slot embeddings that change nothing.

    Raises ModelError for a model whose layers cannot keep segment memory, ValueError for a segment that a ratio does not divide.
    """
    query_value, key_value = encoder_layers(model)
    every = lora.new_pairs(model, rank=header.rank, scale=header.scale, seed=seed)
    other = lora.new_pairs(model, rank=header.rank, scale=header.scale, seed=seed + 1)
    rows: Tensor = model.get_input_embeddings().weight
    slots = {
        ratio: torch.zeros(slot_count(header.segment_tokens, ratio), rows.shape[1], device=rows.device).requires_grad_()
        for ratio in SEGMENT_RATIOS
    }
    return SegmentCompressor(
        {name: every[name] for name in query_value}, {name: other[name] for name in key_value}, slots, header
    )


def take_weights(compressor: SegmentCompressor, other: SegmentCompressor) -> None:
    """Make a compressor that is trained equal another of the same model. Raises EngineError where their sizes differ."""
    ours, theirs = compressor.header, other.header
    if (ours.rank, ours.scale, ours.segment_tokens) != (theirs.rank, theirs.scale, theirs.segment_tokens):
        raise EngineError(
            f"What is trained further keeps its rank of {theirs.rank} and its segments of {theirs.segment_tokens} tokens."
        )
    with torch.no_grad():
        for (_, tensor), (_, taken) in zip(compressor.named_tensors(), other.named_tensors(), strict=True):
            tensor.copy_(taken)


def save_compressor(folder: Path, compressor: SegmentCompressor, card: Mapping[str, Any]) -> SavedWeights:
    """Write or replace the compressor of `folder`; see `write_compressor`."""
    tensors = dict(compressor.named_tensors())
    return write_compressor(folder / COMPRESSOR_FILE, tensors, asdict(compressor.header), card)


def load_compressor(folder: Path, backend: Backend, dtype: torch.dtype | None = None) -> SegmentCompressor:
    """Read the compressor of a folder for this backend's model; tensors have its device and, where none is given, its dtype.

    Raises StateMismatch for a compressor of another model, ModelError for one that is absent, damaged or does not fit.
    """
    path = folder / COMPRESSOR_FILE
    model = getattr(backend, "model", None)
    if model is None:
        raise ModelError(f"{backend.info.model.name} cannot make segment memory; choose a model that PyTorch runs.")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError("far larger than any compressor")
        data = path.read_bytes()  # once: a training may replace the file at any moment
        header = CompressorHeader(**read_header(data))
        if header.model_identity != backend.info.model.identity:
            raise StateMismatch(
                f"This segment compressor was trained for {header.model_name}, another model than "
                f"{backend.info.model.name}; train one for this model."
            )
        compressor = _read(load(data), header, model, dtype or model.dtype)
    except FileNotFoundError as problem:
        raise ModelError("This model's segment compressor is not on the disk any more; train it again.") from problem
    except (
        OSError,
        SafetensorError,
        struct.error,
        ValueError,
        LookupError,
        TypeError,
        OverflowError,
        RecursionError,
    ) as problem:
        raise ModelError("This model's segment compressor is damaged; train it again.") from problem
    return replace(compressor, sha256=hashlib.sha256(data).hexdigest())


def _read(tensors: Mapping[str, Tensor], header: CompressorHeader, model: Any, dtype: torch.dtype) -> SegmentCompressor:
    """Raises ValueError or KeyError for tensors that are not those of such a header and model."""
    if not all(isinstance(number, int) for number in (header.rank, header.segment_tokens)):
        raise ValueError("numbers that are not whole")
    if not 1 <= header.rank <= MAX_RANK or not math.isfinite(header.scale):
        raise ValueError("rank or scale out of range")
    if not 1 <= header.segment_tokens <= MAX_SEGMENT_TOKENS:
        raise ValueError("a segment of no or too many tokens")
    weight: Tensor = model.get_input_embeddings().weight

    def tensor(name: str) -> Tensor:
        read = tensors[name].to(weight.device, dtype)
        if not bool(torch.isfinite(read).all()):
            raise ValueError(f"{name} holds what is no number")
        return read

    def pairs(part: str, names: list[str]) -> Pairs:
        found = {name: LoraPair(tensor(f"{part}.{name}.a"), tensor(f"{part}.{name}.b"), header.scale) for name in names}
        for pair in found.values():
            if pair.a.ndim != 2 or pair.b.ndim != 2 or not pair.a.shape[0] == pair.b.shape[1] == header.rank:
                raise ValueError("shapes do not match the rank")
        lora.check_fits(model, found)
        return found

    query_value, key_value = encoder_layers(model)
    slots = {ratio: tensor(f"{_SLOTS}.{ratio}") for ratio in SEGMENT_RATIOS}
    if any(each.shape != (slot_count(header.segment_tokens, ratio), weight.shape[1]) for ratio, each in slots.items()):
        raise ValueError("slot embeddings of another shape")
    return SegmentCompressor(pairs(_ENCODER, query_value), pairs(_TRANSFER, key_value), slots, header)

"""The file a gist encoder lives in: the LoRA that is on while gist tokens are read, their embeddings, and a card.

Knows one folder. Knows nothing of training and of prompts. The card says what the encoder has seen, in words for people and figures.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from engine import lora
from engine.adapter import MAX_RANK
from engine.api import GIST_TOKENS
from engine.backends.base import Backend
from engine.errors import ModelError, StateMismatch
from engine.lora import LoraPair, Pairs
from engine.methods.compressor_training.files import SavedWeights, write_compressor
from engine.tensor_header import HEADER_KEY

ENCODER_FILE = "gist_encoder.safetensors"
MAX_GISTS = max(GIST_TOKENS)
MAX_FILE_BYTES = 2 * 1024**3
_EMBEDDINGS = "gist_embeddings"


@dataclass(frozen=True, slots=True)
class EncoderHeader:
    """What an encoder was made for."""

    model_name: str
    model_identity: str
    rank: int
    scale: float


@dataclass(frozen=True, slots=True)
class GistEncoder:
    """Ready for use: tensors have the model's dtype and device. embeddings `[MAX_GISTS, d]`. sha256: of its weights file."""

    pairs: Pairs
    embeddings: Tensor
    sha256: str
    header: EncoderHeader


def new_embeddings(model: Any, *, seed: int, like_token: int = 0) -> Tensor:
    """Embeddings of gist tokens before training, fp32 `[MAX_GISTS, d]`: that of `like_token` with a little noise, so that no two are
    the same.

    The paper begins with the mean of the vocabulary's (§4), a token no frozen decoder has ever read: 16 of them behind a prompt leave
    a divergence of 1.37 nats, 16 newlines 0.70 (no prompt at all 0.75; embedded model, 16 held-out prompts).
    """
    rows: Tensor = model.get_input_embeddings().weight.detach().float()
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(MAX_GISTS, rows.shape[1], generator=generator).to(rows.device)
    embeddings: Tensor = rows[like_token] + 0.1 * rows.std(0) * noise
    return embeddings.requires_grad_()


def save_encoder(
    folder: Path, pairs: Pairs, embeddings: Tensor, header: EncoderHeader, card: Mapping[str, Any]
) -> SavedWeights:
    """Write or replace the encoder of `folder`; see `write_compressor`."""
    tensors = {_EMBEDDINGS: embeddings}
    for name in sorted(pairs):
        tensors[f"{name}.lora_A"], tensors[f"{name}.lora_B"] = pairs[name].a, pairs[name].b
    return write_compressor(folder / ENCODER_FILE, tensors, asdict(header), card)


def load_encoder(folder: Path, backend: Backend) -> GistEncoder:
    """Read the encoder of a folder for this backend's model.

    Raises StateMismatch for an encoder of another model, ModelError for one that is absent, damaged or does not fit.
    """
    path = folder / ENCODER_FILE
    model = getattr(backend, "model", None)
    if model is None:
        raise ModelError(f"{backend.info.model.name} cannot compress prompts; choose a model that PyTorch runs.")
    device = next(model.parameters()).device
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError("far larger than any encoder")
        data = path.read_bytes()
        with safe_open(path, framework="pt") as file:
            header = EncoderHeader(**json.loads((file.metadata() or {})[HEADER_KEY]))
            if header.model_identity != backend.info.model.identity:
                raise StateMismatch(
                    f"This gist encoder was trained for {header.model_name}, another model than {backend.info.model.name}; "
                    "train one for this model."
                )
            embeddings = file.get_tensor(_EMBEDDINGS)
            if embeddings.shape != (MAX_GISTS, model.get_input_embeddings().weight.shape[1]):
                raise ValueError("gist embeddings of another shape")
            pairs = _read_pairs(file, header, device, model.dtype)
        lora.check_fits(model, pairs)
    except FileNotFoundError as problem:
        raise ModelError("This model's gist encoder is not on the disk any more; train it again.") from problem
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as problem:
        raise ModelError("This model's gist encoder is damaged; train it again.") from problem
    return GistEncoder(pairs, embeddings.to(device, model.dtype), hashlib.sha256(data).hexdigest(), header)


def _read_pairs(file: Any, header: EncoderHeader, device: torch.device, dtype: torch.dtype) -> Pairs:
    if not 1 <= header.rank <= MAX_RANK or not math.isfinite(header.scale):
        raise ValueError("rank or scale out of range")
    pairs: Pairs = {}
    for key in file.keys():  # noqa: SIM118  safe_open has no iterator
        name = key.removesuffix(".lora_A")
        if name == key:
            continue
        a, b = file.get_tensor(key), file.get_tensor(f"{name}.lora_B")
        if a.ndim != 2 or b.ndim != 2 or a.shape[0] != header.rank or b.shape[1] != header.rank:
            raise ValueError("shapes do not match the rank")
        pairs[name] = LoraPair(a.to(device, dtype), b.to(device, dtype), header.scale)
    if not pairs:
        raise ValueError("no tensors")
    return pairs

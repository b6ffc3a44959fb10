"""Adapters for benches: one learned on a text, and one whose values are drawn where only its size matters."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch

from engine import lora
from engine.adapter import Adapter, Provenance, load_adapter
from engine.api import Learn
from engine.backends.pytorch import TorchBackend
from engine.jobs import run_to_end
from engine.methods.temp_lora import learn
from engine.runtime import Runtime

RANK = 16
"""What the product learns with."""


def drawn_adapter(backend: TorchBackend, *, seed: int, rank: int = RANK) -> Adapter:
    """Small values everywhere: the model goes on making sense of what it reads."""
    pairs = lora.new_pairs(backend.model, rank=rank, scale=1.0, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    for pair in pairs.values():
        pair.a = pair.a.detach().cpu()
        pair.b = 1e-3 * torch.randn(pair.b.shape, generator=generator)
    info = backend.info.model
    sha256 = hashlib.sha256(f"drawn {seed} {rank} {info.identity}".encode()).hexdigest()
    return Adapter(pairs, sha256, Provenance(info.name, info.identity, "", rank, 1.0, 0, 0))


def learned_adapter(runtime: Runtime, backend: TorchBackend, text: str, folder: Path, *, tokens: int) -> Adapter:
    """The beginning of a text, learned as the product does; what a bench that was stopped has learned is not learned again."""
    run_to_end(learn(Learn(backend.info.model, text, folder, max_tokens=tokens, resume=True), runtime))
    return load_adapter(folder, backend)

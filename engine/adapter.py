"""The file an adapter lives in: LoRA tensors, their configuration, and what they were made for.

Knows one folder in the format of PEFT (`adapter_model.safetensors` + `adapter_config.json`), so that other programs can load it.
What it was made for stands in the safetensors header: one file, replaced by one rename, is never half an adapter.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from engine import lora
from engine.adapter_strength import sha256_at
from engine.api import ADAPTER_FILE
from engine.backends.base import Backend
from engine.errors import ModelError, StateMismatch
from engine.lora import LoraPair, Pairs

CONFIG_FILE = "adapter_config.json"
_PREFIX = "base_model.model."
_HEADER_KEY = "palimpsest"
MAX_RANK = 1024
MAX_SCALE = 1000.0


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an adapter was trained on. tokens: how many of the text it has read; char_end: up to which character."""

    model_name: str
    model_identity: str
    text_sha256: str
    rank: int
    scale: float
    tokens: int
    char_end: int


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter ready for use, on any backend. pairs: on the CPU, fp32. weights_sha256: of its weights file.

    strength: what its update is multiplied by; 1 is as it was learned.
    """

    pairs: Pairs = field(repr=False, compare=False)
    weights_sha256: str
    provenance: Provenance
    strength: float = 1.0
    _placed: dict[tuple[str, torch.dtype], Pairs] = field(default_factory=dict, repr=False, compare=False)

    @property
    def sha256(self) -> str:
        """Of weights and strength together: what states carry."""
        return sha256_at(self.weights_sha256, self.strength)

    @property
    def tokens(self) -> int:
        return self.provenance.tokens

    @property
    def char_end(self) -> int:
        return self.provenance.char_end

    def scaled(self, strength: float) -> Adapter:
        """The same weights at another strength, 0 to 2."""
        if not 0.0 <= strength <= 2.0:
            raise ValueError(f"strength must lie in 0-2, got {strength}")
        return self if strength == self.strength else replace(self, strength=strength, _placed={})

    @contextlib.contextmanager
    def applied_to(self, model: Any) -> Iterator[None]:
        with lora.active(model, self._placed_for(model)):
            yield

    def _placed_for(self, model: Any) -> Pairs:
        """The pairs with the model's dtype, on its device; made once."""
        device, dtype = next(model.parameters()).device, model.dtype
        placed = self._placed.get((str(device), dtype))
        if placed is None:
            placed = self._placed[str(device), dtype] = {
                name: LoraPair(pair.a.to(device, dtype), pair.b.to(device, dtype), pair.scale * self.strength)
                for name, pair in self.pairs.items()
            }
        return placed


@dataclass(frozen=True, slots=True)
class SavedAdapter:
    file_bytes: int
    sha256: str


def save_adapter(folder: Path, pairs: Pairs, provenance: Provenance) -> SavedAdapter:
    """Write or replace the adapter in `folder`; after a crash the old or the new one stands there, whole."""
    from peft import LoraConfig

    folder.mkdir(parents=True, exist_ok=True)
    config = LoraConfig(
        r=provenance.rank,
        lora_alpha=round(provenance.rank * provenance.scale),
        target_modules=sorted({name.rpartition(".")[2] for name in pairs}),
        task_type="CAUSAL_LM",
        base_model_name_or_path=provenance.model_name,
        inference_mode=True,
    ).to_dict()
    config["target_modules"] = sorted(config["target_modules"])  # a set would be written in another order each time
    replace_file(folder / CONFIG_FILE, json.dumps(config, indent=1, sort_keys=True).encode())
    tensors = {}
    for name in sorted(pairs):
        tensors[f"{_PREFIX}{name}.lora_A.weight"] = pairs[name].a.detach().cpu().contiguous()
        tensors[f"{_PREFIX}{name}.lora_B.weight"] = pairs[name].b.detach().cpu().contiguous()
    data = save(tensors, metadata={_HEADER_KEY: json.dumps(asdict(provenance), sort_keys=True)})
    replace_file(folder / ADAPTER_FILE, data)
    return SavedAdapter(len(data), hashlib.sha256(data).hexdigest())


def load_adapter(folder: Path, backend: Backend) -> Adapter:
    """Read the adapter of a folder for this backend's model.

    Raises StateMismatch for an adapter of another model, ModelError for one that is absent, damaged or does not fit.
    """
    path = folder / ADAPTER_FILE
    if not backend.capabilities.adapters:
        raise ModelError(f"{backend.info.model.name} cannot use adapters.")
    try:
        with safe_open(path, framework="pt") as file:
            provenance = _checked(Provenance(**json.loads((file.metadata() or {})[_HEADER_KEY])))
            if provenance.model_identity != backend.info.model.identity:
                raise StateMismatch(
                    f"This memory was learned with {provenance.model_name}, another model than "
                    f"{backend.info.model.name}; learn the document again."
                )
            pairs = _read_pairs(file, provenance)
        adapter = Adapter(pairs, hashlib.sha256(path.read_bytes()).hexdigest(), provenance)
        backend.check_adapter(adapter)
    except FileNotFoundError as problem:
        raise ModelError("This document's adapter is not on the disk any more; learn the document again.") from problem
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise ModelError("This document's adapter is damaged; learn the document again.") from problem
    return adapter


def _checked(provenance: Provenance) -> Provenance:
    """What a file says of itself, whose numbers are computed with. Raises ValueError, or TypeError, for what cannot be."""
    texts = (provenance.model_name, provenance.model_identity, provenance.text_sha256)
    counts = (provenance.rank, provenance.tokens, provenance.char_end)
    if any(type(text) is not str for text in texts) or any(type(count) is not int or count < 0 for count in counts):
        raise ValueError("not what an adapter says of itself")
    if not 1 <= provenance.rank <= MAX_RANK or not abs(provenance.scale) <= MAX_SCALE:
        raise ValueError("rank or scale out of range")
    return provenance


def _read_pairs(file: Any, provenance: Provenance) -> Pairs:
    pairs: Pairs = {}
    for key in file.keys():  # noqa: SIM118  safe_open has no iterator
        name, _, which = key.removeprefix(_PREFIX).rpartition(".lora_")
        if which == "A.weight":
            a = file.get_tensor(key)
            b = file.get_tensor(f"{_PREFIX}{name}.lora_B.weight")
            if a.dtype != torch.float32 or b.dtype != torch.float32 or a.ndim != 2 or b.ndim != 2:
                raise ValueError("not an fp32 adapter")
            if a.shape[0] != provenance.rank or b.shape[1] != provenance.rank:
                raise ValueError("shapes do not match the rank")
            if not (a.isfinite().all() and b.isfinite().all()):
                raise ValueError("values that are no numbers")
            pairs[name] = LoraPair(a, b, provenance.scale)
    if not pairs:
        raise ValueError("no tensors")
    return pairs


def replace_file(path: Path, data: bytes) -> None:
    """Write beside, then rename: at every moment the old or the new content is there, whole."""
    temporary = path.with_name(path.name + ".part")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)

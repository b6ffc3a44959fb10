"""Everything a stopped training of a compressor needs to go on: tensors, Adam moments, position, curve. One file, one rename."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from engine.adam_moments import Named, moments, restore_moments
from engine.adapter import replace_file
from engine.api import CompressorScore
from engine.errors import EngineError, StateMismatch

CHECKPOINT_FILE = "checkpoint.safetensors"
_HEADER_KEY = "palimpsest"


@dataclass(frozen=True, slots=True)
class RunKey:
    """What a run belongs to: another model, other data or other settings cannot go on with it. settings: as JSON has them."""

    model_identity: str
    data_sha256: str
    settings: Mapping[str, Any]


@dataclass(slots=True)
class RunPosition:
    """step: optimiser steps taken. curve: every look at what is held out."""

    step: int
    seconds: float
    curve: list[CompressorScore]


def save_run(
    folder: Path, key: RunKey, position: RunPosition, trained: Named, optimizer: torch.optim.Optimizer
) -> None:
    """Replace the checkpoint of `folder`."""
    tensors = {f"value.{label}": tensor.detach().cpu().contiguous() for label, tensor in trained}
    tensors |= moments(optimizer, trained)
    header = json.dumps({"key": asdict(key), "position": asdict(position)}, sort_keys=True)
    replace_file(folder / CHECKPOINT_FILE, save(tensors, metadata={_HEADER_KEY: header}))


def load_run(folder: Path, key: RunKey, trained: Named, optimizer: torch.optim.Optimizer) -> RunPosition | None:
    """Fill tensors and optimiser from the checkpoint and return where it stood; None when there is none.

    Raises StateMismatch for a checkpoint of another model, data or settings, EngineError for a damaged one.
    """
    path = folder / CHECKPOINT_FILE
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})[_HEADER_KEY])
            if header["key"] != json.loads(json.dumps(asdict(key))):
                raise StateMismatch(
                    "The training so far was of another model, on other data or with other settings; train anew."
                )
            found: dict[str, Any] = header["position"]
            for label, tensor in trained:
                with torch.no_grad():
                    tensor.copy_(file.get_tensor(f"value.{label}"))
            if int(found["step"]):
                restore_moments(optimizer, trained, file)
        return RunPosition(int(found["step"]), float(found["seconds"]), [_score(each) for each in found["curve"]])
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as problem:
        raise EngineError("The training so far cannot be read any more; train anew.") from problem


def _score(kept: dict[str, Any]) -> CompressorScore:
    by_k = {name: {int(k): value for k, value in kept[name].items()} for name in ("divergence", "recovered")}
    return CompressorScore(**{**kept, **by_k})

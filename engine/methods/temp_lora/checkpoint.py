"""Everything a stopped run needs to go on to the same bytes: adapter, Adam moments, position, sums. One file, one rename.

Taken between windows: a new window reads its context again with the newest adapter, so no KV cache has to be kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from engine.adam_moments import restore_moments
from engine.adapter import replace_file
from engine.errors import EngineError, StateMismatch
from engine.lora import Pairs, named_tensors
from engine.methods.temp_lora.settings import TempLoraSettings
from engine.methods.temp_lora.tally import Tally

CHECKPOINT_FILE = "checkpoint.safetensors"
_HEADER_KEY = "palimpsest"


@dataclass(frozen=True, slots=True)
class RunKey:
    """What a run belongs to: another model, text or setting cannot go on with it."""

    model_identity: str
    text_sha256: str
    settings: TempLoraSettings

    def as_dict(self) -> dict[str, Any]:
        return {
            "model_identity": self.model_identity,
            "text_sha256": self.text_sha256,
            "settings": self.settings.as_dict(),
        }


@dataclass(slots=True)
class Position:
    """Where a run stands between two windows. windows: how many were done; steps: optimiser steps taken."""

    token: int
    windows: int
    tally: Tally


def save_checkpoint(folder: Path, key: RunKey, position: Position, pairs: Pairs, moments: dict[str, Tensor]) -> None:
    """Replace the checkpoint of `folder`. moments: as from `engine.adam_moments`."""
    tensors = dict(moments)
    for name, pair in pairs.items():
        tensors[f"a.{name}"] = pair.a.detach().cpu()
        tensors[f"b.{name}"] = pair.b.detach().cpu()
    state = {
        "key": key.as_dict(),
        "token": position.token,
        "windows": position.windows,
        "tally": position.tally.as_dict(),
    }
    header = json.dumps(state, sort_keys=True)
    replace_file(folder / CHECKPOINT_FILE, save(tensors, metadata={_HEADER_KEY: header}))


def load_checkpoint(folder: Path, key: RunKey, pairs: Pairs, optimizer: torch.optim.Optimizer) -> Position | None:
    """Fill `pairs` and the optimiser from the checkpoint and return where it stood; None when there is none.

    Raises StateMismatch for a checkpoint of another model, text or settings, EngineError for a damaged one.
    """
    path = folder / CHECKPOINT_FILE
    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            state = json.loads((file.metadata() or {})[_HEADER_KEY])
            if state["key"] != json.loads(json.dumps(key.as_dict())):
                raise StateMismatch(
                    "What was learned so far was learned with another model, text or settings; learn the document anew."
                )
            for name, pair in pairs.items():
                with torch.no_grad():
                    pair.a.copy_(file.get_tensor(f"a.{name}"))
                    pair.b.copy_(file.get_tensor(f"b.{name}"))
            restore_moments(optimizer, named_tensors(pairs), file)
        return Position(int(state["token"]), int(state["windows"]), Tally(**state["tally"]))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as problem:
        raise EngineError("What was learned so far cannot be read any more; learn the document anew.") from problem

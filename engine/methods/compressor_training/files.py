"""What a trained compressor is written as: its weights in fp16 with a header, and a card beside them.

Knows named tensors and one folder. Knows nothing of what is compressed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from engine.adapter import replace_file
from engine.tensor_header import HEADER_KEY

CARD_FILE = "card.json"


@dataclass(frozen=True, slots=True)
class SavedWeights:
    """sha256: of the file."""

    file_bytes: int
    sha256: str


def write_compressor(
    file: Path, tensors: Mapping[str, Tensor], header: Mapping[str, Any], card: Mapping[str, Any]
) -> SavedWeights:
    """Write or replace a compressor's weights and the card beside them; after a crash the old or the new ones stand there.

    header: what it was made for, `model_name` and `model_identity` among it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    halves = {name: tensor.detach().to("cpu", torch.float16).contiguous() for name, tensor in tensors.items()}
    data = save(halves, metadata={HEADER_KEY: json.dumps(dict(header), sort_keys=True)})
    sha256 = hashlib.sha256(data).hexdigest()
    replace_file(file, data)
    made_for = {name: header[name] for name in ("model_name", "model_identity")}
    described = {**made_for, "sha256": sha256, **card}
    replace_file(file.with_name(CARD_FILE), json.dumps(described, indent=1, ensure_ascii=False).encode())
    return SavedWeights(len(data), sha256)


def read_card(folder: Path) -> dict[str, Any]:
    """What the card beside a compressor says; {} where there is none that can be read."""
    try:
        card = json.loads((folder / CARD_FILE).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return card if isinstance(card, dict) else {}

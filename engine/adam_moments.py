"""Adam's moments and step counts as tensors with names: what a checkpoint keeps of an optimiser.

Knows an optimiser and named tensors. Knows no file but as something that hands out tensors by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

Named = Sequence[tuple[str, Tensor]]
"""What is trained, in a fixed order."""

_FIELDS = ("step", "exp_avg", "exp_avg_sq")


def moments(optimizer: torch.optim.Optimizer, trained: Named) -> dict[str, Tensor]:
    """By field and parameter, on the CPU; {} before the first step."""
    return {
        f"{field}.{label}": value.detach().cpu()
        for label, parameter in trained
        for field, value in optimizer.state[parameter].items()
    }


def restore_moments(optimizer: torch.optim.Optimizer, trained: Named, file: Any) -> None:
    """Put back what `moments` gave. file: an open safetensors file; what it raises for an absent name passes."""
    for label, parameter in trained:
        optimizer.state[parameter] = {
            field: file.get_tensor(f"{field}.{label}").to(parameter.device) for field in _FIELDS
        }

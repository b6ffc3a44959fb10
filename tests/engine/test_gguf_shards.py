"""A model too large for one file of weights: converted in several, it loads and says the same."""

from __future__ import annotations

import numpy as np
import torch

from engine import gguf_conversion
from engine.backends.pytorch import load_torch
from engine.jobs import run_to_end
from engine.loading import prepare


def test_a_model_in_several_files_loads_and_says_what_it_says_in_one(open_gguf, tmp_path, monkeypatch):
    whole = run_to_end(prepare(open_gguf("qwen2"), tmp_path / "whole", "whole"))
    monkeypatch.setattr(gguf_conversion, "SHARD_BYTES", 4096)
    parts = run_to_end(prepare(open_gguf("qwen2"), tmp_path / "parts", "parts"))
    assert len(list((tmp_path / "parts").glob("model-*.safetensors"))) > 1

    def logits(model):
        backend = load_torch(model, device=torch.device("cpu"), dtype=torch.float32)
        return backend.read([1, 2, 3], backend.new_state())

    assert np.array_equal(logits(whole), logits(parts))

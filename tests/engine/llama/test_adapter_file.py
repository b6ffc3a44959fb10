"""An adapter at work in both engines: the same logits, on tiny models of every family."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from gguf import GGUFReader

from engine import lora
from engine.errors import ModelError
from engine.llama import adapter_file
from engine.llama.adapter_file import write_adapter_gguf
from engine.lora import LoraPair

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text")
LLAMA_TYPE = ("llama", "mistral")
NEAR = 0.02
"""In standard deviations of logits. The 16-bit cache is what is between the engines: 0.002 to 0.005."""
FAR = 0.3


class Acting:
    """Pairs at work in PyTorch."""

    def __init__(self, pairs: lora.Pairs) -> None:
        self.pairs = pairs
        self.sha256 = "acting"

    def applied_to(self, model):
        return lora.active(model, self.pairs)


def random_pairs(model, *, scale: float = 2.0, strength: float = 0.15) -> lora.Pairs:
    pairs = lora.new_pairs(model, rank=4, scale=scale, seed=3)
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for pair in pairs.values():
            pair.b.normal_(0.0, strength, generator=generator)
    return pairs


def write(path, pairs, pair):
    config = pair.torch.model.config
    write_adapter_gguf(
        path, pairs, pair.header.architecture, heads=config.num_attention_heads, kv_heads=config.num_key_value_heads
    )
    return path


def native_logits(pair, path, ids, scale=1.0):
    handle = pair.native.load_adapter(path)
    try:
        pair.native.clear()
        pair.native.use_adapter(handle, scale)
        return pair.native.decode(ids, 0, every=True)
    finally:
        pair.native.free_adapter(handle)


def torch_logits(pair, pairs, ids):
    state = pair.torch.new_state(Acting(pairs) if pairs else None)
    return np.stack([pair.torch.read([each], state) for each in ids])


def distance(a, b) -> float:
    return float(np.abs(a - b).max() / b.std())


IDS = list(range(40, 80, 2))


@pytest.mark.parametrize("family", FAMILIES)
def test_an_adapter_does_the_same_in_both_engines(family, pair_of, tmp_path):
    pair = pair_of(family)
    pairs = random_pairs(pair.torch.model)
    expected = torch_logits(pair, pairs, IDS)
    assert distance(native_logits(pair, write(tmp_path / "adapter.gguf", pairs, pair), IDS), expected) < NEAR
    assert distance(torch_logits(pair, None, IDS), expected) > FAR


@pytest.mark.parametrize("family", LLAMA_TYPE)
def test_without_the_order_of_rows_it_does_not(family, pair_of, tmp_path, monkeypatch):
    """The proof that the bound above would notice."""
    pair = pair_of(family)
    pairs = random_pairs(pair.torch.model)
    monkeypatch.setattr(adapter_file, "is_interleaved", lambda architecture: False)
    found = native_logits(pair, write(tmp_path / "adapter.gguf", pairs, pair), IDS)
    assert distance(found, torch_logits(pair, pairs, IDS)) > FAR


@pytest.mark.parametrize("module", ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
def test_a_single_layer_may_be_adapted(module, pair_of, tmp_path):
    pair = pair_of("llama")
    pairs = random_pairs(pair.torch.model, strength=0.6)
    (name,) = [
        name for name in pairs if name.endswith(f"layers.1.self_attn.{module}") or name.endswith(f"1.mlp.{module}")
    ]
    one = {name: pairs[name]}
    expected = torch_logits(pair, one, IDS)
    assert distance(native_logits(pair, write(tmp_path / "adapter.gguf", one, pair), IDS), expected) < NEAR
    assert distance(torch_logits(pair, None, IDS), expected) > 2 * NEAR


@pytest.mark.parametrize("scale", [0.0, 0.5, 2.0])
def test_the_strength_llama_cpp_is_given_is_the_strength_of_the_pairs(scale, pair_of, tmp_path):
    pair = pair_of("qwen3")
    pairs = random_pairs(pair.torch.model, strength=0.1)
    scaled = {name: replace(each, scale=each.scale * scale) for name, each in pairs.items()}
    found = native_logits(pair, write(tmp_path / "adapter.gguf", pairs, pair), IDS, scale)
    assert distance(found, torch_logits(pair, scaled, IDS)) < NEAR


def test_the_file_holds_what_was_learned(pair_of, tmp_path):
    pair = pair_of("qwen2")
    pairs = random_pairs(pair.torch.model)
    reader = GGUFReader(write(tmp_path / "adapter.gguf", pairs, pair))
    stored = {tensor.name: tensor.data for tensor in reader.tensors}
    assert len(stored) == 2 * len(pairs)
    one = pairs["model.layers.1.mlp.down_proj"]
    assert np.array_equal(stored["blk.1.ffn_down.weight.lora_a"], one.a.detach().half().numpy())
    assert np.array_equal(stored["blk.1.ffn_down.weight.lora_b"], (one.b * one.scale).detach().numpy())


def test_values_that_16_bits_do_not_hold_stay_as_they_are(tmp_path):
    wild = {"model.layers.0.mlp.up_proj": LoraPair(torch.full((2, 8), 1e6), torch.ones(8, 2), 1.0)}
    write_adapter_gguf(tmp_path / "adapter.gguf", wild, "qwen3", heads=2, kv_heads=1)
    assert all(np.isfinite(tensor.data).all() for tensor in GGUFReader(tmp_path / "adapter.gguf").tensors)


def test_layers_and_architectures_that_are_not_known_are_refused(tmp_path):
    pair = LoraPair(torch.zeros(2, 8), torch.zeros(8, 2), 1.0)
    for name, architecture in (("model.layers.0.mlp.nonsense", "llama"), ("model.layers.0.mlp.up_proj", "phi3")):
        with pytest.raises(ModelError):
            write_adapter_gguf(tmp_path / "adapter.gguf", {name: pair}, architecture, heads=2, kv_heads=1)

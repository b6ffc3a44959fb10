"""What a model needs is read from its config or header, and is what it then takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file

from engine import lora
from engine.api import DescribeEngine, LearnConfig, LoadModel
from engine.backends.pytorch import load_torch
from engine.errors import ModelError, OutOfMemory
from engine.gguf_file import TensorEntry
from engine.jobs import run_to_end
from engine.llama.native import BATCH_TOKENS, SCORED_TOKENS
from engine.loading import embedded_folder
from engine.memory_need import (
    ENGINE_BYTES,
    LEARNED_CHUNK,
    LEARNED_RANK,
    LEARNED_WINDOW,
    LLAMA_BATCH_TOKENS,
    LLAMA_LOGIT_ROWS,
    Geometry,
    Precision,
    geometry_of_config,
    gguf_memory,
    llama_bytes,
    memory_need,
    read_geometry,
)
from engine.methods.temp_lora.settings import resolve
from engine.runtime import Runtime, handlers

CPU = torch.device("cpu")
FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_weights_are_counted_as_they_lie_in_the_file(family, family_folder):
    geometry = read_geometry(family_folder(family))
    tensors = load_file(family_folder(family) / "model.safetensors")
    matrices = [values for values in tensors.values() if values.ndim == 2]
    assert geometry.parameters == sum(values.size for values in matrices)


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3"])
def test_a_gguf_header_says_the_same_as_the_folder_it_was_made_from(architecture, open_gguf, family_folder):
    assert read_geometry(open_gguf(architecture)) == read_geometry(family_folder(architecture))


@pytest.mark.parametrize("family", ["llama", "qwen3", "gemma2"])
def test_an_adapter_is_as_large_as_counted(family, family_folder, open_backend):
    pairs = lora.new_pairs(open_backend(family).model, rank=8, scale=1.0, seed=0)
    values = sum(pair.a.numel() + pair.b.numel() for pair in pairs.values())
    assert read_geometry(family_folder(family)).adapter_values(8) == values


@pytest.mark.parametrize("family", ["llama", "qwen3", "gemma3_text"])
def test_a_cache_is_as_large_as_counted(family, family_folder, open_backend):
    backend = open_backend(family)
    state = backend.new_state()
    backend.read([5] * 256, state)
    assert state.nbytes == 256 * read_geometry(family_folder(family)).kv_values_per_token * 4


def test_learning_is_counted_with_the_settings_it_has():
    settings = resolve(LearnConfig(), parameters=10**9, context_tokens=10**6, text_tokens=0)
    assert (settings.window_tokens, settings.chunk_tokens, settings.rank) == (
        LEARNED_WINDOW,
        LEARNED_CHUNK,
        LEARNED_RANK,
    )


sizes = st.integers(1, 64)
geometries = st.builds(
    Geometry, st.just("llama"), sizes, sizes, sizes, sizes, sizes, sizes, sizes, st.booleans(), st.integers(2, 10**5)
)


@given(geometries, st.sampled_from(["layers", "hidden", "feed_forward", "vocabulary"]))
def test_a_larger_model_never_needs_less(geometry, what):
    from dataclasses import replace

    larger = replace(geometry, **{what: getattr(geometry, what) + 1})
    for precision in (Precision(2), Precision(2, packed=True), Precision(4), Precision(0.6)):
        small, large = memory_need(geometry, precision), memory_need(larger, precision)
        assert small.weights <= large.weights and small.asking <= large.asking and small.learning <= large.learning
        assert small.weights <= small.asking <= small.learning


def test_a_wild_config_is_a_sentence():
    config = {
        "model_type": "llama",
        "num_hidden_layers": 2,
        "hidden_size": 8,
        "num_attention_heads": 2,
        "vocab_size": 9,
    }
    config |= {"max_position_embeddings": 64, "intermediate_size": 10**12}
    with pytest.raises(ModelError, match="feed forward"):
        geometry_of_config(config, "wild")


def test_a_model_that_does_not_fit_is_refused_before_its_weights_are_touched(family_model, monkeypatch):
    ref = family_model("llama")
    monkeypatch.setattr("engine.devices.available_bytes", lambda: 10_000_000)
    monkeypatch.setattr("transformers.AutoModelForCausalLM.from_pretrained", lambda *_, **__: pytest.fail("loaded"))
    with pytest.raises(OutOfMemory, match=r"tiny llama needs 0\.\d GB of memory and 0\.0 GB are free"):
        load_torch(ref, device=CPU)


def test_the_engine_says_what_it_runs_on_and_what_it_holds(family_model):
    runtime = Runtime(device="cpu")
    table = handlers(runtime)
    before = run_to_end(table[DescribeEngine](DescribeEngine()))
    run_to_end(table[LoadModel](LoadModel(family_model("llama"))))
    after = run_to_end(table[DescribeEngine](DescribeEngine()))
    assert before.held_bytes == ENGINE_BYTES < after.held_bytes
    assert (after.device, after.dtype) == ("cpu", runtime.backend.info.dtype)
    assert after.free_bytes > 0


def test_looking_at_a_model_or_the_engine_loads_no_torch():
    code = (
        "import sys, engine.memory_need; from engine.runtime import Runtime; state = Runtime().describe(); "
        "assert state.device == '' and state.free_bytes > 0; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[2])


@pytest.mark.model
def test_the_embedded_models_weights_are_counted_to_a_thousandth():
    card = json.loads((embedded_folder() / "palimpsest.json").read_text("utf-8"))
    geometry = read_geometry(embedded_folder())
    assert abs(geometry.parameters / card["parameters"] - 1) < 0.001


@pytest.mark.parametrize(("kind", "again"), [("Q4_K", True), ("Q6_K", False), ("F16", False)])
def test_what_llama_cpp_packs_anew_is_counted_twice(kind, again, tmp_path, monkeypatch):
    gguf = tmp_path / "model.gguf"
    gguf.write_bytes(b"x" * 1000)
    tensors = (
        TensorEntry("token_embd.weight", (64, 256), 0, 300, kind),
        TensorEntry("blk.0.attn_q.weight", (64, 256), 300, 200, kind),
        TensorEntry("blk.0.attn_k.weight", (12, 256), 500, 100, kind),
        TensorEntry("blk.0.attn_norm.weight", (256,), 600, 50, "F32"),
    )
    monkeypatch.setattr("engine.memory_need.read_header", lambda path: SimpleNamespace(tensors=tensors))
    assert gguf_memory(gguf) == 1000 + 200 * again
    assert gguf_memory(tmp_path / "none.gguf") == 0


def test_with_llama_cpp_beside_it_a_model_takes_that_much_more():
    assert (LLAMA_BATCH_TOKENS, LLAMA_LOGIT_ROWS) == (BATCH_TOKENS, SCORED_TOKENS)
    geometry = read_geometry(embedded_folder())
    alone, both = (memory_need(geometry, Precision(4.0), gguf_bytes=size) for size in (0, 98_000_000))
    assert both.asking - alone.asking == both.learning - alone.learning == llama_bytes(geometry, 98_000_000)
    assert 150e6 < llama_bytes(geometry, 98_000_000) < 200e6  # 181 MB were measured

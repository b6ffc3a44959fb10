"""Adapter files that are damaged or hostile end as one sentence; llama.cpp is only handed what was made of a checked one."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from engine import lora
from engine.adapter import Provenance, load_adapter, save_adapter
from engine.api import ADAPTER_FILE, ModelRef
from engine.errors import EngineError, ModelError

RANK = 4


@pytest.fixture
def llama(open_backend):
    return open_backend("llama")


def write_adapter(folder: Path, pairs: lora.Pairs, model: ModelRef) -> Path:
    save_adapter(folder, pairs, Provenance(model.name, model.identity, "0" * 64, RANK, 2.0, tokens=10, char_end=40))
    return folder


@pytest.fixture
def pairs(llama) -> lora.Pairs:
    return lora.new_pairs(llama.model, rank=RANK, scale=2.0, seed=1)


@pytest.fixture
def folder(llama, pairs, tmp_path) -> Path:
    return write_adapter(tmp_path / "torch", pairs, llama.info.model)


def rewrite(folder: Path, *, tensors=lambda tensors: None, header=lambda header: None) -> None:
    from safetensors import safe_open

    path = folder / ADAPTER_FILE
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["palimpsest"])
    held = load_file(path)
    tensors(held)
    header(about)
    save_file(held, path, metadata={"palimpsest": json.dumps(about)})


def first(held: dict[str, torch.Tensor], which: str) -> str:
    return next(name for name in sorted(held) if which in name)


def fill(which: str, value: float):
    return lambda held: held[first(held, which)].view(-1)[:1].fill_(value)


def replaced(which: str, tensor: torch.Tensor):
    return lambda held: held.update({first(held, which): tensor})


def renamed(old: str, new: str):
    return lambda held: held.update({name.replace(old, new): held.pop(name) for name in sorted(held)})


DAMAGED = {
    "not a number": fill("lora_A", math.nan),
    "infinite": fill("lora_B", math.inf),
    "narrow": replaced("lora_A", torch.zeros(RANK, 7)),
    "another rank": replaced("lora_A", torch.zeros(RANK + 1, 32)),
    "a vector": replaced("lora_B", torch.zeros(32)),
    "16 bits": replaced("lora_A", torch.zeros(RANK, 32, dtype=torch.float16)),
    "a layer too many": renamed("layers.1", "layers.9"),
    "no layer": renamed("layers.1.self_attn", "layers.1"),
    "half": renamed("lora_B", "lora_C"),
    "empty": lambda held: held.clear(),
}


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED)
def test_tensors_that_do_not_fit_are_refused(change, folder, llama):
    load_adapter(folder, llama)
    rewrite(folder, tensors=change)
    with pytest.raises(ModelError, match="damaged"):
        load_adapter(folder, llama)


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED)
def test_llama_cpp_without_pytorch_refuses_the_same(change, pairs, open_llamacpp, tmp_path):
    native = open_llamacpp("llama")
    folder = write_adapter(tmp_path, pairs, native.info.model)
    load_adapter(folder, native)
    rewrite(folder, tensors=change)
    with pytest.raises(ModelError):
        load_adapter(folder, native)


@pytest.mark.parametrize("key", ["rank", "scale", "tokens", "char_end", "model_name", "text_sha256"])
@pytest.mark.parametrize("value", [-1e9, math.nan, math.inf, None, [], {}, 10**30, True])
def test_what_it_says_of_itself_is_checked(key, value, folder, llama):
    rewrite(folder, header=lambda about: about.update({key: value}))
    try:
        assert math.isfinite(load_adapter(folder, llama).provenance.scale)
    except ModelError as problem:
        assert "damaged" in str(problem)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_an_adapter_or_a_sentence(data, folder, llama):
    path = folder / ADAPTER_FILE
    whole = path.read_bytes()
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(broken[: data.draw(st.sampled_from([len(broken), len(broken) // 2, 9, 0]))])
    try:
        adapter = load_adapter(folder, llama)
        assert all(pair.a.isfinite().all() and pair.b.isfinite().all() for pair in adapter.pairs.values())
    except EngineError as problem:
        assert str(problem).endswith(".")
    finally:
        path.write_bytes(whole)

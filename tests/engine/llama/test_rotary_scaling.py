"""Models with stretched positions: what a GGUF file says of it holds in PyTorch too, or the file is refused."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest
import torch

from engine.backends.llamacpp import load_llamacpp
from engine.backends.pytorch import load_torch
from engine.errors import ModelError
from engine.jobs import run_to_end
from engine.loading import prepare
from engine.rotary_scaling import llama3_factors

HEAD_SIZE = 8


def with_more(source: Path, path: Path, settings: dict[str, object], tensors: dict[str, np.ndarray]) -> Path:
    """A copy of a GGUF file that says more."""
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(path, architecture)
    for field in reader.fields.values():
        is_said_anew = field.name.removeprefix(f"{architecture}.rope.") in settings
        if not field.name.startswith("GGUF.") and field.name != "general.architecture" and not is_said_anew:
            inner = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=inner)
    for name, value in settings.items():
        kinds = {str: gguf.GGUFValueType.STRING, float: gguf.GGUFValueType.FLOAT32, int: gguf.GGUFValueType.UINT32}
        writer.add_key_value(f"{architecture}.rope.{name}", value, kinds[type(value)])
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, np.array(tensor.data))
    for name, values in tensors.items():
        writer.add_tensor(name, values.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


CASES = {
    "linear": ("llama", {"scaling.type": "linear", "scaling.factor": 4.0}, {}),
    "linear by its old name": ("qwen2", {"scale_linear": 4.0}, {}),
    "only layers without a window": ("gemma3_text", {"scaling.type": "linear", "scaling.factor": 8.0}, {}),
    "YaRN": ("qwen3", {"scaling.type": "yarn", "scaling.factor": 4.0, "scaling.original_context_length": 64}, {}),
    "YaRN, louder": (
        "qwen2",
        {
            "scaling.type": "yarn",
            "scaling.factor": 2.0,
            "scaling.original_context_length": 128,
            "scaling.attn_factor": 0.9,
        },
        {},
    ),
    "Llama 3": (
        "llama",
        {"freq_base": 500_000.0},
        {"rope_freqs.weight": llama3_factors(500_000.0, HEAD_SIZE, 8.0)},
    ),
    "none": ("llama", {"scaling.type": "none", "scaling.factor": 4.0}, {}),
}


@pytest.mark.parametrize("case", CASES)
def test_both_engines_stretch_positions_alike(case, llama_library, open_gguf, gguf_model, tmp_path):
    family, settings, tensors = CASES[case]
    path = with_more(open_gguf(family), tmp_path / "stretched.gguf", settings, tensors)
    ref = run_to_end(prepare(path, tmp_path / "model", "stretched"))
    pytorch = load_torch(ref, device=torch.device("cpu"), dtype=torch.float32)
    plain = load_torch(gguf_model(family), device=torch.device("cpu"), dtype=torch.float32)
    ids = pytorch.tokenizer.encode("Mira keeps the lighthouse of Oster. " * 8)[:120]
    stretched, before = (backend.score(ids, backend.new_state())[1:] for backend in (pytorch, plain))
    llama = load_llamacpp(ref, threads=1)
    try:
        apart = np.abs(stretched - llama.score(ids, llama.new_state())[1:]).mean()
    finally:
        llama.close()
    changed = np.abs(stretched - before).mean()
    assert apart < 0.005 and (changed == 0 if case == "none" else changed > 10 * apart)


@pytest.mark.parametrize(
    "case",
    [
        ({}, {"rope_freqs.weight": np.array([1.0, 2.0, 3.0, 4.0])}),
        ({"scaling.type": "longrope", "scaling.factor": 4.0}, {}),
    ],
    ids=["factors of nobody", "a kind of nobody"],
)
def test_what_is_not_known_is_refused_in_a_sentence(case, open_gguf, tmp_path):
    path = with_more(open_gguf("llama"), tmp_path / "stretched.gguf", *case)
    with pytest.raises(ModelError, match=r"stretches its positions .* Palimpsest does not know\."):
        run_to_end(prepare(path, tmp_path / "model", "stretched"))

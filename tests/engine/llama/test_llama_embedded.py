"""The embedded model in both engines: PyTorch computes with the numbers its GGUF file stands for, llama.cpp with the file itself.

What differs is arithmetic on quantised numbers (Q4_1 weights are multiplied with inputs rounded to 8 bits) and nothing
else: the same numbers in an F32 file, the control, come out the same but for keys and values kept in 16 bits.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from app.operations.models import embedded_folder, embedded_model
from engine.backends.llamacpp import LlamaCppBackend, load_llamacpp
from engine.backends.pytorch import TorchBackend, load_torch
from engine.chat_template import ChatMessage
from engine.generation import generate
from engine.jobs import run_to_end
from engine.llama.native import NativeModel
from engine.model_folder import locate_gguf
from engine.sampling import Sampling

pytestmark = pytest.mark.model

STORY = Path(__file__).parents[3] / "assets" / "sample" / "story.md"
TOKENS = 256
WRITTEN = 32
GREEDY = Sampling()


@dataclass
class Engines:
    in_pytorch: TorchBackend
    in_llama: LlamaCppBackend
    ids: list[int]
    expected: np.ndarray
    """PyTorch's logits after each of `ids`, fp32 `[N, V]`."""


@pytest.fixture(scope="module")
def engines(llama_library) -> Iterator[Engines]:
    if not embedded_folder().is_dir():
        pytest.skip("the embedded model is not set up")
    in_pytorch = load_torch(embedded_model(), device=torch.device("cpu"), dtype=torch.float32)
    in_llama = load_llamacpp(embedded_model(), threads=torch.get_num_threads())
    ids = in_pytorch.tokenizer.encode(STORY.read_text("utf-8"))[:TOKENS]
    with torch.no_grad():
        expected = in_pytorch.model(torch.tensor([ids])).logits[0].float().numpy()
    yield Engines(in_pytorch, in_llama, ids, expected)
    in_llama.close()


@pytest.fixture(scope="module")
def control(engines, tmp_path_factory) -> Iterator[NativeModel]:
    """The same model from an F32 file."""
    folder = tmp_path_factory.mktemp("control")
    write_unquantised(locate_gguf(embedded_folder()), folder / "F32.gguf")
    with NativeModel(folder / "F32.gguf", context_tokens=2_048, threads=torch.get_num_threads()) as native:
        yield native
    shutil.rmtree(folder)


def write_unquantised(source: Path, target: Path) -> None:
    """A GGUF file with the numbers that the tensors of another stand for."""
    import gguf

    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(target, architecture)
    for name, field in reader.fields.items():
        if not name.startswith("GGUF.") and name not in ("general.architecture", "general.file_type"):
            kind = field.types[0]
            writer.add_key_value(
                name, field.contents(), kind, field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
            )
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    tensors: list[Any] = list(reader.tensors)
    for tensor in tensors:
        shape = tuple(int(size) for size in reversed(tensor.shape))
        writer.add_tensor_info(tensor.name, shape, np.dtype(np.float32), 4 * int(np.prod(shape)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for tensor in tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        writer.write_tensor_data(values)
    writer.close()


def divergence(expected: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """KL(expected || logits) of each row, in nats."""
    p, q = (torch.from_numpy(rows).double().log_softmax(-1) for rows in (expected, logits))
    return (p.exp() * (p - q)).sum(-1).numpy()


def lost_by_choosing(expected: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """By how much PyTorch's logit of its own likeliest token is above that of llama.cpp's, at each place."""
    return expected.max(-1) - np.take_along_axis(expected, logits.argmax(-1)[:, None], -1)[:, 0]


def question(engines: Engines) -> list[int]:
    paragraph = " ".join(re.findall(r"[^\n]+", STORY.read_text("utf-8"))[2:6])
    return engines.in_pytorch.tokenizer.encode_chat(
        [ChatMessage("user", f"{paragraph}\n\nSay this in your own words.")]
    )


def test_the_same_numbers_give_the_same_logits_and_the_same_text(engines, control):
    """Measured over 400 tokens: mean KL 1e-6, worst 6e-5, the same likeliest token everywhere, 48 tokens of greedy text the same."""
    logits = control.decode(engines.ids, 0, every=True)
    apart = divergence(engines.expected, logits)
    assert apart.mean() < 1e-5 and apart.max() < 1e-3
    assert lost_by_choosing(engines.expected, logits).max() < 0.05
    prompt = question(engines)
    expected = run_to_end(generate(engines.in_pytorch, prompt, sampling=GREEDY, max_new_tokens=WRITTEN)).token_ids
    control.clear()
    written = [int(control.decode(prompt, 0).argmax())]
    while len(written) < len(expected):
        written.append(int(control.decode(written[-1:], control.next_position).argmax()))
    assert tuple(written) == expected


def test_quantised_arithmetic_is_all_that_differs(engines):
    """Measured over 400 tokens: mean KL 0.0031, worst 0.048, the same likeliest token at 95 %, elsewhere at most 0.37 below it; perplexity
    41.7 in PyTorch, 41.9 in llama.cpp.
    """
    state = engines.in_llama.new_state()
    rows = [engines.in_llama.read([token_id], state) for token_id in engines.ids[:16]]  # one by one, and as a block
    native = engines.in_llama.native
    rows.extend(native.decode(engines.ids[16:], native.next_position, every=True))
    native.cut(len(state.tokens))
    logits = np.stack(rows)
    apart, lost = divergence(engines.expected, logits), lost_by_choosing(engines.expected, logits)
    assert apart.mean() < 0.008 and apart.max() < 0.2
    assert (lost == 0).mean() > 0.9 and lost.max() < 1.0
    in_pytorch = engines.in_pytorch.score(engines.ids, engines.in_pytorch.new_state())[1:]
    in_llama = engines.in_llama.score(engines.ids, engines.in_llama.new_state())[1:]
    assert abs(in_llama.mean() / in_pytorch.mean() - 1) < 0.01


def test_what_llama_cpp_writes_pytorch_would_have_written_or_nearly(engines):
    """Greedy text may part where two tokens are as likely as each other, and then goes its own way: so each token is judged by itself."""
    prompt = question(engines)
    written = list(run_to_end(generate(engines.in_llama, prompt, sampling=GREEDY, max_new_tokens=WRITTEN)).token_ids)
    with torch.no_grad():
        logits = engines.in_pytorch.model(torch.tensor([prompt + written])).logits[0, len(prompt) - 1 : -1].numpy()
    lost = logits.max(-1) - logits[np.arange(len(written)), written]
    assert (lost == 0).mean() > 0.8 and lost.max() < 1.5


def test_both_make_the_same_tokens_of_a_text(engines, llama_library):
    """The tokenizer of the prepared folder, which both backends use, and llama.cpp's own from the file."""
    text = STORY.read_text("utf-8") + " naïve café – 1814: “Über die Brücke”… 宝玉 🙂\n\n\ttabs  and   spaces"
    spelled = text.encode()
    room = (llama_library.llama_token * len(spelled))()
    vocabulary = llama_library.llama_model_get_vocab(engines.in_llama.native._model)
    count = llama_library.llama_tokenize(vocabulary, spelled, len(spelled), room, len(room), False, False)
    assert list(room[:count]) == engines.in_llama.tokenizer.encode(text)

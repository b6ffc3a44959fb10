"""Learning: speed and gain of ours against the official Temp-LoRA recipe, the machine's matrix peak, and two controls, in one run.

    python tests/bench/learning.py [--tokens 20480] [--official-tokens 4096] [--text FILE] [--other FILE]

- ours: the product's handler with its defaults, base scored on every window.
- official: the released recipe on the same model, text, number type and rank: windows of 3,072 + 1,024 re-run whole, prefix masked,
  2 epochs a window, lr 5e-5 with warm-up, through PEFT. Slow, so it gets fewer tokens; gains are compared at that count too.
- longer window: the bare model with twice the window, about the FLOPs that learning adds.
- another book: an adapter that goes on from another book's adapter, scored on this text without training on it.
- peak: the fastest square matrix product of the same number type; share = 4 N FLOP a token + attention, over it.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ["GOMP_SPINCOUNT"] = "2000"  # as the product sets it, read when torch loads

import torch
import torch.nn.functional as F

from engine import layerwise, lora
from engine.adapter import load_adapter
from engine.api import Learn, LearnConfig, Learned
from engine.backends.pytorch import TorchBackend
from engine.jobs import run_to_end
from engine.layerwise import Decoder, PrefixCache
from engine.loading import embedded_model
from engine.methods.temp_lora import learn
from engine.methods.temp_lora.settings import TempLoraSettings, resolve
from engine.methods.temp_lora.windows import plan_windows
from engine.ops.token_nll import token_nll
from engine.runtime import Runtime

LITBANK = Path(__file__).resolve().parents[3] / "shared" / "data" / "litbank" / "original"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=20_480)
    parser.add_argument("--official-tokens", type=int, default=4_096)
    parser.add_argument("--text", type=Path, default=LITBANK / "158_emma.txt")
    parser.add_argument("--other", type=Path, default=LITBANK / "345_dracula.txt")
    parser.add_argument("--window", type=int)
    parser.add_argument("--only-ours", action="store_true")
    parser.add_argument("--no-controls", action="store_true", help="leave out the longer window and the other book")
    arguments = parser.parse_args()
    if not arguments.text.is_file():
        sys.exit("Give a book with --text; the developers' data is not beside this checkout.")
    text = arguments.text.read_text("utf-8", "replace")
    runtime = Runtime(leave_cores=0)
    backend = run_to_end(runtime.load(embedded_model()))
    assert isinstance(backend, TorchBackend)
    config = LearnConfig(base_every=1, window_tokens=arguments.window)
    print(f"{arguments.text.name}, {backend.info.model.name}, {backend.info.dtype}, {torch.get_num_threads()} threads")

    peak = matmul_peak(backend.model.dtype)
    with tempfile.TemporaryDirectory() as folder:
        ours, train_s, base_s = run_ours(runtime, text, Path(folder) / "ours", config, arguments.tokens)
        speed = ours.tokens / train_s
        flop = flop_per_token(backend, config)
        row("", "tokens", "base ppl", "adapter ppl", "gain", "tokens/s", "ratio")
        row("ours", ours.tokens, ours.base_ppl, ours.adapter_ppl, -ours.gain, speed, "1.00")
        share = speed * flop / peak
        print(f"  {flop / 1e9:.2f} GFLOP a token, peak {peak / 1e9:.0f} GFLOP/s: {100 * share:.0f} % of it;"
              f" the base score alone reads {ours.tokens / base_s:.0f} tokens/s")  # fmt: skip
        if arguments.only_ours:
            return
        count = arguments.official_tokens
        early, early_s, _ = run_ours(runtime, text, Path(folder) / "early", config, count)
        official_base, official_ppl, official_s = run_official(text, count, defaults(backend, config).rank, backend)
        row("ours", early.tokens, early.base_ppl, early.adapter_ppl, -early.gain, early.tokens / early_s, "1.00")
        official_speed = count / official_s
        row("official", count, official_base, official_ppl, official_ppl / official_base - 1, official_speed,
            f"{early.tokens / early_s / official_speed:.2f} x slower")  # fmt: skip
        if arguments.no_controls:
            return
        settings = defaults(backend, config)
        longer, _ = score(backend, text, arguments.tokens, window=2 * settings.window_tokens)
        row("longer window", arguments.tokens, ours.base_ppl, longer, longer / ours.base_ppl - 1, math.nan, "")
        other = arguments.other.read_text("utf-8", "replace")
        run_ours(runtime, other, Path(folder) / "other", config, arguments.tokens)
        adapter = load_adapter(Path(folder) / "other", backend)
        foreign, _ = score(backend, text, arguments.tokens, window=settings.window_tokens, pairs=adapter.pairs)
        row("another book", arguments.tokens, ours.base_ppl, foreign, foreign / ours.base_ppl - 1, math.nan, "")


def row(*cells: object) -> None:
    shown = [f"{cell:.3f}" if isinstance(cell, float) and abs(cell) < 1000 else str(cell) for cell in cells]
    print(f"{shown[0]:<16}" + "".join(f"{cell:>16}" for cell in shown[1:]), flush=True)


def run_ours(
    runtime: Runtime, text: str, folder: Path, config: LearnConfig, tokens: int
) -> tuple[Learned, float, float]:
    """Learned, seconds of training (with its scoring), seconds of scoring the base model."""
    model = embedded_model()
    learned = run_to_end(learn(Learn(model, text, folder, config, max_tokens=tokens), runtime))
    total_s = learned.tokens / learned.tokens_per_s
    backend = runtime.backend
    assert isinstance(backend, TorchBackend)
    settings = defaults(backend, config)
    _, base_s = score(backend, text, tokens, window=settings.window_tokens)
    return learned, total_s - base_s, base_s


def score(
    backend: TorchBackend, text: str, tokens: int, *, window: int, pairs: lora.Pairs | None = None
) -> tuple[float, float]:
    """exp(mean NLL) of the frozen model over the text, chunk by chunk with re-reading, and the seconds it took."""
    ids = torch.tensor(backend.tokenizer.encode(text)[:tokens])
    inputs = torch.cat([torch.zeros(1, dtype=torch.long), ids[:-1]])
    decoder = Decoder.of(backend.model)
    cache = PrefixCache(decoder.layer_count, window)
    total = 0.0
    began = time.perf_counter()
    with lora.active(backend.model, pairs):
        for part in plan_windows(len(ids), chunk=512, window=window, reread=window // 4):
            cache.clear()
            spans = [(part.reread_start, part.chunks[0][0]), *part.chunks]
            for start, end in spans:
                if start == end:
                    continue
                hidden = run_to_end(layerwise.read(decoder, inputs[start:end], cache))
                cache.commit(end - start)
                if start >= part.chunks[0][0]:
                    total += float(token_nll(hidden, decoder.head, ids[start:end]).sum())
    return math.exp(total / len(ids)), time.perf_counter() - began


def defaults(backend: TorchBackend, config: LearnConfig) -> TempLoraSettings:
    info = backend.info
    return resolve(config, parameters=info.parameters, context_tokens=info.context_tokens, text_tokens=10**6)


def run_official(text: str, tokens: int, rank: int, backend: TorchBackend) -> tuple[float, float, float]:
    """The released trainer's loop (see methods: temp-lora) with its own settings; base ppl, adapter ppl, training seconds.

    Its evaluation passes are taken once each and not counted, in its favour.
    """
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    folder = embedded_model().folder
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=backend.model.dtype)
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    model = get_peft_model(model, LoraConfig(r=rank, lora_alpha=rank, target_modules=targets, lora_dropout=0.05))
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=5e-5, betas=(0.9, 0.999), eps=1e-7, weight_decay=0.0)
    ids = torch.tensor(backend.tokenizer.encode(text)[:tokens])
    base_nll = adapter_nll = seconds = 0.0
    scored = 0
    for index, (context, start, end) in enumerate(official_windows(len(ids))):
        window, labels = ids[context:end].unsqueeze(0), ids[context:end].clone()
        labels[: start - context] = -100

        def loss(window: torch.Tensor = window, labels: torch.Tensor = labels) -> torch.Tensor:
            logits = model(input_ids=window).logits[0, :-1]
            return F.cross_entropy(logits.float(), labels[1:], ignore_index=-100)

        count = int((labels[1:] != -100).sum())
        model.eval()
        with torch.no_grad():
            with model.disable_adapter():
                base_nll += count * float(loss())
            adapter_nll += count * float(loss())
        scored += count
        model.train()
        optimizer.param_groups[0]["lr"] = 5e-5 * min(1.0, index / 2)
        began = time.perf_counter()
        for _ in range(2):
            loss().backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            optimizer.zero_grad()
        seconds += time.perf_counter() - began
    return math.exp(base_nll / scored), math.exp(adapter_nll / scored), seconds


def official_windows(tokens: int) -> Iterator[tuple[int, int, int]]:
    """(context start, first new token, end): 1,024 new tokens behind up to 3,072 of context."""
    for start in range(0, tokens, 1024):
        yield max(0, start - 3072), start, min(tokens, start + 1024)


def matmul_peak(dtype: torch.dtype) -> float:
    """FLOP/s of the fastest of several square products."""
    a, b = torch.randn(2048, 2048).to(dtype), torch.randn(2048, 2048).to(dtype)
    torch.mm(a, b)
    best = math.inf
    for _ in range(7):
        began = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - began)
    return 2 * 2048**3 / best


def flop_per_token(backend: TorchBackend, config: LearnConfig) -> float:
    """4 N for the weights (forward, and backward to activations), 2.5 x attention's forward products, and re-reading."""
    settings = defaults(backend, config)
    model = backend.model.config
    context = (settings.reread_tokens + settings.window_tokens) / 2
    width = model.num_attention_heads * (
        getattr(model, "head_dim", None) or model.hidden_size // model.num_attention_heads
    )
    attention = model.num_hidden_layers * 4 * context * width
    reread = settings.reread_tokens / (settings.window_tokens - settings.reread_tokens)
    train = 4 * backend.info.parameters + 2.5 * attention
    return train + reread * (2 * backend.info.parameters + attention / 3)


if __name__ == "__main__":
    main()

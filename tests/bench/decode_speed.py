"""Prefill and decode speed of ours against `model.generate` of transformers, in one run: `python tests/bench/decode_speed.py`.

Both take the same prompt and choose greedily, in turns, so that a busy machine disturbs both alike; the medians are compared.
Theirs runs on the model as transformers loads it, in fp32 and in the number type ours chose.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

from engine.backends.pytorch import load_torch
from engine.generation import generate
from engine.jobs import run_to_end
from engine.loading import embedded_model
from engine.sampling import Sampling

TEXT = "Mira kept the lighthouse of Oster through eleven winters, and wrote down every ship that passed. "


def ours(backend, ids: list[int], new_tokens: int) -> tuple[float, float]:
    """Prefill tokens/s and decode tokens/s."""
    result = run_to_end(generate(backend, ids, sampling=Sampling(), max_new_tokens=new_tokens))
    return len(ids) / result.ttft_s, result.tokens_per_s


def theirs(model, ids: list[int], new_tokens: int) -> tuple[float, float]:
    prompt = torch.tensor([ids], device=model.device)

    def seconds(count: int) -> float:
        begin = time.perf_counter()
        model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=count,
            min_new_tokens=count,
            do_sample=False,
            pad_token_id=0,
        )
        return time.perf_counter() - begin

    first = seconds(1)
    return len(ids) / first, (new_tokens - 1) / (seconds(new_tokens) - first)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompt-tokens", type=int, default=512)
    parser.add_argument("--new-tokens", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    transformers_logging.disable_progress_bar()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    ref = embedded_model()
    backend = load_torch(ref, device=device)
    backend.tokenizer.eos_ids = frozenset()  # the same number of tokens from all
    dtype = getattr(torch, backend.info.dtype)
    runners = {f"ours, {backend.info.dtype}": lambda ids: ours(backend, ids, arguments.new_tokens)}
    for kind in dict.fromkeys((torch.float32, dtype)):
        model = AutoModelForCausalLM.from_pretrained(ref.folder, dtype=kind).to(device).eval()
        runners[f"transformers, {str(kind)[6:]}"] = lambda ids, model=model: theirs(model, ids, arguments.new_tokens)
    ids = backend.tokenizer.encode(TEXT * (arguments.prompt_tokens // 10))[: arguments.prompt_tokens]
    measured: dict[str, list[tuple[float, float]]] = {name: [] for name in runners}
    for _ in range(arguments.rounds):
        for name, runner in runners.items():
            measured[name].append(runner(ids))
    medians = {
        name: tuple(statistics.median(column) for column in zip(*runs, strict=True)) for name, runs in measured.items()
    }
    ours_name = next(iter(runners))
    for name, (prefill, decode) in medians.items():
        print(
            json.dumps(
                {
                    "what": name,
                    "threads": arguments.threads,
                    "prompt_tokens": len(ids),
                    "prefill_tokens_per_s": round(prefill, 1),
                    "decode_tokens_per_s": round(decode, 1),
                    "ours_prefill_ratio": round(medians[ours_name][0] / prefill, 2),
                    "ours_decode_ratio": round(medians[ours_name][1] / decode, 2),
                }
            )
        )


if __name__ == "__main__":
    main()

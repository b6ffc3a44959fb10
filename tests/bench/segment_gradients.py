"""How the gradient through segment memories is best had: every method on a held-out novel, in one run.

    python tests/bench/segment_gradients.py [--segments 8] [--ratio 8] [--data NOVELS]

The training's own loss on one stretch of a novel whose author no compressor has read; the compressor that comes with Palimpsest, or
without one an untrained one. Bias, variance and cosines are of the gradient towards encoder and slots, where the methods differ, and
are exact: over every outcome the draws can have (`gradient_parts.estimates`). Each method is then run: processor time, the most memory
its tensors took at once beside the weights, and how far its gradient is from the one its weights say.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ["GOMP_SPINCOUNT"] = "2000"  # as the product sets it, read when torch loads

import torch
from gradient_parts.estimates import Draws, Worth, outcomes, pairs, reservoir_weights, window_weights, worth
from gradient_parts.live_bytes import LiveBytes
from torch import Tensor

from engine.backends.pytorch import TorchBackend, load_torch
from engine.jobs import Steps, run_to_end
from engine.loading import embedded_model
from engine.methods.compressor_training.files import CARD_FILE
from engine.methods.segments.compressor import (
    CompressorHeader,
    SegmentCompressor,
    load_compressor,
    new_compressor,
)
from engine.methods.segments.examples import load_corpus
from engine.methods.segments.gradients import full, incremental, recompute, reservoir, truncated
from engine.methods.segments.memory import sink_token
from engine.methods.segments.objective import Distiller, Texts

ROOT = Path(__file__).resolve().parents[2]
NOVELS = ROOT.parent / "shared" / "data" / "novels_100_english"
WINDOWS = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Row:
    """run: the method; None for what is only counted. weights: `[1, pairs]`, what the run's draws say of it."""

    name: str
    worth: Worth
    run: Callable[[], Steps[float]] | None
    weights: Tensor


class Bench:
    """One stretch of text and the contributions of its pairs of segments."""

    def __init__(self, texts: Texts, compressor: SegmentCompressor) -> None:
        self.texts = texts
        slots = compressor.slots[texts.ratio]
        self.encoder = [each for pair in compressor.encoder.values() for each in (pair.a, pair.b)] + [slots]
        self.trained = [tensor for _, tensor in compressor.named_tensors()]
        self.pairs = pairs(texts.segments)

    def contributions(self) -> Tensor:
        """c_ts, fp32 `[pairs, parameters]`: each J_t through the graph of each m_s."""
        T = self.texts.segments
        memory = self.texts.encode(range(T - 1), with_grad=False)
        towards: list[Tensor] = []
        for t in range(1, T):
            leaf = memory[:, :t].clone().requires_grad_()
            self.texts.loss(range(t, t + 1), leaf).backward()  # type: ignore[no-untyped-call]
            assert leaf.grad is not None
            towards.append(leaf.grad)
        found = torch.empty(len(self.pairs), sum(each.numel() for each in self.encoder))
        for s in range(T - 1):
            graph = self.texts.encode((s,), with_grad=True)
            for t in range(s + 1, T):
                self.forget()
                graph.backward(towards[t - 1][:, s : s + 1], retain_graph=True)  # type: ignore[no-untyped-call]
                found[self.pairs.index((t, s))] = self.gradient()
        return found

    def gradient(self) -> Tensor:
        grads = [torch.zeros_like(each) if each.grad is None else each.grad for each in self.encoder]
        return torch.cat([grad.flatten() for grad in grads]).float().cpu()

    def forget(self) -> None:
        for each in self.trained:
            each.grad = None

    def rows(self, products: Tensor) -> list[Row]:
        texts, T = self.texts, self.texts.segments
        everything = window_weights(T, T)
        exact = worth(products, everything)
        rows = [
            Row("full", exact, lambda: full(texts), everything),
            Row("recompute, one by one", exact, lambda: recompute(texts, encode_batch=1, decode_batch=1), everything),
            Row("recompute, all", exact, lambda: recompute(texts, encode_batch=T, decode_batch=1), everything),
        ]
        for S in WINDOWS:
            near = window_weights(T, S)
            of_near = worth(products, near)
            rows.append(Row(f"truncated   S={S}", of_near, lambda S=S: truncated(texts, S), near))  # type: ignore[misc]
            rows.append(Row(f"incremental S={S}", of_near, lambda S=S: incremental(texts, S), near))  # type: ignore[misc]
        for S in WINDOWS:
            every = list(outcomes(T, S))
            draws = every[len(every) // 3]
            rows.append(
                Row(
                    f"reservoir   S={S}",
                    worth(products, reservoir_weights(every, T, S)),
                    lambda S=S, draws=draws: reservoir(texts, S, _drawn(draws)),  # type: ignore[misc]
                    reservoir_weights([draws], T, S),
                )
            )
            without = reservoir_weights(every, T, S, with_factor=False)
            rows.append(Row(f"  no factor S={S}", worth(products, without), None, without[:1]))
        return rows


def _drawn(draws: Draws) -> Callable[[int], int]:
    following = iter(draws)
    return lambda s: next(following)


def print_row(bench: Bench, row: Row, contributions: Tensor) -> None:
    figures = row.worth
    line = (
        f"  {row.name:<24}{figures.norm:>7.3f}{figures.bias:>8.3f}{figures.variance:>10.3f}"
        f"{figures.mean_cosine:>9.3f}{figures.cosine:>9.3f}"
    )
    if row.run is not None:
        bench.forget()
        began = time.process_time()
        with LiveBytes() as live:
            run_to_end(row.run())
        seconds = time.process_time() - began
        wanted = (row.weights.float() @ contributions)[0]
        apart = float((bench.gradient() - wanted).norm() / wanted.norm())
        line += f"{seconds:>9.1f}{live.peak / 1e6:>9.0f}{apart:>10.1e}"
    print(line, flush=True)


def open_compressor(
    backend: TorchBackend, folder: Path, segment_tokens: int
) -> tuple[SegmentCompressor, str, list[str]]:
    """The one in the folder, to be trained on; else an untrained one. What to call it, and the authors it has not read."""
    if (folder / CARD_FILE).is_file():
        read = load_compressor(folder, backend)
        for _, tensor in read.named_tensors():
            tensor.requires_grad_()
        held_out = json.loads((folder / CARD_FILE).read_text("utf-8"))["held_out_authors"]
        return read, f"compressor {read.sha256[:12]} ({folder.parent.name}/{folder.name})", held_out
    model = backend.info.model
    header = CompressorHeader(model.name, model.identity, segment_tokens, rank=16, scale=1.0)
    return new_compressor(backend.model, header, seed=1), "an untrained compressor", []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segments", type=int, default=8)
    parser.add_argument("--segment-tokens", type=int, default=128, help="of an untrained compressor")
    parser.add_argument("--ratio", type=int, default=8)
    parser.add_argument("--data", type=Path, default=NOVELS, help="novels as plain text, in files named by author")
    parser.add_argument("--compressor", type=Path, help="default: the one that comes with Palimpsest")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"{options.data} is not there; give --data.")
    torch.set_num_threads(options.threads)
    ref = embedded_model()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    backend = load_torch(ref, device=device, dtype=torch.float32)
    folder = options.compressor or ROOT / "assets" / "compressors" / ref.name / "segments"
    compressor, name, held_out = open_compressor(backend, folder, options.segment_tokens)
    tokens = options.segments * compressor.segment_tokens
    (sample,) = load_corpus([options.data], held_out).samples(
        "gradients", 1, backend.tokenizer, tokens + 1, held_out=True
    )
    ids = torch.tensor([sample], device=device)
    distiller = Distiller.of(backend.model, compressor, sink_id=sink_token(backend), gold_share=0.1)
    bench = Bench(Texts(distiller, ids, options.ratio, 0, distiller.taught(ids)), compressor)
    print(
        f"{ref.name}, fp32, {device.type}, {name}; {options.segments} segments of {compressor.segment_tokens} tokens, "
        f"ratio {options.ratio}"
    )
    contributions = bench.contributions()
    products = contributions.double() @ contributions.double().T
    print(f"  {'':<24}{'norm':>7}{'bias':>8}{'variance':>10}{'cosine':>9}{'of one':>9}{'s':>9}{'MB':>9}{'apart':>10}")
    for row in bench.rows(products):
        print_row(bench, row, contributions)


if __name__ == "__main__":
    main()

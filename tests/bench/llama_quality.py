"""Whether both engines of a model say the same: perplexity, logits, greedy text, and states made in PyTorch that go on in llama.cpp.

    python tests/bench/llama_quality.py [--only perplexity logits states] [--tokens 20000] [--threads 2] [--model FOLDER]

- perplexity: of the next --tokens of a novel behind those an adapter was learned on, in stretches of 2,000, each read from nothing;
  llama.cpp's over PyTorch's of the same tokens, [95 %]. Control, of the first two stretches: PyTorch in fp32 beside a GGUF file of the
  same values de-quantised to F32: what is left then is neither quantised arithmetic nor 16 bits.
- logits: KL(PyTorch in fp32 || row), nats a token, behind every token of stretches of a novel and of role-play; same: how often both
  find the same token likeliest. greedy: tokens written alike before two ways part, of --new-tokens behind each of --prompts.
- states: what PyTorch has read of a prompt is handed over, and 96 tokens that follow are read one by one. KL(PyTorch goes on || row);
  for the scale llama.cpp behind its own reading, llama.cpp against itself where it read the prompt token by token and not in blocks
  (quantised arithmetic is not the same in both: its floor), and PyTorch without any prompt. Control: PyTorch in fp32, de-quantised
  file. Gist and segment memory with the encoders that come with Palimpsest.

Finished stretches of the perplexity are kept in --work and not measured again.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

os.environ["GOMP_SPINCOUNT"] = "2000"  # as the product sets it, read when torch loads

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
from llama_parts.adapters import learned_adapter
from llama_parts.arrivals import endless
from llama_parts.control_gguf import dequantised_gguf
from llama_parts.engines import Engines, of_file, open_engines
from llama_parts.logits import (
    Distance,
    LogProbabilities,
    behind_each,
    distance,
    joined,
    normalised,
    torch_behind_each,
)
from llama_parts.table import heading, row
from segment_parts.cells import Cells
from segment_parts.tables import grouped, perplexity, perplexity_ratio
from segment_parts.targets import read_novel

from engine.adapter import Adapter
from engine.backends.base import Backend, PromptState
from engine.backends.llamacpp import LlamaCppBackend
from engine.backends.paired import PairedBackend
from engine.backends.pytorch import TorchBackend, TorchState, load_torch
from engine.generation import generate
from engine.jobs import run_to_end
from engine.kv_state import KVState
from engine.llama.usable import why_not
from engine.loading import embedded_model
from engine.methods.gist.encoder import ENCODER_FILE, load_encoder
from engine.methods.gist.encoding import gist_state
from engine.methods.segments.compressor import COMPRESSOR_FILE, SegmentCompressor, load_compressor
from engine.methods.segments.memory import encode_segments, joined_memory, sink_state
from engine.model_folder import model_ref, read_card
from engine.sampling import Sampling

ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"
NOVEL = "litbank/original/158_emma.txt"
OTHER_NOVEL = "novels_100_english/Doyle_Lost_1912.txt"
STRETCH_TOKENS = 2000
CONTROL_STRETCHES = 2
COMPARED_TOKENS = 256
PROMPT_TOKENS, FOLLOWING_TOKENS = 512, 96
GIST_TOKENS = 16
SECTIONS = ("perplexity", "states", "logits")


class Bench:
    def __init__(self, options: argparse.Namespace, engines: Engines) -> None:
        self.options, self.engines = options, engines
        self._cells = Cells(options.work / "perplexity.jsonl")
        text = read_novel(options.text)
        self._text, self._ids = text, engines.torch.tokenizer.encode(text)
        other = read_novel(options.shared_data / OTHER_NOVEL)
        self._other = engines.torch.tokenizer.encode(other[: len(other) // 4])

    # -- perplexity ------------------------------------------------------------------------------------------------

    def perplexity(self) -> None:
        engines, options = self.engines, self.options
        stretches = options.tokens // STRETCH_TOKENS
        torch_name, llama_name = f"PyTorch {engines.torch.info.dtype}", f"llama.cpp {engines.llama.info.llama}"
        self._perplexity_table(
            f"{options.text.stem}, {stretches * STRETCH_TOKENS:,} tokens behind {options.learn_tokens:,} learned",
            {torch_name: lambda: engines.torch, llama_name: lambda: engines.llama},
            stretches,
        )
        few = min(CONTROL_STRETCHES, stretches)
        self._perplexity_table(
            f"control, the first {few * STRETCH_TOKENS:,} of these tokens",
            {"PyTorch float32": lambda: self._fp32, "llama.cpp F32": lambda: self._control("F32")},
            few,
        )

    def _perplexity_table(self, title: str, ways: dict[str, Callable[[], Backend]], stretches: int) -> None:
        heading(title, "perplexity", "with adapter", "over PyTorch's", "with adapter, over PyTorch's")
        first: list[list[float]] = []
        for name, backend in ways.items():
            groups = [self._groups(name, backend, adapted, stretches) for adapted in (False, True)]
            first = first or groups
            over = [_spelled_ratio(found, others) for found, others in zip(groups, first, strict=True)]
            row(name, *(f"{perplexity(found):.3f}" for found in groups), *over)

    def _groups(self, name: str, backend: Callable[[], Backend], adapted: bool, stretches: int) -> list[float]:
        """Nats a token, in groups, of the stretches one behind the other."""
        found: list[float] = []
        for number in range(stretches):
            start = self.options.learn_tokens + number * STRETCH_TOKENS
            key = (self._adapter.sha256 if adapted else "", self._model[:12], name, self.options.text.name, start)
            groups = self._cells.get(key)
            if groups is None:
                groups = self._score(backend(), start, adapted)
                self._cells.put(key, groups)
            found += groups
        return found

    def _score(self, backend: Backend, start: int, adapted: bool) -> list[float]:
        state = backend.new_state(self._adapter if adapted else None)
        ids = self._ids[start : start + STRETCH_TOKENS]
        scores = np.concatenate([backend.score(ids[i : i + 256], state) for i in range(0, len(ids), 256)])
        return grouped((-scores[1:]).tolist())  # nothing stands before the first

    @property
    def _model(self) -> str:
        return self.engines.torch.info.model.identity

    @cached_property
    def _adapter(self) -> Adapter:
        """Learned by PyTorch on the beginning of the novel."""
        options, torch_backend = self.options, self.engines.torch
        folder = options.work / "adapters" / f"{self._model[:12]} {options.text.stem} {options.learn_tokens}"
        text = self._text[: len(torch_backend.tokenizer.decode(self._ids[: options.learn_tokens + 64]))]
        return learned_adapter(self.engines.runtime, torch_backend, text, folder, tokens=options.learn_tokens)

    @cached_property
    def _fp32(self) -> TorchBackend:
        return load_torch(self.engines.torch.info.model, device=torch.device("cpu"), dtype=torch.float32)

    def _control(self, kind: str) -> LlamaCppBackend:
        """llama.cpp with the same values de-quantised."""
        if kind not in self._controls:
            file = dequantised_gguf(self.engines.gguf, self.options.work / self._model[:12] / f"{kind}.gguf", kind)
            self._controls[kind] = of_file(self.engines.llama, file, kind, threads=self.options.threads)
        return self._controls[kind]

    @cached_property
    def _controls(self) -> dict[str, LlamaCppBackend]:
        return {}

    # -- logits ----------------------------------------------------------------------------------------------------

    def logits(self) -> None:
        engines, count = self.engines, COMPARED_TOKENS
        texts = [self._ids[-count - 2000 : -2000], self._other[-count:]]
        ways: dict[str, Callable[[Sequence[int]], LogProbabilities]] = {
            f"PyTorch {engines.torch.info.dtype}": lambda ids: torch_behind_each(
                engines.torch, ids, engines.torch.new_state()
            ),
            f"llama.cpp {engines.llama.info.llama}": lambda ids: _llama_behind_each(engines.llama, ids),
            "llama.cpp F16": lambda ids: _llama_behind_each(self._control("F16"), ids),
            "llama.cpp F32": lambda ids: _llama_behind_each(self._control("F32"), ids),
        }
        exact = [torch_behind_each(self._fp32, ids, self._fp32.new_state()) for ids in texts]
        heading(f"against PyTorch float32, {len(texts) * count} tokens", "KL", "99 %", "largest", "same likeliest")
        for name, read in ways.items():
            found = joined([distance(each, read(ids)) for each, ids in zip(exact, texts, strict=True)])
            row(
                name,
                _spelled_kl(found),
                f"{np.quantile(found.kl, 0.99):.5f}",
                f"{found.kl.max():.5f}",
                f"{found.same.mean():.1%}",
            )
        self._greedy()

    def _greedy(self) -> None:
        engines, options = self.engines, self.options
        for backend in (engines.torch, engines.llama, self._fp32, self._control("F32")):
            endless(backend)
        size = 96
        prompts = [self._other[i * 3 * size : i * 3 * size + size] for i in range(options.prompts)]
        heading(
            f"greedy text, {options.prompts} prompts of {size} tokens", "tokens before they part", "the same to the end"
        )
        for name, one, other in (
            (f"PyTorch {engines.torch.info.dtype}, llama.cpp {engines.llama.info.llama}", engines.torch, engines.llama),
            ("PyTorch float32, llama.cpp F32", self._fp32, self._control("F32")),
            (f"PyTorch float32, PyTorch {engines.torch.info.dtype}", self._fp32, engines.torch),
        ):
            alike = []
            for prompt in prompts:
                texts = [self._written(backend, prompt) for backend in (one, other)]
                pairs = list(zip(*texts, strict=True))
                alike.append(next((i for i, (a, b) in enumerate(pairs) if a != b), len(pairs)))
            whole = sum(count == options.new_tokens for count in alike)
            row(name, f"{np.mean(alike):.1f} of {options.new_tokens}", f"{whole} of {len(alike)}")

    def _written(self, backend: Backend, prompt: Sequence[int]) -> tuple[int, ...]:
        key = id(backend), tuple(prompt)
        if key not in self._texts:
            steps = generate(backend, prompt, sampling=Sampling(), max_new_tokens=self.options.new_tokens)
            self._texts[key] = run_to_end(steps).token_ids
        return self._texts[key]

    @cached_property
    def _texts(self) -> dict[tuple[int, tuple[int, ...]], tuple[int, ...]]:
        return {}

    # -- states ----------------------------------------------------------------------------------------------------

    def states(self) -> None:
        """What PyTorch has read, or made, goes on in llama.cpp."""
        engines, options = self.engines, self.options
        makers = self._compressed()
        found: dict[str, list[Distance]] = {}

        def note(name: str, one: LogProbabilities, other: LogProbabilities) -> None:
            found.setdefault(name, []).append(distance(one, other))

        for number in range(options.prompts):
            start = self.options.learn_tokens + number * 4 * PROMPT_TOKENS
            prompt = self._ids[start : start + PROMPT_TOKENS]
            following = self._ids[start + PROMPT_TOKENS : start + PROMPT_TOKENS + FOLLOWING_TOKENS]
            for name, adapter in (("exact", None), ("exact, with adapter", self._adapter)):
                exact = torch_behind_each(engines.torch, following, _read(engines.torch, prompt, adapter))
                note(f"{name}: handed over", exact, _followed(engines.paired, prompt, following, adapter))
                own = _followed(engines.llama, prompt, following, adapter)
                note(f"{name}: llama.cpp read it itself", exact, own)
                recut = _followed(engines.llama, prompt, following, adapter, block=1)
                note(f"{name}: llama.cpp against itself, read token by token", own, recut)
                nothing = torch_behind_each(engines.torch, following, engines.torch.new_state(adapter))
                note(f"{name}: PyTorch without the prompt", exact, nothing)
            control = PairedBackend(self._fp32, self._control("F32"))
            exact = torch_behind_each(self._fp32, following, _read(self._fp32, prompt))
            note("control, float32 to F32: handed over", exact, _followed(control, prompt, following))
            for name, make in makers.items():
                prefix = make(prompt)
                exact = torch_behind_each(engines.torch, following, engines.torch.new_state(prefix=prefix))
                behind = engines.paired.new_state(prefix=prefix)
                note(f"{name}: handed over", exact, behind_each(engines.paired, following, behind))
                nothing = torch_behind_each(engines.torch, following, engines.torch.new_state())
                note(f"{name}: PyTorch without it", exact, nothing)
        title = f"{options.prompts} prompts of {PROMPT_TOKENS} tokens, {FOLLOWING_TOKENS} behind each"
        heading(title, "KL", "99 %", "same likeliest")
        for name, each in found.items():
            of_all = joined(each)
            row(name, _spelled_kl(of_all), f"{np.quantile(of_all.kl, 0.99):.4f}", f"{of_all.same.mean():.1%}")

    def _compressed(self) -> dict[str, Callable[[Sequence[int]], KVState]]:
        """Ways to make less than all of a prompt, as far as this model has encoders for them."""
        backend = self.engines.torch
        makers: dict[str, Callable[[Sequence[int]], KVState]] = {}
        gist, segments = (
            ROOT / "assets" / "compressors" / backend.info.model.name / kind for kind in ("gist", "segments")
        )
        if (gist / ENCODER_FILE).is_file():
            encoder = load_encoder(gist, backend)
            makers[f"gist of {GIST_TOKENS}"] = lambda ids: gist_state(
                backend, encoder, _read(backend, ids), GIST_TOKENS, ()
            )
        if (segments / COMPRESSOR_FILE).is_file():
            compressor = load_compressor(segments, backend)
            for ratio in compressor.slots:
                makers[f"segment memory {ratio}:1"] = lambda ids, ratio=ratio: _memory(backend, compressor, ids, ratio)
        return makers


def _read(backend: TorchBackend, ids: Sequence[int], adapter: Adapter | None = None) -> TorchState:
    state = backend.new_state(adapter)
    _read_into(backend, ids, state)
    return state


def _read_into(backend: Backend, ids: Sequence[int], state: PromptState, block: int = 256) -> None:
    for start in range(0, len(ids), block):
        backend.read(ids[start : start + block], state)


def _followed(
    backend: Backend,
    prompt: Sequence[int],
    following: Sequence[int],
    adapter: Adapter | None = None,
    *,
    block: int = 256,
) -> LogProbabilities:
    """Behind each of the tokens that follow a prompt, in the way of an answer. block: of the prompt, read at a time."""
    state = backend.new_state(adapter)
    _read_into(backend, prompt, state, block)
    return behind_each(backend, following, state)


def _memory(backend: TorchBackend, compressor: SegmentCompressor, ids: Sequence[int], ratio: int) -> KVState:
    size = compressor.segment_tokens
    rows = torch.tensor(list(ids[: len(ids) // size * size])).view(-1, size)
    return joined_memory(backend, sink_state(backend), encode_segments(backend, compressor, rows, ratio))


def _llama_behind_each(backend: LlamaCppBackend, ids: Sequence[int]) -> LogProbabilities:
    """In blocks, as PyTorch is asked."""
    native = backend.native
    native.clear()
    rows = normalised(native.decode(ids, 0, every=True))
    native.clear()
    return rows


def _spelled_ratio(groups: Sequence[float], others: Sequence[float]) -> str:
    if groups is others:
        return ""
    found = perplexity_ratio(groups, others)
    return f"{found.mean:.4f} [{found.low:.4f}, {found.high:.4f}]"


def _spelled_kl(found: Distance) -> str:
    mean = float(found.kl.mean())
    return f"{mean:.5f}" if mean >= 1e-5 else f"{mean:.1e}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=20_000, help="of the perplexity, in stretches of 2,000")
    parser.add_argument("--learn-tokens", type=int, default=8192)
    parser.add_argument("--prompts", type=int, default=4)
    parser.add_argument("--new-tokens", type=int, default=48)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--text", type=Path, help="a novel; default: Emma, of the shared data")
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    parser.add_argument("--work", type=Path, default=Path(sys.prefix) / "bench" / "llama")
    parser.add_argument("--model", type=Path, help="a prepared model folder; default: the embedded model")
    options = parser.parse_args()
    options.text = options.text or options.shared_data / NOVEL
    if not options.text.is_file():
        sys.exit("Give a novel with --text; the developers' data is not beside this checkout.")
    model = embedded_model() if options.model is None else model_ref(options.model, read_card(options.model))
    assert model.folder is not None
    if reason := why_not(model.folder):
        sys.exit(reason)
    bench = Bench(options, open_engines(model, threads=options.threads))
    print(f"{model.name}: PyTorch {bench.engines.torch.info.dtype}, llama.cpp {bench.engines.llama.info.llama}")
    for section in options.only:
        getattr(bench, section)()


if __name__ == "__main__":
    main()

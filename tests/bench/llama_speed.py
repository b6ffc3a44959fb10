"""Two engines of one model: what each is fast at, what a state handed over makes of them, and what our part of it costs, in one run.

    python tests/bench/llama_speed.py [--threads 2] [--only first-token writing adapters states cached] [--model FOLDER]

- PyTorch: reads and writes alone. llama.cpp: our backend, alone. handed over: PyTorch reads all but the last prompt token, whichever
  of both is faster here, and its state goes to llama.cpp before the first token is written. llama-cpp-python: its own
  `Llama.generate`, greedy, with the same threads, batch and flash attention; ids alone, where ours makes text of them.
- first-token: seconds to the first and to the last token of an answer, everything read anew; the quickest of --rounds.
- writing: tokens/s, one over the median time between two tokens, behind the shortest prompt, which all of them hold already. Ways
  take turns; a ratio is the median over the turns of times taken next to each other, [quartiles]. The adapter's values are drawn: how
  long it takes does not depend on them.
- adapters: the first use writes and loads a GGUF file; a switch is between two that are loaded.
- states: out of PyTorch into llama.cpp's layout, into its context and out of it; megabytes (10^6 bytes) of the sequence state.
- cached: the longest prompt is kept, 32 new tokens follow, in an engine started anew; beside llama.cpp's own file of a sequence
  (`llama_state_seq_save_file`) and llama-cpp-python's `Llama.save_state` in memory. The quickest of --rounds.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

os.environ["GOMP_SPINCOUNT"] = "2000"  # as the product sets it, read when torch loads

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from llama_parts.adapters import RANK, drawn_adapter
from llama_parts.arrivals import TheirLoop, Write, endless, ours, tokens_per_s
from llama_parts.engines import Engines, open_engines
from llama_parts.table import heading, row

from app.prompt_store import StoredPrompts
from engine.backends.base import Backend, PromptState
from engine.generation import PREFILL_BLOCK_TOKENS, reuse_prefix
from engine.gguf_file import read_header
from engine.jobs import run_to_end
from engine.llama.kv_transfer import KVTransfer
from engine.llama.native import NativeModel
from engine.llama.usable import why_not
from engine.loading import embedded_model
from engine.model_folder import model_ref, read_card
from engine.prefix_cache import PrefixCache
from storage.prompt_states import PromptStates

STORY = Path(__file__).resolve().parents[2] / "assets" / "sample" / "story.md"
TAIL_TOKENS = 32
MB = 1e6
SECTIONS = ("first-token", "writing", "adapters", "states", "cached")


class Bench:
    def __init__(self, options: argparse.Namespace, engines: Engines) -> None:
        self.options, self.engines = options, engines
        for backend in (engines.torch, engines.llama, engines.paired):
            endless(backend)
        text = engines.torch.tokenizer.encode(STORY.read_text("utf-8"))
        room = max(options.tokens) + options.new_tokens + 2 * TAIL_TOKENS
        self.ids = (text * (1 + room // len(text)))[:room]
        self.theirs = TheirLoop(engines.gguf, context_tokens=room, threads=options.threads)

    def first_token(self) -> None:
        """Everything read anew, for each length."""
        engines, new_tokens = self.engines, self.options.new_tokens
        ways: dict[str, Write] = {
            "PyTorch": lambda ids, count: ours(engines.torch, ids, count),
            "llama.cpp": lambda ids, count: ours(engines.llama, ids, count),
            "handed over": lambda ids, count: ours(engines.paired, ids, count),
            "llama-cpp-python": self.theirs.write_anew,
        }
        for prompt_tokens in self.options.tokens:
            prompt = self.ids[:prompt_tokens]
            taken: dict[str, list[list[float]]] = {name: [] for name in ways}
            for _ in range(self.options.rounds):
                for name, write in ways.items():
                    taken[name].append(write(prompt, new_tokens))
            first = {name: min(each[0] for each in runs) for name, runs in taken.items()}
            last = {name: min(each[-1] for each in runs) for name, runs in taken.items()}
            quickest = min(last[name] for name in ("PyTorch", "llama.cpp"))
            heading(f"{prompt_tokens:,} tokens read, {new_tokens} written", "first token, s", "token 2, s",
                    f"token {new_tokens}, s", "reads tokens/s", "writes tokens/s", "to the end, against the quicker alone")  # fmt: skip
            for name, runs in taken.items():
                second = min(each[1] for each in runs)
                rate = max(map(tokens_per_s, runs))
                row(name, f"{first[name]:.2f}", f"{second:.2f}", f"{last[name]:.2f}", f"{prompt_tokens / first[name]:.0f}",
                    f"{rate:.1f}", f"{quickest / last[name]:.2f} x")  # fmt: skip

    def writing(self) -> None:
        """Each way holds the prompt and is asked again and again; the last prompt token is all it reads."""
        engines, prompt = self.engines, self.ids[: min(self.options.tokens)]
        adapter = drawn_adapter(engines.torch, seed=1)
        ways: dict[str, Write] = {
            "llama-cpp-python": self.theirs.write,
            "llama.cpp": keeps(engines.llama, engines.llama.new_state()),
            "llama.cpp + adapter": keeps(engines.llama, engines.llama.new_state(adapter)),
            "state from PyTorch": keeps(engines.paired, engines.paired.new_state()),
            "state from PyTorch + adapter": keeps(engines.paired, engines.paired.new_state(adapter)),
            "PyTorch": keeps(engines.torch, engines.torch.new_state()),
        }
        for write in ways.values():
            write(prompt, 4)
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for turn in range(self.options.turns):
            for name, write in list(ways.items())[:: 1 if turn % 2 else -1]:  # what comes after what differs
                if name != "PyTorch" or turn < 2:  # so much slower that two say enough
                    rates[name].append(tokens_per_s(write(prompt, self.options.new_tokens // 2)))
        heading(
            f"writing behind {len(prompt):,} tokens", "tokens/s", "over llama-cpp-python's loop", "over llama.cpp, ours"
        )
        for name, found in rates.items():
            row(
                name,
                f"{statistics.median(found):.1f}",
                ratio(found, rates["llama-cpp-python"]),
                ratio(found, rates["llama.cpp"]),
            )

    def adapters(self) -> None:
        """What it costs to put another adapter to work, beside a token written without a change."""
        llama = self.engines.llama
        states: list[PromptState] = []
        first_use = []
        for seed in (1, 2, 3):
            state = llama.new_state(drawn_adapter(self.engines.torch, seed=10 + seed))
            first_use.append(seconds(lambda state=state: llama.read(self.ids[:1], state)))
            states.append(state)
        state = states[0]
        same = [seconds(lambda: llama.read(self.ids[1:2], state)) for _ in range(16)]
        switched = [
            seconds(lambda place=place: llama.read(self.ids[1:2], states[place % 2 + 1])) for place in range(16)
        ]
        heading(f"adapters of rank {RANK}", "ms")
        row("first use: written as GGUF, loaded, one token", f"{1e3 * statistics.median(first_use):.0f}")
        row("one token, adapter as before", f"{1e3 * statistics.median(same):.1f}")
        row("one token, with the other adapter and its text", f"{1e3 * statistics.median(switched):.1f}")

    def states(self) -> None:
        """Steps of handing over, one by one, in a context of their own."""
        torch_backend, gguf = self.engines.torch, self.engines.gguf
        heading("a state on its way", "MB", "out of PyTorch, ms/MB", "into the layout, ms/MB", "into llama.cpp, ms/MB",
                "out of it, ms/MB", "PyTorch to llama.cpp, ms")  # fmt: skip
        room = max(self.options.tokens) + 1
        with NativeModel(gguf, context_tokens=room, threads=self.options.threads) as native:
            transfer = KVTransfer.probed(native, read_header(gguf))
            for count in self.options.tokens:
                state = torch_backend.new_state()
                read_all(torch_backend, self.ids[:count], state)
                kept = torch_backend.export_state(state, 0, count)
                data = transfer.sequence_of(kept)
                steps: dict[str, Callable[[], Any]] = {
                    "out": lambda state=state, count=count: torch_backend.export_state(state, 0, count),
                    "layout": lambda kept=kept: transfer.sequence_of(kept),
                    "in": lambda data=data: native.put_sequence(data),
                    "back": native.take_sequence,
                }
                best = {name: min(seconds(step) for _ in range(5)) for name, step in steps.items()}
                size = len(data) / MB
                together = best["out"] + best["layout"] + best["in"]
                per_mb = [f"{1e3 * each / size:.2f}" for each in best.values()]
                row(f"{count:,} tokens", f"{size:.1f}", *per_mb, f"{1e3 * together:.0f}")

    def cached(self) -> None:
        engines, count = self.engines, max(self.options.tokens)
        prompt = self.ids[: count + TAIL_TOKENS]
        with tempfile.TemporaryDirectory() as name:
            ways = {**self._kept_by_us(Path(name), prompt, count), **self._kept_by_them(Path(name), prompt, count)}
            read = {"PyTorch reads all": lambda: ours(engines.torch, prompt, 2)}
            read["handed over, reads all"] = lambda: ours(engines.paired, prompt, 2)
            read["llama.cpp reads all"] = lambda: ours(engines.llama, prompt, 2)
            runs = {name: [act()] for name, act in read.items()}
            runs |= {name: [act() for _ in range(self.options.rounds + 1)] for name, (act, _) in ways.items()}
        heading(
            f"{count:,} tokens kept, {TAIL_TOKENS} new",
            "first token, s",
            "token 2, s",
            "MB",
            "against reading in llama.cpp",
        )
        base = runs["llama.cpp reads all"][0][0]
        for name, taken in runs.items():
            first, second = (min(each[place] for each in taken) for place in (0, 1))
            size = f"{ways[name][1] / MB:.1f}" if name in ways else ""
            row(name, f"{first:.3f}", f"{second:.3f}", size, f"{base / first:.1f} x")

    def _kept_by_us(
        self, folder: Path, prompt: Sequence[int], count: int
    ) -> Mapping[str, tuple[Callable[[], list[float]], int]]:
        """The prompt store of the product, one file for each engine; opened anew each time."""
        found = {}
        for name, backend in (
            ("kept, llama.cpp", self.engines.llama),
            ("kept, PyTorch", self.engines.torch),
            ("kept, handed over", self.engines.paired),
        ):
            path = folder / f"{name}.sqlite3"
            state = backend.new_state()
            read_all(backend, prompt[:count], state)
            states = PromptStates(path)
            kept = run_to_end(
                PrefixCache(StoredPrompts(states)).keep(backend, state, count, title="", document_key=None)
            )
            assert kept is not None
            states.close()

            def restored(backend: Backend = backend, path: Path = path) -> list[float]:
                began = time.perf_counter()
                states, state = PromptStates(path), backend.new_state()
                try:
                    got = run_to_end(PrefixCache(StoredPrompts(states)).restore(backend, state, prompt))
                finally:
                    states.close()
                assert got.tokens == count, got
                before = time.perf_counter() - began
                return [before + arrival for arrival in ours(backend, prompt, 2, state)]

            found[name] = restored, path.stat().st_size
        return found

    def _kept_by_them(
        self, folder: Path, prompt: Sequence[int], count: int
    ) -> Mapping[str, tuple[Callable[[], list[float]], int]]:
        import llama_cpp

        theirs, path = self.theirs, folder / "sequence.bin"
        llama = theirs.llama
        theirs.write_anew(prompt[:count], 1)
        tokens = (llama_cpp.llama_token * count)(*prompt[:count])
        written = llama_cpp.llama_state_seq_save_file(llama.ctx, os.fsencode(path), 0, tokens, count)
        in_memory = llama.save_state()

        def from_file() -> list[float]:
            llama.reset()
            llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(llama.ctx), True)
            began = time.perf_counter()
            out, held = (llama_cpp.llama_token * count)(), ctypes.c_size_t(0)
            read = llama_cpp.llama_state_seq_load_file(llama.ctx, os.fsencode(path), 0, out, count, held)
            assert read == written, (read, written)
            llama.input_ids[:count] = out[:count]
            llama.n_tokens = count
            before = time.perf_counter() - began
            return [before + arrival for arrival in theirs.write(prompt, 2)]

        def from_memory() -> list[float]:
            llama.reset()
            began = time.perf_counter()
            llama.load_state(in_memory)
            before = time.perf_counter() - began
            return [before + arrival for arrival in theirs.write(prompt, 2)]

        return {
            "llama.cpp's own file of a sequence": (from_file, written),
            "llama-cpp-python's save_state": (from_memory, in_memory.llama_state_size),
        }


def keeps(backend: Backend, state: PromptState) -> Write:
    """Writes from a state of its own, which it cuts back to the prompt each time."""

    def write(ids: Sequence[int], new_tokens: int) -> list[float]:
        reuse_prefix(backend, state, ids)
        return ours(backend, ids, new_tokens, state)

    return write


def read_all(backend: Backend, ids: Sequence[int], state: PromptState) -> None:
    for start in range(0, len(ids), PREFILL_BLOCK_TOKENS):
        backend.read(ids[start : start + PREFILL_BLOCK_TOKENS], state)


def seconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def ratio(rates: Sequence[float], others: Sequence[float]) -> str:
    """Turn by turn: what was measured next to each other is compared."""
    found = sorted(one / other for one, other in zip(rates, others, strict=False))
    if len(found) < 4:
        return f"{statistics.median(found):.3f}"
    low, middle, high = statistics.quantiles(found, n=4)
    return f"{middle:.3f} [{low:.3f}, {high:.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, nargs="+", default=[512, 2048, 4096])
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--turns", type=int, default=10, help="of writing")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS)
    parser.add_argument("--model", type=Path, help="a prepared model folder; default: the embedded model")
    options = parser.parse_args()
    model = embedded_model() if options.model is None else model_ref(options.model, read_card(options.model))
    assert model.folder is not None
    if reason := why_not(model.folder):
        sys.exit(reason)
    bench = Bench(options, open_engines(model, threads=options.threads))
    info = bench.engines.torch.info
    print(
        f"{model.name}: PyTorch {info.dtype}, llama.cpp {bench.engines.llama.info.llama}, {options.threads} thread(s)"
    )
    for section in options.only:
        getattr(bench, section.replace("-", "_"))()


if __name__ == "__main__":
    main()

"""Beyond the model's range: which memory should stand before the window, when there is room for a quarter of it.

    python tests/bench/segment_recall.py [--compressor FOLDER] [--ratio 8] [--novels 3] [--places 6] [--segments 96]

At places of held-out novels, of all segments before the window there is room for a quarter: the newest; half of the room for the
newest and half picked by words (BM25) or by attention; the newest behind memory of memory, condensed by the compressor or thinned (at 8x
every eighth slot as it is). Beside them no memory, a quarter of the newest, and all segments. Scored are the 512 tokens behind a window
of 512. Figures are perplexities over that of no memory, and over that of the newest; ± is half of a 95 % interval over groups of 64
tokens. Finished cells are kept in --work.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

os.environ["GOMP_SPINCOUNT"] = "2000"  # as the product sets it, read when torch loads

import torch
from segment_parts.cells import Cells
from segment_parts.memories import Memories
from segment_parts.tables import grouped, perplexity, perplexity_ratio
from segment_parts.targets import NOVELS, Target, read_target
from segment_parts.window import Window

from engine.api import SEGMENT_RATIOS
from engine.backends.pytorch import TorchBackend
from engine.jobs import run_to_end
from engine.kv_state import KVState
from engine.loading import embedded_model
from engine.methods.segments.attention_mass import AttentionMass
from engine.methods.segments.compressor import load_compressor
from engine.methods.segments.memory import joined_memory, sink_state
from engine.methods.segments.picking import PickedSegments
from engine.methods.segments.recall import NewestSegments, Recall
from engine.methods.segments.second_level import TwoLevels
from engine.methods.segments.shelf import MemoryShelf
from engine.methods.segments.word_mass import WordMass
from engine.runtime import Runtime

ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"
WINDOW, SCORED = 512, 512
NO_MEMORY, FEW, ALL, NEWEST = "no memory", "newest, a quarter of them", "all segments", "newest"


class Thinned(TwoLevels):
    """Memory of memory without a second reading: of every `ratio` slots the last, as it is."""

    def _condensed(self, group: int) -> KVState:
        states = self._first.states(range(group * self._ratio, (group + 1) * self._ratio))
        joined = joined_memory(self._backend, self._sink, states)
        kept = slice(self._ratio, None, self._ratio)  # the sink is row 0
        keys, values = ([each[:, kept] for each in every] for every in (joined.keys, joined.values))
        return KVState(joined.identity, keys, values, joined.positions[kept], joined.next_position)


def recalls(backend: TorchBackend, memories: Memories) -> dict[str, Recall]:
    tokenizer, model = backend.tokenizer, backend.model
    levels = {"ratio": memories.ratio, "first": MemoryShelf(), "second": MemoryShelf()}
    others = {"ratio": memories.ratio, "first": MemoryShelf(), "second": MemoryShelf()}
    return {
        NEWEST: NewestSegments(MemoryShelf()),
        "words": PickedSegments(MemoryShelf(), WordMass(tokenizer)),
        "attention": PickedSegments(MemoryShelf(), AttentionMass(model)),
        "condensed": TwoLevels(backend, memories.compressor, **levels),
        "thinned": Thinned(backend, memories.compressor, **others),
    }


class Bench:
    def __init__(self, backend: TorchBackend, memories: Memories, cells: Cells, segments: int) -> None:
        self._backend, self._memories, self._cells = backend, memories, cells
        self._segments = segments
        self._sink = sink_state(backend)

    def measure(self, target: Target, place: int) -> dict[str, list[float]]:
        """Nats of the tokens scored, in groups, by what stands before the window."""
        size, room = self._memories.segment_tokens, self._segments // 4
        window = target.ids[place - WINDOW : place]
        starts = [place - WINDOW - size * (self._segments - number) for number in range(self._segments)]

        def kept(name: str, recalled: Callable[[], Sequence[KVState]]) -> list[float]:
            made_by = self._memories.compressor.sha256[:16], self._memories.ratio
            key = (*made_by, self._segments, room, WINDOW, target.novel.name, place, name)
            if (found := self._cells.get(key)) is None:
                found = self._score(target, place, recalled())
                self._cells.put(key, found)
            return list(found)

        def recalled_by(name: str, recall: Recall) -> Sequence[KVState]:
            for start, state in zip(starts, self._memories.of(target, starts), strict=True):
                recall.add(target.ids[start : start + size], state)
            if name.startswith("attention"):  # the others look at nothing of it
                with recall.watching(self._backend.model):
                    Window(self._backend, self._sink).read(window)
            return recall.recall(window, room * self._memories.slots)

        ways = recalls(self._backend, self._memories)
        return {
            NO_MEMORY: kept(NO_MEMORY, lambda: []),
            **{name: kept(name, partial(recalled_by, name, recall)) for name, recall in ways.items()},
            FEW: kept(FEW, lambda: self._memories.of(target, starts[-(room // 4) :])),
            ALL: kept(ALL, lambda: self._memories.of(target, starts)),
        }

    def _score(self, target: Target, place: int, segments: Sequence[KVState]) -> list[float]:
        memory = joined_memory(self._backend, self._sink, segments) if segments else self._sink
        reading = Window(self._backend, memory)
        reading.read(target.ids[place - WINDOW : place])
        return grouped(reading.nll(target.ids[place : place + SCORED]).tolist())


def print_table(title: str, rows: dict[str, list[float]]) -> None:
    print(f"\n{title}")
    for name, groups in rows.items():
        ratio, picked = perplexity_ratio(groups, rows[NO_MEMORY]), perplexity_ratio(groups, rows[NEWEST])
        print(
            f"  {name:<28}{perplexity(groups):8.3f}{ratio.mean:9.4f} ± {(ratio.high - ratio.low) / 2:.4f}"
            f"   over the newest {picked.mean:.4f} ± {(picked.high - picked.low) / 2:.4f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compressor", type=Path, help="default: the one that comes with Palimpsest")
    parser.add_argument("--ratio", type=int, default=8, choices=SEGMENT_RATIOS)
    parser.add_argument("--novels", type=int, default=3)
    parser.add_argument("--places", type=int, default=6, help="of each novel, 2,048 tokens apart")
    parser.add_argument("--segments", type=int, default=96, help="before the window; there is room for a quarter")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bench" / "segments")
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    options = parser.parse_args()
    model = embedded_model()
    folder = options.compressor or ROOT / "assets" / "compressors" / model.name / "segments"
    if not folder.is_dir():
        sys.exit(f"{model.name} has no segment compressor in {folder}; give --compressor.")
    backend = run_to_end(Runtime(leave_cores=0).load(model))
    assert isinstance(backend, TorchBackend)
    torch.set_num_threads(1)
    memories = Memories(backend, load_compressor(folder, backend), options.ratio, options.work / "memories")
    bench = Bench(backend, memories, Cells(options.work / "recall.jsonl"), options.segments)
    together: dict[str, list[float]] = {}
    for novel in NOVELS[: options.novels]:
        began, rows = time.perf_counter(), dict[str, list[float]]()
        target = read_target(replace(novel, ends=1.0), options.shared_data, backend.tokenizer, tokens=SCORED)
        for number in range(options.places):
            for name, groups in bench.measure(target, len(target.ids) // 2 + 2048 * number).items():
                rows.setdefault(name, []).extend(groups)
        for name, groups in rows.items():
            together.setdefault(name, []).extend(groups)
        print_table(f"{novel.name}, {options.ratio}x, {time.perf_counter() - began:.0f} s", rows)
    print_table(f"together, {options.ratio}x", together)


if __name__ == "__main__":
    main()

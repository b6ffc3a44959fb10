"""Perplexity of the last 2,048 tokens of novels given ever more of what stands before them: ours, reference ways, the limit, in one run.

    python tests/bench/segment_perplexity.py [--small] [--compressor FOLDER] [--work FOLDER]
    python tests/bench/segment_perplexity.py --novels 2 --before 4096 16384 102400 --slots 4096

Figures are perplexities over that of the window alone, exp of the mean over every token of all novels; ± is half of a 95 % interval.
The novels' authors are held out: no compressor of ours was trained on a book of theirs. Every way reads the target block by block and
sees at least the window, verbatim, before each.

- window: the last tokens, read anew before every 512.
- full attention: everything, as far as the model's range goes: the limit.
- StreamingLLM: four first tokens and the newest, in as many cache rows as the segment memory beside it has.
- passages: found with BM25 by the words read last, before the window.
- memory: one exact token, memory slots of what stands before the window, the window. Of more than --slots the newest segments; picked:
  for half of the room those that share words with the end of the window, as the product's reader does.
- + Temp-LoRA: an adapter learned on the text before, as the product learns it; up to --learn-tokens.
- int8: the memory written in int8 and read again.

Finished cells are kept in --work and not measured again.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, partial
from pathlib import Path

os.environ["GOMP_SPINCOUNT"] = "2000"  # as the product sets it, read when torch loads

from segment_parts.cells import Cells
from segment_parts.memories import Memories
from segment_parts.tables import grouped, perplexity, perplexity_ratio, spelled_tokens
from segment_parts.targets import NOVELS, TARGET_TOKENS, Novel, Target, read_target
from segment_parts.ways import Score, Ways

from engine import lora
from engine.adapter import load_adapter
from engine.api import SEGMENT_RATIOS, Learn
from engine.backends.pytorch import TorchBackend
from engine.jobs import run_to_end
from engine.loading import embedded_model
from engine.methods.segments.compressor import COMPRESSOR_FILE, load_compressor
from engine.methods.segments.picking import PickedSegments
from engine.methods.segments.reader import default_slot_budget
from engine.methods.segments.word_mass import WordMass
from engine.methods.temp_lora import learn
from engine.model_folder import model_ref, read_card
from engine.prompt_store import AtRest
from engine.runtime import Runtime

ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"
BEFORE = (4096, 6144, 16_384, 32_768, 102_400, 307_200)
"""6,144 tokens and the target are 8K, the whole range of the embedded model."""
SMALL_BEFORE, SMALL_TARGET = (4096, 16_384), 512
WINDOW_ONLY, FULL = "window", "full attention"


@dataclass(frozen=True, slots=True)
class Row:
    """One way to read. least, most: tokens before the target between which it can be had. cell: what it measures
    there; what is called the same is measured once.
    """

    name: str
    read: Callable[[Target, int], Score]
    least: int = 0
    most: int | None = None
    cell: Callable[[int], str] | None = None
    made_with: str = ""
    """What its cells depend on beside all others."""

    def cell_name(self, before: int) -> str:
        return f"{self.name} | {before}" if self.cell is None else self.cell(before)


def memory_name(ratio: int) -> str:
    return f"memory {ratio}x"


class Bench:
    def __init__(
        self, options: argparse.Namespace, runtime: Runtime, backend: TorchBackend, folder: Path | None
    ) -> None:
        self._options, self._runtime, self._backend = options, runtime, backend
        self._ways = Ways(backend, options.window, options.block)
        self._cells = Cells(options.work / "perplexity.jsonl")
        self._compressor = None if folder is None else load_compressor(folder, backend)
        self.targets: list[Target] = []
        self.rows = [*self._reference_rows(), *self._memory_rows()]

    def add(self, novel: Novel, tokens: int) -> None:
        options = self._options
        self.targets.append(read_target(novel, options.shared_data, self._backend.tokenizer, tokens=tokens))

    def measure(self, row: Row, before: int) -> None:
        for target in self.targets:
            if not self._can(row, target, before) or self._cells.get(self._key(row, target, before)):
                continue
            began = time.perf_counter()
            found = row.read(target, before)
            seconds = time.perf_counter() - began
            groups = grouped(found.nll.tolist())
            cell = {"nll": groups, "rows": found.rows, "seconds": round(seconds, 1)}
            self._cells.put(self._key(row, target, before), cell)
            print(f"  {target.novel.name}, {spelled_tokens(before)}, {row.name}: {perplexity(groups):.3f}"
                  f"   {found.rows:,} rows, {seconds:.0f} s", file=sys.stderr, flush=True)  # fmt: skip

    def groups(self, row: Row, before: int, like: Row | None = None) -> list[float]:
        """Of the novels where this row, and the one it is compared with, are measured; one behind the other."""
        found: list[float] = []
        for target in self.targets:
            cell = self._cells.get(self._key(row, target, before))
            if cell and (like is None or self._cells.get(self._key(like, target, before))):
                found += cell["nll"]
        return found

    def cache_rows(self, row: Row, before: int) -> int:
        cells = (self._cells.get(self._key(row, target, before)) for target in self.targets)
        return max((cell["rows"] for cell in cells if cell), default=0)

    @property
    def row_bytes(self) -> int:
        """Of one token or slot in the cache."""
        config = self._backend.model.config
        return int(config.num_hidden_layers * config.num_key_value_heads * config.head_dim * 2 * 2)

    def _can(self, row: Row, target: Target, before: int) -> bool:
        return row.least <= before <= min(target.start, before if row.most is None else row.most)

    def _key(self, row: Row, target: Target, before: int) -> tuple[str | int, ...]:
        options = self._options
        return (
            self._backend.info.model.identity[:12],
            self._backend.info.dtype,
            row.made_with,
            target.novel.name,
            len(target.scored),
            options.window,
            row.cell_name(before),
        )

    def _reference_rows(self) -> list[Row]:
        options, ways = self._options, self._ways
        exact = self._backend.context_tokens - TARGET_TOKENS
        return [
            Row(
                WINDOW_ONLY, lambda target, _before: ways.window_only(target), cell=lambda _before: f"{WINDOW_ONLY} | 0"
            ),
            Row(FULL, ways.full_attention, most=exact),
            *(
                Row(streaming_name(ratio), partial(self._streaming, ratio), cell=partial(self._streaming_cell, ratio))
                for ratio in SEGMENT_RATIOS
            ),
            Row(f"passages {options.passage_tokens}", partial(self._passages, options.passage_tokens)),
            Row("window + Temp-LoRA", self._adapted_window, most=options.learn_tokens),
        ]

    def _memory_rows(self) -> list[Row]:
        if self._compressor is None:
            return []
        made = f"{self._compressor.sha256[:12]} {self._options.slots}"
        rows = [
            Row(
                memory_name(ratio),
                partial(self._memory, self._memories(ratio, AtRest.HALF)),
                cell=partial(self._newest_cell, ratio),
                made_with=made,
            )
            for ratio in SEGMENT_RATIOS
        ]
        rows += [
            Row(
                f"{memory_name(ratio)}, picked",
                partial(self._picked_memory, self._memories(ratio, AtRest.HALF)),
                least=self._options.window + ratio * self._options.slots + 1,
                made_with=made,
            )
            for ratio in SEGMENT_RATIOS
        ]
        rows += [
            Row(
                f"{memory_name(ratio)}, int8",
                partial(self._memory, self._memories(ratio, AtRest.INT8)),
                most=self._options.int8_tokens,
                made_with=made,
            )
            for ratio in SEGMENT_RATIOS
        ]
        adapted = partial(self._adapted_memory, self._memories(SEGMENT_RATIOS[0], AtRest.HALF))
        name = f"{memory_name(SEGMENT_RATIOS[0])} + Temp-LoRA"
        return [*rows, Row(name, adapted, most=self._options.learn_tokens, made_with=made)]

    @cache  # noqa: B019  there is one bench, for as long as the process
    def _memories(self, ratio: int, at_rest: AtRest) -> Memories:
        assert self._compressor is not None
        return Memories(self._backend, self._compressor, ratio, self._options.work / "segments", at_rest)

    def _streaming(self, ratio: int, target: Target, before: int) -> Score:
        return self._ways.streaming(target, before, self._rows_of(ratio, before))

    def _streaming_cell(self, ratio: int, before: int) -> str:
        rows = self._rows_of(ratio, before)
        return f"StreamingLLM in {rows} rows | {self._ways.streamed(before, rows)}"

    def _rows_of(self, ratio: int, before: int) -> int:
        """As many as memory at this ratio has."""
        options = self._options
        return int(1 + min((before - options.window) // ratio, options.slots) + options.window)

    def _passages(self, tokens: int, target: Target, before: int) -> Score:
        return self._ways.passages(target, before, tokens)

    def _memory(self, memories: Memories, target: Target, before: int) -> Score:
        return self._ways.memory(target, before, memories, budget=self._options.slots)

    def _newest_cell(self, ratio: int, before: int) -> str:
        """Of more than the budget the newest segments are taken: what stands before them makes no difference."""
        return f"{memory_name(ratio)} | {min(before, self._options.window + ratio * self._options.slots)}"

    def _picked_memory(self, memories: Memories, target: Target, before: int) -> Score:
        words = WordMass(self._backend.tokenizer)
        return self._ways.memory(
            target, before, memories, budget=self._options.slots, recall=lambda shelf: PickedSegments(shelf, words)
        )

    def _adapted_window(self, target: Target, before: int) -> Score:
        return self._ways.window_only(target, pairs=self._adapter(target, before))

    def _adapted_memory(self, memories: Memories, target: Target, before: int) -> Score:
        pairs = self._adapter(target, before)
        return self._ways.memory(target, before, memories, budget=self._options.slots, pairs=pairs)

    def _adapter(self, target: Target, before: int) -> lora.Pairs:
        """Learned on the text before; what a bench that was stopped has learned is not learned again."""
        folder = self._options.work / "adapters" / f"{target.novel.name} {before}"
        text = target.text_of(target.start - before, target.start)
        run_to_end(learn(Learn(self._backend.info.model, text, folder, resume=True), self._runtime))
        return load_adapter(folder, self._backend).pairs


def streaming_name(ratio: int) -> str:
    return f"StreamingLLM, rows of {ratio}x"


def print_tables(bench: Bench, befores: Sequence[int]) -> None:
    rows = {row.name: row for row in bench.rows}
    window = rows[WINDOW_ONLY]
    print(f"\nperplexity over that of the window, {', '.join(target.novel.name for target in bench.targets)}")
    print_line("tokens before", [spelled_tokens(before) for before in befores])
    print_line("window, perplexity", [_ppl(bench.groups(window, before)) for before in befores])
    for row in bench.rows:
        if row is not window:
            print_line(row.name, [ratio(bench, row, window, before) for before in befores])
    print("\nrows of the cache before a block is read (MB in 16 bits)")
    for row in bench.rows:
        print_line(row.name, [_rows(bench.cache_rows(row, before), bench.row_bytes) for before in befores])
    print("\nsegment memory over what it is to be measured by")
    compared = [
        (memory_name(each), [streaming_name(each), FULL, *(name for name in rows if name.startswith("passages"))])
        for each in SEGMENT_RATIOS
    ]
    compared += [(f"{memory_name(each)}, int8", [memory_name(each)]) for each in SEGMENT_RATIOS]
    for name, others in compared:
        for other in others:
            if name in rows:
                figures = [ratio(bench, rows[name], rows[other], before) for before in befores]
                print_line(f"{name} / {other}", figures)


def ratio(bench: Bench, row: Row, other: Row, before: int) -> str:
    groups, others = bench.groups(row, before, other), bench.groups(other, before, row)
    if not groups:
        return "-"
    found = perplexity_ratio(groups, others)
    return f"{found.mean:.4f} ±{(found.high - found.low) / 2:.4f}"


def print_line(name: str, cells: Sequence[str]) -> None:
    print(f"  {name:<42}" + "".join(f"{cell:>17}" for cell in cells), flush=True)


def _ppl(groups: Sequence[float]) -> str:
    return f"{perplexity(groups):.3f}" if groups else "-"


def _rows(rows: int, row_bytes: int) -> str:
    return f"{rows:,} ({rows * row_bytes / 1e6:.0f} MB)" if rows else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="one short novel, 512 tokens: minutes")
    parser.add_argument("--novels", type=int, default=2, help="how many of the list")
    parser.add_argument("--before", type=int, nargs="+", default=list(BEFORE), help="tokens, multiples of the segment")
    parser.add_argument("--rows", nargs="+", default=["*"], help="only rows of such names: 'memory 8x' 'StreamingLLM*'")
    parser.add_argument("--window", type=int, default=2048)
    parser.add_argument("--block", type=int, default=256)
    parser.add_argument("--slots", type=int, help="memory slots at most; default: the reader's")
    parser.add_argument("--passage-tokens", type=int, default=1024)
    parser.add_argument(
        "--learn-tokens", type=int, default=16_384, help="adapters are learned up to so many tokens; 0: none"
    )
    parser.add_argument("--int8-tokens", type=int, default=16_384, help="int8 is measured up to so many tokens")
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    parser.add_argument("--work", type=Path, default=Path(sys.prefix) / "bench" / "segments")
    parser.add_argument("--leave-cores", type=int, default=0)
    parser.add_argument("--model", type=Path, help="a prepared model folder; default: the embedded model")
    parser.add_argument("--compressor", type=Path, help="default: the one that comes with Palimpsest")
    options = parser.parse_args()
    model = embedded_model() if options.model is None else model_ref(options.model, read_card(options.model))
    folder = options.compressor or ROOT / "assets" / "compressors" / model.name / "segments"
    if not (folder / COMPRESSOR_FILE).is_file():
        print(f"{model.name} has no segment compressor in {folder}: the other rows alone. Give --compressor.")
        folder = None
    novels = NOVELS[-1:] if options.small else NOVELS[: options.novels]
    if not all((options.shared_data / novel.file).is_file() for novel in novels):
        sys.exit(f"The novels are not in {options.shared_data}; give --shared-data.")
    befores = SMALL_BEFORE if options.small else options.before
    if options.small:
        options.learn_tokens = 0
    runtime = Runtime(leave_cores=options.leave_cores)
    backend = run_to_end(runtime.load(model))
    assert isinstance(backend, TorchBackend)
    options.slots = options.slots or default_slot_budget(backend.context_tokens)
    bench = Bench(options, runtime, backend, folder)
    for novel in novels:
        bench.add(novel, SMALL_TARGET if options.small else TARGET_TOKENS)
    print(f"{model.name}, {backend.info.dtype}, window {options.window}, {options.slots} slots at most, "
          f"{'no compressor' if folder is None else f'compressor {folder.parent.name}/{folder.name}'}")  # fmt: skip
    for before in befores:
        for row in bench.rows:
            if any(fnmatch(row.name, pattern) for pattern in options.rows):
                bench.measure(row, before)
    print_tables(bench, befores)


if __name__ == "__main__":
    main()

"""What a text's length costs: encoding it, every new token behind it, and memory, at 10,000, 100,000 and 1,000,000 tokens before.

    python tests/bench/segment_speed.py [--compressor FOLDER] [--ratio 8 32] [--before 0 10000 100000 1000000] [--encode-tokens 8192]

Each length is measured in a process of its own, one thread. Text: novels of the shared data one behind the other, until there is
enough. Only its first --encode-tokens are encoded here; the rest of the store is filled with their memory again, beside the words of the
text that really stands there. So what is measured at length is the reader: what it picks among, reads from its file, lays before the
window (half the newest, half picked by words). How long the text would take to be encoded follows from the rate above each table.

- new token: one token read behind a whole window; median of 24.
- a segment: reading 256 tokens at once, among it encoding the oldest 256, picking, laying the memory anew. lay: the part that picks
  and lays. Times are the processor's own: a busy machine stretches them less than the clock's.
- held: keys, values and index in the reader. process: the largest resident set; model: the same before the reader is made.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

os.environ["GOMP_SPINCOUNT"] = "2000"  # as the product sets it, read when torch loads

ROOT = Path(__file__).resolve().parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"
NOVELS = (
    "novels_gutenberg_long/2600-0.txt",
    "novels_gutenberg_long/1184-0_2024.txt",
    "novels_gutenberg_long/2554-0.txt",
)
NEW_TOKENS = 24
TOGETHER = 8
MB = 1e6


def text_ids(data: Path, tokenizer: Any, tokens: int) -> array[int]:
    from segment_parts.targets import read_novel

    ids = array("i")
    for text in map(read_novel, (data / name for name in cycle(NOVELS))):
        for start in range(0, len(text), 20_000):
            ids.extend(tokenizer.encode(text[start : start + 20_000]))
            if len(ids) >= tokens:
                return ids[:tokens]
    raise AssertionError("a cycle has no end")


def processor_s(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began


def resident_mb() -> float:
    """The largest resident set since the last `forget_peak`, where the system can forget it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB


def forget_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def encode(options: argparse.Namespace, ratio: int) -> dict[str, float]:
    """In a child: the memory of the first tokens, into the folder it is kept in."""
    import torch

    from engine.kv_state_file import dump_state
    from engine.methods.segments.memory import encode_segments

    backend, compressor = load(options)
    size = compressor.segment_tokens
    folder = options.work / compressor.identity(ratio)[:16]
    folder.mkdir(parents=True, exist_ok=True)
    ids = text_ids(options.shared_data, backend.tokenizer, options.encode_tokens)
    rates = []
    for start in range(0, len(ids) - TOGETHER * size + 1, TOGETHER * size):
        batch = torch.tensor(ids[start : start + TOGETHER * size]).view(TOGETHER, size)
        began, own = time.perf_counter(), time.process_time()
        states = encode_segments(backend, compressor, batch, ratio)
        rates.append((batch.numel() / (time.process_time() - own), batch.numel() / (time.perf_counter() - began)))
        for number, state in enumerate(states, start // size):
            (folder / f"{number}.safetensors").write_bytes(dump_state(state))
    own, wall = (statistics.median(column) for column in zip(*rates, strict=True))
    return {"encode": own, "encode_wall": wall}


def load(options: argparse.Namespace) -> tuple[Any, Any]:
    """Backend and compressor, on one thread."""
    import torch

    from engine.jobs import run_to_end
    from engine.loading import embedded_model
    from engine.methods.segments.compressor import load_compressor
    from engine.runtime import Runtime

    backend = run_to_end(Runtime(leave_cores=0).load(embedded_model()))
    torch.set_num_threads(1)
    return backend, load_compressor(options.compressor, backend)


def measure(options: argparse.Namespace, before: int, ratio: int) -> dict[str, float]:
    """In a child: figures of one length."""
    from engine.kv_state_file import load_state
    from engine.methods.segments.picking import PickedSegments
    from engine.methods.segments.reader import SegmentReader
    from engine.methods.segments.shelf import FileShelf
    from engine.methods.segments.word_mass import WordMass

    backend, compressor = load(options)
    size = compressor.segment_tokens
    kept = options.work / compressor.identity(ratio)[:16]
    encoded = len(list(kept.glob("*.safetensors")))
    ids = text_ids(options.shared_data, backend.tokenizer, before + 8 * size + 1024)
    figures: dict[str, float] = {}
    forget_peak()
    figures["model_mb"] = resident_mb()
    with tempfile.TemporaryFile(dir=options.work) as file:
        shelf = FileShelf(file)
        words = WordMass(backend.tokenizer)
        recall = PickedSegments(shelf, words)
        reader = SegmentReader(backend, compressor, ratio=ratio, recall=recall)
        for number in range(before // size):
            if number < encoded:
                state = load_state((kept / f"{number}.safetensors").read_bytes())
            else:
                (state,) = shelf.states([number - encoded])
            recall.add(ids[number * size : (number + 1) * size], state)
        window = reader.window_tokens
        reader.read(ids[before : before + window + size])
        place = before + window + size
        singles = [processor_s(lambda at=place + step: reader.read(ids[at : at + 1])) for step in range(NEW_TOKENS)]
        place += NEW_TOKENS
        figures["new_token_ms"] = 1e3 * statistics.median(singles)
        laying: list[float] = []
        memory = reader._memory

        def timed(verbatim: Any) -> Any:
            began = time.process_time()
            found = memory(verbatim)
            laying.append(time.process_time() - began)
            return found

        reader._memory = timed
        segments = []
        for _ in range(3):
            segments.append(processor_s(lambda at=place: reader.read(ids[at : at + size])))
            place += size
        figures["segment_ms"] = 1e3 * statistics.median(segments)
        figures["lay_ms"] = 1e3 * statistics.median(laying)
        figures["slots"] = reader.slots
        figures["held_mb"] = reader.nbytes / MB
        figures["index_mb"] = words.nbytes / MB
        figures["file_mb"] = os.fstat(file.fileno()).st_size / MB
    figures["process_mb"] = resident_mb()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compressor", type=Path, help="default: the one that comes with Palimpsest")
    parser.add_argument("--ratio", type=int, nargs="+", default=[8, 32])
    parser.add_argument("--before", type=int, nargs="+", default=[0, 10_000, 100_000, 1_000_000])
    parser.add_argument("--encode-tokens", type=int, default=8192)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "bench" / "segments" / "speed")
    parser.add_argument("--shared-data", type=Path, default=SHARED_DATA)
    parser.add_argument("--child", type=int, nargs=2, metavar=("BEFORE", "RATIO"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.compressor is None:
        options.compressor = ROOT / "assets" / "compressors" / "smollm2-135m-instruct" / "segments"
    if options.child:
        before, ratio = options.child
        print(json.dumps(encode(options, ratio) if before < 0 else measure(options, before, ratio)))
        return
    if not options.compressor.is_dir():
        sys.exit(f"There is no segment compressor in {options.compressor}; give --compressor.")
    for ratio in options.ratio:
        rates = in_child(-1, ratio)
        print(f"\nembedded model, {ratio}x, one thread; encoding {rates['encode']:.0f} tokens/s of the processor, "
              f"{rates['encode_wall']:.0f} by the clock")  # fmt: skip
        print(f"  {'tokens before':>13}{'slots':>7}{'new token ms':>14}{'segment ms':>12}{'lay ms':>8}"
              f"{'held MB':>9}{'index MB':>10}{'process MB':>12}{'model MB':>10}{'file MB':>9}")  # fmt: skip
        for before in options.before:
            row = in_child(before, ratio)
            print(f"  {before:>13,}{row['slots']:>7,}{row['new_token_ms']:>14.1f}{row['segment_ms']:>12,.0f}"
                  f"{row['lay_ms']:>8.0f}{row['held_mb']:>9.0f}{row['index_mb']:>10.2f}{row['process_mb']:>12,.0f}"
                  f"{row['model_mb']:>10,.0f}{row['file_mb']:>9,.0f}", flush=True)  # fmt: skip


def in_child(before: int, ratio: int) -> dict[str, Any]:
    command = [sys.executable, __file__, *sys.argv[1:], "--child", str(before), str(ratio)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


if __name__ == "__main__":
    main()

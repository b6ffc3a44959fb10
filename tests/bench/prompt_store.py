"""The prompt states' file with 10,000 prompts: look-ups, evictions, its size, and its size after churn.

`python tests/bench/prompt_store.py`. The first part has many small states: what it measures depends on how many rows there are.
The second has states as large as the embedded model's (5.9 MB for 256 tokens, 16 bit): there the bytes take the time. Times are
medians; the file's size includes its log.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from storage.prompt_states import Prompt, PromptStates

ENTRIES = 10_000
PIECE = 256
SMALL_BYTES = 8_192
LARGE_BYTES = 256 * 23_040
"""30 layers, 3 heads of 64, keys and values, 2 bytes each: SmolLM2-135M."""
MB = 1e6


def timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def line(what: str, seconds: Sequence[float] | float) -> None:
    values = [seconds] if isinstance(seconds, float) else sorted(seconds)
    middle = statistics.median(values) * 1e3
    late = values[int(len(values) * 0.95)] * 1e3
    print(f"{what:58} {middle:10,.2f} ms" + (f"   95 %: {late:8,.2f} ms" if len(values) > 1 else ""), flush=True)


def sizes(states: PromptStates, what: str) -> None:
    total, file = states.total_bytes() / MB, states.file_bytes() / MB
    print(f"{what:58} {total:10,.1f} MB of states, file {file:,.1f} MB", flush=True)


def prompt(random_: random.Random, persona: int) -> list[int]:
    """Two pieces: a beginning that a hundred prompts share, and an end of its own."""
    shared = random.Random(persona)
    return [shared.randrange(49_152) for _ in range(PIECE)] + [random_.randrange(49_152) for _ in range(PIECE)]


def write(states: PromptStates, tokens: list[int], number: int, piece_bytes: int) -> int | None:
    parent = ""
    for start in range(0, len(tokens), PIECE):
        part = tokens[start : start + PIECE]
        known = states.find_piece("scope", parent, part)
        parent = states.write_piece("scope", parent, part, os.urandom(piece_bytes)) if known is None else known
    document = f"document {number % 200}"
    return states.write_entry(Prompt("scope", tokens, f"Prompt {number}", "model", "model", document_id=document))


def many_small(states: PromptStates) -> None:
    random_ = random.Random(0)
    states.set_budget(10**10)
    prompts = [prompt(random_, number % 100) for number in range(ENTRIES)]
    writing = [timed(lambda each=each, n=n: write(states, each, n, SMALL_BYTES)) for n, each in enumerate(prompts)]
    line(f"a prompt of 512 tokens kept, the first 100 of {ENTRIES:,}", writing[:100])
    line("the last 100", writing[-100:])
    sizes(states, f"{ENTRIES:,} entries")
    some = random_.sample(prompts, 500)
    line("longest prefix, kept whole", [timed(lambda e=e: states.longest_prefix("scope", e)) for e in some])
    longer = [each[:400] + [1] * 3_600 for each in some]
    line(
        "longest prefix of 4,000 tokens, 400 kept",
        [timed(lambda e=e: states.longest_prefix("scope", e)) for e in longer],
    )
    strange = [[random_.randrange(49_152) for _ in range(4_000)] for _ in range(500)]
    line("longest prefix, nothing kept", [timed(lambda e=e: states.longest_prefix("scope", e)) for e in strange])
    pieces = [states.longest_prefix("scope", each)[-1].piece for each in some]
    line("a hit counted", [timed(lambda p=p: states.count_use([p], tokens_saved=1, seconds_saved=0.1)) for p in pieces])
    line("all entries listed", [timed(states.entries) for _ in range(5)])
    line("total bytes", [timed(states.total_bytes) for _ in range(20)])
    documents = [f"document {number}" for number in range(5)]
    line("a document's 50 prompts forgotten, nothing left", [timed(lambda d=d: states.forget([d])) for d in documents])
    line("one entry removed", [timed(lambda e=e: states.remove(e.entry)) for e in states.entries()[:20]])
    half = states.total_bytes() // 2
    line("half of all evicted at once", timed(lambda: states.set_budget(half)))
    sizes(states, f"{len(states.entries()):,} entries left")
    churning = [timed(lambda n=n: write(states, prompt(random_, n % 100), n, SMALL_BYTES)) for n in range(ENTRIES)]
    line("a prompt kept, and the oldest evicted for it", churning)
    sizes(states, f"after {ENTRIES:,} more prompts within the same budget")
    line("all cleared", timed(states.clear))
    sizes(states, "cleared")


def few_large(states: PromptStates) -> None:
    random_ = random.Random(1)
    budget = 40 * LARGE_BYTES
    states.set_budget(budget)
    print(f"\nstates of {LARGE_BYTES / MB:.1f} MB for 256 tokens, a budget of {budget / MB:,.0f} MB")
    writing = []
    for number in range(100):
        tokens = [random_.randrange(49_152) for _ in range(4 * PIECE)]
        writing.append(timed(lambda t=tokens, n=number: write(states, t, n, LARGE_BYTES)))
        if number in (9, 19, 49, 99):
            sizes(states, f"after {number + 1} prompts of 1,024 tokens")
    line("a prompt of 1,024 tokens (23.6 MB) kept", writing[:9])
    line("kept, and the oldest evicted for it", writing[10:])
    found = states.longest_prefix("scope", tokens)
    reading = statistics.median([timed(lambda: [states.read_piece(match.piece) for match in found]) for _ in range(5)])
    line("its bytes read again and checked", reading)
    print(f"{'':58} {4 * LARGE_BYTES / MB / reading:10,.0f} MB/s")
    line("a document forgotten", timed(lambda: states.forget([f"document {number}"])))
    sizes(states, "after forgetting")


def main() -> int:
    for measure in (many_small, few_large):
        with tempfile.TemporaryDirectory() as folder:
            states = PromptStates(Path(folder) / "prompt_states.sqlite3")
            try:
                measure(states)
            finally:
                states.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

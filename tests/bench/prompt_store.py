"""The prompt states' file with 10,000 prompts: look-ups, evictions, its size, and its size after churn.

`python tests/bench/prompt_store.py`. The first part has many small states: what it measures depends on how many rows there are.
The second has states as large as the embedded model's (5.9 MB for 256 tokens, 16 bit): there the bytes take the time. Times are
medians; beside them stands the processor's own time, which a busy machine stretches less. The file's size includes its log.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from storage.prompt_states import Prompt, PromptStates

ENTRIES = 10_000
CHURN = 2_000
PIECE = 256
SMALL_BYTES = 8_192
LARGE_BYTES = 256 * 23_040
"""30 layers, 3 heads of 64, keys and values, 2 bytes each: SmolLM2-135M."""
MB = 1e6


def measure(what: str, *calls: Callable[[], object]) -> float:
    """The median of some calls, printed. Returns seconds."""
    walls, processors = [], []
    for call in calls:
        started, own = time.perf_counter(), time.process_time()
        call()
        walls.append(time.perf_counter() - started)
        processors.append(time.process_time() - own)
    wall, processor = statistics.median(walls), statistics.median(processors)
    print(f"{what:58} {wall * 1e3:10,.2f} ms {processor * 1e3:10,.2f} ms CPU", flush=True)
    return wall


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
    keep = [partial(write, states, tokens, number, SMALL_BYTES) for number, tokens in enumerate(prompts)]
    measure("a prompt of 512 tokens kept, the first 200", *keep[:200])
    for call in keep[200:-200]:
        call()
    measure(f"the last 200 of {ENTRIES:,}", *keep[-200:])
    sizes(states, f"{ENTRIES:,} entries")
    some = random_.sample(prompts, 200)
    find = partial(partial, states.longest_prefix, "scope")
    measure("longest prefix, the prompt kept whole", *map(find, some))
    measure("longest prefix of 4,000 tokens, 400 kept", *[find(each[:400] + [1] * 3_600) for each in some])
    strange = [[random_.randrange(49_152) for _ in range(4_000)] for _ in range(200)]
    measure("longest prefix, nothing kept", *map(find, strange))
    pieces = [states.longest_prefix("scope", each)[-1].piece for each in some]
    measure("a hit counted", *[partial(states.count_use, [each], tokens_saved=1, seconds_saved=0.1) for each in pieces])
    measure("all entries listed", *[states.entries] * 3)
    measure("total bytes", *[states.total_bytes] * 20)
    measure(
        "a document's 50 prompts forgotten", *[partial(states.forget, [f"document {number}"]) for number in range(3)]
    )
    measure(
        "one entry removed, nothing of it left", *[partial(states.remove, row.entry) for row in states.entries()[:3]]
    )
    half = states.total_bytes() // 2
    measure("half of all evicted at once", partial(states.set_budget, half))
    sizes(states, f"{len(states.entries()):,} entries left")
    more = [partial(write, states, prompt(random_, number % 100), number, SMALL_BYTES) for number in range(CHURN)]
    measure("a prompt kept, and the oldest evicted for it", *more)
    sizes(states, f"after {CHURN:,} more prompts within the same budget")
    measure("all cleared", states.clear)
    sizes(states, "cleared")


def few_large(states: PromptStates) -> None:
    random_ = random.Random(1)
    budget = 40 * LARGE_BYTES
    states.set_budget(budget)
    print(f"\nstates of {LARGE_BYTES / MB:.1f} MB for 256 tokens, a budget of {budget / MB:,.0f} MB")
    prompts = [[random_.randrange(49_152) for _ in range(4 * PIECE)] for _ in range(50)]
    keep = [partial(write, states, tokens, number, LARGE_BYTES) for number, tokens in enumerate(prompts)]
    measure("a prompt of 1,024 tokens (23.6 MB) kept", *keep[:10])
    sizes(states, "after 10")
    measure("kept, and the oldest evicted for it", *keep[10:20])
    sizes(states, "after 20")
    measure("kept, and the oldest evicted for it", *keep[20:])
    sizes(states, "after 50")
    found = states.longest_prefix("scope", prompts[-1])
    seconds = measure(
        "its bytes read again and checked", *[lambda: [states.read_piece(each.piece) for each in found]] * 5
    )
    print(f"{'':58} {4 * LARGE_BYTES / MB / seconds:10,.0f} MB/s")
    measure("a document forgotten", partial(states.forget, ["document 49"]))
    sizes(states, "after forgetting")


def main() -> int:
    for part in (many_small, few_large):
        with tempfile.TemporaryDirectory() as folder:
            states = PromptStates(Path(folder) / "prompt_states.sqlite3")
            try:
                part(states)
            finally:
                states.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

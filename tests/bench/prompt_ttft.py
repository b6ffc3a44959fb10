"""Time to the first token after a restart, bytes a prompt takes, and what is lost at rest: `make bench NAME=prompt_ttft`.

A prompt of the bundled story and a tail of 32 tokens. Each run has what a restarted engine has: the model loaded, the prompt
store's file opened anew, nothing in memory. Runs take turns, so that a busy machine disturbs all alike; the quickest of each is
told, and that of reading everything once. A gist's time depends on how many slots it has and not on what they hold: here they are
rows of the exact state, one for 26 tokens. Beside it: transformers' own cache, deep-copied in memory, and the slot files of
llama.cpp's server, where a GGUF of the model is given (--gguf) and xllamacpp is installed.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
import torch.nn.functional as F
from transformers import DynamicCache

from app.prompt_store import StoredPrompts
from engine.backends.pytorch import TorchBackend, TorchState, load_torch
from engine.generation import PREFILL_BLOCK_TOKENS
from engine.gist_prefix import load_gist
from engine.jobs import run_to_end
from engine.kv_state import KVState
from engine.kv_state_file import dump_state
from engine.loading import embedded_model
from engine.prefix_cache import PrefixCache
from engine.prompt_store import AtRest, NewEntry
from storage.prompt_states import PromptStates

STORY = Path(__file__).resolve().parents[2] / "assets" / "sample" / "story.md"
TAIL_TOKENS = 32
SCORED_TOKENS = 128
GIST_RATIO = 26
GB = 10**9


@dataclass(frozen=True, slots=True)
class Prompt:
    """scored: what follows the prompt in the text."""

    ids: list[int]
    tail: list[int]
    scored: list[int]


class Kept:
    """A prompt in store files of its own, one a way of keeping it."""

    def __init__(self, folder: Path, backend: TorchBackend, prompt: Prompt, exact: TorchState) -> None:
        self._folder, self._backend, self._prompt = folder, backend, prompt
        self.exact = exact
        self.bytes: dict[str, int] = {}
        for at_rest in AtRest:
            with_store(self._path(at_rest), lambda store, at_rest=at_rest: self._keep(store, at_rest))
        with_store(self._path("gist"), self._keep_gist)

    def _path(self, way: str) -> Path:
        return self._folder / f"{way} {len(self._prompt.ids)}.sqlite3"

    def _keep(self, store: StoredPrompts, at_rest: AtRest) -> None:
        cache = PrefixCache(store, at_rest)
        steps = cache.keep(self._backend, self.exact, len(self._prompt.ids), title="", document_key=None)
        assert run_to_end(steps) is not None
        self.bytes[at_rest] = sum(
            len(store.read_piece(piece.piece) or b"") for piece in store.longest_prefix(self._scope, self._prompt.ids)
        )

    def _keep_gist(self, store: StoredPrompts) -> None:
        count = len(self._prompt.ids)
        whole = self._backend.export_state(self.exact, 0, count)
        rows = torch.arange(0, count, GIST_RATIO)
        gist = KVState(
            replace(whole.identity, encoder="bench"),
            [keys[:, rows] for keys in whole.keys],
            [values[:, rows] for values in whole.values],
            whole.positions[rows],
            count,
        )
        data = dump_state(gist)
        self.bytes["gist"] = len(data)
        model = self._backend.info.model
        entry = NewEntry("gist", gist.identity.scope, model.identity, model.name, "", "", self._prompt.ids)
        self._gist_entry = store.write_gist(entry, data)
        assert self._gist_entry is not None

    @property
    def _scope(self) -> str:
        return self._backend.state_identity().scope

    def restored(self, at_rest: AtRest) -> TorchState:
        state = self._backend.new_state()

        def restore(store: StoredPrompts) -> None:
            prompt = self._prompt.ids + self._prompt.tail
            restored = run_to_end(PrefixCache(store).restore(self._backend, state, prompt))
            assert restored.tokens == len(self._prompt.ids)

        with_store(self._path(at_rest), restore)
        return state

    def behind_gist(self) -> TorchState:
        states = []

        def find(store: StoredPrompts) -> None:
            assert self._gist_entry is not None
            found = store.gist(self._gist_entry)
            assert found is not None
            gist = load_gist(store, found[0], self._backend.info.model.identity)
            assert gist is not None
            states.append(self._backend.new_state(prefix=gist.state))

        with_store(self._path("gist"), find)
        return states[0]


def with_store(path: Path, act: Callable[[StoredPrompts], None]) -> None:
    """Open the store's file as a new process does."""
    states = PromptStates(path)
    try:
        act(StoredPrompts(states))
    finally:
        states.close()


def read_all(backend: TorchBackend, ids: Sequence[int], state: TorchState | None = None) -> TorchState:
    state = state or backend.new_state()
    for start in range(0, len(ids), PREFILL_BLOCK_TOKENS):
        backend.read(ids[start : start + PREFILL_BLOCK_TOKENS], state)
    return state


def read_theirs(backend: TorchBackend, ids: Sequence[int], cache: DynamicCache) -> None:
    for start in range(0, len(ids), PREFILL_BLOCK_TOKENS):
        block = torch.tensor([ids[start : start + PREFILL_BLOCK_TOKENS]], device=backend.device)
        with torch.no_grad():
            backend.model(input_ids=block, past_key_values=cache, use_cache=True, logits_to_keep=1)


class LlamaCpp:
    """llama.cpp's server with one slot, and the files it saves that to."""

    def __init__(self, gguf: Path, folder: Path, context_tokens: int, threads: int) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(gguf)
        params.n_ctx = context_tokens
        params.n_batch = params.n_ubatch = PREFILL_BLOCK_TOKENS
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        params.slot_save_path = f"{folder}/"
        params.endpoint_slots = True
        params.cache_ram_mib = 0
        self._server = xllamacpp.Server(params)

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"{self._server.listening_address}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=900) as answer:
            reply: dict[str, Any] = json.load(answer)
        return reply

    def clear(self) -> None:
        self._post("/slots/0?action=erase", {})

    def read(self, ids: Sequence[int]) -> int:
        """Up to the first token. Returns how many tokens were read."""
        body = {"prompt": list(ids), "n_predict": 1, "cache_prompt": True, "id_slot": 0}
        return int(self._post("/completion", body)["timings"]["prompt_n"])

    def save(self, name: str) -> int:
        return int(self._post("/slots/0?action=save", {"filename": name})["n_written"])

    def restore(self, name: str) -> None:
        self._post("/slots/0?action=restore", {"filename": name})


def logits_behind(backend: TorchBackend, state: TorchState, ids: Sequence[int]) -> torch.Tensor:
    """Log-probabilities `[T, V]` of what follows each token, without changing the state."""
    read = len(state.tokens)
    positions = torch.arange(read, read + len(ids), device=backend.device)[None]
    with torch.no_grad():
        output = backend.model(
            input_ids=torch.tensor([list(ids)], device=backend.device),
            position_ids=positions,
            past_key_values=state.cache,
            use_cache=True,
        )
    state.cache.cut(state.slots)
    return F.log_softmax(output.logits[0].float(), dim=-1)


def divergence(one: torch.Tensor, other: torch.Tensor) -> float:
    """Mean KL(one || other), nats a token."""
    return float((one.exp() * (one - other)).sum(dim=-1).mean())


def block_noise(backend: TorchBackend, ids: Sequence[int]) -> float:
    """KL of reading in other blocks: what rounding alone makes of the same prompt, and no loss at rest need be below."""
    prompt, scored = ids[:512], ids[512 : 512 + SCORED_TOKENS]
    other = backend.new_state()
    for start in range(0, len(prompt), 192):
        backend.read(prompt[start : start + 192], other)
    return divergence(logits_behind(backend, read_all(backend, prompt), scored), logits_behind(backend, other, scored))


def seconds(act: Callable[[], Any]) -> tuple[float, float]:
    """Of the processor, which a busy machine changes little, and of the clock."""
    began, began_cpu = time.perf_counter(), time.process_time()
    act()
    return time.process_time() - began_cpu, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, nargs="+", default=[512, 2048, 4096])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--gguf", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    backend = load_torch(embedded_model(), device=device)
    ids = backend.tokenizer.encode(STORY.read_text("utf-8"))
    backend.read(ids[:PREFILL_BLOCK_TOKENS], backend.new_state())  # the first call of all sets the model up
    print(f"{backend.info.model.name}, {backend.info.dtype} on {device}, {arguments.threads} thread(s)")
    print(f"KL(read || read in other blocks), 512 tokens: {block_noise(backend, ids):.2e} nats a token")
    with tempfile.TemporaryDirectory() as folder:
        for count in arguments.tokens:
            prompt = Prompt(ids[:count], ids[count : count + TAIL_TOKENS], ids[count : count + SCORED_TOKENS])
            measure(
                Path(folder), backend, prompt, rounds=arguments.rounds, threads=arguments.threads, gguf=arguments.gguf
            )


def measure(
    folder: Path, backend: TorchBackend, prompt: Prompt, *, rounds: int, threads: int, gguf: Path | None
) -> None:
    count = len(prompt.ids)
    llama_read: list[int] = []
    whole = [*prompt.ids, *prompt.tail]
    exact, cache = backend.new_state(), DynamicCache()
    times = {
        "no cache": seconds(lambda: read_all(backend, whole, exact)),
        "transformers: no cache": seconds(lambda: read_theirs(backend, whole, cache)),
    }
    backend.trim(exact, count)
    cache.crop(-TAIL_TOKENS)
    kept = Kept(folder, backend, prompt, exact)
    ways: dict[str, Callable[[], Any]] = {
        "exact, 16 bit": lambda: backend.read(prompt.tail, kept.restored(AtRest.HALF)),
        "exact, int8": lambda: backend.read(prompt.tail, kept.restored(AtRest.INT8)),
        f"gist, {len(range(0, count, GIST_RATIO))} slots": lambda: backend.read(prompt.tail, kept.behind_gist()),
        "transformers: deep copy in memory": lambda: read_theirs(backend, prompt.tail, copy.deepcopy(cache)),
    }
    sizes = {"exact, 16 bit": kept.bytes[AtRest.HALF], "exact, int8": kept.bytes[AtRest.INT8]}
    sizes[f"gist, {len(range(0, count, GIST_RATIO))} slots"] = kept.bytes["gist"]
    if gguf is not None:
        llama, file = LlamaCpp(gguf, folder, count + 2 * TAIL_TOKENS, threads), f"llama {count}.bin"

        def llama_restores() -> None:
            llama.clear()
            llama.restore(file)
            llama_read.append(llama.read(whole))

        times["llama.cpp: no cache"] = seconds(lambda: llama.read(whole))
        llama.clear()
        llama.read(prompt.ids)
        sizes["llama.cpp: slot file"] = llama.save(file)
        ways["llama.cpp: slot file"] = llama_restores
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, act in ways.items():
            runs[name].append(seconds(act))
    times |= {name: (min(cpu for cpu, _ in taken), min(wall for _, wall in taken)) for name, taken in runs.items()}

    print(f"\n{count:,} tokens, then {TAIL_TOKENS} new ones\n")
    print("| way | first token, s | CPU s | against reading, CPU | MB | prompts in a GB |\n|---|---|---|---|---|---|")
    for name, (cpu, wall) in times.items():
        own = "llama.cpp: no cache" if name.startswith("llama") else "no cache"
        size = f"{sizes[name] / 10**6:.2f} | {GB // sizes[name]:,}" if name in sizes else " | "
        print(f"| {name} | {wall:.3f} | {cpu:.3f} | {times[own][0] / cpu:.1f}x | {size} |", flush=True)
    if llama_read:
        print(f"llama.cpp read {max(llama_read):,} tokens behind its slot file")
    full = logits_behind(backend, kept.exact, prompt.scored)
    for at_rest in AtRest:
        lost = divergence(full, logits_behind(backend, kept.restored(at_rest), prompt.scored))
        print(f"KL(read || {at_rest.value} at rest): {lost:.2e} nats a token over {len(prompt.scored)} tokens")


if __name__ == "__main__":
    main()

"""Thousands of wrong GGUF files: what our check lets pass is opened by llama.cpp, in a child process, and decoded with.

    python tests/engine/llama/fuzz_gguf.py [--cases 2000] [--seed 0] [--keep FOLDER] [--unchecked]

A child that dies, or does not come back, is a hole in `engine.llama.file_check`: the file is kept, the case is named.
--unchecked hands llama.cpp what the check refuses: how much it is needed.
"""

from __future__ import annotations

import argparse
import copy
import importlib.util
import json
import logging
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT), str(HERE)]

from gguf_mutations import Draft, mutate, read_draft, resized, write_draft  # noqa: E402

from engine.errors import EngineError, ModelError  # noqa: E402
from engine.llama.file_check import check_for_llama  # noqa: E402

FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma2", "gemma3_text")
CASE_S = 60
CHILD_BYTES = 8 * 1024**3
"""Address space of a child: what wants more than this for a file of a few hundred KB has got a number wrong."""


def child() -> None:
    """Open what is named on standard input, decode a few batches, say how it went; until the input ends."""
    from engine.llama.native import NativeModel

    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_BYTES, CHILD_BYTES))
    for line in sys.stdin:
        said = "decoded"
        try:
            with NativeModel(Path(line.strip()), context_tokens=4096, threads=1) as model:
                some = [token % model.vocabulary_size for token in range(40)]
                model.decode(some, 0)
                logits = model.decode(some[:5], 40, every=True)
                state = model.take_sequence()
                model.decode(some[:1], 45)
                model.put_sequence(state)
                model.decode(some[:1], 45)
                said = "decoded" if abs(float(logits.sum())) < float("inf") else "decoded without finite numbers"
        except EngineError as problem:
            said = f"refused: {type(problem).__name__}"
        print(json.dumps(said), flush=True)


class Child:
    """A process for many files, started anew when one ended it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self.errors = ""

    def open(self, path: Path) -> str:
        """How it went; "died: ..." or "hung" when it did not come back."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__, "--child"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
            )  # fmt: skip
        process = self._process
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        hung = threading.Event()

        def stop() -> None:
            hung.set()
            process.kill()

        timer = threading.Timer(CASE_S, stop)
        timer.start()
        try:
            process.stdin.write(f"{path}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except OSError:
            answer = ""
        timer.cancel()
        if answer:
            return str(json.loads(answer))
        self.errors = process.stderr.read()
        self._process = None
        why = next((line for line in self.errors.splitlines() if "GGML_ASSERT" in line or "Error" in line), "")
        return "hung" if hung.is_set() else f"died: {process.wait()} {why[-150:]}"

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


def base_files(folder: Path) -> list[Draft]:
    """The tiny models of the tests, one of each family."""
    spec = importlib.util.spec_from_file_location("models", HERE.parent / "conftest.py")
    assert spec is not None and spec.loader is not None
    models: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(models)
    made = []
    for family in FAMILIES:
        source = models.make_model_folder(folder / family, family)
        made.append(read_draft(models.write_gguf(folder / f"{family}.gguf", source)))
    return made


def one_case(bases: list[Draft], seed: int) -> bytes:
    rng = random.Random(seed)
    draft = copy.deepcopy(rng.choice(bases))
    if rng.random() < 0.4:
        draft = resized(draft, rng)
        count = rng.choice([0, 0, 1, 2])
    else:
        count = rng.choice([1, 1, 1, 2, 3])
    return mutate(draft, rng, count) if count else write_draft(draft)


def campaign(cases: int, first_seed: int, keep: Path, *, unchecked: bool) -> int:
    """Print the count of every outcome. Returns how many files ended a child."""
    outcomes: Counter[str] = Counter()
    holes, longest_s, began = 0, 0.0, time.monotonic()
    runner = Child()
    with tempfile.TemporaryDirectory() as scratch:
        bases = base_files(Path(scratch))
        path = Path(scratch) / "case.gguf"
        for seed in range(first_seed, first_seed + cases):
            path.write_bytes(one_case(bases, seed))
            checking_since = time.perf_counter()
            try:
                check_for_llama(path)
                passes = True
            except ModelError as problem:
                assert str(problem).endswith(".") and "\n" not in str(problem), problem
                passes = False
            longest_s = max(longest_s, time.perf_counter() - checking_since)
            if passes == unchecked:
                outcomes["passed" if passes else "refused by our check"] += 1
                continue
            said = runner.open(path)
            outcomes[said] += 1
            if said.startswith(("died", "hung")):
                holes += 1
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{seed}.gguf").write_bytes(path.read_bytes())
                if not unchecked:
                    print(f"{seed}: {said}\n{runner.errors[-1500:]}", flush=True)
    runner.close()
    for said, count in outcomes.most_common():
        print(f"{count:6}  {said}")
    print(f"{cases} cases in {time.monotonic() - began:.0f} s, longest check {longest_s:.3f} s, {holes} ended a child")
    return holes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "fuzz_gguf")
    parser.add_argument("--unchecked", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child()
    else:
        sys.exit(campaign(options.cases, options.seed, options.keep, unchecked=options.unchecked) > 0)


if __name__ == "__main__":
    main()

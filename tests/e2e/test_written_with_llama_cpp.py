"""An answer written with llama.cpp from what PyTorch has read, with the real embedded model, through the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.llama.library import why_unavailable

ROOT = Path(__file__).resolve().parents[2]
PALIMPSEST = [sys.executable, "-c", "from app.cli import main; main()"]
QUESTION = "What was the lighthouse on Cater’s Ness called?"

pytestmark = pytest.mark.model


def palimpsest(data_dir: Path, *words: str) -> list[dict]:
    """Run a command with --json and return the objects it printed."""
    done = subprocess.run(
        [*PALIMPSEST, *words, "--data-dir", str(data_dir), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        env=os.environ | {"OMP_NUM_THREADS": "2"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_pytorch_reads_llama_cpp_answers(tmp_path, llama_installed):
    (model,) = palimpsest(tmp_path, "models", "list")
    assert model["llama_problem"] == "" and model["gguf_bytes"] > 0
    small = ("--max-tokens", "256", "--window", "256", "--chunk", "64", "--base-every", "2")
    palimpsest(tmp_path, "learn", "light", *small)
    learned = palimpsest(tmp_path, "ask", "light", QUESTION, "--writer", "llamacpp", "--adapter-scale", "0.5")[-1]
    assert (learned["writer"], learned["adapter_used"], learned["adapter_scale"]) == ("llama.cpp", True, 0.5)
    assert learned["answer"] and learned["new_tokens"] > 0
    plain = palimpsest(tmp_path, "ask", "light", QUESTION, "--writer", "llamacpp", "--no-adapter")[-1]
    assert (plain["writer"], plain["adapter_used"], plain["adapter_scale"]) == ("llama.cpp", False, 0.0)
    assert "Spinster" in plain["answer"] and plain["citations"]
    for answer in (learned, plain):
        assert answer["reader"] in ("PyTorch", "llama.cpp")
        assert (answer["handed_over_s"] > 0) == (answer["reader"] == "PyTorch")


@pytest.fixture
def llama_installed() -> None:
    if (reason := why_unavailable()) is not None:
        pytest.skip(reason)

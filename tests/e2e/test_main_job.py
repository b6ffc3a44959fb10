"""The main job with the real embedded model, through the command line as a user has it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.errors import ModelError
from engine.loading import embedded_model

ROOT = Path(__file__).resolve().parents[2]
STORY = ROOT / "assets" / "sample" / "story.md"
PALIMPSEST = [sys.executable, "-c", "from app.cli import main; main()"]
SMALL = ["--window", "512", "--chunk", "128", "--base-every", "2"]

pytestmark = pytest.mark.model


@pytest.fixture(scope="module", autouse=True)
def _needs_the_model():
    try:
        embedded_model()
    except ModelError as problem:
        pytest.fail(str(problem))


def palimpsest(data_dir: Path, *words: str, status: int = 0) -> list[dict]:
    """Run a command with --json and return the objects it printed."""
    done = subprocess.run(
        [*PALIMPSEST, *words, "--data-dir", str(data_dir), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        env=os.environ | {"OMP_NUM_THREADS": "2"},
    )
    assert done.returncode == status, done.stdout + done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def text_of(data_dir: Path, document: str) -> str:
    (shown,) = palimpsest(data_dir, "show", document, "--text")
    return shown["text"]


def test_learn_ask_forget(tmp_path):
    (story,) = palimpsest(tmp_path, "list")
    document = story["document"]
    events = palimpsest(tmp_path, "learn", document, "--max-tokens", "1500", *SMALL)
    learned = events[-1]
    assert learned["event"] == "result" and learned["tokens"] == 1500
    assert learned["gain"] == pytest.approx(1 - learned["adapter_ppl"] / learned["base_ppl"])
    assert learned["gain"] > 0.01
    assert any(event.get("detail") for event in events if event["event"] == "progress")

    text = text_of(tmp_path, document)
    question = "What was the lighthouse on Cater’s Ness called?"
    answer = palimpsest(tmp_path, "ask", document, question, "--no-adapter")[-1]
    assert "Spinster" in answer["answer"] and answer["citations"] and not answer["adapter_used"]
    assert any("Spinster" in cited["quote"] for cited in answer["citations"])
    adapted = palimpsest(tmp_path, "ask", document, question)[-1]
    assert adapted["adapter_used"] and adapted["answer"]
    for cited in [*answer["citations"], *adapted["citations"]]:
        assert text[cited["start"] : cited["end"]] == cited["quote"]
    bare = palimpsest(tmp_path, "ask", document, "What was the lighthouse called?", "--no-adapter", "--no-passages")[-1]
    assert not bare["adapter_used"] and bare["citations"] == [] and bare["passages"] == []

    (gone,) = [event for event in palimpsest(tmp_path, "forget", document) if event["event"] == "result"]
    assert gone["residue"] == 0 and gone["removed"]["documents"] == 1
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"Thirza Cobbold" not in path.read_bytes(), path
    assert palimpsest(tmp_path, "list") == []


def test_killed_while_learning_and_resumed_it_ends_in_the_same_bytes(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    (story,) = palimpsest(whole, "list")
    expected = palimpsest(whole, "learn", story["document"], "--max-tokens", "1200", *SMALL)[-1]

    (story,) = palimpsest(killed, "list")
    process = subprocess.Popen(
        [*PALIMPSEST, "learn", story["document"], "--max-tokens", "1200", *SMALL, "--data-dir", str(killed), "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "2"},
    )
    assert process.stdout is not None
    chunks = 0
    for line in process.stdout:
        chunks += "detail" in json.loads(line)
        if chunks == 6:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()

    events = palimpsest(killed, "learn", story["document"], "--max-tokens", "1200", "--resume")
    resumed = events[-1]
    assert resumed["adapter_sha256"] == expected["adapter_sha256"]
    assert resumed["adapter_ppl"] == expected["adapter_ppl"]
    first = next(event for event in events if event.get("detail"))
    assert first["detail"]["ordinal"] > 0  # it went on, it did not begin again


def test_stopped_with_ctrl_c_what_is_done_is_kept(tmp_path):
    (story,) = palimpsest(tmp_path, "list")
    process = subprocess.Popen(
        [*PALIMPSEST, "learn", story["document"], *SMALL, "--data-dir", str(tmp_path), "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "2"},
    )
    assert process.stdout is not None
    chunks = 0
    for line in process.stdout:
        chunks += "detail" in json.loads(line)
        if chunks == 5:
            process.send_signal(signal.SIGINT)
            asked = time.monotonic()
            break
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert time.monotonic() - asked < 20
    (row,) = palimpsest(tmp_path, "list")
    assert row["memories"] == ["temp_lora"]


def test_wrong_usage_and_failures_have_their_status(tmp_path):
    bad = tmp_path / "bad.epub"
    bad.write_bytes(b"PK\x03\x04 not a book")
    events = palimpsest(tmp_path / "data", "import", str(STORY), str(bad), status=1)
    results = [event for event in events if event["event"] == "result"]
    assert results[0]["title"] and "error" in results[1]
    (error,) = palimpsest(tmp_path / "data", "show", "no such book", status=1)
    assert error["event"] == "error"
    done = subprocess.run([*PALIMPSEST, "frobnicate"], cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 2

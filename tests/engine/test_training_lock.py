"""One process learns at a time; the system lets go of the lock however its process ends."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import training_lock
from engine.jobs import Progress, run_to_end
from engine.training_lock import LearningElsewhere, holding, is_held

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from engine.training_lock import holding
def steps():
    print("held", flush=True)
    yield None
    time.sleep(300)
list(holding(Path(sys.argv[1]), steps()))
"""


def work(ends_with: object = "done"):
    yield Progress("working", 0)
    return ends_with


@pytest.fixture
def lock_file(tmp_path) -> Path:
    return tmp_path / "learning.lock"


@pytest.fixture
def holder(lock_file) -> Iterator[subprocess.Popen]:
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(lock_file)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_lock_is_held_while_the_steps_run_and_not_after(lock_file):
    steps = holding(lock_file, work())
    assert not is_held(lock_file)
    next(steps)
    assert is_held(lock_file)
    steps.close()
    assert not is_held(lock_file)
    assert run_to_end(holding(lock_file, work())) == "done"
    assert not is_held(lock_file)
    assert lock_file.read_bytes() == b""  # it says nothing of what was learned


def test_who_comes_second_is_told_so_and_nothing_is_begun(lock_file, holder, monkeypatch):
    monkeypatch.setattr(training_lock, "_PATIENCE_S", 0.05)
    begun = []

    def learn():
        begun.append(True)
        yield None

    assert is_held(lock_file)
    with pytest.raises(LearningElsewhere, match="Another Palimpsest is learning"):
        run_to_end(holding(lock_file, learn()))
    assert not begun


def test_a_killed_process_lets_go(lock_file, holder):
    holder.kill()
    holder.wait()
    assert run_to_end(holding(lock_file, work())) == "done"


def test_a_glance_at_the_lock_does_not_take_it_from_who_wants_it(lock_file):
    with training_lock._open(lock_file) as glance:
        assert training_lock._try_lock(glance)
        steps = holding(lock_file, work())
        assert next(steps) is None
    assert list(steps)[-1] == Progress("working", 0)


def test_without_a_file_there_is_nobody_to_share_with():
    assert run_to_end(holding(None, work(3))) == 3

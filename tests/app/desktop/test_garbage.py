from __future__ import annotations

import gc
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QThread

from app.desktop.garbage import GarbageCollector

ROOT = Path(__file__).resolve().parents[3]
A_WINDOW_AND_AFTER = """
import gc, sys, threading
from PySide6.QtCore import QObject, QThread
from app.desktop.garbage import GarbageCollector
from app.desktop.qt_application import make_application

class Leaf(QObject):
    def __init__(self):
        super().__init__()
        self.itself = self
    def __del__(self):
        assert QThread.currentThread().isMainThread()

app = make_application(["palimpsest"])
collector = GarbageCollector()
kept = [Leaf() for _ in range(50)]
collector.stop()
kept.clear()
busy = threading.Thread(target=lambda: [[number] for number in range(200_000)])
busy.start()
busy.join()
sys.stdout.write(str(sum(isinstance(each, Leaf) for each in gc.get_objects())))
"""


class Leaf(QObject):
    """Garbage as soon as nobody else has it; tells on which thread it goes."""

    def __init__(self, gone_on: list[bool]) -> None:
        super().__init__()
        self.itself, self.gone_on = self, gone_on

    def __del__(self) -> None:
        self.gone_on.append(QThread.currentThread().isMainThread())


@pytest.fixture
def gone_on(qtbot) -> list[bool]:
    return []


def test_no_other_thread_frees_what_a_window_left(gone_on):
    for _ in range(50):
        Leaf(gone_on)
    busy = threading.Thread(target=lambda: [[number] for number in range(200_000)])
    busy.start()
    busy.join()
    assert not gone_on
    gc.collect()
    assert gone_on == [True] * 50


def test_what_was_there_before_the_window_goes_with_it(gone_on):
    leaves = [Leaf(gone_on) for _ in range(50)]
    collector = GarbageCollector()
    leaves.clear()
    collector.stop()
    assert gone_on == [True] * 50


def test_a_process_that_outlives_its_window_still_frees_nothing_elsewhere():
    done = subprocess.run(
        [sys.executable, "-c", A_WINDOW_AND_AFTER], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "50", "")

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject, QThread

from app.desktop.garbage import GarbageCollector


def test_collection_goes_back_to_whom_it_belonged(qapp):
    first = GarbageCollector()
    second = GarbageCollector()
    second.stop()
    assert not gc.isenabled()
    first.stop()
    assert not gc.isenabled()  # it belongs to the tests' own


def test_no_other_thread_frees_what_a_window_left(qtbot):
    gone_on = []

    class Leaf(QObject):
        def __init__(self) -> None:
            super().__init__()
            self.itself = self

        def __del__(self) -> None:
            gone_on.append(QThread.currentThread().isMainThread())

    for _ in range(50):
        Leaf()
    busy = threading.Thread(target=lambda: [[number] for number in range(200_000)])
    busy.start()
    busy.join()
    assert not gone_on
    gc.collect()
    assert gone_on == [True] * 50

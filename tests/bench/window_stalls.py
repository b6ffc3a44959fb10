"""How long the window is deaf, by a 10 ms heartbeat on its thread: `python tests/bench/window_stalls.py`.

Phases, in one run of the real window (off screen): idle with the echo backend; while the engine starts; idle with the
model loaded; while a book is being learned; while it is learned and read and asked about. Lateness in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.desktop.application import Desktop
from app.desktop.qt_application import make_application
from app.desktop.stalls import StallMeter, Stalls
from app.operations import opening

POLL_MS = 50


def wait(until: Callable[[], bool], timeout_s: float) -> None:
    """Run the event loop until something holds. Raises TimeoutError."""
    loop, timer, give_up_at = QEventLoop(), QTimer(), time.monotonic() + timeout_s

    def look() -> None:
        if until() or time.monotonic() > give_up_at:
            loop.quit()

    timer.timeout.connect(look)
    timer.start(POLL_MS)
    loop.exec()
    if not until():
        raise TimeoutError


def rest(seconds: float) -> None:
    end = time.monotonic() + seconds
    wait(lambda: time.monotonic() >= end, seconds + 60)


def open_sample(desktop: Desktop) -> None:
    window = desktop.window
    wait(lambda: window.library._model.rowCount() > 0, 60)
    window.open_document(window.library.selected.document_id)
    wait(lambda: window.reader.document is not None, 60)


def close(desktop: Desktop) -> None:
    ended: list[bool] = []
    desktop.closed.connect(lambda: ended.append(True))
    desktop.window.close()
    wait(lambda: bool(ended), 120)


def read_along(desktop: Desktop, seconds: float) -> None:
    """Turn a page every half second, as a fast reader would."""
    window, end = desktop.window, time.monotonic() + seconds
    bar = window.reader.view._page.verticalScrollBar()
    while time.monotonic() < end:
        bar.setValue(bar.value() + bar.pageStep())
        rest(0.5)


def measure(app: QApplication, seconds: float) -> dict[str, Stalls]:
    found: dict[str, Stalls] = {}
    meter = StallMeter()
    with tempfile.TemporaryDirectory() as folder:
        echo = Desktop(app, opening.open_services(Path(folder), echo=True))
        echo.start([])
        open_sample(echo)
        rest(1.0)
        meter.start()
        rest(seconds)
        found["idle, echo"] = meter.stop()
        close(echo)
    with tempfile.TemporaryDirectory() as folder:
        real = Desktop(app, opening.open_services(Path(folder), leave_cores=1))
        window = real.window
        meter.start()
        real.start([])
        open_sample(real)
        rest(0.5)
        wait(lambda: not window.strip.lines, 600)
        found["engine starts"] = meter.stop()
        rest(1.0)
        meter.start()
        rest(seconds)
        found["idle, model loaded"] = meter.stop()
        meter.start()
        window.reader.memory_panel.learn_button.click()
        wait(lambda: bool(window.reader.memory_panel._chunks), 600)
        found["learning begins"] = meter.stop()
        meter.start()
        rest(seconds)
        found["learning"] = meter.stop()
        meter.start()
        window.reader.ask_panel.box.setPlainText("Who is the keeper of the lighthouse?")
        window.reader.ask_panel.ask()
        read_along(real, seconds)
        wait(lambda: not window.reader.ask_panel.is_answering, 600)
        found["learning, reading, asking"] = meter.stop()
        close(real)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each phase")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    app = make_application(["palimpsest"])
    found = measure(app, arguments.seconds)
    if arguments.json:
        rows = {name: [stalls.p50_ms, stalls.p99_ms, stalls.max_ms] for name, stalls in found.items()}
        print(json.dumps(rows))
        return
    print("| phase | p50 ms | p99 ms | max ms | beats |\n|---|---|---|---|---|")
    for name, stalls in found.items():
        print(f"| {name} | {stalls.p50_ms:.1f} | {stalls.p99_ms:.1f} | {stalls.max_ms:.1f} | {stalls.beats} |")


if __name__ == "__main__":
    main()

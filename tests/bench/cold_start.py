"""From starting the program to a window one can use: `make bench NAME=cold_start`.

Each start is a fresh process, off screen, with the engine in its own: seconds of wall clock from the start of the process
until the modules are imported, the library is open, the window is shown, its shelf has rows, the engine has its model.
The first start has an empty data folder and adds the bundled story; the others find it there.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MARKS = ("imported", "opened", "shown", "shelf", "engine")
GIVE_UP_S = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=6)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one is not None:
        start_once(arguments.one, arguments.began)
        return
    with tempfile.TemporaryDirectory() as folder:
        runs = [run_once(Path(folder)) for _ in range(arguments.starts)]
    print(f"| start | {' | '.join(MARKS)} |\n|---|" + "---|" * len(MARKS))
    print(row("the first", runs[0]))
    later = {mark: statistics.median(run[mark] for run in runs[1:]) for mark in MARKS}
    worst = {mark: max(run[mark] for run in runs[1:]) for mark in MARKS}
    print(row(f"later, median of {len(runs) - 1}", later))
    print(row("later, worst", worst))


def row(name: str, seconds: dict[str, float]) -> str:
    return f"| {name} | " + " | ".join(f"{seconds[mark]:.2f}" for mark in MARKS) + " |"


def run_once(folder: Path) -> dict[str, float]:
    """Seconds from here to each mark in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", str(folder), "--began", repr(time.time())],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=GIVE_UP_S + 30,
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stderr)
    seconds: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def start_once(folder: Path, began: float) -> None:
    """What `app.desktop.application.main` does, with a look at the clock in between."""
    marks: dict[str, float] = {}

    def mark(name: str) -> None:
        marks.setdefault(name, time.time() - began)

    gc.disable()  # as app.start does
    from app.desktop import application

    mark("imported")
    sys.setswitchinterval(application.SWITCH_INTERVAL_S)
    app = application.make_application(["palimpsest"])
    services = application.opening.open_services(folder, engine_process=True, with_sample=False)
    mark("opened")
    application.GarbageCollector(app)
    desktop = application.Desktop(app, services)
    desktop.start([])
    timer = application.QTimer()

    def look() -> None:
        mark("shown")
        if desktop.window.library.selected is not None:
            mark("shelf")
        if services.loaded_model is not None:
            mark("engine")
        if len(marks) == len(MARKS) or time.time() - began > GIVE_UP_S:
            timer.stop()
            desktop.close()

    timer.timeout.connect(look)
    timer.start(5)
    desktop.closed.connect(app.quit)
    app.exec()
    print(json.dumps(marks))


if __name__ == "__main__":
    main()

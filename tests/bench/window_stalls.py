"""How long the window is deaf, by a 10 ms heartbeat on its thread: `make bench NAME=window_stalls`.

One run of the real window (off screen) with the engine in its process and the embedded model. Lateness of the beats in
milliseconds, one row a phase. The long book is made for this: a million words in chapters, from the bundled story.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication

from app.desktop.application import SWITCH_INTERVAL_S, Desktop, start_logging
from app.desktop.garbage import GarbageCollector
from app.desktop.qt_application import make_application
from app.desktop.stalls import StallMeter, Stalls
from app.operations import asking, learning, library, opening, sample
from app.operations.importing import import_file

POLL_MS = 50
WORDS = 1_000_000
NOTCH_DOWN = QPoint(0, -120)
QUESTIONS = (
    "Who is the keeper of the lighthouse?",
    "What was the ferry called?",
    "Describe the harbour and the people who live there.",
    "What happened in the storm?",
)


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


def make_long_book(path: Path, words: int = WORDS) -> None:
    """Chapters of paragraphs drawn from the story's, until there are enough words."""
    story = (Path(sample.__file__).resolve().parents[2] / "assets" / "sample" / "story.md").read_text("utf-8")
    paragraphs = [block for block in story.split("\n\n") if len(block) > 80 and not block.startswith("#")]
    draw, written, chapter = random.Random(3), 0, 0
    with path.open("w", encoding="utf-8") as file:
        while written < words:
            chapter += 1
            file.write(f"# Chapter {chapter}\n\n")
            for paragraph in draw.choices(paragraphs, k=60):
                file.write(f"{paragraph}\n\n")
                written += len(paragraph.split())


class Bench:
    """Phases of one window's life; each is measured and printed as it ends."""

    def __init__(self, app: QApplication, folder: Path, seconds: float) -> None:
        self.seconds = seconds
        self.folder = folder
        self.meter = StallMeter()
        self.found: dict[str, Stalls] = {}
        self.services = opening.open_services(folder, engine_process=True, with_sample=False)
        start_logging(folder)
        GarbageCollector(app)
        self.desktop = Desktop(app, self.services)

    def phase(self, name: str, act: Callable[[], None]) -> None:
        rest(0.5)
        self.meter.start()
        act()
        self.found[name] = self.meter.stop()
        print(row(name, self.found[name]), flush=True)

    # -- what happens ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        self.phase("engine starts", self.start)
        self.open(self.wait_for_document(1))
        rest(2.0)
        self.phase("idle", lambda: rest(self.seconds))
        self.phase("an answer streams", self.stream)
        ticket = self.learn()
        self.phase("learning", lambda: rest(self.seconds))
        self.phase("learning, an answer streams", self.stream)
        assert ticket in self.services.open_tickets(), "learning ended before it was measured: give --seconds less"
        learning.pause(self.services, ticket)
        wait(lambda: ticket not in self.services.open_tickets(), 60)
        book = self.folder / "long.md"
        make_long_book(book)
        self.phase("importing a million words", lambda: self.add(book))
        self.open(self.wait_for_document(2))
        rest(1.0)
        self.phase("scrolling a million words", self.scroll)
        self.phase("typing in find", self.find)
        self.close()

    def start(self) -> None:
        self.desktop.start([])
        wait(lambda: self.services.loaded_model is not None, 600)
        rest(1.0)

    def wait_for_document(self, count: int) -> str:
        wait(lambda: len(library.list_documents(self.services)) >= count, 120)
        return library.list_documents(self.services)[0].document_id

    def open(self, document_id: str) -> None:
        window = self.desktop.window
        window.open_document(document_id)
        wait(lambda: window.reader.document is not None and window.reader.document.document_id == document_id, 60)

    def stream(self) -> None:
        """Questions one after the other, while a page is turned every second, as a reader does who waits."""
        document = self.desktop.window.reader.document
        assert document is not None
        end, number = time.monotonic() + self.seconds, 0
        while time.monotonic() < end:
            question = QUESTIONS[number % len(QUESTIONS)]
            number += 1
            job = self.desktop.bridge.start(
                "ask", lambda question=question: asking.ask(self.services, document.document_id, question)
            )
            while not job.is_over:
                self.turn_page()
                rest(1.0)

    def learn(self) -> learning.Ticket:
        document = self.desktop.window.reader.document
        assert document is not None
        job = self.desktop.bridge.start("learn", lambda: learning.learn(self.services, document.document_id))
        heard: list[object] = []
        job.progress.connect(lambda progress: heard.append(progress) if progress.detail else None)
        wait(lambda: len(heard) > 1 or job.is_over, 300)
        assert job.ticket is not None and not job.is_over
        return job.ticket

    def add(self, path: Path) -> None:
        job = self.desktop.bridge.start("import", lambda: import_file(self.services, path))
        wait(lambda: job.is_over, 600)

    def turn_page(self) -> None:
        bar = self.page().verticalScrollBar()
        bar.setValue(bar.value() + bar.pageStep())

    def scroll(self) -> None:
        """The wheel turned steadily, three lines at a time, twenty times a second."""
        page, end = self.page().viewport(), time.monotonic() + self.seconds
        while time.monotonic() < end:
            place = QPointF(page.rect().center())
            event = QWheelEvent(
                place, page.mapToGlobal(place), QPoint(), NOTCH_DOWN, Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(page, event)
            rest(0.05)

    def find(self) -> None:
        reader, end = self.desktop.window.reader, time.monotonic() + self.seconds
        reader.open_find()
        while time.monotonic() < end:
            reader.find_bar.words.clear()
            for letter in "the lighthouse":
                QTest.keyClicks(reader.find_bar.words, letter)
                rest(0.15)

    def page(self) -> QAbstractScrollArea:
        """What scrolls in the reader."""
        return self.desktop.window.reader.view.findChild(QAbstractScrollArea)

    def close(self) -> None:
        ended: list[bool] = []
        self.desktop.closed.connect(lambda: ended.append(True))
        self.desktop.window.close()
        wait(lambda: bool(ended), 120)


def row(name: str, stalls: Stalls) -> str:
    return f"| {name} | {stalls.p50_ms:.1f} | {stalls.p99_ms:.1f} | {stalls.max_ms:.1f} | {stalls.beats} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each phase")
    arguments = parser.parse_args()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = make_application(["palimpsest"])
    print("| phase | p50 ms | p99 ms | max ms | beats |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        Bench(app, Path(folder), arguments.seconds).run()


if __name__ == "__main__":
    main()

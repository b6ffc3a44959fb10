"""The library at ten thousand documents: `python tests/bench/library_scroll.py`.

Real rows in a real database; every fourth document has a cover of its own to decode. Measured in the real window, off
screen: how long until the first page is painted, how late the event loop is while everything is scrolled through (tiles,
rows, and by jumps), and how long a keystroke in the search line takes until its documents stand there. Milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QBuffer, QByteArray, QEventLoop, QIODevice, QTimer
from PySide6.QtGui import QColor, QImage, QImageWriter
from PySide6.QtWidgets import QApplication
from sqlalchemy import insert

from app.desktop.application import Desktop
from app.desktop.garbage import GarbageCollector
from app.desktop.pages.library_page import LibraryPage
from app.desktop.qt_application import make_application
from app.desktop.stalls import StallMeter, Stalls, summarize
from app.operations import opening, shelves
from app.services import Services
from storage import documents, schema
from storage.document import Block, BlockKind, Document, Section
from storage.shelves import Shelf
from storage.tags import change_tags

STEP_S = 0.02
WORDS = ("river", "glass", "winter", "lantern", "harbour", "letter", "garden", "salt", "mirror", "orchard", "tower")
NAMES = ("Jane Austen", "Leo Tolstoy", "曹雪芹", "Émile Zola", "Mary Shelley", "Lu Xun", "Ada Cross", "")


def wait(until: Callable[[], bool], timeout_s: float) -> None:
    """Run the event loop until something holds. Raises TimeoutError."""
    loop, timer, give_up_at = QEventLoop(), QTimer(), time.monotonic() + timeout_s
    timer.timeout.connect(lambda: loop.quit() if until() or time.monotonic() > give_up_at else None)
    timer.start(2)
    loop.exec()
    if not until():
        raise TimeoutError


def rest(seconds: float) -> None:
    end = time.monotonic() + seconds
    wait(lambda: time.monotonic() >= end, seconds + 60)


def cover_files(chance: random.Random) -> list[bytes]:
    """A few covers as large as those of shops."""
    made = []
    for _ in range(12):
        image = QImage(800, 1200, QImage.Format.Format_RGB32)
        image.fill(QColor.fromHsl(chance.randrange(360), 120, 110))
        for _ in range(20_000):
            image.setPixelColor(
                chance.randrange(800), chance.randrange(1200), QColor.fromHsl(chance.randrange(360), 200, 150)
            )
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"JPEG")).write(image)
        made.append(bytes(data.data()))
    return made


def fill(services: Services, count: int) -> None:
    chance = random.Random(7)
    covers = cover_files(chance)
    with services.database.session() as session:
        for number in range(count):
            words = [chance.choice(WORDS) for _ in range(3)]
            title = f"The {words[0].title()} and the {words[1].title()} {number}"
            blocks = tuple(Block(BlockKind.PARAGRAPH, f"{title}, paragraph {place}.") for place in range(4))
            document = Document(
                title, "epub", (Section("One", 1, blocks),), author=chance.choice(NAMES), language="en",
                series=words[2].title() if number % 3 == 0 else "", series_number=float(number % 9 + 1),
            )  # fmt: skip
            document_id = documents.add_document(
                session,
                document,
                tokens=chance.randrange(90_000),
                content_sha256=str(number),
                source_name=f"{number}.epub",
            )
            if number % 4 == 0:
                cover = {"document_id": document_id, "media_type": "image/jpeg", "data": chance.choice(covers)}
                session.execute(insert(schema.Cover), [cover])
            if number % 5 == 0:
                change_tags(session, [document_id], add=[chance.choice(WORDS)])


def scroll(page: LibraryPage, meter: StallMeter) -> tuple[Stalls, Stalls]:
    """Page by page through everything, as one who holds Page Down: lateness, and the window thread's own work a step,
    which does not depend on what else the machine does."""
    work_ms: list[float] = []
    bar = page.list.verticalScrollBar()
    bar.setValue(0)
    rest(0.5)
    meter.start()
    while bar.value() < bar.maximum():
        began_s = time.thread_time()
        bar.setValue(bar.value() + bar.pageStep())
        rest(STEP_S)
        work_ms.append((time.thread_time() - began_s) * 1000)
    return meter.stop(), summarize(work_ms)


def jump(page: LibraryPage, meter: StallMeter) -> Stalls:
    """To a hundred places anywhere, as one who drags the scroll bar."""
    chance, bar = random.Random(3), page.list.verticalScrollBar()
    meter.start()
    for _ in range(100):
        bar.setValue(chance.randrange(bar.maximum()))
        rest(0.05)
    return meter.stop()


def keystrokes(page: LibraryPage, meter: StallMeter, words: str) -> tuple[Stalls, list[float]]:
    """Letter by letter; the time from the end of the typing pause until the documents stand there."""
    shown: list[float] = []
    meter.start()
    for length in range(1, len(words) + 1):
        page.bar.search.setText(words[:length])
        wait(lambda: not page.bar._pause.isActive(), 10)
        began = time.perf_counter()
        wait(lambda: page._query not in page._bridge._askers.values(), 10)
        shown.append((time.perf_counter() - began) * 1000)
    return meter.stop(), shown


def measure(app: QApplication, count: int) -> dict[str, Stalls | float]:
    found: dict[str, Stalls | float] = {}
    meter = StallMeter()
    with tempfile.TemporaryDirectory() as folder:
        services = opening.open_services(Path(folder), echo=True)
        fill(services, count)
        began = time.perf_counter()
        ids = shelves.order(services, Shelf())
        found["order of all ids"] = (time.perf_counter() - began) * 1000
        began = time.perf_counter()
        shelves.rows(services, ids[:200])
        found["a page of rows"] = (time.perf_counter() - began) * 1000
        GarbageCollector(app)
        desktop = Desktop(app, services)
        page = desktop.window.library
        began = time.perf_counter()
        desktop.start([])
        wait(lambda: page._model.rowCount() > 1 and page._model.shelf_row(page._model.index(0)) is not None, 60)
        found["first page"] = (time.perf_counter() - began) * 1000
        rest(2.0)
        for name, tiles in (("tiles", True), ("rows", False)):
            page.list.show_tiles(tiles)
            rest(0.5)
            found[f"scrolling {name}"], found[f"work a step, {name}"] = scroll(page, meter)
            found[f"jumping, {name}"] = jump(page, meter)
        stalls, shown = keystrokes(page, meter, "lantern zola")
        found["typing a search"] = stalls
        found["a keystroke's documents"] = sorted(shown)[len(shown) // 2]
        ended: list[bool] = []
        desktop.closed.connect(lambda: ended.append(True))
        desktop.window.close()
        wait(lambda: bool(ended), 120)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measure(make_application(["palimpsest"]), arguments.documents)
    if arguments.json:
        print(
            json.dumps(
                {
                    name: value if isinstance(value, float) else [value.p50_ms, value.p99_ms, value.max_ms]
                    for name, value in found.items()
                }
            )
        )
        return
    print("| what | ms |\n|---|---|")
    for name, value in found.items():
        if isinstance(value, float):
            print(f"| {name} | {value:.1f} |")
    print("\n| event loop late while; work | p50 ms | p99 ms | max ms | beats |\n|---|---|---|---|---|")
    for name, value in found.items():
        if isinstance(value, Stalls):
            print(f"| {name} | {value.p50_ms:.1f} | {value.p99_ms:.1f} | {value.max_ms:.1f} | {value.beats} |")


if __name__ == "__main__":
    main()

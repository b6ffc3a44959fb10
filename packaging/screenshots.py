"""The screenshots of the README, taken of the real window on real books, without a screen. For developers.

    python packaging/screenshots.py BOOK [--shelf BOOK ...] [--out FOLDER] [--data-dir FOLDER] [--only NAME]

The first run on a data folder imports the book, learns a part of it and asks about the story, with the model in use; that takes
a few minutes. Given the same folder again, only the pictures are taken.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEARNED_CHARACTERS = 60_000
LIT = "Dickon Raikes ate pickled walnuts at his desk"
"""Words of the story that an answer cites, as they look after a click on the citation."""
SIZE = (1280, 800)


@dataclass(frozen=True, slots=True)
class Shot:
    page: str
    appearance: str = "light"
    language: str = "en"
    scale: float = 1.0

    @property
    def name(self) -> str:
        scale = f"-{self.scale * 100:g}" if self.scale != 1 else ""
        return f"{self.page}-{self.appearance}-{self.language.lower()}{scale}.png"


INSTRUCTIONS = (
    "You are the reading companion of Ada Marlow, who edits sea stories for the Oster Press. Answer in two sentences at most, name"
    " the chapter you speak of, and write names as the book does: Cater’s Ness, Dickon Raikes, the Light Book. Say “the Ness” for the"
    " cape and “the Light” for the lighthouse. Never tell how the story ends."
)
"""Standing instructions as an editor might have them."""

PAGES = ("library", "reader", "memory", "models", "settings")
SHOTS = [
    *(Shot(page) for page in PAGES),
    *(Shot(page, "dark") for page in PAGES),
    *(Shot(page, language="zh_CN") for page in PAGES),
    Shot("reader", "dark", "zh_CN"),
    Shot("reader", "contrast"),
    *(Shot(page, scale=2) for page in ("library", "reader")),
    Shot("reader", "dark", "zh_CN", 2),
    Shot("prompts"),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("book", type=Path)
    parser.add_argument("--shelf", type=Path, nargs="*", default=[], help="more books, to stand beside it")
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "screenshots")
    parser.add_argument("--data-dir", type=Path, default=Path(tempfile.gettempdir()) / "palimpsest-screenshots")
    parser.add_argument("--only", default="", help="take only shots whose name holds this")
    parser.add_argument("--scale", type=float, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    shots = [shot for shot in SHOTS if wanted.only in shot.name]
    if wanted.scale is not None:
        take([shot for shot in shots if shot.scale == wanted.scale], wanted.data_dir, wanted.out)
        return
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    prepare(wanted.data_dir, wanted.book, wanted.shelf)
    wanted.out.mkdir(parents=True, exist_ok=True)
    for scale in sorted({shot.scale for shot in shots}):  # Qt reads the scale once, when it starts
        words = [sys.executable, __file__, str(wanted.book), "--scale", str(scale), "--only", wanted.only]
        words += ["--out", str(wanted.out), "--data-dir", str(wanted.data_dir)]
        subprocess.run(words, check=True, cwd=ROOT, env={**os.environ, "QT_SCALE_FACTOR": str(scale)})


def prepare(data_dir: Path, book: Path, shelf: list[Path]) -> None:
    """A library as a reader's of some weeks: the story learned and asked about, the book begun and partly learned."""
    from app.operations import asking, compressing, importing, learning, library, memories, opening, sample
    from app.operations.settings import change_settings

    services = opening.open_services(data_dir)
    try:
        if memories.of_library(services):
            return
        print(f"preparing {data_dir}; this takes a few minutes")
        change_settings(services, {"instructions": INSTRUCTIONS})
        for path in [*shelf, book]:
            services.run_until_end(importing.import_file(services, path))
        newest, *_ = library.list_documents(services)
        for row in [newest, *(row for row in library.list_documents(services) if row.sample)]:
            services.run_until_end(learning.learn(services, row.document_id, up_to=LEARNED_CHARACTERS))
            if row.sample:
                for item in sample.suggested_questions():
                    services.run_until_end(asking.ask(services, row.document_id, item.question))
                prompt = compressing.instructions_prompt(services)
                services.run_until_end(compressing.compress(services, prompt, use=True))
                services.run_until_end(asking.ask(services, row.document_id, item.question))
            else:
                library.open_document(services, row.document_id)
                library.set_read_position(services, row.document_id, row.characters // 5)
    finally:
        services.close()


def take(shots: list[Shot], data_dir: Path, out: Path) -> None:
    """In one process of one scale: go to each page as the navigation does and grab the window."""
    from PySide6.QtCore import QTimer

    from app.desktop.application import Desktop
    from app.desktop.qt_application import make_application
    from app.operations import library, opening

    app = make_application(["palimpsest"])
    desktop = Desktop(app, opening.open_services(data_dir))
    window = desktop.window
    window.resize(*SIZE)
    story = next(row for row in library.list_documents(desktop.services) if row.sample)

    lit = library.text(desktop.services, story.document_id).index(LIT)

    def steps() -> Iterator[Callable[[], bool]]:
        desktop.start([])
        window.open_document(story.document_id)
        yield lambda: window.reader.document is not None
        yield lambda: not window.strip.lines
        for shot in shots:
            desktop.preferences.appearance = type(desktop.preferences.appearance)(shot.appearance)
            desktop.preferences.language = shot.language
            {
                "library": window.show_library,
                "reader": window.show_reader,
                "memory": window.show_memory,
                "prompts": window.memory.show_prompts,
                "models": window.show_models,
                "settings": window.show_settings,
            }[shot.page]()
            if shot.page == "reader":
                window.reader.show_place(lit, lit + len(LIT))
            shown_at = time.monotonic()
            yield (
                lambda shown_at=shown_at: time.monotonic() > shown_at + 1.5
            )  # covers, answers and sizes come by and by
            window.grab().save(str(out / shot.name))
            print(out / shot.name)
        window.close()

    going, waiting = steps(), [lambda: True]

    def step() -> None:
        if waiting[0]():
            waiting[0] = next(going, lambda: False)

    timer = QTimer()
    timer.timeout.connect(step)
    timer.start(50)
    desktop.closed.connect(app.quit)
    app.exec()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()

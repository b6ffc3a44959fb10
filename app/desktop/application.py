"""Composition root of the window: logging, storage, engine, bridge, window, and the order in which they end.

window closes -> learning pauses (checkpoint), other jobs stop -> pump ends -> services close -> program ends
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import threading
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from app.desktop.bridge import Bridge
from app.desktop.garbage import GarbageCollector
from app.desktop.languages import Languages
from app.desktop.main_window import MainWindow
from app.desktop.preferences import Preferences
from app.desktop.qt_application import make_application
from app.desktop.theme import Appearance, apply_appearance
from app.operations import learning, models, opening, sample
from app.services import Services
from storage.errors import StorageError

log = logging.getLogger(__name__)

LOG_BYTES, LOG_FILES = 1_000_000, 3


class Problems(QObject):
    """Exceptions nobody caught: into the log, and as a sentence into the window. Never a crash."""

    seen = Signal(str)
    interrupted = Signal()
    """Ctrl-C in the terminal: leave in good order."""

    def install(self) -> None:
        sys.excepthook = self._from_main_thread
        threading.excepthook = _log_thread_problem

    def uninstall(self) -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def _from_main_thread(
        self, kind: type[BaseException], problem: BaseException, traceback: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self.interrupted.emit()
            return
        log.error("an exception nobody caught", exc_info=(kind, problem, traceback))
        sentence = self.tr("Something went wrong inside Palimpsest ({name}); details are in the log.")
        self.seen.emit(sentence.format(name=kind.__name__))


def _log_thread_problem(problem: threading.ExceptHookArgs) -> None:
    name = problem.thread.name if problem.thread is not None else "?"
    assert problem.exc_value is not None
    log.error("an exception nobody caught on thread %s", name, exc_info=problem.exc_value)


class Desktop(QObject):
    """Everything that lives while the window does. `closed` follows when all of it has ended."""

    closed = Signal()

    def __init__(self, app: QApplication, services: Services) -> None:
        super().__init__()
        self.services = services
        self.preferences = Preferences(services.data_dir / "ui.ini")
        self.languages = Languages()
        self.languages.use(self.preferences.language)
        apply_appearance(app, self.preferences.appearance)
        app.styleHints().colorSchemeChanged.connect(self._follow_system)
        self.garbage = GarbageCollector(self)
        self.bridge = Bridge(services)
        self.window = MainWindow(self.bridge, self.preferences, self.languages)
        self.bridge.closed.connect(self._on_closed)
        self.window.leaving.connect(self.close)

    def start(self, files: list[Path]) -> None:
        """Show the window; then start the engine, look for what was interrupted and add the files of the command line."""
        self.window.show()
        self.bridge.query(lambda: sample.is_due(self.services), self._add_sample)
        self.bridge.start("load_model", lambda: models.load_model(self.services))
        self.window.going_on.look()
        self.window.add_files(files)

    def _add_sample(self, is_due: bool) -> None:
        if is_due:
            job = self.bridge.start("import", lambda: sample.add_sample(self.services))
            job.finished.connect(lambda _: self.window.library.reload())

    def close(self) -> None:
        """Learning pauses and keeps its checkpoint, everything else stops; then the threads end."""
        self.bridge.close(self._pause_learning)

    def _pause_learning(self) -> None:
        for ticket in self.services.open_tickets():
            if ticket.kind == "learn":
                learning.pause(self.services, ticket)

    def _on_closed(self) -> None:
        self.garbage.stop()
        self.window.deleteLater()
        self.closed.emit()

    def _follow_system(self) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        if self.preferences.appearance is Appearance.SYSTEM:
            apply_appearance(app, Appearance.SYSTEM)


def has_display() -> bool:
    """Whether a window can be shown; other systems than Linux always have one."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def main(argv: list[str], data_dir: Path | None, files: list[Path]) -> int:
    """Run the window until it is closed; return the exit status."""
    if not has_display():
        sys.stderr.write("There is no display here for the window; `make demo` shows the same from a shell.\n")
        return 1
    app = make_application(argv)
    try:
        services = opening.open_services(data_dir, engine_process=True, with_sample=False)
    except StorageError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    handler = start_logging(services.data_dir)
    problems = Problems()
    problems.install()
    desktop = Desktop(app, services)
    problems.seen.connect(desktop.window.banner.say)
    problems.interrupted.connect(desktop.window.close)
    desktop.closed.connect(app.quit)
    interpreter_turns = QTimer()  # lets Python see Ctrl-C while Qt waits
    interpreter_turns.start(500)
    interpreter_turns.timeout.connect(lambda: None)
    desktop.start(files)
    status = app.exec()
    problems.uninstall()
    logging.getLogger().removeHandler(handler)
    handler.close()
    return status


def start_logging(data_dir: Path) -> logging.Handler:
    """Into the data folder; messages hold numbers and names of our own, never a document's words."""
    folder = data_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        folder / "palimpsest.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level or logging.INFO, logging.INFO))
    return handler

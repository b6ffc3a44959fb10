"""Composition root of the window: logging, storage, engine, bridge, window, and the order in which they end.

claim the data folder (else hand the files to the window that has it) -> open -> window -> window closes
-> learning pauses (checkpoint), other jobs stop -> pump ends -> services close -> program ends
   (asked to delete everything: the folder is emptied, and all of it begins anew)
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
import threading
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QTimer, QtMsgType, Signal, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from app.desktop.bridge import Bridge
from app.desktop.garbage import GarbageCollector
from app.desktop.instance import LOCK_FILE, Instance, Message
from app.desktop.languages import Languages
from app.desktop.main_window import MainWindow
from app.desktop.preferences import Preferences, StartPage
from app.desktop.qt_application import make_application
from app.desktop.theme import Appearance, apply_appearance, apply_motion
from app.operations import data_folder, learning, library, models, opening, sample, segment_memories
from app.operations.crash_reports import LOG_FILE, LOGS, Watch
from app.services import Services
from engine.jobs import Lane
from storage.documents import DocumentRow
from storage.errors import StorageError

log = logging.getLogger(__name__)

LOG_BYTES, LOG_FILES = 1_000_000, 3
SWITCH_INTERVAL_S = 0.001
"""How long the UI thread waits for Python's lock while another thread stores or sorts; Python's own 5 ms add up to stalls."""

WELCOMED = "welcomed"


class Problems(QObject):
    """Exceptions nobody caught, and what Qt has to say: into the log, exceptions also into the window. Never a crash."""

    seen = Signal(str)
    interrupted = Signal()
    """Ctrl-C in the terminal: leave in good order."""

    def install(self) -> None:
        sys.excepthook = self._from_main_thread
        threading.excepthook = _log_thread_problem
        qInstallMessageHandler(_log_qt)

    def uninstall(self) -> None:
        qInstallMessageHandler(None)
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


_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def _log_qt(level: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
    logging.getLogger("qt").log(_QT_LEVELS[level], "%s: %s", context.category, message)


class Desktop(QObject):
    """Everything that lives while the window does. `closed` follows when all of it has ended."""

    closed = Signal()
    sample_added = Signal()

    def __init__(self, app: QApplication, services: Services) -> None:
        super().__init__()
        self.services = services
        self.erases = False
        self.preferences = Preferences(services.data_dir / "ui.ini")
        self.languages = Languages()
        self.languages.use(self.preferences.language)
        apply_appearance(app, self.preferences.appearance)
        apply_motion(app, self.preferences.motion)
        self._hints = app.styleHints()
        self._hints.colorSchemeChanged.connect(self._follow_system)
        self._access = self._hints.accessibility()  # PySide6 lets go of it with its last reference here
        self._access.contrastPreferenceChanged.connect(self._follow_system)
        self.bridge = Bridge(services)
        self.window = MainWindow(self.bridge, self.preferences, self.languages)
        self.bridge.closed.connect(self._on_closed)
        self.window.leaving.connect(self.close)
        self.window.erase_asked.connect(self._erase)

    def start(self, files: list[Path]) -> None:
        """Show the window; then start the engine, look for what was interrupted and add the files of the command line."""
        self.window.show()
        self.bridge.query(lambda: sample.is_due(self.services), self._add_sample)
        self._loading = self.bridge.start("load_model", lambda: models.load_model(self.services, lane=Lane.BACKGROUND))
        self._loading.failed.connect(self._tell_no_model)
        self.window.going_on.look()
        self.window.add_files(files)

    def _tell_no_model(self, sentence: str) -> None:
        """A model that is gone never becomes a job; one that breaks while it loads stays in the strip."""
        if self._loading.ticket is None:
            self.window.tell_of_no_model(sentence)

    def _add_sample(self, is_due: bool) -> None:
        if is_due:
            job = self.bridge.start("import", lambda: sample.add_sample(self.services))
            job.finished.connect(lambda _: self.window.library.reload())
            job.finished.connect(lambda _: self.sample_added.emit())

    def open_first(self) -> None:
        """What is open at the start: the first time the story, with a welcome; later the library or the last book."""
        if not self.preferences.flag(WELCOMED, False):
            self.sample_added.connect(self._look_for_story)
            self._look_for_story()
        elif self.preferences.start_page is StartPage.LAST_BOOK:
            self.bridge.query(lambda: library.last_opened(self.services), self._open_last)

    def _look_for_story(self) -> None:
        self.bridge.query(lambda: library.sample_story(self.services), self._welcome)

    def _welcome(self, story: DocumentRow | None) -> None:
        if story is not None and not self.preferences.flag(WELCOMED, False):
            self.preferences.keep_flag(WELCOMED, True)
            self.window.welcome(story)

    def _open_last(self, document_id: str | None) -> None:
        if document_id is not None:
            self.window.open_document(document_id)

    def _erase(self) -> None:
        """Everything is to go: close, and let the composition root empty the folder when nobody has it open."""
        self.erases = True
        self.window.close()

    def close(self) -> None:
        """Learning pauses and keeps its checkpoint, segment memory is left as it is, everything else stops; then the threads end."""
        self.bridge.close(self._leave_long_jobs)

    def _leave_long_jobs(self) -> None:
        for ticket in self.services.open_tickets():
            if ticket.kind == learning.KIND:
                learning.pause(self.services, ticket)
            elif ticket.kind == segment_memories.KIND:
                segment_memories.leave(self.services, ticket)

    def _on_closed(self) -> None:
        self._hints.colorSchemeChanged.disconnect(self._follow_system)
        self._access.contrastPreferenceChanged.disconnect(self._follow_system)
        if self.erases:
            self.preferences.clear()
        self.window.deleteLater()
        self.closed.emit()

    def _follow_system(self) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        if self.preferences.appearance in (Appearance.SYSTEM, Appearance.CONTRAST):
            apply_appearance(app, self.preferences.appearance)


def has_display() -> bool:
    """Whether a window can be shown; other systems than Linux always have one."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def main(argv: list[str], data_dir: Path | None, files: list[Path]) -> int:
    """Run the window until it is closed, or hand the files to the window that has this data folder; the exit status."""
    if not has_display():
        sys.stderr.write("There is no display here for the window; `make demo` shows the same from a shell.\n")
        return 1
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = make_application(argv)
    folder = opening.default_data_dir() if data_dir is None else data_dir
    try:
        opening.make_data_dir(folder)
    except StorageError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    instance = Instance(folder)
    if not instance.claim():
        if instance.hand_over(files):
            return 0
        sys.stderr.write("Palimpsest is open already but does not answer; close its window, then try again.\n")
        return 1
    instance.listen()
    garbage = GarbageCollector(app)
    try:
        status, starts_anew = _run(app, folder, instance, files)
        while starts_anew:
            status, starts_anew = _run(app, folder, instance, [])
        return status
    finally:
        instance.release()
        garbage.stop()


def _run(app: QApplication, folder: Path, instance: Instance, files: list[Path]) -> tuple[int, bool]:
    """One life of the window: (exit status, whether everything was deleted and another begins)."""
    try:
        services = opening.open_services(folder, engine_process=True, with_sample=False)
    except StorageError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1, False
    watch = Watch(folder)
    handler = start_logging(folder)
    problems = Problems()
    problems.install()
    desktop = Desktop(app, services)
    problems.seen.connect(desktop.window.tell_of_problem)
    problems.interrupted.connect(desktop.window.close)
    desktop.closed.connect(app.quit)

    def on_asked(message: Message) -> None:
        desktop.window.come_forward()
        desktop.window.add_files(list(message.files))

    instance.asked.connect(on_asked)
    interpreter_turns = QTimer()  # lets Python see Ctrl-C while Qt waits
    interpreter_turns.start(500)
    interpreter_turns.timeout.connect(lambda: None)
    desktop.start(files)
    if watch.last_end is not None:
        desktop.window.tell_of_crash(watch.last_end)
    if not files:
        desktop.open_first()
    status = app.exec()
    instance.asked.disconnect(on_asked)
    problems.uninstall()
    logging.getLogger().removeHandler(handler)
    handler.close()
    watch.end()
    if desktop.erases:
        left = data_folder.delete_everything(folder, keep=(LOCK_FILE,))
        log.info("everything was deleted; %d entries of the data folder are not ours", len(left))
    return status, desktop.erases


def start_logging(data_dir: Path) -> logging.Handler:
    """Into the data folder; messages hold numbers and names of our own, never a document's words."""
    folder = data_dir / LOGS
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        folder / LOG_FILE, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(root.level or logging.INFO, logging.INFO))
    return handler

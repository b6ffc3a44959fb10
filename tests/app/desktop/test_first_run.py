"""The whole program as it is started: the first run, the second start, the end after a crash, and deleting everything.

Each test runs `application.main` on its own data folder, with the echo backend for a model.
"""

from __future__ import annotations

import functools
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.desktop import application
from app.desktop.application import Desktop
from app.desktop.preferences import Preferences, StartPage
from app.desktop.widgets.crash_report_dialog import CrashReportDialog
from app.desktop.widgets.delete_everything_dialog import DeleteEverythingDialog
from app.desktop.widgets.welcome_card import WelcomeCard
from app.operations import crash_reports, library, models, opening
from app.operations.crash_reports import Watch
from engine.errors import ModelError

ROOT = Path(__file__).resolve().parents[3]

Step = Callable[[], object]
Story = Callable[[Desktop], Iterator[Step]]
"""Yields what to wait for; the window is closed at its end."""


@pytest.fixture
def run(qapp, tmp_path, monkeypatch):
    """Run the program with a story for each of its lives; returns the exit status."""
    runtime = Path(tempfile.mkdtemp())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    open_services = functools.partial(opening.open_services, echo=True)
    monkeypatch.setattr(
        opening,
        "open_services",
        lambda folder, **options: open_services(folder, **{**options, "engine_process": False}),
    )
    monkeypatch.setattr(application, "make_application", lambda argv: qapp)
    start = Desktop.start
    problems: list[BaseException] = []

    def run_stories(*stories: Story, files: list[Path] | None = None) -> int:
        waiting = list(stories)

        def start_with_story(desktop: Desktop, given: list[Path]) -> None:
            start(desktop, given)
            steps = waiting.pop(0)(desktop)
            timer = QTimer(desktop)
            state: dict[str, object] = {"until": None, "left": 600}

            def step() -> None:
                try:
                    until = state["until"]
                    if callable(until) and not until():
                        state["left"] = int(str(state["left"])) - 1
                        assert state["left"], "waited in vain"
                        return
                    state["until"] = next(steps)
                except StopIteration:
                    timer.stop()
                    desktop.window.close()
                except BaseException as problem:
                    timer.stop()
                    problems.append(problem)
                    desktop.window.close()

            timer.timeout.connect(step)
            timer.start(30)

        monkeypatch.setattr(Desktop, "start", start_with_story)
        status = application.main(["palimpsest"], tmp_path / "data", files or [])
        if problems:
            raise problems[0]
        assert not waiting
        return status

    yield run_stories
    assert not list(runtime.iterdir())
    runtime.rmdir()
    logging.getLogger().setLevel(logging.WARNING)


def is_reading_story(desktop: Desktop) -> bool:
    document = desktop.window.reader.document
    return document is not None and document.sample


def test_the_first_run_opens_the_story_with_a_welcome_and_later_ones_do_not(run, tmp_path):
    def first(desktop):
        yield lambda: is_reading_story(desktop)
        window = desktop.window
        assert window._pages.currentWidget() is window.reader
        yield lambda: window.findChild(WelcomeCard) is not None
        card = window.findChild(WelcomeCard)
        assert card.isVisible() and "no account, no network" in card._words.text()
        assert "about" not in card._hint.text()  # nothing was measured here: nothing is promised
        yield lambda: len(buttons_with_questions(window)) >= 3
        card.close_button.click()
        yield lambda: window.findChild(WelcomeCard) is None

    def second(desktop):
        yield lambda: desktop.window.library._model.rowCount() == 1
        assert desktop.window._pages.currentWidget() is desktop.window.library
        assert desktop.window.findChild(WelcomeCard) is None

    assert run(first) == 0
    assert run(second) == 0


def buttons_with_questions(window) -> list[QPushButton]:
    return [button for button in window.reader.ask_panel.findChildren(QPushButton) if button.text().endswith("?")]


def test_one_button_of_the_welcome_learns_the_story(run):
    def story(desktop):
        yield lambda: desktop.window.findChild(WelcomeCard) is not None
        card = desktop.window.findChild(WelcomeCard)
        QTest.keyClick(card.learn_button, Qt.Key.Key_Space)
        QTest.keyClick(card.learn_button, Qt.Key.Key_Space)  # twice is once
        yield lambda: desktop.window.findChild(WelcomeCard) is None
        assert not desktop.window.banner.sentence
        yield lambda: not [line for line in desktop.window.strip.lines if getattr(line, "is_running", False)]

    assert run(story) == 0


def test_a_model_that_is_gone_is_told_at_the_start_and_leads_to_the_models(run, monkeypatch):
    def gone(*_args, **_options):
        raise ModelError("The embedded model is not set up.")

    monkeypatch.setattr(models, "load_model", gone)

    def story(desktop):
        window = desktop.window
        yield lambda: window.banner.sentence == "The embedded model is not set up."
        QTest.mouseClick(window.banner._button, Qt.MouseButton.LeftButton)
        yield lambda: window._pages.currentWidget() is window.models

    assert run(story) == 0


def test_a_later_start_opens_the_last_book_when_asked_to(run, tmp_path):
    def first(desktop):
        yield lambda: is_reading_story(desktop)
        desktop.preferences.start_page = StartPage.LAST_BOOK

    def second(desktop):
        yield lambda: is_reading_story(desktop)
        assert desktop.window._pages.currentWidget() is desktop.window.reader

    run(first)
    run(second)


def second_start(data_dir: Path, *files: Path) -> subprocess.Popen[str]:
    code = "import sys; from app.cli import main; main()"
    words = [sys.executable, "-c", code, "open", *map(str, files), "--data-dir", str(data_dir)]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_files_opened_from_the_shell_go_to_the_window_that_is_open(run, tmp_path):
    book = tmp_path / "river.txt"
    book.write_text("The river was low that year.\n\nNobody crossed it but the ferryman.\n", encoding="utf-8")

    def story(desktop):
        yield lambda: len(library.list_documents(desktop.services)) == 1
        second = second_start(tmp_path / "data", book)
        yield lambda: second.poll() is not None
        _, errors = second.communicate()
        assert second.returncode == 0, errors
        yield lambda: len(library.list_documents(desktop.services)) == 2
        assert desktop.window.isVisible()

    assert run(story) == 0


def test_after_an_unclean_end_a_banner_leads_to_the_report(run, tmp_path):
    code = "import os, sys; from pathlib import Path; from app.operations.crash_reports import Watch\n" \
        "Watch(Path(sys.argv[1])); os.abort()"  # fmt: skip
    (tmp_path / "data").mkdir()
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "data")], cwd=ROOT, capture_output=True, timeout=60)

    def after(desktop):
        window = desktop.window
        yield lambda: "ended unexpectedly" in window.banner.sentence
        QTest.mouseClick(window.banner._button, Qt.MouseButton.LeftButton)
        yield lambda: window.findChild(CrashReportDialog) is not None
        dialog = window.findChild(CrashReportDialog)
        assert "Aborted" in dialog.text.toPlainText()
        dialog.delete_button.click()
        yield lambda: not crash_reports.list_reports(tmp_path / "data")

    def later(desktop):
        yield lambda: desktop.window.library._model.rowCount() == 1
        assert "unexpectedly" not in desktop.window.banner.sentence

    run(after)
    run(later)
    watch = Watch(tmp_path / "data")
    assert watch.last_end is None
    watch.end()


def test_an_exception_nobody_caught_is_told_and_can_be_read(run, tmp_path):
    def story(desktop):
        window = desktop.window
        yield lambda: window.library._model.rowCount() == 1
        secret = ValueError("Thirza Cobbold kept the light")
        sys.excepthook(ValueError, secret, None)
        assert "ValueError" in window.banner.sentence
        window.banner._button.click()
        yield lambda: window.findChild(CrashReportDialog) is not None
        text = window.findChild(CrashReportDialog).text.toPlainText()
        assert "an exception nobody caught" in text and "ValueError" in text
        assert "Thirza" not in text

    run(story)


def test_deleting_everything_empties_the_folder_and_starts_as_new(run, tmp_path):
    data = tmp_path / "data"

    def before(desktop):
        window = desktop.window
        yield lambda: is_reading_story(desktop)
        desktop.preferences.language = "zh_CN"
        desktop.preferences.language = "en"
        window._show_settings(window.settings.data)
        window.settings.data.delete_button.click()
        yield lambda: window.findChild(DeleteEverythingDialog) is not None
        window.findChild(DeleteEverythingDialog).delete.click()
        yield lambda: not window.isVisible()

    def anew(desktop):
        names = {path.name for path in data.iterdir()}
        assert names <= {
            "palimpsest.sqlite3",
            "palimpsest.sqlite3-wal",
            "palimpsest.sqlite3-shm",
            "prompt_states.sqlite3",
            "prompt_states.sqlite3-wal",
            "prompt_states.sqlite3-shm",
            "logs",
            "window.lock",
        }
        assert Preferences(data / "ui.ini").language == ""
        yield lambda: is_reading_story(desktop)
        yield lambda: desktop.window.findChild(WelcomeCard) is not None

    assert run(before, anew) == 0


def test_the_window_comes_forward_when_it_was_minimised(run):
    def story(desktop):
        window = desktop.window
        yield lambda: window.library._model.rowCount() == 1
        window.showMinimized()
        window.come_forward()
        assert window.isVisible() and not window.isMinimized()
        yield lambda: QApplication.activeWindow() is window

    run(story)

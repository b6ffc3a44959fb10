"""The real window on the real operations, with the echo backend for a model."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from app.desktop.actions import Actions
from app.desktop.application import Problems
from app.desktop.theme import Appearance, PageTheme, is_dark
from app.operations import library

ROOT = Path(__file__).resolve().parents[3]


def test_the_first_run_shows_the_sample_story(window):
    assert window.library.selected.sample
    assert window.library._stack.currentWidget() is window.library.list


def test_finding_counts_every_hit_and_steps_through_them(reading, qtbot, desktop):
    reading.reader.open_find()
    bar, document = reading.reader.find_bar, reading.reader.document
    bar.words.setText("the")
    hits = library.searchable_text(desktop.services, document.document_id).find("the")
    qtbot.waitUntil(lambda: len(bar._hits) == len(hits), timeout=20_000)
    assert f"of {len(hits)}" in bar._count.text()
    for _ in range(40):
        bar.next()
    view = reading.reader.view
    assert view.place <= hits[bar._current][0] <= view.end_of_view
    bar.words.setText("no such words")
    qtbot.waitUntil(lambda: bar._count.text() == "not found", timeout=20_000)


def test_the_place_is_remembered(reading, qtbot, desktop):
    document = reading.reader.document
    reading.reader.jump_to(document.characters // 2)
    place = reading.reader.view.place
    reading.reader.keep_place()
    qtbot.waitUntil(lambda: library.list_documents(desktop.services)[0].read_position == place, timeout=20_000)


def test_shortcuts_do_not_collide(window):
    actions = window.menu_actions
    for _, names in actions.groups():
        for name in names:
            for key in actions[name].shortcuts():
                assert actions.taken_by(key, other_than=name) is None, (name, key.toString())


def test_a_rebound_key_works_at_once_and_after_a_restart_and_can_be_reset(window, desktop, qapp):
    actions, key = window.menu_actions, QKeySequence("Ctrl+Alt+L")
    actions.rebind("window.library", [key])
    assert actions["window.library"].shortcuts() == [key]
    again = Actions(QMainWindow(), desktop.preferences)
    again.add_menu("view", lambda: "View")
    assert again.add("window.library", "view", lambda: "Library", lambda: None, "Ctrl+1").shortcuts() == [key]
    actions.reset("window.library")
    assert actions["window.library"].shortcuts() == [QKeySequence("Ctrl+1")]


def test_the_language_changes_while_the_window_is_open(reading, qtbot, desktop):
    desktop.preferences.language = "zh_CN"
    qtbot.waitUntil(lambda: reading._nav_buttons[reading.library][0].text() == "书库", timeout=20_000)
    assert reading.reader.ask_panel.box.accessibleName() == "问题"
    texts = [action.text() for action in reading.findChildren(QAction) if action.text()]
    assert "学习这本书" in reading.reader.memory_panel.learn_button.text()
    assert any("目录" in text for text in texts)
    desktop.preferences.language = "en"
    qtbot.waitUntil(lambda: reading._nav_buttons[reading.library][0].text() == "Library", timeout=20_000)


def test_appearance_and_page_change_while_the_window_is_open(reading, qapp, desktop):
    desktop.preferences.appearance = Appearance.DARK
    assert is_dark(qapp.palette())
    desktop.preferences.page = PageTheme.SEPIA
    assert reading.reader.view._colours.background == "#f4ead5"
    desktop.preferences.appearance = Appearance.LIGHT
    assert not is_dark(qapp.palette())


def test_an_exception_nobody_caught_is_a_sentence_not_a_crash(window, caplog):
    problems = Problems()
    problems.seen.connect(window.banner.say)
    problems._from_main_thread(ValueError, ValueError("x"), None)
    assert "ValueError" in window.banner.sentence
    assert "nobody caught" in caplog.text


def test_closing_ends_every_thread_and_keeps_geometry(desktop, qtbot, tmp_path):
    with qtbot.waitSignal(desktop.closed, timeout=20_000):
        desktop.window.close()
    names = {thread.name for thread in threading.enumerate()}
    assert not [name for name in names if name.startswith(("event-pump", "window-worker", "engine", "library"))]
    assert (tmp_path / "ui.ini").is_file()
    assert "Light Book" not in (tmp_path / "ui.ini").read_text(encoding="utf-8")


def test_without_a_display_one_sentence_points_to_the_demo(tmp_path):
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    code = "from app.desktop.application import main; raise SystemExit(main(['palimpsest'], None, []))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    if not sys.platform.startswith("linux"):
        pytest.skip("other systems always have a display")
    assert result.returncode == 1
    assert "make demo" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_window_imports_no_torch():
    code = "import sys, app.desktop.application; raise SystemExit('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr

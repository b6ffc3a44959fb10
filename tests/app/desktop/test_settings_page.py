"""The settings page as a person uses it: choices take effect at once and stay, keys are pressed, sizes are true."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow

from app.desktop.actions import Actions
from app.desktop.bridge import Bridge
from app.desktop.languages import Languages
from app.desktop.pages.settings_page import SettingsPage
from app.desktop.preferences import Preferences, StartPage
from app.desktop.theme import Appearance, Motion, PageTheme
from app.desktop.widgets.crash_report_dialog import CrashReportDialog
from app.desktop.widgets.delete_everything_dialog import DeleteEverythingDialog
from app.desktop.widgets.shortcut_list import ShortcutList
from app.operations import components, crash_reports, data_folder, opening
from app.operations.settings import LONGEST, Settings, change_settings, settings


class Room:
    """A window with a few actions and the settings page in it."""

    def __init__(self, data_dir: Path) -> None:
        self.services = opening.open_services(data_dir, echo=True, with_sample=False)
        self.bridge = Bridge(self.services)
        self.preferences = Preferences(data_dir / "ui.ini")
        self.window = QMainWindow()
        self.actions = Actions(self.window, self.preferences)
        self.actions.add_menu("file", lambda: "&File")
        self.actions.add_menu("go", lambda: "&Go")
        self.done: list[str] = []
        self.actions.add("file.open", "file", lambda: "&Open …", lambda: self.done.append("open"), "Ctrl+O")
        self.actions.add("go.find", "go", lambda: "&Find …", lambda: self.done.append("find"), "Ctrl+F")
        self.page = SettingsPage(self.bridge, self.preferences, self.actions, self.window)
        self.window.setCentralWidget(self.page)
        self.window.resize(1000, 760)
        self.window.show()


@pytest.fixture
def room(qtbot, qapp, tmp_path):
    room = Room(tmp_path)
    qtbot.addWidget(room.window)
    yield room
    with qtbot.waitSignal(room.bridge.closed, timeout=20_000):
        room.bridge.close(lambda: None)


def press(widget, key, modifiers=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(widget, key, modifiers)


def choose(choice, value):
    """As a person does: open the list and take an entry."""
    choice.setFocus()
    choice.setCurrentIndex(choice.findData(value))
    choice.activated.emit(choice.currentIndex())


def test_sections_are_walked_with_the_arrow_keys(room):
    page = room.page
    page.setFocus()
    seen = []
    for _ in range(page.list.count()):
        seen.append(page.section)
        press(page.list, Qt.Key.Key_Down)
    assert seen == [page.general, page.reading, page.asking, page.instructions, page.keyboard, page.data, page.about]
    assert all(page.list.item(row).text() for row in range(page.list.count()))


def test_general_choices_are_kept_and_follow_changes_from_elsewhere(room, tmp_path):
    general = room.page.general
    choose(general.appearance, Appearance.CONTRAST)
    choose(general.motion, Motion.STILL)
    choose(general.start, StartPage.LAST_BOOK)
    room.preferences.sync()
    again = Preferences(tmp_path / "ui.ini")
    assert (again.appearance, again.motion, again.start_page) == (
        Appearance.CONTRAST,
        Motion.STILL,
        StartPage.LAST_BOOK,
    )
    room.preferences.appearance = Appearance.DARK
    assert general.appearance.value == Appearance.DARK


def test_words_of_choices_follow_the_language_and_keep_the_value(room, qapp):
    languages = Languages()
    choose(room.page.general.appearance, Appearance.DARK)
    try:
        languages.use("zh_CN")
        QApplication.sendPostedEvents()
        assert room.page.general.appearance.value == Appearance.DARK
        assert room.page.general.language.itemText(2) == "简体中文"
    finally:
        languages.use("en")


def test_reading_choices_change_the_page_and_go_back_to_usual(room):
    controls = room.page.reading.controls
    controls._themes[PageTheme.SEPIA].click()
    controls.points.setValue(36)
    controls.justified.click()
    now = room.preferences.reading_type
    assert room.preferences.page is PageTheme.SEPIA and now.points == 18 and now.justified
    controls.reset_button.click()
    assert room.preferences.page is PageTheme.AUTO and not room.preferences.reading_type.justified


def test_asking_settings_are_the_librarys_own(room, qtbot):
    change_settings(room.services, {"temperature": 0.5})
    page = room.page
    page.list.setCurrentRow(2)
    qtbot.waitUntil(lambda: page.asking.temperature.value() == 0.5, timeout=20_000)
    page.asking.max_new_tokens.setValue(400)
    page.asking.notify.click()
    choose(page.asking.writer, "llamacpp")
    decided = Settings(max_new_tokens=400, temperature=0.5, notify=False, writer="llamacpp")
    qtbot.waitUntil(lambda: settings(room.services) == decided, timeout=20_000)
    page.asking.reset.click()
    qtbot.waitUntil(lambda: settings(room.services) == Settings(), timeout=20_000)
    qtbot.waitUntil(lambda: page.asking.notify.isChecked() and page.asking.writer.value == "auto", timeout=20_000)


def test_standing_instructions_are_kept_as_they_are_typed_and_counted(room, qtbot):
    page = room.page
    page.list.setCurrentRow(3)
    section = page.instructions
    qtbot.waitUntil(section.isEnabled, timeout=20_000)
    assert section.figures.text().startswith("None: questions begin")
    QTest.keyClicks(section.words, "Answer as Old Tom would.")
    qtbot.waitUntil(lambda: settings(room.services).instructions == "Answer as Old Tom would.", timeout=20_000)
    qtbot.waitUntil(lambda: "tokens for the model in use" in section.figures.text(), timeout=20_000)
    assert section.figures.text().startswith("24 characters · ")
    section.budget.setValue(2.5)
    section.use_caches.click()
    qtbot.waitUntil(lambda: not settings(room.services).use_prompt_caches, timeout=20_000)
    qtbot.waitUntil(lambda: room.services.prompt_states.budget() == 2_500_000_000, timeout=20_000)


def test_what_is_typed_at_last_is_kept_when_one_turns_away(room, qtbot):
    page = room.page
    page.list.setCurrentRow(3)
    qtbot.waitUntil(page.instructions.isEnabled, timeout=20_000)
    QTest.keyClicks(page.instructions.words, "Be brief.")
    page.list.setCurrentRow(0)
    qtbot.waitUntil(lambda: settings(room.services).instructions == "Be brief.", timeout=20_000)


def test_instructions_that_are_too_long_are_told_of_and_not_kept(room, qtbot):
    page = room.page
    page.list.setCurrentRow(3)
    section = page.instructions
    qtbot.waitUntil(section.isEnabled, timeout=20_000)
    section.words.setPlainText("x" * (LONGEST["instructions"] + 1))
    assert "100,001 characters; at most 100,000 are kept" in section.figures.text()
    page.list.setCurrentRow(0)
    qtbot.waitUntil(lambda: not room.bridge._askers, timeout=20_000)
    assert settings(room.services).instructions == ""


def to_keyboard(room):
    room.page.list.setCurrentRow(4)
    keyboard = room.page.keyboard
    keyboard.choose("go.find")
    return keyboard


def test_a_key_is_pressed_and_the_action_has_it(room):
    keyboard = to_keyboard(room)
    press(keyboard.press, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert room.actions["go.find"].shortcuts() == [QKeySequence("Ctrl+G")]
    press(room.window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert room.done == ["find"]
    keyboard.usual.click()
    assert room.actions["go.find"].shortcuts() == [QKeySequence("Ctrl+F")]


def test_a_key_of_another_action_is_told_in_a_sentence_and_taken_only_when_asked(room):
    keyboard = to_keyboard(room)
    press(keyboard.press, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert "belongs to “Open”" in keyboard._about.text()
    assert room.actions["go.find"].shortcuts() == [QKeySequence("Ctrl+F")]
    keyboard.take.click()
    assert room.actions["go.find"].shortcuts() == [QKeySequence("Ctrl+O")]
    assert room.actions["file.open"].shortcuts() == []
    keyboard.all_usual.click()
    assert room.actions["file.open"].shortcuts() == [QKeySequence("Ctrl+O")]
    assert room.actions["go.find"].shortcuts() == [QKeySequence("Ctrl+F")]


@pytest.mark.parametrize("key", [Qt.Key.Key_A, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Left, Qt.Key.Key_Space])
def test_keys_needed_for_typing_are_refused(room, key):
    keyboard = to_keyboard(room)
    press(keyboard.press, key)
    assert room.actions["go.find"].shortcuts() == [QKeySequence("Ctrl+F")]
    assert "needed for typing" in keyboard._about.text()


def test_tab_leaves_the_key_field(room, qtbot):
    keyboard = to_keyboard(room)
    room.window.activateWindow()
    keyboard.press.setFocus()
    press(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is not keyboard.press
    assert room.actions["go.find"].shortcuts() == [QKeySequence("Ctrl+F")]


def test_actions_are_found_by_words_and_by_keys(room):
    keyboard = to_keyboard(room)
    keyboard.search.setText("ctrl+o")
    shown = [words for words, _ in keyboard.table.rows()]
    assert shown == ["Open"]
    keyboard.search.setText("find")
    shown = [words for words, _ in keyboard.table.rows()]
    assert shown == ["Find"]


def test_the_shortcut_list_shows_the_keys_of_the_moment_and_leads_to_changing_them(room, qtbot):
    shortcuts = ShortcutList(room.actions, room.window)
    qtbot.addWidget(shortcuts)
    shortcuts.show()
    assert ("Find", "Ctrl+F") in shortcuts.table.rows()
    room.actions.rebind("go.find", [QKeySequence("Ctrl+Alt+F")])
    assert ("Find", "Ctrl+Alt+F") in shortcuts.table.rows()
    QTest.keyClicks(shortcuts.search, "alt+f")
    assert shortcuts.table.rows() == [("Find", "Ctrl+Alt+F")]
    shortcuts.table.setCurrentItem(shortcuts.table.items()[1])
    with qtbot.waitSignal(shortcuts.change_asked) as asked:
        shortcuts.change_button.click()
    assert asked.args == ["go.find"]


def test_the_data_page_shows_the_folder_and_every_byte(room, qtbot, tmp_path):
    (tmp_path / "memories").mkdir()
    (tmp_path / "memories" / "adapter").write_bytes(bytes(2_000_000))
    page = room.page
    page.list.setCurrentRow(5)
    qtbot.waitUntil(lambda: page.data._grid.rowCount() > 2, timeout=20_000)
    labels = [page.data._grid.itemAt(index).widget().text() for index in range(page.data._grid.count())]
    assert labels[labels.index("Memories: adapters and checkpoints") + 1] == "2.0 MB"
    assert page.data.path.text() == str(tmp_path)


def test_deleting_everything_asks_once_and_lists_what_goes(room, qtbot):
    page = room.page
    page.list.setCurrentRow(5)
    page.data.delete_button.click()
    qtbot.waitUntil(lambda: room.window.findChild(DeleteEverythingDialog) is not None, timeout=20_000)
    dialog = room.window.findChild(DeleteEverythingDialog)
    assert "Library: books, questions, answers" in dialog.accessibleDescription()
    assert dialog.focusWidget() is dialog.keep
    press(dialog, Qt.Key.Key_Escape)
    assert data_folder.look_at(room.services.data_dir).our_bytes > 0
    page.data.delete_button.click()
    qtbot.waitUntil(
        lambda: (found := room.window.findChild(DeleteEverythingDialog)) is not None and found.isVisible(),
        timeout=20_000,
    )
    with qtbot.waitSignal(page.erase_asked):
        room.window.findChild(DeleteEverythingDialog).delete.click()


def test_a_report_is_read_copied_saved_and_deleted(room, qtbot, tmp_path):
    report = crash_reports.report_problem(room.services)
    page = room.page
    page.list.setCurrentRow(6)
    qtbot.waitUntil(lambda: page.about.reports.count() == 1, timeout=20_000)
    page.about.read_button.click()
    qtbot.waitUntil(lambda: room.window.findChild(CrashReportDialog) is not None, timeout=20_000)
    dialog = room.window.findChild(CrashReportDialog)
    assert dialog.text.toPlainText().startswith("Palimpsest crash report")
    dialog.copy_button.click()
    assert QGuiApplication.clipboard().text() == dialog.text.toPlainText()
    dialog.save_to(tmp_path / "mine.txt")
    qtbot.waitUntil(lambda: (tmp_path / "mine.txt").exists(), timeout=20_000)
    dialog.delete_button.click()
    qtbot.waitUntil(lambda: page.about.reports.count() == 0, timeout=20_000)
    assert not (tmp_path / "logs" / report.name).exists()
    assert page.about._no_reports.isVisible()


def test_everything_it_is_made_of_has_a_version_and_a_licence():
    found = {component.name.lower(): component for component in components.components()}
    assert {"palimpsest", "python", "torch", "pyside6_essentials", "sqlalchemy"} <= set(found)
    for component in found.values():
        assert component.version and component.licence, component
        assert not component.licence.upper().startswith(("AGPL", "GPL")), component

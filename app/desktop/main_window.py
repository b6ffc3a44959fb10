"""The window: navigation, pages, menus, job strip. It asks and shows; operations do the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.bridge import Bridge, JobHandle
from app.desktop.icons import dress, redress
from app.desktop.languages import NAMES, Languages
from app.desktop.learning_control import LearningControl
from app.desktop.pages.library_page import LibraryPage
from app.desktop.pages.reader_page import ReaderPage
from app.desktop.preferences import Preferences
from app.desktop.theme import Appearance, PageTheme, apply_appearance
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.job_strip import JobStrip
from app.desktop.widgets.shortcut_list import ShortcutList
from app.desktop.wording import shortened
from app.operations import learning, library
from storage.memories import MemoryRow

NAV_WIDTH = 72


class MainWindow(QMainWindow):
    """leaving: the user has closed the window; what runs is to be stopped, then the program ends."""

    leaving = Signal()

    def __init__(self, bridge: Bridge, preferences: Preferences, languages: Languages) -> None:
        super().__init__()
        self._bridge = bridge
        self._preferences = preferences
        self._languages = languages
        self._is_leaving = False
        self._offered: list[tuple[MemoryRow, str]] = []
        self._control = LearningControl(bridge)
        self._build()
        self._build_menus()
        self._connect()
        self.retranslate()
        self.resize(1280, 800)
        self.restoreGeometry(preferences.state("window"))

    def _build(self) -> None:
        self.library = LibraryPage(self._bridge, self)
        self.reader = ReaderPage(self._bridge, self._control, self._preferences, self)
        self.banner = Banner(self)
        self.strip = JobStrip(self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.library)
        self._pages.addWidget(self.reader)
        nav = QFrame(self)
        nav.setProperty("role", "nav")
        nav.setFixedWidth(NAV_WIDTH)
        nav_layout = QVBoxLayout(nav)
        nav_layout.setContentsMargins(4, 8, 5, 8)
        nav_layout.setSpacing(4)
        self._nav_group = QButtonGroup(self)
        self.library_button = self._nav_button(nav, "library")
        self.reader_button = self._nav_button(nav, "read")
        self.settings_button = self._nav_button(nav, "settings")
        self.settings_button.setCheckable(False)
        for button in (self.library_button, self.reader_button):
            self._nav_group.addButton(button)
            nav_layout.addWidget(button)
        nav_layout.addStretch(1)
        nav_layout.addWidget(self.settings_button)
        self.library_button.setChecked(True)

        centre = QWidget(self)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.banner)
        right.addWidget(self._pages, 1)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(nav)
        middle.addLayout(right, 1)
        whole = QVBoxLayout(centre)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(middle, 1)
        whole.addWidget(self.strip)
        self.setCentralWidget(centre)

    def _nav_button(self, parent: QWidget, icon_name: str) -> QToolButton:
        button = QToolButton(parent)
        button.setProperty("role", "nav")
        button.setCheckable(True)
        button.setIconSize(QSize(24, 24))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setFixedSize(NAV_WIDTH - 10, 56)
        dress(button, icon_name)
        return button

    # -- menus -----------------------------------------------------------------------------------------------------

    def _build_menus(self) -> None:
        self._actions: dict[str, QAction] = {}
        self._menus = {name: QMenu(self) for name in ("file", "view", "go", "ask", "settings", "help")}
        for menu in self._menus.values():
            self.menuBar().addMenu(menu)
        reader, key = self.reader, QKeySequence.StandardKey
        self._add("file", "add", self.library.choose_files, key.Open)
        self._add("file", "forget", self.library.forget_selected)
        self._menus["file"].addSeparator()
        self._add("file", "quit", self.close, "Ctrl+Q")
        self._add("view", "library", self.show_library, "Ctrl+1")
        self._add("view", "reader", self.show_reader, "Ctrl+2")
        self._menus["view"].addSeparator()
        self._add("view", "contents", reader.toggle_contents, "F7", "Ctrl+T")
        self._add("view", "side", reader.toggle_side, "F8")
        self._add("view", "full_screen", self._toggle_full_screen, "F11")
        self._menus["view"].addSeparator()
        self._add("view", "larger", lambda: reader.zoom(1), "Ctrl++", "Ctrl+=")
        self._add("view", "smaller", lambda: reader.zoom(-1), "Ctrl+-")
        self._add("view", "usual", lambda: reader.zoom(0), "Ctrl+0")
        self._add("go", "find", self._find, "Ctrl+F")
        self._add("go", "next", reader.find_bar.next, "F3")
        self._add("go", "previous", reader.find_bar.previous, "Shift+F3")
        self._menus["go"].addSeparator()
        self._add("go", "go_to", reader.open_go_to, "Ctrl+G")
        self._add("go", "back", reader.go_back, "Alt+Left")
        self._add("go", "forward", reader.go_forward, "Alt+Right")
        self._add("go", "next_section", lambda: reader.step_section(1), "Ctrl+PgDown")
        self._add("go", "previous_section", lambda: reader.step_section(-1), "Ctrl+PgUp")
        self._add("go", "start", reader.to_start, "Ctrl+Home")
        self._add("go", "end", reader.to_end, "Ctrl+End")
        self._add("ask", "ask", lambda: self._show_panel(reader.ask_panel), "Ctrl+K")
        self._add("ask", "memory", lambda: self._show_panel(reader.memory_panel), "Ctrl+M")
        self._add("ask", "stop", reader.ask_panel.stop, "Ctrl+.")
        self._build_settings()
        self._add("help", "shortcuts", self.show_shortcuts, "F1", "Ctrl+?")

    def _build_settings(self) -> None:
        settings = self._menus["settings"]
        self._language_menu, self._appearance_menu, self._page_menu = QMenu(self), QMenu(self), QMenu(self)
        for menu in (self._language_menu, self._appearance_menu, self._page_menu):
            settings.addMenu(menu)
        p = self._preferences
        self._choices: dict[str, QAction] = {}
        self._choose_one(self._language_menu, "language", ("", *NAMES), p.language, self._set_language)
        self._choose_one(
            self._appearance_menu, "appearance", tuple(Appearance), p.appearance, lambda v: setattr(p, "appearance", v)
        )
        self._choose_one(self._page_menu, "page", tuple(PageTheme), p.page, lambda v: setattr(p, "page", v))
        self.settings_button.clicked.connect(
            lambda: settings.popup(self.settings_button.mapToGlobal(self.settings_button.rect().topRight()))
        )

    def _choose_one(
        self, menu: QMenu, name: str, values: tuple[str, ...], current: str, choose: Callable[[object], None]
    ) -> None:
        group = QActionGroup(self)
        for value in values:
            action = QAction(self, checkable=True)
            action.setChecked(value == current)
            action.triggered.connect(lambda _checked, value=value: choose(value))
            group.addAction(action)
            menu.addAction(action)
            self._choices[f"{name}:{value}"] = action

    def _add(self, menu: str, name: str, act: Callable[[], object], *keys: str | QKeySequence.StandardKey) -> None:
        action = QAction(self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _checked=False: act())
        self._menus[menu].addAction(action)
        self._actions[name] = action

    def _connect(self) -> None:
        bridge, reader = self._bridge, self.reader
        self.library_button.clicked.connect(self.show_library)
        self.reader_button.clicked.connect(self.show_reader)
        self.library.opened.connect(self.open_document)
        self.library.forgotten.connect(reader.close_document)
        self.library.forgotten.connect(self.strip.drop_paused)
        bridge.job_started.connect(self._on_job)
        bridge.problem.connect(self.banner.say)
        self.strip.pause_asked.connect(self._control.pause)
        self.strip.cancel_asked.connect(self._cancel)
        self.strip.resume_asked.connect(lambda document_id: self._control.learn(document_id, resume=True))
        self._control.pausing.connect(self.strip.note_pausing)
        self._control.changed.connect(lambda _: self.library.reload())
        self._control.failed.connect(self._on_learning_failed)
        self._control.started.connect(self._take_offer_back)
        reader.history_changed.connect(self._on_history)
        reader.title_changed.connect(self._on_title)
        self._preferences.changed.connect(self._on_preference)
        self._on_history(False, False)

    # -- pages -----------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.library.list.setFocus()

    def show_library(self) -> None:
        self._show(self.library, self.library_button)
        self.library.reload()
        self.library.list.setFocus()

    def show_reader(self) -> None:
        self._show(self.reader, self.reader_button)
        self.reader.view.setFocus()

    def open_document(self, document_id: str) -> None:
        self.reader.open(document_id)
        self._show(self.reader, self.reader_button)

    def add_files(self, files: list[Path]) -> None:
        if files:
            self.library.add_files(files)

    def _show(self, page: QWidget, button: QToolButton) -> None:
        self._pages.setCurrentWidget(page)
        button.setChecked(True)

    def _show_panel(self, panel: QWidget) -> None:
        if self.reader.document is not None:
            self.show_reader()
            self.reader.show_panel(panel)

    def _find(self) -> None:
        if self._pages.currentWidget() is self.library:
            self.library.search.setFocus()
            self.library.search.selectAll()
        else:
            self.reader.open_find()

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def show_shortcuts(self) -> None:
        groups = [(menu.title(), menu.actions()) for menu in self._menus.values()]
        ShortcutList(groups, self).show()

    # -- jobs ------------------------------------------------------------------------------------------------------

    def _on_job(self, handle: JobHandle) -> None:
        self.strip.follow(handle)

    def _cancel(self, handle: JobHandle) -> None:
        if handle.kind == "learn":
            self._control.cancel(handle)
        else:
            self._bridge.cancel(handle)

    def _on_learning_failed(self, document_id: str, sentence: str) -> None:
        is_in_view = self._pages.currentWidget() is self.reader and not self.reader.side.isHidden()
        document = self.reader.document
        if not is_in_view or document is None or document.document_id != document_id:
            self.banner.say(sentence)

    def offer_to_go_on(self) -> None:
        """After a crash: learning that was interrupted can go on where it was."""
        services = self._bridge.services

        def read() -> list[tuple[MemoryRow, str]]:
            titles = {row.document_id: row.title for row in library.list_documents(services)}
            return [(memory, titles.get(memory.document_id, "")) for memory in learning.resumable(services)]

        self._bridge.query(read, self._offer)

    def _offer(self, found: list[tuple[MemoryRow, str]]) -> None:
        self._offered = found
        if not found:
            return
        memory, title = found[0]

        self.banner.say(
            self.tr("Learning of “{title}” is not finished. Go on?").format(title=shortened(title, 60)),
            self.tr("Go on"),
            lambda: self._control.learn(memory.document_id, resume=True),
        )

    def _take_offer_back(self, handle: JobHandle) -> None:
        """Learning goes on already: there is nothing to offer."""
        document_id = handle.ticket.document_id if handle.ticket is not None else None
        if self._offered and self._offered[0][0].document_id == document_id:
            self.banner.hide()
            self._offer(self._offered[1:])

    # -- settings --------------------------------------------------------------------------------------------------

    def _set_language(self, code: object) -> None:
        self._preferences.language = str(code)

    def _on_preference(self, name: str) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        if name == "appearance":
            apply_appearance(app, self._preferences.appearance)
        elif name == "language":
            self._languages.use(self._preferences.language)

    def _on_history(self, back: bool, forward: bool) -> None:
        self._actions["back"].setEnabled(back)
        self._actions["forward"].setEnabled(forward)

    def _on_title(self, title: str) -> None:
        self.setWindowTitle(f"{shortened(title, 60)} — Palimpsest" if title else "Palimpsest")

    # -- leaving ---------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """The window goes at once; what runs is told to stop, and the program ends when it has."""
        if not self._is_leaving:
            self._is_leaving = True
            self.reader.keep_place()
            self.reader.keep_state()
            self._preferences.keep_state("window", self.saveGeometry())
            self._preferences.sync()
            self.leaving.emit()
        super().closeEvent(event)

    # -- words -----------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        for name, words in (
            ("file", self.tr("&File")),
            ("view", self.tr("&View")),
            ("go", self.tr("&Go")),
            ("ask", self.tr("&Ask")),
            ("settings", self.tr("&Settings")),
            ("help", self.tr("&Help")),
        ):
            self._menus[name].setTitle(words)
        for name, words in (
            ("add", self.tr("&Add to the library …")),
            ("forget", self.tr("&Forget the selected document …")),
            ("quit", self.tr("&Quit")),
            ("library", self.tr("&Library")),
            ("reader", self.tr("&Read")),
            ("contents", self.tr("&Contents")),
            ("side", self.tr("Side &panel")),
            ("full_screen", self.tr("&Full screen")),
            ("larger", self.tr("&Larger type")),
            ("smaller", self.tr("&Smaller type")),
            ("usual", self.tr("&Usual type")),
            ("find", self.tr("&Find …")),
            ("next", self.tr("Find &next")),
            ("previous", self.tr("Find &previous")),
            ("go_to", self.tr("&Go to …")),
            ("back", self.tr("&Back")),
            ("forward", self.tr("F&orward")),
            ("next_section", self.tr("Ne&xt section")),
            ("previous_section", self.tr("Pre&vious section")),
            ("start", self.tr("&Start of the book")),
            ("end", self.tr("&End of the book")),
            ("ask", self.tr("&Ask about this book")),
            ("memory", self.tr("&Memory of this book")),
            ("stop", self.tr("&Stop the answer")),
            ("shortcuts", self.tr("&Keyboard shortcuts")),
        ):
            self._actions[name].setText(words)
        self._language_menu.setTitle(self.tr("&Language"))
        self._appearance_menu.setTitle(self.tr("&Appearance"))
        self._page_menu.setTitle(self.tr("&Page"))
        for name, words in (
            ("language:", self.tr("As the system")),
            ("appearance:system", self.tr("As the system")),
            ("appearance:light", self.tr("Light")),
            ("appearance:dark", self.tr("Dark")),
            ("page:auto", self.tr("As the window")),
            ("page:paper", self.tr("Paper")),
            ("page:sepia", self.tr("Sepia")),
            ("page:night", self.tr("Night")),
            *((f"language:{code}", name) for code, name in NAMES.items()),
        ):
            self._choices[name].setText(words)
        for button, words, tip in (
            (self.library_button, self.tr("Library"), self.tr("Library (Ctrl+1)")),
            (self.reader_button, self.tr("Read"), self.tr("Read and ask (Ctrl+2)")),
            (self.settings_button, self.tr("Settings"), self.tr("Language, appearance, page")),
        ):
            button.setText(words)
            button.setToolTip(tip)
            button.setAccessibleName(words)
        if self._offered and self.banner.sentence:
            self._offer(self._offered)
        document = self.reader.document
        self._on_title(document.title if document is not None else "")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            redress(self)
        super().changeEvent(event)

"""The window: navigation, pages, menus, job strip. It asks and shows; operations do the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QShowEvent
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

from app.desktop.actions import Actions, Words, plain, tooltip
from app.desktop.bridge import Bridge, JobHandle
from app.desktop.going_on import GoingOn
from app.desktop.icons import dress, redress
from app.desktop.keep_awake import KeepAwake
from app.desktop.languages import NAMES, Languages
from app.desktop.learning_control import LearningControl
from app.desktop.notifier import Notifier
from app.desktop.pages.library_page import LibraryPage
from app.desktop.pages.memory_page import MemoryPage
from app.desktop.pages.reader_page import ReaderPage
from app.desktop.preferences import Preferences
from app.desktop.theme import Appearance, PageTheme, apply_appearance
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.job_strip import JobStrip
from app.desktop.widgets.shortcut_list import ShortcutList
from app.desktop.wording import shortened

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
        self._control = LearningControl(bridge)
        self.menu_actions = Actions(self, preferences)
        self._build()
        self._build_menus()
        self._connect()
        self.retranslate()
        self.resize(1280, 800)
        self.restoreGeometry(preferences.state("window"))

    def _build(self) -> None:
        self.library = LibraryPage(self._bridge, self)
        self.reader = ReaderPage(self._bridge, self._control, self._preferences, self)
        self.memory = MemoryPage(self._bridge, self._control, self)
        self.banner = Banner(self)
        self.strip = JobStrip(self._bridge, self)
        self._awake = KeepAwake(self._bridge)
        self._notifier = Notifier(self._bridge, self)
        self.going_on = GoingOn(self._bridge, self._control, self.strip, self.banner)
        self._pages = QStackedWidget(self)
        self._nav = QFrame(self)
        self._nav.setProperty("role", "nav")
        self._nav.setFixedWidth(NAV_WIDTH)
        self._nav_layout = QVBoxLayout(self._nav)
        self._nav_layout.setContentsMargins(4, 8, 5, 8)
        self._nav_layout.setSpacing(4)
        self._nav_layout.addStretch(1)
        self._pages_above_gap = 0
        self._nav_group = QButtonGroup(self)
        self._nav_buttons: dict[QWidget, tuple[QToolButton, Words, QAction]] = {}

        centre = QWidget(self)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.banner)
        right.addWidget(self._pages, 1)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self._nav)
        middle.addLayout(right, 1)
        whole = QVBoxLayout(centre)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(middle, 1)
        whole.addWidget(self.strip)
        self.setCentralWidget(centre)

    # -- menus and pages -------------------------------------------------------------------------------------------

    def _build_menus(self) -> None:
        add_menu = self.menu_actions.add_menu
        add_menu("file", lambda: self.tr("&File"))
        add_menu("view", lambda: self.tr("&View"))
        add_menu("go", lambda: self.tr("&Go"))
        add_menu("ask", lambda: self.tr("&Ask"))
        add_menu("settings", lambda: self.tr("&Settings"))
        add_menu("help", lambda: self.tr("&Help"))
        self._add_page(self.library, "library", lambda: self.tr("&Library"), self.show_library, "Ctrl+1")
        self._add_page(self.reader, "read", lambda: self.tr("&Read"), self.show_reader, "Ctrl+2")
        self._add_page(self.memory, "memory", lambda: self.tr("&Memory"), self.show_memory, "Ctrl+4")
        self.menu_actions.separate("view")
        add = self.menu_actions.add
        self.library.register(self.menu_actions)
        self.menu_actions.separate("file")
        add("window.quit", "file", lambda: self.tr("&Quit"), self.close, "Ctrl+Q")
        add("window.full_screen", "view", lambda: self.tr("&Full screen"), self._toggle_full_screen, "F11")
        self.menu_actions.separate("view")
        self.reader.register(self.menu_actions)
        self._build_settings()
        add("window.shortcuts", "help", lambda: self.tr("&Keyboard shortcuts"), self.show_shortcuts, "F1", "Ctrl+?")

    def _add_page(
        self, page: QWidget, icon_name: str, words: Words, show: Callable[[], None], *keys: str, at_foot: bool = False
    ) -> None:
        """A page with its button in the navigation and its entry in the View menu. at_foot: below the gap."""
        button = QToolButton(self._nav)
        button.setProperty("role", "nav")
        button.setCheckable(True)
        button.setIconSize(QSize(24, 24))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setFixedSize(NAV_WIDTH - 10, 56)
        dress(button, icon_name)
        button.clicked.connect(show)
        self._nav_group.addButton(button)
        if at_foot:
            self._nav_layout.addWidget(button)
        else:
            self._nav_layout.insertWidget(self._pages_above_gap, button)
            self._pages_above_gap += 1
        button.setChecked(self._pages.count() == 0)
        self._pages.addWidget(page)
        action = self.menu_actions.add(f"window.{icon_name}", "view", words, show, *keys)
        self._nav_buttons[page] = (button, words, action)

    def _build_settings(self) -> None:
        settings = self.menu_actions.menu("settings")
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

    def _connect(self) -> None:
        bridge, reader = self._bridge, self.reader
        self.library.opened.connect(self.open_document)
        self.memory.opened.connect(self.open_document)
        self.library.forgotten.connect(reader.close_document)
        self.library.forgotten.connect(self.strip.drop_still)
        bridge.job_started.connect(self._on_job)
        bridge.problem.connect(self.banner.say)
        self.strip.pause_asked.connect(self._control.pause)
        self.strip.cancel_asked.connect(self._cancel)
        self.strip.resume_asked.connect(lambda document_id: self._control.learn(document_id, resume=True))
        self._control.pausing.connect(self.strip.note_pausing)
        self._control.changed.connect(lambda _: self.library.reload())
        self._control.refused.connect(self.banner.say)
        reader.title_changed.connect(self._on_title)
        reader.wanted.connect(self.show_reader)
        self._preferences.changed.connect(self._on_preference)

    # -- pages -----------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.library.list.setFocus()

    def show_library(self) -> None:
        self._show(self.library)
        self.library.reload()
        self.library.list.setFocus()

    def show_reader(self) -> None:
        self._show(self.reader)
        self.reader.view.setFocus()

    def show_memory(self) -> None:
        self._show(self.memory)
        self.memory.reload()
        self.memory.table.setFocus()

    def open_document(self, document_id: str) -> None:
        self.reader.open(document_id)
        self._show(self.reader)

    def add_files(self, files: list[Path]) -> None:
        if files:
            self.library.add_files(files)

    def _show(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        self._nav_buttons[page][0].setChecked(True)

    def _toggle_full_screen(self) -> None:
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def show_shortcuts(self) -> None:
        groups = [(title, [self.menu_actions[name] for name in names]) for title, names in self.menu_actions.groups()]
        ShortcutList(groups, self).show()

    # -- jobs ------------------------------------------------------------------------------------------------------

    def _on_job(self, handle: JobHandle) -> None:
        self.strip.follow(handle)

    def _cancel(self, handle: JobHandle) -> None:
        if handle.kind == "learn":
            self._control.cancel(handle)
        else:
            self._bridge.cancel(handle)

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
        self.menu_actions.retranslate()
        self._language_menu.setTitle(self.tr("&Language"))
        self._appearance_menu.setTitle(self.tr("&Appearance"))
        self._page_menu.setTitle(self.tr("&Page"))
        for name, words in (
            ("language:", self.tr("As the system")),
            ("appearance:system", self.tr("As the system")),
            ("appearance:light", self.tr("Light")),
            ("appearance:dark", self.tr("Dark")),
            ("appearance:contrast", self.tr("High contrast")),
            ("page:auto", self.tr("As the window")),
            ("page:paper", self.tr("Paper")),
            ("page:sepia", self.tr("Sepia")),
            ("page:grey", self.tr("Grey")),
            ("page:night", self.tr("Night")),
            ("page:contrast", self.tr("High contrast")),
            *((f"language:{code}", name) for code, name in NAMES.items()),
        ):
            self._choices[name].setText(words)
        for button, words_of, action in self._nav_buttons.values():
            words = plain(words_of())
            button.setText(words)
            button.setToolTip(tooltip(words, action))
            button.setAccessibleName(words)
        self.going_on.retranslate()
        document = self.reader.document
        self._on_title(document.title if document is not None else "")

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            redress(self)
        super().changeEvent(event)

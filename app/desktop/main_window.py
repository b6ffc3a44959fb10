"""The window: navigation, pages, menus, job strip. It asks and shows; operations do the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.actions import Actions, Words, plain, tooltip
from app.desktop.bridge import Bridge, JobHandle
from app.desktop.compressor_control import CompressorControl
from app.desktop.full_screen import FullScreen
from app.desktop.going_on import GoingOn
from app.desktop.icons import dress, redress
from app.desktop.keep_awake import KeepAwake
from app.desktop.languages import Languages
from app.desktop.learning_control import LearningControl
from app.desktop.model_control import ModelControl
from app.desktop.notifier import Notifier
from app.desktop.pages.library_page import LibraryPage
from app.desktop.pages.memory_page import MemoryPage
from app.desktop.pages.models_page import ModelsPage
from app.desktop.pages.reader_page import ReaderPage
from app.desktop.pages.settings_page import SettingsPage
from app.desktop.preferences import Preferences
from app.desktop.quick_choices import QuickChoices
from app.desktop.regions import Regions
from app.desktop.segment_control import SegmentControl
from app.desktop.settings.form import Section
from app.desktop.speed_control import SpeedControl
from app.desktop.theme import apply_appearance, apply_motion
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.drop_target import DropTarget
from app.desktop.widgets.job_strip import JobStrip
from app.desktop.widgets.shortcut_list import ShortcutList
from app.desktop.widgets.welcome_card import WelcomeCard
from app.desktop.wording import shortened
from app.operations import crash_reports
from app.operations.crash_reports import CrashReport, UncleanEnd
from storage.documents import DocumentRow

NAV_WIDTH = 72


class MainWindow(QMainWindow):
    """leaving: the user has closed the window; what runs is to be stopped, then the program ends.

    erase_asked: everything is to be deleted, then the program starts as new; confirmed by the user.
    """

    leaving = Signal()
    erase_asked = Signal()

    def __init__(self, bridge: Bridge, preferences: Preferences, languages: Languages) -> None:
        super().__init__()
        self._bridge = bridge
        self._preferences = preferences
        self._languages = languages
        self._is_leaving = False
        self._welcome: WelcomeCard | None = None
        self._control = LearningControl(bridge)
        self._compressors = CompressorControl(bridge)
        self._segments = SegmentControl(bridge)
        self.menu_actions = Actions(self, preferences)
        self._build()
        self._build_menus()
        self._regions = Regions(self._regions_now, self)
        self._connect()
        self.retranslate()
        self.resize(1280, 800)
        self.restoreGeometry(preferences.state("window"))

    def _build(self) -> None:
        self.library = LibraryPage(self._bridge, self._preferences, self)
        self.reader = ReaderPage(self._bridge, self._control, self._segments, self._preferences, self)
        self.memory = MemoryPage(self._bridge, self._control, self._segments, self._compressors, self)
        self.models = ModelsPage(
            self._bridge, ModelControl(self._bridge), SpeedControl(self._bridge), self._compressors, self
        )
        self.banner = Banner(self)
        self.strip = JobStrip(self._bridge, self)
        self._awake = KeepAwake(self._bridge)
        self._notifier = Notifier(self._bridge, self)
        self._offer = Banner(self)
        self.going_on = GoingOn(self._bridge, self._control, self._segments, self._compressors, self.strip, self._offer)
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
        right.addWidget(self._offer)
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
        self.full_screen = FullScreen(
            self,
            (self._nav,),
            self.strip,
            lambda: self._pages.currentWidget() is self.reader and self.reader.document is not None,
            self.reader.set_bare,
        )
        self._pages.currentChanged.connect(lambda _: self.full_screen.update())

    # -- menus and pages -------------------------------------------------------------------------------------------

    def _build_menus(self) -> None:
        add_menu = self.menu_actions.add_menu
        add_menu("file", lambda: self.tr("&File"))
        add_menu("view", lambda: self.tr("&View"))
        add_menu("go", lambda: self.tr("&Go"))
        add_menu("notes", lambda: self.tr("&Notes"))
        add_menu("ask", lambda: self.tr("&Ask"))
        add_menu("help", lambda: self.tr("&Help"))
        self._add_page(self.library, "library", lambda: self.tr("&Library"), self.show_library, "Ctrl+1")
        self._add_page(self.reader, "read", lambda: self.tr("&Read"), self.show_reader, "Ctrl+2")
        self._add_page(self.memory, "memory", lambda: self.tr("&Memory"), self.show_memory, "Ctrl+4")
        self._add_page(self.models, "models", lambda: self.tr("Mo&dels"), self.show_models, "Ctrl+5")
        self.memory.register(self.menu_actions)
        self.menu_actions.separate("view")
        add = self.menu_actions.add
        self.library.register(self.menu_actions)
        self.models.register(self.menu_actions)
        self.menu_actions.separate("file")
        self.settings = SettingsPage(self._bridge, self._preferences, self.menu_actions, self)
        self._add_page(
            self.settings,
            "settings",
            lambda: self.tr("&Settings"),
            self.show_settings,
            "Ctrl+,",
            menu="file",
            at_foot=True,
        )
        self.menu_actions.separate("file")
        add("window.quit", "file", lambda: self.tr("&Quit"), self.close, "Ctrl+Q")
        add("window.full_screen", "view", lambda: self.tr("&Full screen"), self.full_screen.toggle, "F11")
        self._quick_choices = QuickChoices(self.menu_actions, self._preferences, "view", self)
        self.menu_actions.separate("view")
        self.reader.register(self.menu_actions)
        self.menu_actions.separate("go")
        add(
            "window.next_region", "go", lambda: self.tr("Next part of the &window"), lambda: self._regions.step(1), "F6"
        )
        add(
            "window.previous_region",
            "go",
            lambda: self.tr("Previous p&art of the window"),
            lambda: self._regions.step(-1),
            "Shift+F6",
        )
        add("window.shortcuts", "help", lambda: self.tr("&Keyboard shortcuts"), self.show_shortcuts, "F1", "Ctrl+?")
        add(
            "window.data",
            "help",
            lambda: self.tr("Where is my &data?"),
            lambda: self._show_settings(self.settings.data),
        )
        add(
            "window.about",
            "help",
            lambda: self.tr("&About Palimpsest"),
            lambda: self._show_settings(self.settings.about),
        )

    def _add_page(
        self,
        page: QWidget,
        icon_name: str,
        words: Words,
        show: Callable[[], None],
        *keys: str,
        menu: str = "view",
        at_foot: bool = False,
    ) -> None:
        """A page with its button in the navigation and its entry in a menu. at_foot: below the gap."""
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
        action = self.menu_actions.add(f"window.{icon_name}", menu, words, show, *keys)
        self._nav_buttons[page] = (button, words, action)

    def _connect(self) -> None:
        bridge, reader = self._bridge, self.reader
        self.library.opened.connect(self.open_document)
        self.memory.opened.connect(self.open_document)
        self.memory.wanted.connect(self.show_memory)
        self.memory.settings_wanted.connect(lambda: self._show_settings(self.settings.instructions))
        self.models.switched.connect(self._on_model_switched)
        self.library.forgotten.connect(reader.close_document)
        self.library.forgotten.connect(self.strip.drop_still)
        bridge.job_started.connect(self._on_job)
        bridge.problem.connect(self.banner.say)
        self.strip.pause_asked.connect(self._pause)
        self.strip.cancel_asked.connect(self._cancel)
        self.strip.resume_asked.connect(self._go_on)
        for control in (self._control, self._segments):
            control.pausing.connect(self.strip.note_pausing)
            control.changed.connect(lambda _: self.library.reload())
        reader.memory_panel.segments.compressor_wanted.connect(self.memory.show_prompts)
        self._compressors.changed.connect(self._segments.look_again)
        self._control.refused.connect(self.banner.say)
        reader.title_changed.connect(self._on_title)
        reader.wanted.connect(self.show_reader)
        DropTarget(self.reader, self.library.adding.count_kinds).dropped.connect(self.add_files)
        self.settings.erase_asked.connect(self.erase_asked)
        self.settings.instructions.caches_wanted.connect(self.memory.show_prompts)
        self.menu_actions.changed.connect(self._tell_keys)
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
        self.memory.take_focus()

    def _on_model_switched(self) -> None:
        """Which memories can be used is another question now."""
        if self.reader.document is not None:
            self._control.changed.emit(self.reader.document.document_id)
            self._segments.look_again()

    def show_models(self) -> None:
        self._show(self.models)
        self.models.add_button.setFocus()

    def show_settings(self) -> None:
        self._show(self.settings)
        self.settings.setFocus()

    def _show_settings(self, section: Section) -> None:
        self.show_settings()
        self.settings.show_section(section)

    def _regions_now(self) -> list[QWidget]:
        """The parts of the window as they are now, from the left above to the right below."""
        page = self._pages.currentWidget()
        parts = [self.reader.left, self.reader.view, self.reader.side] if page is self.reader else [page]
        return [self._nav, self.banner, self._offer, *parts, self.strip]

    def open_document(self, document_id: str) -> None:
        self.reader.open(document_id)
        self._show(self.reader)

    def add_files(self, files: list[Path]) -> None:
        if files:
            self.library.add_files(files)

    def _show(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        self._nav_buttons[page][0].setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isFullScreen():
            self.full_screen.leave()
        else:
            super().keyPressEvent(event)

    def show_shortcuts(self) -> None:
        shortcuts = ShortcutList(self.menu_actions, self)
        shortcuts.change_asked.connect(self._change_keys)
        shortcuts.show()

    def _change_keys(self, name: str) -> None:
        self._show_settings(self.settings.keyboard)
        if name:
            self.settings.keyboard.choose(name)

    # -- the start -------------------------------------------------------------------------------------------------

    def come_forward(self) -> None:
        """A second start asked for this window."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def welcome(self, story: DocumentRow) -> None:
        """The first run: the story is open, and beside it what one can do with it."""
        self.open_document(story.document_id)
        card = WelcomeCard(self._bridge, self._control, story, self.reader.ask_panel)
        card.closed.connect(card.deleteLater)
        card.closed.connect(self._end_welcome)
        self._welcome = card
        above_questions = self.reader.ask_panel.layout()
        assert isinstance(above_questions, QVBoxLayout)
        above_questions.insertWidget(0, card)

    def _end_welcome(self) -> None:
        self._welcome = None

    def tell_of_no_model(self, sentence: str) -> None:
        """Nothing can be asked or learned before there is one."""
        self.banner.say(sentence, plain(self.tr("Mo&dels")), self.show_models)

    def tell_of_crash(self, end: UncleanEnd) -> None:
        """The run before ended unexpectedly: write down what is known of it and offer it to be read."""
        services = self._bridge.services
        sentence = self.tr("Palimpsest ended unexpectedly. What is known of it was written down on this computer.")
        self._bridge.query(
            lambda: crash_reports.report_end(services, end), lambda row: self._offer_report(sentence, row)
        )

    def tell_of_problem(self, sentence: str) -> None:
        """Something went wrong that nobody caught; the program goes on."""
        services = self._bridge.services
        self.banner.say(
            sentence,
            self.tr("Read the report"),
            lambda: self._bridge.query(
                lambda: crash_reports.report_problem(services), lambda row: self.settings.about.show_report(row.name)
            ),
        )

    def _offer_report(self, sentence: str, report: CrashReport) -> None:
        self.banner.say(sentence, self.tr("Read the report"), lambda: self.settings.about.show_report(report.name))

    # -- jobs ------------------------------------------------------------------------------------------------------

    def _on_job(self, handle: JobHandle) -> None:
        self.strip.follow(handle)

    def _pause(self, handle: JobHandle) -> None:
        if handle.kind == "learn":
            self._control.pause(handle)
        else:
            self._segments.pause(handle)

    def _go_on(self, kind: str, document_id: str) -> None:
        if kind == "learn":
            self._control.learn(document_id, resume=True)
        else:
            self._segments.make(document_id)

    def _cancel(self, handle: JobHandle) -> None:
        if handle.kind == "learn":
            self._control.cancel(handle)
        else:
            self._bridge.cancel(handle)

    # -- settings --------------------------------------------------------------------------------------------------

    def _on_preference(self, name: str) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        if name == "appearance":
            apply_appearance(app, self._preferences.appearance)
        elif name == "language":
            self._languages.use(self._preferences.language)
        elif name == "motion":
            apply_motion(app, self._preferences.motion)

    def _on_title(self, title: str) -> None:
        self.setWindowTitle(f"{shortened(title, 60)} — Palimpsest" if title else "Palimpsest")
        if self._welcome is not None:
            self._welcome.stand_beside(self.reader.document)

    # -- leaving ---------------------------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        """The window goes at once; what runs is told to stop, and the program ends when it has."""
        if not self._is_leaving:
            self._is_leaving = True
            self.memory.prompts.removal.finish()
            self.reader.keep_place()
            self.reader.keep_state()
            self._preferences.keep_state("window", self.saveGeometry())
            self._preferences.sync()
            self.leaving.emit()
        super().closeEvent(event)

    # -- words -----------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        self.menu_actions.retranslate()
        self._tell_keys()
        self.going_on.retranslate()
        document = self.reader.document
        self._on_title(document.title if document is not None else "")

    def _tell_keys(self) -> None:
        for button, words_of, action in self._nav_buttons.values():
            words = plain(words_of())
            button.setText(words)
            button.setToolTip(tooltip(words, action))
            button.setAccessibleName(words)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            redress(self)
        elif event.type() == QEvent.Type.WindowStateChange:
            self.full_screen.update()
        super().changeEvent(event)

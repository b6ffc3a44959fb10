"""Memory: what models have learned of books, and the prompts that need not be read again."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QLabel, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from app.desktop.actions import Actions
from app.desktop.bridge import Bridge
from app.desktop.compressor_control import CompressorControl
from app.desktop.learning_control import LearningControl
from app.desktop.segment_control import SegmentControl
from app.desktop.theme import scaled
from app.desktop.widgets.book_memories import BookMemories
from app.desktop.widgets.prompt_caches import PromptCaches


class MemoryPage(QWidget):
    """Two views, one in sight. opened: id of a document to read. wanted: this page is to be shown. settings_wanted: those of
    prompts are."""

    opened = Signal(str)
    wanted = Signal()
    settings_wanted = Signal()

    def __init__(
        self,
        bridge: Bridge,
        learning: LearningControl,
        segments: SegmentControl,
        compressors: CompressorControl,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title = QLabel(self)
        self._title.setFont(scaled(self.font(), 1.7, bold=True))
        self.books = BookMemories(bridge, learning, segments, self)
        self.prompts = PromptCaches(bridge, compressors, self)
        self.tabs = QTabBar(self)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self._stack = QStackedWidget(self)
        for view in (self.books, self.prompts):
            self.tabs.addTab("")
            self._stack.addWidget(view)
        self.tabs.currentChanged.connect(self._turn_to)
        self.books.opened.connect(self.opened)
        self.prompts.settings_wanted.connect(self.settings_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 32, 16)
        layout.setSpacing(0)
        layout.addWidget(self._title)
        layout.addSpacing(8)
        layout.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._stack, 1)
        self.retranslate()

    def reload(self) -> None:
        """Read what is in sight anew."""
        (self.books if self._stack.currentWidget() is self.books else self.prompts).reload()

    def take_focus(self) -> None:
        """The keys go to what is in sight."""
        (self.books.table if self._stack.currentWidget() is self.books else self.prompts.table).setFocus()

    def register(self, actions: Actions) -> None:
        """What this page offers in menus and by keys."""
        actions.add("memory.prompts", "view", lambda: self.tr("Prompt cac&hes"), self.show_prompts)
        actions.add("memory.compress", "ask", lambda: self.tr("Compress a &prompt …"), self._compress)

    def show_prompts(self) -> None:
        self.wanted.emit()
        self.tabs.setCurrentIndex(1)
        self.take_focus()

    def _compress(self) -> None:
        self.show_prompts()
        self.prompts.compress()

    def _turn_to(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        self.reload()

    def retranslate(self) -> None:
        self._title.setText(self.tr("Memory"))
        self.tabs.setTabText(0, self.tr("Memories of books"))
        self.tabs.setTabText(1, self.tr("Prompt caches"))
        self.tabs.setAccessibleName(self.tr("What is remembered"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

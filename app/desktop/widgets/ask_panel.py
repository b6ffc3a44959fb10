"""Asking about the open book: its conversations, the question box, what is asked about and what may be used for an answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.desktop.actions import Actions
from app.desktop.answering import Answering, Use
from app.desktop.bridge import Bridge
from app.desktop.conversation_desk import NEW, ConversationDesk
from app.desktop.icons import dress
from app.desktop.turn_words import turn_words
from app.desktop.widgets.ask_options import AskOptions
from app.desktop.widgets.ask_preview import AskPreview
from app.desktop.widgets.ask_scope import Chip, Part, ScopeBox, section_at
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.conversation_view import ConversationView
from app.desktop.widgets.history_list import HistoryList
from app.desktop.widgets.question_box import QuestionBox
from app.desktop.widgets.suggestions import Suggestions
from app.desktop.widgets.turn_view import TurnView
from app.desktop.wording import file_name, shortened
from app.operations import asking, model_speeds
from app.operations.answers import Branch
from app.operations.conversation_export import as_text
from app.operations.conversations import Conversation
from app.operations.results import Citation, Within
from app.operations.settings import change_settings, settings
from app.operations.starters import Starters
from engine.api import Writer
from storage.conversation_removal import Removed
from storage.documents import DocumentRow, SectionRow


class AskPanel(QWidget):
    """place_chosen: the user wants to see `[start, end)` in the book."""

    place_chosen = Signal(int, int)

    def __init__(self, bridge: Bridge, view: Callable[[], tuple[int, int]], parent: QWidget | None = None) -> None:
        """view: the stretch of the book that is on the page, asked for at the moment of asking."""
        super().__init__(parent)
        self._bridge = bridge
        self._view = view
        self._sections: Sequence[SectionRow] = ()
        self._desk = ConversationDesk(bridge)
        self._answering = Answering(bridge)
        self._editing: TurnView | None = None
        self._build()
        self.retranslate()
        self._tell()

    def _build(self) -> None:
        self.scope = ScopeBox(self)
        self.up_to_here = QCheckBox(self)
        self.options = AskOptions(self)
        self.history_button = QToolButton(self)
        dress(self.history_button, "history")
        self.suggestions = Suggestions()
        self.conversation = ConversationView(self._make_turn, self.suggestions, self)
        self.history = HistoryList(self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.conversation)
        self._pages.addWidget(self.history)
        self.banner = Banner(self)
        self.selection_chip, self.editing_chip = Chip(self), Chip(self)
        self.preview = AskPreview(self._bridge, self)
        self.box = QuestionBox(self)
        self.send_button = QToolButton(self)
        self.send_button.setProperty("role", "send")
        self.send_button.setFixedSize(36, 36)

        about = QHBoxLayout()
        about.setSpacing(4)
        about.addWidget(self.scope, 1)
        about.addWidget(self.history_button)
        about.addWidget(self.options)
        head = QVBoxLayout()
        head.setContentsMargins(16, 8, 8, 8)
        head.setSpacing(4)
        head.addLayout(about)
        head.addWidget(self.up_to_here, 0, Qt.AlignmentFlag.AlignLeft)
        line = QFrame(self)
        line.setProperty("role", "hairline")
        asking_row = QHBoxLayout()
        asking_row.setSpacing(8)
        asking_row.addWidget(self.box, 1)
        asking_row.addWidget(self.send_button, 0, Qt.AlignmentFlag.AlignBottom)
        self._foot = QWidget(self)
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(16, 8, 16, 12)
        foot.setSpacing(6)
        for part in (self.editing_chip, self.selection_chip, self.preview):
            foot.addWidget(part)
        foot.addLayout(asking_row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(line)
        layout.addWidget(self.banner)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._foot)

        self.box.sent.connect(self.ask)
        self.box.last_wanted.connect(lambda: self.edit(self._last_kept()))
        self.box.version_wanted.connect(self._step_version)
        self.box.textChanged.connect(self._look_ahead)
        self.scope.changed.connect(self._on_scope)
        self.up_to_here.toggled.connect(self._look_ahead)
        self.options.changed.connect(self._look_ahead)
        self.send_button.clicked.connect(self._send_or_stop)
        self.history_button.clicked.connect(self.toggle_history)
        self.selection_chip.removed.connect(lambda: self.scope.set_selection(None))
        self.editing_chip.removed.connect(self._stop_editing)
        self.suggestions.chosen.connect(self._ask_suggestion)
        self.history.search_wanted.connect(self._desk.find)
        self.history.opened.connect(self.open_conversation)
        self.history.renamed.connect(
            lambda conversation_id, title: self._desk.rename(conversation_id, title, self.history.reload)
        )
        self.history.removed.connect(self._desk.remove)
        self.history.new_wanted.connect(self.begin_conversation)
        self.history.closed.connect(self._show_conversation_page)
        self._answering.changed.connect(self._tell)
        self._answering.changed.connect(self._look_ahead)
        self._answering.answered.connect(
            lambda answer, view: self._desk.keep(answer.conversation_id, {answer.turn_id: view})
        )
        self._answering.failed.connect(self._on_failure)
        desk = self._desk
        desk.opened.connect(self._show_conversation)
        desk.changed.connect(self._show_changed)
        desk.gone.connect(self.begin_conversation)
        desk.listed.connect(self.history.show_rows)
        desk.removed.connect(self._offer_undo)
        desk.saved.connect(lambda name: self.banner.say(self.tr("Saved as {file}.").format(file=name)))
        desk.branched.connect(
            lambda: self.banner.say(self.tr("This is a new conversation; the one before stays as it was."))
        )
        desk.starters_found.connect(self.suggestions.show_starters)

    def register(self, actions: Actions) -> None:
        """What this panel offers in the Ask menu and by keys."""
        add = actions.add
        add("ask.new", "ask", lambda: self.tr("&New conversation"), self.begin_conversation, "Ctrl+N")
        add(
            "ask.history", "ask", lambda: self.tr("&Conversations about this book"), self.toggle_history, "Ctrl+Shift+K"
        )
        add("ask.again", "ask", lambda: self.tr("Answer a&gain"), lambda: self.answer_again(), "Ctrl+Return")
        add("ask.save", "ask", lambda: self.tr("Sa&ve this conversation …"), self.save_conversation)
        add("ask.stop", "ask", lambda: self.tr("&Stop the answer"), self.stop, "Ctrl+.")

    # -- which book, which conversation ----------------------------------------------------------------------------

    def open(self, document: DocumentRow | None, sections: Sequence[SectionRow] = ()) -> None:
        """Turn to another book; an answer that is still coming for the one before is stopped, and kept."""
        self._leave()
        self._sections = sections
        self._desk.open_book(document)
        self.scope.set_sections(sections)
        self.selection_chip.hide()
        self.banner.hide()
        self.conversation.clear()
        self.suggestions.show_starters(Starters((), ""))
        self._show_conversation_page()
        self._tell()

    def open_conversation(self, conversation_id: str) -> None:
        """Go on with an earlier conversation."""
        if conversation_id == self._desk.conversation_id:
            self._show_conversation_page()
        else:
            self._leave()
            self._desk.open(conversation_id)

    def begin_conversation(self) -> None:
        """An empty one; it is kept with its first question."""
        if self._desk.document is None:
            return
        self._leave()
        self._desk.begin()
        self.conversation.clear()
        self._show_conversation_page()
        self.box.setFocus()

    def toggle_history(self) -> None:
        """From the conversation to the list of them, and back."""
        if self._desk.document is None or self._pages.currentWidget() is self.history:
            self._show_conversation_page()
            return
        self._pages.setCurrentWidget(self.history)
        self._foot.hide()
        self.history.open_list(self._desk.conversation_id)
        self.history.setFocus()

    def save_conversation(self) -> None:
        """Ask for a file and write the conversation there, with its citations."""
        if self._desk.conversation_id == NEW or self._desk.document is None:
            return
        forms = ";;".join((self.tr("Markdown (*.md)"), self.tr("Plain text (*.txt)"), self.tr("JSON lines (*.jsonl)")))
        name = file_name(self._desk.document.title, ".md")
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save this conversation"), name, forms)
        if chosen:
            self._desk.save(Path(chosen))

    # -- asking ----------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Send what is in the box."""
        question = self.box.question
        if not question or self._desk.document is None or self.is_answering:
            return
        if self._desk.conversation_id == NEW:
            self._desk.begin()
        within, up_to = self._chosen_scope()
        if self._editing is not None and self._editing.shown is not None:
            branch = Branch(self._desk.conversation_id, self._editing.shown.row.turn_id)
            view = self.conversation.replace(self._editing, question)
            self._stop_editing()
        else:
            branch = Branch(self._desk.conversation_id)
            view = self.conversation.add(question)
        self.box.clear()
        self.scope.set_selection(None)
        self._start(view, branch, within, up_to)

    def answer_again(self, view: TurnView | None = None) -> None:
        """Another version of an answer, the last one where none is given; a question that failed is asked again."""
        view = view or (self.conversation.turns[-1] if self.conversation.turns else None)
        if view is None or self._desk.document is None or self.is_answering:
            return
        within, up_to = view.scope
        if view.shown is None:
            self._start(view, Branch(self._desk.conversation_id), within, up_to)
            return
        branch = Branch(self._desk.conversation_id, view.shown.row.turn_id)
        new = self.conversation.replace(view, view.question)
        self._start(new, branch, within, up_to, version=len(view.shown.versions))

    def go_on(self, view: TurnView) -> None:
        """Go on with an answer that was stopped."""
        if view.shown is None or self._desk.document is None or self.is_answering:
            return
        within, up_to = view.scope
        branch = Branch(self._desk.conversation_id, view.shown.row.turn_id, continues=True)
        self._start(view, branch, within, up_to, begun=view.shown.row.answer)

    def edit(self, view: TurnView | None) -> None:
        """Put a question into the box; sent, it becomes another version."""
        if view is None or view.shown is None:
            return
        self._editing = view
        self.editing_chip.say(self.tr("Changing “{question}”").format(question=shortened(view.question, 60)))
        self.box.put(view.question)

    def stop(self) -> None:
        """Stop the answer, also while the model is still reading."""
        self._answering.stop()

    def ask_about(self, start: int, end: int, words: str) -> None:
        """Begin a question about words of the book."""
        if self._desk.document is None:
            return
        section = section_at([each for each in self._sections if each.start < each.end], start)
        self.scope.set_selection(Within(start, end))
        self.selection_chip.quote(words, shortened(" ".join(section.title.split()), 40) if section is not None else "")
        self._show_conversation_page()
        self.box.setFocus()

    @property
    def is_answering(self) -> bool:
        return self._answering.is_running

    @property
    def turns(self) -> list[TurnView]:
        """What is shown, oldest first."""
        return list(self.conversation.turns)

    def _start(
        self,
        view: TurnView,
        branch: Branch,
        within: Within | None,
        up_to: int | None,
        *,
        version: int = 0,
        begun: str = "",
    ) -> None:
        document = self._desk.document
        assert document is not None
        self.preview.look(None)
        use = self._use(within, up_to)
        self._answering.start(view, document.document_id, branch, use, version=version, begun=begun)

    def _use(self, within: Within | None, up_to: int | None) -> Use:
        options = self.options
        return Use(
            options.read_twice,
            options.use_adapter,
            options.use_passages,
            options.use_segments,
            options.use_gists,
            within,
            up_to,
        )

    def _on_failure(self, view: TurnView) -> None:
        """What a question was to take the place of is shown again, and the failed one at the end."""
        if self._desk.conversation_id != NEW:
            self._desk.keep(self._desk.conversation_id, {})
        services = self._bridge.services
        self._bridge.query(
            lambda: model_speeds.insists_in_vain(services),
            lambda in_vain: self._offer_other_writer(view) if in_vain else None,
        )

    def _offer_other_writer(self, view: TurnView) -> None:
        """What the settings have write cannot: one click lets what can."""

        def let_write() -> None:
            services = self._bridge.services
            self._bridge.query(
                lambda: change_settings(services, {"writer": Writer.AUTO.value}), lambda _: self._ask_once_more(view)
            )

        sentence = self.tr("The settings have llama.cpp write, which cannot write with this model.")
        self.banner.say(sentence, self.tr("Let PyTorch write"), let_write)

    def _ask_once_more(self, view: TurnView) -> None:
        self.banner.hide()
        if view in self.conversation.turns:
            self.answer_again(view)

    def _leave(self) -> None:
        """Let go of an answer that is on its way: it is stopped, and kept where it belongs."""
        self._answering.leave()
        self._stop_editing()

    def _send_or_stop(self) -> None:
        if self.is_answering:
            self.stop()
        else:
            self.ask()

    def _ask_suggestion(self, question: str) -> None:
        if not self.is_answering:
            self.box.put(question)  # the button hides now, and the keyboard goes on here
            self.ask()

    def _chosen_scope(self) -> tuple[Within | None, int | None]:
        first, end = self._view()
        return self.scope.within(first), end if self.up_to_here.isChecked() else None

    def _on_scope(self) -> None:
        """Words that are not asked about any more are not quoted above the box either."""
        if self.scope.currentData() != Part.SELECTION:
            self.selection_chip.take_away()
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Tell what the question in the box would cost."""
        document, question = self._desk.document, self.box.question
        if document is None or not question or self.is_answering:
            self.preview.look(None)
            return
        services, use = self._bridge.services, self._use(*self._chosen_scope())
        self.preview.look(
            lambda: asking.preview(
                services,
                document.document_id,
                question,
                jrt=use.read_twice,
                use_adapter=use.adapter,
                use_passages=use.passages,
                use_segments=use.segments,
                use_gists=use.gists,
                up_to=use.up_to,
                within=use.within,
            )
        )

    def _stop_editing(self) -> None:
        self._editing = None
        self.editing_chip.hide()

    # -- turns -----------------------------------------------------------------------------------------------------

    def _make_turn(self, question: str, parent: QWidget) -> TurnView:
        view = TurnView(question, parent)
        view.place_chosen.connect(self.place_chosen)
        view.around_wanted.connect(partial(self._read_around, view))
        view.context.passages_wanted.connect(partial(self._read_passages, view))
        row = view.actions_row
        row.copy_wanted.connect(lambda: self._copy(view))
        row.again_wanted.connect(lambda: self.answer_again(view))
        row.continue_wanted.connect(lambda: self.go_on(view))
        row.edit_wanted.connect(lambda: self.edit(view))
        row.branch_wanted.connect(lambda: self._branch_off(view))
        row.delete_wanted.connect(lambda: self._remove_turn(view))
        row.version_wanted.connect(self._show_version)
        return view

    def _last_kept(self) -> TurnView | None:
        return next((view for view in reversed(self.conversation.turns) if view.shown is not None), None)

    def _copy(self, view: TurnView) -> None:
        """The answer with its citations as footnotes, to the clipboard."""
        if view.shown is not None:
            QGuiApplication.clipboard().setText(as_text(view.shown.row, turn_words()))

    def _step_version(self, by: int) -> None:
        view = self._last_kept()
        if view is not None:
            view.actions_row.step_version(by)

    def _show_version(self, turn_id: str) -> None:
        if not self.is_answering:
            self._desk.show_version(turn_id)

    def _branch_off(self, view: TurnView) -> None:
        if view.shown is not None and not self.is_answering:
            self._desk.branch_off(view.shown.row.turn_id)

    def _remove_turn(self, view: TurnView) -> None:
        if view.shown is not None and not self.is_answering:
            self._desk.remove_turn(view.shown.row.turn_id)

    def _offer_undo(self, what: str, removed: Removed) -> None:
        self.history.reload()
        sentence = self.tr("The question was deleted.") if what == "turn" else self.tr("The conversation was deleted.")
        self.banner.say(sentence, self.tr("Undo"), lambda: self._put_back(removed))

    def _put_back(self, removed: Removed) -> None:
        self._leave()
        self._desk.put_back(removed)

    def _show_changed(self, found: Conversation, fresh: dict[str, TurnView]) -> None:
        self.conversation.show_line(found.line, fresh)
        if self._editing is not None and self._editing not in self.conversation.turns:
            self._stop_editing()  # the question is gone; what is in the box can be asked as a new one

    def _show_conversation(self, found: Conversation) -> None:
        self._stop_editing()
        self.conversation.clear()
        self._show_conversation_page()
        self.conversation.show_line(found.line)

    def _show_conversation_page(self) -> None:
        self._pages.setCurrentWidget(self.conversation)
        self._foot.show()

    def _read_passages(self, view: TurnView, spans: list[tuple[int, int]]) -> None:
        def show(found: tuple[Citation, ...]) -> None:
            if view in self.conversation.turns:
                view.context.show_passages(found)

        self._desk.read_places(spans, show)

    def _read_around(self, view: TurnView, spans: list[tuple[int, int]]) -> None:
        def show(found: dict[tuple[int, int], str]) -> None:
            if view in self.conversation.turns:
                view.show_around(found)

        self._desk.read_around(spans, show)

    # -- faces -----------------------------------------------------------------------------------------------------

    def _tell(self) -> None:
        is_open = self._desk.document is not None
        for part in (self.box, self.up_to_here, self.options, self.send_button, self.history_button):
            part.setEnabled(is_open)
        is_answering = self.is_answering
        words = self.tr("Stop (Esc)") if is_answering else self.tr("Ask (Enter)")
        dress(self.send_button, "stop" if is_answering else "send", on_accent=True)
        self.send_button.setToolTip(words)
        self.send_button.setAccessibleName(words)

    def retranslate(self) -> None:
        self.up_to_here.setText(self.tr("Only up to here"))
        self.up_to_here.setAccessibleName(self.tr("Only up to here"))
        self.up_to_here.setToolTip(
            self.tr("Look for passages only in what stands before the end of this page; nothing later is shown.")
        )
        words = self.tr("Conversations about this book (Ctrl+Shift+K)")
        self.history_button.setToolTip(words)
        self.history_button.setAccessibleName(words)
        self.box.setPlaceholderText(self.tr("Ask …"))
        self.box.setAccessibleName(self.tr("Question"))
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_answering:
            self.stop()
        elif event.key() == Qt.Key.Key_Escape and self._pages.currentWidget() is self.history:
            self._show_conversation_page()
            self.box.setFocus()
        elif event.key() == Qt.Key.Key_Escape and self._editing is not None:
            self.box.clear()
            self._stop_editing()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._show_conversation_page()
        self.box.setFocus(event.reason())  # a focus proxy would hide what stands before it from Tab

    def showEvent(self, event: QEvent) -> None:
        super().showEvent(event)  # type: ignore[arg-type]  # Qt hands over a QShowEvent
        self._answering.note_model()
        services = self._bridge.services
        self._bridge.query(lambda: settings(services), lambda now: self.options.propose(segments=now.use_segments))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

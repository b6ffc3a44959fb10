"""What the question in the box would cost, told while it is typed: passages, tokens, segment memory, adapter, the wait
for the first word."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.desktop.bridge import Bridge, JobHandle
from app.desktop.theme import scaled
from app.desktop.wording import comma_list, day, number, seconds, shortened, together
from app.operations.results import Preview
from app.services import Ticket

WAIT_MS = 400
"""After the last key; a preview takes the engine a few milliseconds, and learning stands still for those."""
_SECTIONS_SHOWN = 2


class AskPreview(QLabel):
    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._ask: Callable[[], Ticket] | None = None
        self._job: JobHandle | None = None
        self._found: Preview | None = None
        self.setProperty("role", "subtle")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(scaled(self.font(), 0.9))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self._start)
        self._tell()

    def look(self, ask: Callable[[], Ticket] | None) -> None:
        """The question has changed. ask: starts its preview; None when there is nothing to ask."""
        self._ask = ask
        if ask is None:
            self._timer.stop()
            self._drop_job()
            self._found = None
            self._tell()
        else:
            self._timer.start()

    def _start(self) -> None:
        self._drop_job()
        if self._ask is None:
            return
        job = self._bridge.start("preview_ask", self._ask)
        job.finished.connect(lambda found: self._show(job, found))
        self._job = job

    def _drop_job(self) -> None:
        if self._job is not None:
            self._bridge.cancel(self._job)
            self._job = None

    def _show(self, job: JobHandle, found: Preview) -> None:
        if job is self._job:
            self._job, self._found = None, found
            self._tell()

    def _tell(self) -> None:
        words = "" if self._found is None else self._words(self._found)
        self.setText(words)
        self.setAccessibleName(words or self.tr("Nothing"))
        self.setVisible(bool(words))

    def _words(self, found: Preview) -> str:
        if not found.passages and not found.read_tokens:
            return self.tr("Nothing in this part of the book speaks of that.")
        parts = [self.tr("would read {count} tokens").format(count=number(found.read_tokens))]
        if found.reused_tokens:
            parts[0] = together(parts[0], self.tr("({count} re-used)").format(count=number(found.reused_tokens)))
        if found.passages:
            passages = self.tr("%n passage(s)", "", found.passages)
            shown = [shortened(" ".join(name.split()), 28) for name in found.sections[:_SECTIONS_SHOWN]]
            if len(found.sections) > _SECTIONS_SHOWN:
                shown.append("…")
            parts.append(
                self.tr("{passages} from {places}").format(passages=passages, places=comma_list(shown))
                if shown
                else passages
            )
        if found.segments:
            words = self.tr("%n segment(s) of the book", "", found.segments)
            parts.append(self.tr("{segments} from memory").format(segments=words))
        if found.adapter_made is not None:
            parts.append(self.tr("adapter from {day}").format(day=day(found.adapter_made)))
        if found.first_word_s is not None:
            parts.append(self.tr("first word in about {time}").format(time=seconds(max(0.1, found.first_word_s))))
        return " · ".join(parts)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self._tell()
        super().changeEvent(event)

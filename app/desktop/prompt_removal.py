"""Deleting kept prompts: they leave the list at once, and the disk when the undo has gone.

A state is not written twice only to be taken back: until then it lies where it lay. What was about to go when the program was
killed is in the list again, for the user to see.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from app.desktop.bridge import Bridge
from app.desktop.prompt_words import title_words
from app.desktop.widgets.banner import Banner
from app.desktop.wording import shortened
from app.operations import prompt_caches
from app.services import Services
from storage.prompt_states import PromptEntryRow

UNDO_MS = 20_000


class PromptRemoval(QObject):
    """One per view. going: the entries that are not shown any more. changed: these are others now. gone: they have left the
    disk."""

    changed = Signal()
    gone = Signal()

    def __init__(self, bridge: Bridge, banner: Banner) -> None:
        super().__init__(banner)
        self._bridge = bridge
        self._banner = banner
        self._rows: list[PromptEntryRow] = []
        self._offer = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(UNDO_MS)
        self._timer.timeout.connect(self.finish)

    @property
    def going(self) -> frozenset[int]:
        return frozenset(row.entry for row in self._rows)

    def remove(self, rows: Sequence[PromptEntryRow]) -> None:
        """Take prompts off the list and offer to take that back, together with those before."""
        self._rows += rows
        self._offer = (
            self.tr("“{title}” is deleted.").format(title=shortened(title_words(self._rows[0]), 60))
            if len(self._rows) == 1
            else self.tr("%n prompts are deleted.", "", len(self._rows))
        )
        self._banner.say(self._offer, self.tr("Undo"), self.undo)
        self._timer.start()
        self.changed.emit()

    def undo(self) -> None:
        self._timer.stop()
        self._rows = []
        self.changed.emit()

    def finish(self) -> None:
        """Delete them for good; safe to call when there are none."""
        self._timer.stop()
        if not self._rows:
            return
        if self._banner.sentence == self._offer:
            self._banner.hide()
        services, entries = self._bridge.services, self.going
        self._bridge.query(lambda: _delete(services, entries), self._on_gone, self._on_failed)

    def _on_gone(self, entries: frozenset[int]) -> None:
        self._rows = [row for row in self._rows if row.entry not in entries]
        self.gone.emit()

    def _on_failed(self, sentence: str) -> None:
        """They are where they were: shown again, with the sentence."""
        self._rows = []
        self._banner.say(sentence)
        self.changed.emit()


def _delete(services: Services, entries: frozenset[int]) -> frozenset[int]:
    prompt_caches.delete(services, sorted(entries))
    return entries

"""What was not finished when Palimpsest last ended: paused learning waits in the strip, interrupted learning is offered.

Knows the strip, a banner and the learning control. Asks once, when the window opens.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject

from app.desktop.bridge import Bridge, JobHandle
from app.desktop.learning_control import LearningControl
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.job_strip import JobStrip
from app.desktop.wording import shortened
from app.operations import learning
from app.operations.learning import Resumable
from engine.jobs import Progress


class GoingOn(QObject):
    """One per window."""

    def __init__(self, bridge: Bridge, control: LearningControl, strip: JobStrip, banner: Banner) -> None:
        super().__init__(banner)
        self._bridge = bridge
        self._control = control
        self._strip = strip
        self._banner = banner
        self._offered: list[Resumable] = []
        control.started.connect(self._take_back)

    def look(self) -> None:
        """Find out what waits, and show it."""
        services = self._bridge.services
        self._bridge.query(lambda: learning.resumable(services), self._show)

    def _show(self, found: list[Resumable]) -> None:
        for waiting in found:
            if self._control.running(waiting.document.document_id) is None:
                progress = Progress("Learning", waiting.memory.tokens, waiting.document.tokens, "tokens")
                self._strip.show_paused(waiting.document.document_id, waiting.document.title, progress)
        self._offer([waiting for waiting in found if waiting.was_interrupted])

    def _offer(self, interrupted: list[Resumable]) -> None:
        self._offered = interrupted
        if not interrupted:
            return
        document = interrupted[0].document
        words = QCoreApplication.translate(
            "GoingOn", "Learning of “{title}” was interrupted; what was learned is kept. Go on?"
        )
        self._banner.say(
            words.format(title=shortened(document.title, 60)),
            QCoreApplication.translate("GoingOn", "Go on"),
            lambda: self._control.learn(document.document_id, resume=True),
        )

    def retranslate(self) -> None:
        """Say it again in the language of the moment, if it still stands there."""
        if self._offered and self._banner.sentence:
            self._offer(self._offered)

    def _take_back(self, handle: JobHandle) -> None:
        """Learning goes on already: there is nothing to offer."""
        document_id = handle.ticket.document_id if handle.ticket is not None else None
        if self._offered and self._offered[0].document.document_id == document_id:
            self._banner.hide()
            self._offer(self._offered[1:])

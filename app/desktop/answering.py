"""The answer that is on its way: one job, and the view its words go to. Whoever turns away stops it; it is kept then all the same.

Knows operations and one view. Knows no panel: what has ended is told by signals.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.desktop.bridge import Bridge, JobHandle
from app.desktop.widgets.shown_turn import found_places
from app.desktop.widgets.turn_view import TurnView
from app.operations import asking, models
from app.operations.answers import Branch
from app.operations.results import Answer, Quotes, Within
from app.services import Ticket
from engine.api import Switch, Thought
from engine.jobs import Progress

AGAIN_TEMPERATURE = 0.7
"""For another version of an answer: the likeliest words would only make the same one again."""


@dataclass(frozen=True, slots=True)
class Use:
    """What may be used for an answer, and what part of the book it is about."""

    read_twice: Switch
    adapter: bool
    passages: bool
    segments: bool
    gists: bool
    within: Within | None
    up_to: int | None


class Answering(QObject):
    """answered: results.Answer and its view, kept or stopped. failed: the view, which shows the sentence. changed: one began or
    ended."""

    answered = Signal(object, object)
    failed = Signal(object)
    changed = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._job: JobHandle | None = None
        self._model = ""

    @property
    def is_running(self) -> bool:
        return self._job is not None

    def note_model(self) -> None:
        """Find out which model answers now, so that its name can stand over its words from the first one on."""
        services = self._bridge.services
        self._bridge.query(lambda: models.current_model(services).name, self._set_model)

    def start(
        self, view: TurnView, document_id: str, branch: Branch, use: Use, *, version: int = 0, begun: str = ""
    ) -> None:
        """Ask the view's question. version: how many answers to it there are already. begun: how the answer begins."""
        services, question = self._bridge.services, view.question

        def ask() -> Ticket:
            return asking.ask(
                services,
                document_id,
                question,
                jrt=use.read_twice,
                use_adapter=use.adapter,
                use_passages=use.passages,
                use_segments=use.segments,
                use_gists=use.gists,
                up_to=use.up_to,
                within=use.within,
                branch=branch,
                temperature=AGAIN_TEMPERATURE if version else None,
                seed=version,
            )

        view.begin(within=use.within, up_to=use.up_to, model=self._model, begun=begun)
        job = self._bridge.start("ask", ask)
        job.progress.connect(lambda progress: self._on_progress(job, view, progress))
        job.text.connect(lambda piece: self._on_text(job, view, piece))
        job.finished.connect(lambda answer: self._on_answer(job, view, answer))
        job.failed.connect(lambda sentence: self._on_failure(job, view, sentence))
        job.ended.connect(lambda: self._on_ended(job))
        self._job = job
        self.changed.emit()

    def stop(self) -> None:
        """Stop it, also while the model is still reading; its view shows what there was."""
        if self._job is not None:
            self._bridge.cancel(self._job)

    def leave(self) -> None:
        """Stop it and let go of its view: the answer is kept with its own conversation."""
        self.stop()
        self._job = None
        self.changed.emit()

    def _on_progress(self, job: JobHandle, view: TurnView, progress: Progress) -> None:
        if self._job is not job:
            return
        match progress.detail:
            case Quotes():
                view.show_found(found_places(progress.detail.quotes))
            case Thought():
                view.show_progress(progress)
                view.add_thought(progress.detail.text)
            case _:
                view.show_progress(progress)

    def _on_text(self, job: JobHandle, view: TurnView, piece: str) -> None:
        if self._job is job:
            view.add_text(piece)

    def _on_answer(self, job: JobHandle, view: TurnView, answer: Answer) -> None:
        if self._job is job:
            self.answered.emit(answer, view)

    def _on_failure(self, job: JobHandle, view: TurnView, sentence: str) -> None:
        if self._job is job:
            view.show_failure(sentence)
            self.failed.emit(view)

    def _on_ended(self, job: JobHandle) -> None:
        if self._job is job:
            self._job = None
            self.changed.emit()

    def _set_model(self, name: str) -> None:
        self._model = name

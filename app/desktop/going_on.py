"""What was not finished when Palimpsest last ended: what was paused waits in the strip, what was interrupted is offered.

Knows the strip, a banner and what learns, trains and makes segment memory. Asks once, when the window opens.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject

from app.desktop.bridge import Bridge, JobHandle
from app.desktop.compressor_control import CompressorControl
from app.desktop.learning_control import LearningControl
from app.desktop.model_words import title_of
from app.desktop.segment_control import SegmentControl
from app.desktop.widgets.banner import Banner
from app.desktop.widgets.job_strip import JobStrip
from app.desktop.wording import shortened
from app.operations import compressors, encoder_training, learning, segment_memories
from app.operations.compressor_folders import CompressorMethod
from app.operations.learning import Resumable
from app.operations.segment_memories import SegmentStatus, Unfinished
from app.services import Services
from engine.jobs import Progress

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class _Found:
    """compressors: what was being trained, and names of its models."""

    memories: list[Resumable]
    compressors: list[tuple[CompressorMethod, str]]
    segments: list[tuple[Unfinished, SegmentStatus]]


@dataclass(frozen=True, slots=True)
class _Offer:
    """about: the kind of job, and a document's id or a model's name. words: in the language of the moment."""

    about: tuple[str, str]
    words: Callable[[], str]
    go_on: Callable[[], object]


class GoingOn(QObject):
    """One per window."""

    def __init__(
        self,
        bridge: Bridge,
        control: LearningControl,
        segments: SegmentControl,
        training: CompressorControl,
        strip: JobStrip,
        banner: Banner,
    ) -> None:
        super().__init__(banner)
        self._bridge = bridge
        self._control = control
        self._segments = segments
        self._training = training
        self._strip = strip
        self._banner = banner
        self._offers: list[_Offer] = []
        control.started.connect(self._on_document_job)
        segments.started.connect(self._on_document_job)
        training.started.connect(self._on_training)

    def look(self) -> None:
        """Find out what waits, and show it."""
        services = self._bridge.services
        self._bridge.query(lambda: _look(services), self._show)

    def _show(self, found: _Found) -> None:
        for waiting in found.memories:
            if self._control.running(waiting.document.document_id) is None:
                progress = Progress("Learning", waiting.memory.tokens, waiting.document.tokens, "tokens")
                self._strip.show_paused(learning.KIND, waiting.document.document_id, waiting.document.title, progress)
        for unfinished, status in found.segments:
            document = unfinished.document
            if not unfinished.was_interrupted and self._segments.running(document.document_id) is None:
                progress = Progress("Encoding", status.tokens, status.total_tokens, "token")
                self._strip.show_paused(segment_memories.KIND, document.document_id, document.title, progress)
        memories = [self._offer_learning(waiting) for waiting in found.memories if waiting.was_interrupted]
        left = [self._offer_segments(each) for each, _ in found.segments if each.was_interrupted]
        self._offer([*memories, *(self._offer_training(*each) for each in found.compressors), *left[:1]])

    def _offer_learning(self, waiting: Resumable) -> _Offer:
        document = waiting.document
        return _Offer(
            (learning.KIND, document.document_id),
            lambda: translate(
                "GoingOn", "Learning of “{title}” was interrupted; what was learned is kept. Go on?"
            ).format(title=shortened(document.title, 60)),
            lambda: self._control.learn(document.document_id, resume=True),
        )

    def _offer_segments(self, unfinished: Unfinished) -> _Offer:
        """Of one document, the newest: the others go on when they are opened."""
        document = unfinished.document
        return _Offer(
            (segment_memories.KIND, document.document_id),
            lambda: translate(
                "GoingOn", "Making segment memory of “{title}” was interrupted; what is compressed is kept. Go on?"
            ).format(title=shortened(document.title, 60)),
            lambda: self._segments.make(document.document_id),
        )

    def _offer_training(self, method: CompressorMethod, model_name: str) -> _Offer:
        return _Offer(
            (compressors.job_kind(method), model_name),
            lambda: _interrupted_training(method).format(model=title_of(model_name)),
            lambda: self._train(method, model_name),
        )

    def _train(self, method: CompressorMethod, model_name: str) -> None:
        """The page that says why a training failed need not be in sight."""
        self._training.train(model_name, method=method, resume=True).failed.connect(self._banner.say)

    def _offer(self, offers: list[_Offer]) -> None:
        self._offers = offers
        if offers:
            self._banner.say(offers[0].words(), translate("GoingOn", "Go on"), offers[0].go_on)

    def retranslate(self) -> None:
        """Say it again in the language of the moment, if it still stands there."""
        if self._offers and self._banner.sentence:
            self._offer(self._offers)

    def _on_document_job(self, handle: JobHandle) -> None:
        if handle.ticket is not None:
            self._take_back((handle.kind, handle.ticket.document_id or ""))

    def _on_training(self, model_name: str, handle: JobHandle) -> None:
        self._take_back((handle.kind, model_name))

    def _take_back(self, about: tuple[str, str]) -> None:
        """It goes on already: there is nothing to offer."""
        is_shown = bool(self._offers) and self._offers[0].about == about
        self._offers = [offer for offer in self._offers if offer.about != about]
        if is_shown:
            self._banner.hide()
            self._offer(self._offers)


def _interrupted_training(method: CompressorMethod) -> str:
    if method is CompressorMethod.SEGMENTS:
        return translate(
            "GoingOn", "Training of a segment compressor for {model} was interrupted; what is trained is kept. Go on?"
        )
    return translate(
        "GoingOn", "Training of a gist encoder for {model} was interrupted; what is trained is kept. Go on?"
    )


def _look(services: Services) -> _Found:
    unfinished = segment_memories.unfinished(services)
    return _Found(
        learning.resumable(services),
        [(method, name) for method in CompressorMethod for name in encoder_training.interrupted(services, method)],
        [(each, segment_memories.status(services, each.document.document_id)) for each in unfinished],
    )

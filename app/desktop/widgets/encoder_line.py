"""A compressor of the model in use, its gist encoder here: whether there is one, and training one, with its curve on what was held
out."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from app.desktop.bridge import JobHandle
from app.desktop.compressor_control import CompressorControl
from app.desktop.compressor_words import card_words, origin_words, training_words
from app.desktop.progress_words import ProgressReader
from app.desktop.theme import GRID
from app.desktop.widgets.fold_button import FoldButton
from app.desktop.widgets.held_out_curve import HeldOutCurve
from app.desktop.widgets.wrapped_label import WrappedLabel
from app.desktop.wording import about, together
from app.operations.compressor_folders import CompressorMethod
from app.operations.compressors import Compressor
from engine.api import CompressorScore
from engine.jobs import Progress

_STEPS = 1000


class EncoderLine(QFrame):
    """Hidden until it is known which model is in use. What it says of gist encoders, lines of other compressors say otherwise."""

    method = CompressorMethod.GIST

    def __init__(self, control: CompressorControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._control = control
        self._model = self._title = ""
        self._encoders: Sequence[Compressor] = ()
        self._training_s: float | None = None
        self._job: JobHandle | None = None
        self._reader = ProgressReader()
        self._build()
        control.started.connect(self._on_started)
        control.scored.connect(self._on_scored)
        self.retranslate()
        self.hide()

    def _build(self) -> None:
        self.words, self.more = WrappedLabel(self), WrappedLabel(self)
        self.more.setProperty("role", "subtle")
        self.train_button, self.pause_button, self.remove_button = (QPushButton(self) for _ in range(3))
        self.train_button.clicked.connect(self._train)
        self.pause_button.clicked.connect(lambda: self._control.pause(self._model, self.method))
        self.remove_button.clicked.connect(lambda: self._control.remove(self.method))
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setRange(0, _STEPS)
        self.fold = FoldButton(self, small=True)
        self.fold.toggled.connect(self._tell)
        self.curve, self.details = self._make_curve(), WrappedLabel(self)
        self.details.setProperty("role", "subtle")
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self.words, 1)
        for button in (self.train_button, self.pause_button, self.remove_button):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        layout.addWidget(self.more)
        layout.addWidget(self._bar)
        layout.addWidget(self.fold)
        layout.addWidget(self.curve)
        layout.addWidget(self.details)

    # -- what there is ---------------------------------------------------------------------------------------------

    def show_encoders(
        self, model_name: str, title: str, encoders: Sequence[Compressor], training_s: float | None = None
    ) -> None:
        """title: what the model is called. encoders: of the model in use, as `compressors.compressors_of` lists them.
        training_s: how long training one, or what is left of it, takes here; None: not known."""
        if model_name != self._model:
            self._model, self._job = model_name, None
        self._title, self._encoders, self._training_s = title, encoders, training_s
        running = self._control.training(model_name, self.method)
        if running is not None:
            self._follow(running)
        self._show_curve()
        self._tell()
        self.show()

    @property
    def can_compress(self) -> bool:
        """Whether there is an encoder to compress with."""
        return self._used is not None

    def _train(self) -> None:
        if self._is_resumable:
            self._control.train(method=self.method, resume=True)
        else:
            self._begin()

    def _begin(self) -> None:
        """Begin a new training."""
        self._control.train(method=self.method)

    # -- training --------------------------------------------------------------------------------------------------

    def _on_started(self, model_name: str, handle: JobHandle) -> None:
        if model_name == self._model and self._control.training(model_name, self.method) is handle:
            self._follow(handle)
            self._tell()

    def _follow(self, handle: JobHandle) -> None:
        if self._job is handle:
            return
        self._job, self._reader = handle, ProgressReader()
        handle.progress.connect(lambda progress: self._on_progress(handle, progress))
        handle.ended.connect(lambda: self._on_ended(handle))

    def _on_progress(self, handle: JobHandle, progress: Progress) -> None:
        if self._job is handle:
            self._reader.add(progress, time.monotonic())
            self._tell()

    def _on_ended(self, handle: JobHandle) -> None:
        if self._job is handle:
            self._job = None
            self._tell()

    def _on_scored(self, model_name: str) -> None:
        if model_name == self._model:
            self._show_curve()
            self._tell()

    def _show_curve(self) -> None:
        scores = self._scores()
        self.curve.show_scores(scores, steps=scores[-1].steps if scores else 1)

    def _scores(self) -> Sequence[CompressorScore]:
        """Of the training under way, with what came before it was stopped; else of the encoder that is used; else of the one
        that was begun."""
        own, used = self._own, self._used
        begun = own.begun if own is not None else ()
        if self._job is not None:
            seen = self._control.scores(self._model, self.method)
            return [*(each for each in begun if not seen or each.step < seen[0].step), *seen]
        return used.card.curve if used is not None else begun

    # -- faces -----------------------------------------------------------------------------------------------------

    @property
    def _own(self) -> Compressor | None:
        return next((encoder for encoder in self._encoders if encoder.own), None)

    @property
    def _used(self) -> Compressor | None:
        return next((encoder for encoder in self._encoders if encoder.used), None)

    @property
    def _is_resumable(self) -> bool:
        return self._own is not None and self._own.resumable

    def _tell(self) -> None:
        is_training = self._job is not None
        self.words.setText(self._what(is_training))
        more = self._reader.long if is_training else self._explanation()
        self.more.setText(more)
        self.more.setVisible(bool(more))
        fraction = self._reader.fraction
        self._bar.setVisible(is_training)
        self._bar.setRange(0, 0 if fraction is None else _STEPS)
        self._bar.setValue(round((fraction or 0.0) * _STEPS))
        self._bar.setAccessibleName(more or self.words.text())
        has_curve, details = bool(self._scores()), "" if is_training else self._details()
        is_open = self.fold.isChecked()
        self.fold.setVisible(has_curve or bool(details))
        self.fold.say(self.tr("How training goes") if is_training else self.tr("How it was trained"))
        self.curve.setVisible(has_curve and is_open)
        self.details.setText(details)
        self.details.setVisible(bool(details) and is_open)
        self.pause_button.setVisible(is_training)
        self.train_button.setVisible(not is_training and (not self.can_compress or self._is_resumable))
        goes_on = self._is_resumable
        self.train_button.setText(self.tr("Go on training") if goes_on else self._train_words())
        self.train_button.setAccessibleName(self._train_name(goes_on).format(model=self._title))
        self.remove_button.setVisible(not is_training and self._own is not None)
        self.remove_button.setAccessibleName(self._remove_name().format(model=self._title))

    def _what(self, is_training: bool) -> str:
        if is_training:
            words = self._being_trained()
        elif self._is_resumable and not self.can_compress:
            words = self._standing_still()
        elif not self.can_compress:
            words = self._missing()
        else:
            return f"{self._title} · {origin_words(self._encoders, self.method)}"
        return words.format(model=self._title)

    # -- what is said of this kind of compressor -------------------------------------------------------------------

    def _make_curve(self) -> HeldOutCurve:
        return HeldOutCurve(self)

    def _being_trained(self) -> str:
        return self.tr("A gist encoder for {model} is being trained.")

    def _standing_still(self) -> str:
        return self.tr("Training a gist encoder for {model} stands still; what is trained is kept.")

    def _missing(self) -> str:
        return self.tr("{model} has no gist encoder: its prompts can be kept exactly, but not compressed.")

    def _train_words(self) -> str:
        return self.tr("Train one")

    def _train_name(self, goes_on: bool) -> str:
        if goes_on:
            return self.tr("Go on training the gist encoder of {model}")
        return self.tr("Train a gist encoder for {model}")

    def _remove_name(self) -> str:
        return self.tr("Remove the gist encoder of {model}")

    def _trained_on(self) -> str:
        return self.tr(
            "One can be trained here, from prompts that come with Palimpsest; the model itself stays as it is."
        )

    def _what_stays(self) -> str:
        return self.tr("Gists that were made with it stay usable")

    # -- words of every kind ---------------------------------------------------------------------------------------

    def _explanation(self) -> str:
        shown = self._used or self._own
        if shown is None:
            return self._invitation()
        left = self._training_s if self._is_resumable else None
        parts = [
            card_words(shown.card, self.method),
            "" if left is None else self.tr("about {time} of training left").format(time=about(left)),
        ]
        return " · ".join(part for part in parts if part)

    def _invitation(self) -> str:
        return together(
            self._trained_on(),
            self.tr("On a processor alone that takes hours; it can be paused at any time and goes on where it stopped.")
            if self._training_s is None
            else self.tr(
                "On this computer that takes about {time}; it can be paused at any time and goes on where it stopped."
            ).format(time=about(self._training_s)),
        )

    def _details(self) -> str:
        shown = self._used or self._own
        return "" if shown is None else training_words(shown.card)

    def retranslate(self) -> None:
        self.pause_button.setText(self.tr("Pause"))
        self.pause_button.setAccessibleName(self.tr("Pause training; what is trained is kept"))
        self.pause_button.setToolTip(self.tr("What is trained is kept"))
        self.remove_button.setText(self.tr("Remove"))
        self.remove_button.setToolTip(self._what_stays())
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

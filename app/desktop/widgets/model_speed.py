"""What reads and what writes with a model, how fast, and what to do where llama.cpp cannot write with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from app.desktop.icons import dress
from app.desktop.sentences import localized
from app.desktop.widgets.measure_line import MeasureLine
from app.desktop.wording import number, together
from app.operations.llama_use import Writing
from engine.api import LLAMACPP, PYTORCH, SpeedMeasured, Writer


class ModelSpeed(MeasureLine):
    """A line like "Reads with PyTorch (339 tokens/s) · writes with llama.cpp (106 tokens/s)"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._writing: Writing | None = None
        self._writer = Writer.AUTO
        self._command = ""
        self._is_copied = False
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy_button = QPushButton(self)
        dress(self.copy_button, "copy")
        self.copy_button.clicked.connect(self._copy)
        self._layout.addWidget(self.copy_button)
        self.retranslate()

    def show_writing(self, title: str, writing: Writing, writer: Writer, command: str) -> None:
        """title: of the model. writer: what the settings say. command: installs llama.cpp, "" where no command does."""
        self._title, self._writing, self._writer, self._command = title, writing, writer, command
        self._is_copied = False
        self.retranslate()

    def known(self) -> str:
        writing = self._writing
        if writing is None:
            return ""
        words = self._who(*writing.engines(self._writer), writing.speeds)
        if writing.problem:
            return together(self._ended(words), localized(writing.problem))
        if writing.speeds is None:
            return together(self._ended(words), self.tr("How fast is not measured yet."))
        if self._writer is not Writer.AUTO:
            return together(self._ended(words), self.tr("The settings want it so."))
        return words

    def _ended(self, words: str) -> str:
        """Where another sentence follows."""
        return self.tr("{words}.").format(words=words)

    def _who(self, reader: str, writer: str, speeds: SpeedMeasured | None) -> str:
        """What reads long prompts and what writes, with their tokens a second."""
        reads, writes = (_rate(reader, speeds, writes=False), _rate(writer, speeds, writes=True))
        if reader == writer:
            if reads and writes:
                words = self.tr("Reads ({reads} tokens/s) and writes ({writes} tokens/s) with {engine}")
                return words.format(reads=number(reads), writes=number(writes), engine=reader)
            return self.tr("Reads and writes with {engine}").format(engine=reader)
        if reads and writes:
            words = self.tr("Reads with {reader} ({reads} tokens/s) · writes with {writer} ({writes} tokens/s)")
            return words.format(reader=reader, reads=number(reads), writer=writer, writes=number(writes))
        return self.tr("Reads with {reader} · writes with {writer}").format(reader=reader, writer=writer)

    def _details(self, speeds: SpeedMeasured) -> str:
        words = [
            self.tr("{engine} reads {reads} and writes {writes} tokens/s.").format(
                engine=engine, reads=number(reads), writes=number(writes)
            )
            for engine, reads, writes in (
                (PYTORCH, speeds.pytorch_reads, speeds.pytorch_writes),
                (LLAMACPP, speeds.llama_reads, speeds.llama_writes),
            )
            if reads or writes
        ]
        if speeds.hand_over_s_per_mb:
            words.append(
                self.tr("What PyTorch has read is handed over in {time} ms per MB.").format(
                    time=number(1000 * speeds.hand_over_s_per_mb, 1)
                )
            )
        words.append(self.tr("Measured on {machine}.").format(machine=speeds.machine))
        return "\n".join(words)

    def offer(self) -> tuple[str, str, str]:
        tip = self.tr("Find out how fast PyTorch and llama.cpp read and write with it here; that takes some seconds.")
        is_known = self._writing is not None and self._writing.speeds is not None
        return self.tr("Measure again") if is_known else self.tr("Measure speed"), tip, self.tr("Measure speed")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._command)
        self._is_copied = True
        self.retranslate()

    def retranslate(self) -> None:
        super().retranslate()
        writing = self._writing
        self.words.setToolTip(
            self._details(writing.speeds) if writing is not None and writing.speeds is not None else ""
        )
        self.button.setVisible(writing is not None and not writing.problem)
        self.copy_button.setVisible(writing is not None and writing.is_missing and bool(self._command))
        copy = self.tr("Copied") if self._is_copied else self.tr("Copy the command")
        self.copy_button.setText(copy)
        self.copy_button.setToolTip(self._command)
        self.copy_button.setAccessibleName(f"{copy}: {self._command}")


def _rate(engine: str, speeds: SpeedMeasured | None, *, writes: bool) -> float:
    """Tokens a second; 0 where nobody knows."""
    if speeds is None:
        return 0.0
    if engine == PYTORCH:
        return speeds.pytorch_writes if writes else speeds.pytorch_reads
    return speeds.llama_writes if writes else speeds.llama_reads

"""The segment compressor of the model in use, beside its gist encoder: whether there is one, and training one on books."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app.desktop.widgets.encoder_line import EncoderLine
from app.desktop.widgets.segment_curve import SegmentCurve
from app.operations.compressor_folders import CompressorMethod


class SegmentCompressorLine(EncoderLine):
    """It is trained on books of the user's choice, as plain text; never on those of the library."""

    method = CompressorMethod.SEGMENTS

    def _begin(self) -> None:
        dialog = QFileDialog(self, self.tr("A folder with books as plain text"), str(Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.train_on)
        dialog.open()

    def train_on(self, folder: str) -> None:
        """Begin a training on the books of this folder."""
        self._control.train(method=self.method, data=(Path(folder),))

    def _make_curve(self) -> SegmentCurve:
        return SegmentCurve(self)

    def _being_trained(self) -> str:
        return self.tr("A segment compressor for {model} is being trained.")

    def _standing_still(self) -> str:
        return self.tr("Training a segment compressor for {model} stands still; what is trained is kept.")

    def _missing(self) -> str:
        return self.tr("{model} has no segment compressor: long books cannot be compressed for it.")

    def _train_words(self) -> str:
        return self.tr("Train one …")

    def _train_name(self, goes_on: bool) -> str:
        if goes_on:
            return self.tr("Go on training the segment compressor of {model}")
        return self.tr("Train a segment compressor for {model}")

    def _remove_name(self) -> str:
        return self.tr("Remove the segment compressor of {model}")

    def _trained_on(self) -> str:
        return self.tr("One can be trained here, on a folder of books as plain text; the model itself stays as it is.")

    def _what_stays(self) -> str:
        return self.tr("Segment memories that were made with it stay usable")

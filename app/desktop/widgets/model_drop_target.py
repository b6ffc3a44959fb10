"""Drag and drop of models, GGUF files and folders, over the whole page."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.desktop.widgets.drop_target import DropTarget


class ModelDropTarget(DropTarget):
    """Takes whatever is dropped; whether it is a model is found out then, off the UI thread."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page, lambda paths, tell: None)

    @property
    def words(self) -> str:
        return self.tr("Add to the models")

    @property
    def detail(self) -> str:
        return self.tr(
            "A GGUF file is unpacked into Palimpsest’s own folder. The weights of a model folder stay where they are."
        )

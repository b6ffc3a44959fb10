"""What each part of the data folder is called, in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.operations.data_folder import Part

translate = QCoreApplication.translate


def part_name(part: Part) -> str:
    return {
        Part.LIBRARY: translate("data", "Library: books, questions, answers"),
        Part.PROMPT_STATES: translate("data", "Prompt caches"),
        Part.MEMORIES: translate("data", "Memories: adapters and checkpoints"),
        Part.ORIGINALS: translate("data", "Copies of added files"),
        Part.MODELS: translate("data", "Models you added"),
        Part.DOWNLOADS: translate("data", "Models on their way"),
        Part.COMPRESSORS: translate("data", "Compressors you trained"),
        Part.LOGS: translate("data", "Log and crash reports"),
        Part.WINDOW: translate("data", "State of the window"),
        Part.OTHER: translate("data", "Not of Palimpsest"),
    }[part]

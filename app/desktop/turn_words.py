"""What a saved or copied conversation says itself, in the language of the window. Knows no widget."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.desktop.sentences import localized
from app.operations.conversation_export import TurnWords
from engine.api import NOT_FOUND

translate = QCoreApplication.translate


def turn_words() -> TurnWords:
    return TurnWords(
        page=translate("PlaceList", "p. {page}"),
        in_the_text=translate("PlaceList", "in the text"),
        stopped=translate("TurnWords", "(stopped)"),
        not_found=localized(NOT_FOUND),
        comma=translate("wording", ", "),
    )

"""Tooltips that say words of books and files as they are: what looks like markup in them is none, and loads nothing."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import Qt


def plain_tip(words: str) -> str:
    """What a tooltip shows as these words."""
    return f"<p>{escape(words)}</p>" if Qt.mightBeRichText(words) else words

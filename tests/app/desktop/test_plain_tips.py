from __future__ import annotations

import pytest
from PySide6.QtGui import Qt, QTextDocument

from app.desktop.plain_tips import plain_tip
from app.desktop.widgets.elided_label import ElidedLabel

MARKUP = '<img src="file:////elsewhere/x.png"> & <b>bold</b>'


@pytest.mark.parametrize("words", ["", "Emma", "a < b && c > d", MARKUP, "<html>", "&amp;<br>"])
def test_a_tooltip_says_the_words_as_they_are(qapp, words):
    tip = plain_tip(words)
    shown = QTextDocument()
    if Qt.mightBeRichText(tip):
        shown.setHtml(tip)
    else:
        shown.setPlainText(tip)
    assert shown.toPlainText() == words


def test_a_title_with_markup_loads_nothing(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.set_words(MARKUP)
    assert "<img" not in label.toolTip()

"""An answer as Markdown: nothing a model writes can load, lead or draw anything; marks stand where they belong."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextCursor

from app.desktop.widgets.answer_text import AnswerText, with_marks

PIECES = ["**bold**", "- one\n- two\n", "`code`", "```\ncode block\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "# head\n",
          "word. ", "黛玉。", "[link](http://a.b/c)", "![pic](http://a.b/c.png)", "<b>html</b>", "<img src='x'>",
          "\n\n", "> quote\n", "1. first\n", "*", "_", "~~gone~~", "http://plain.link/x"]  # fmt: skip


@pytest.fixture
def view(qtbot):
    view = AnswerText()
    qtbot.addWidget(view)
    view.resize(300, 100)
    return view


def hrefs(view):
    found, block = set(), view.document().begin()
    while block.isValid():
        run = block.begin()
        while not run.atEnd():
            style = run.fragment().charFormat()
            assert not style.isImageFormat()
            found.add(style.anchorHref())
            run += 1
        block = block.next()
    return found - {""}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=8), data=st.data())
def test_whatever_is_written_only_our_marks_lead_somewhere(view, pieces, data):
    words = "".join(pieces)
    offsets = data.draw(st.lists(st.integers(0, len(words)), max_size=3, unique=True))
    marks = [(offset, number) for number, offset in enumerate(sorted(offsets), start=1)]
    view.show_words(words, marks)
    assert hrefs(view) <= {f"place:{number}" for _, number in marks}


def test_html_stays_text_and_pictures_become_their_words(view):
    view.show_words('<b>x</b> ![the pic](file:///etc/passwd) <a href="http://a">y</a>')
    assert "<b>x</b>" in view.toPlainText()
    assert "the pic" in view.toPlainText()
    assert view.loadResource(2, QUrl("file:///etc/passwd")) is None


def test_markdown_is_set_as_such_with_marks_behind_their_sentences(view):
    words = "**Lady Russell** did. She was:\n\n- prudent\n- kind\n"
    view.show_words(words, [(21, 1), (len(words) - 1, 2)])
    assert view.toPlainText().split("\n")[0].startswith("Lady Russell did.\u2009¹")
    assert view.toPlainText().endswith("kind\u2009²")
    assert hrefs(view) == {"place:1", "place:2"}
    found = []
    view.place_chosen.connect(found.append)
    view.anchorClicked.emit(QUrl("place:2"))
    view.anchorClicked.emit(QUrl("http://a.b/"))
    assert found == [2]


def test_streaming_ends_with_what_showing_at_once_shows_and_keeps_a_selection(view, qtbot):
    words = "One **two** three.\n\n1. a\n2. b\n"
    view.stream(words[:9])
    qtbot.waitUntil(lambda: bool(view.toPlainText()), timeout=5_000)
    cursor = view.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(3, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    for character in words[9:]:
        view.stream(character)
    whole = AnswerText()
    qtbot.addWidget(whole)
    whole.show_words(words)
    qtbot.waitUntil(lambda: view.toPlainText() == whole.toPlainText(), timeout=5_000)
    assert view.textCursor().selectedText() == "One"


def test_marks_of_a_hostile_answer_are_not_taken_for_ours():
    assert with_marks("a\ue001b", [(3, 1)]) == "a\ufffdb\ue001"

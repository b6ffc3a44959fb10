"""Bookmarks, highlights and notes on the real storage."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from app.cli import app
from app.operations import forgetting, importing, library, notes
from app.operations.notes import ExportWords, PlacedAnnotation, as_markdown
from engine.jobs import Finished
from storage.annotations import COLOURS, AnnotationKind, AnnotationRow
from storage.errors import StorageError

BOOK = (
    "# The Lighthouse\n\n## Chapter One\n\nMira Oster keeps the lighthouse at Varn.\n\nThe bell was called Old Tom.\n\n"
    "## Chapter Two\n\nIn the winter of 1814 the ferryman drowned.\n"
)


@pytest.fixture
def book(services, tmp_path):
    path = tmp_path / "lighthouse.md"
    path.write_text(BOOK, "utf-8")
    end = services.run_until_end(importing.import_file(services, path))
    assert isinstance(end, Finished), end
    return end.result.document


def place_of(services, book, words):
    start = library.text(services, book).index(words)
    return start, start + len(words)


def test_a_highlight_holds_the_words_that_stand_there_without_white_space_at_its_ends(services, book):
    start, end = place_of(services, book, "The bell was called Old Tom.")
    row = notes.annotate(services, book, start - 2, end + 1)
    assert (row.start, row.end, row.quote) == (start, end, "The bell was called Old Tom.")
    assert row.kind is AnnotationKind.HIGHLIGHT
    (placed,) = notes.list_annotations(services, book)
    assert placed.row == row
    assert placed.chapter == "Chapter One"


def test_a_highlight_may_reach_over_paragraphs(services, book):
    text = library.text(services, book)
    start, end = text.index("at Varn."), text.index("was called")
    assert notes.annotate(services, book, start, end).quote == text[start:end].strip() == "at Varn.\n\nThe bell"


def test_white_space_alone_is_no_highlight(services, book):
    _, end = place_of(services, book, "at Varn.")
    with pytest.raises(StorageError, match="no words"):
        notes.annotate(services, book, end, end + 2)


def test_the_same_words_are_highlighted_once_and_keep_their_note(services, book):
    start, end = place_of(services, book, "lighthouse")
    first = notes.annotate(services, book, start, end, note="where she lives")
    again = notes.annotate(services, book, start, end, colour="blue")
    assert again.annotation_id == first.annotation_id
    (placed,) = notes.list_annotations(services, book)
    assert (placed.row.colour, placed.row.note, placed.row.kind) == ("blue", "where she lives", AnnotationKind.NOTE)


def test_a_note_that_is_emptied_is_a_highlight_again(services, book):
    row = notes.annotate(services, book, *place_of(services, book, "Old Tom"), note="a bell")
    assert notes.edit(services, row.annotation_id, note=" \n").kind is AnnotationKind.HIGHLIGHT


def test_an_unknown_colour_is_a_sentence(services, book):
    with pytest.raises(StorageError, match="yellow"):
        notes.annotate(services, book, 0, 5, colour="ultraviolet")


def test_what_was_removed_comes_back_as_it_was(services, book):
    row = notes.annotate(services, book, *place_of(services, book, "Old Tom"), note="a bell")
    before = notes.list_annotations(services, book)
    removed = notes.remove(services, row.annotation_id)
    assert notes.list_annotations(services, book) == []
    with pytest.raises(StorageError, match="no longer there"):
        notes.edit(services, row.annotation_id, note="late")
    notes.put_back(services, removed)
    assert notes.list_annotations(services, book) == before


def test_a_bookmark_is_a_place_with_the_words_that_begin_there(services, book):
    start, _ = place_of(services, book, "The bell")
    row = notes.add_bookmark(services, book, start)
    assert (row.start, row.end, row.quote) == (start, start, "The bell was called Old Tom.")


def test_words_find_notes_by_note_quote_and_chapter(services, book):
    notes.annotate(services, book, *place_of(services, book, "Old Tom"), note="Glöckchen")
    (placed,) = notes.list_annotations(services, book)
    assert notes.matches(placed, "glockchen tom")
    assert notes.matches(placed, "chapter one")
    assert not notes.matches(placed, "tom jones")


def test_nothing_of_a_note_is_left_when_the_book_is_forgotten(services, book, tmp_path):
    secret = "Quillfeather suspects the harbourmaster of arson"
    notes.annotate(services, book, *place_of(services, book, "Old Tom"), note=secret)
    end = services.run_until_end(forgetting.forget(services, book))
    assert isinstance(end, Finished)
    assert end.result.residue == 0
    assert end.result.removed["annotations"] == 1
    assert not any(b"Quillfeather" in path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())


def test_the_shell_notes_lists_and_exports(services, book, tmp_path):
    start, end = place_of(services, book, "Old Tom")
    services.close()
    shell, data = CliRunner(), ["--data-dir", str(tmp_path / "data")]
    noted = shell.invoke(app, ["note", book, "a *fine* bell", "--at", f"{start}:{end}", "--json", *data])
    assert noted.exit_code == 0, noted.output
    listed = shell.invoke(app, ["notes", book, "--json", *data])
    (found,) = [json.loads(line) for line in listed.stdout.splitlines()]
    assert (found["quote"], found["note"], found["start"], found["end"]) == ("Old Tom", "a *fine* bell", start, end)
    file = tmp_path / "notes.md"
    assert shell.invoke(app, ["notes", book, "--export", str(file), *data]).exit_code == 0
    exported = file.read_text("utf-8")
    assert "## Chapter One\n\n> Old Tom\n\na *fine* bell\n\n*" in exported
    assert shell.invoke(app, ["note", book, "x", "--at", "here", *data]).exit_code == 2


# -- the export as a law -----------------------------------------------------------------------------------------------

WORDS = st.text(st.sampled_from("aZ é*_#>[`\\林.-1\n"), max_size=20)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@st.composite
def placed_annotations(draw):
    starts = sorted(draw(st.lists(st.integers(0, 999), max_size=8)))
    sections = sorted(draw(st.lists(st.integers(0, 3), min_size=len(starts), max_size=len(starts))))
    found = []
    for number, (start, section) in enumerate(zip(starts, sections, strict=True)):
        kind = draw(st.sampled_from(AnnotationKind))
        note = f"note {number} " + draw(WORDS) if kind is AnnotationKind.NOTE else ""
        row = AnnotationRow(
            str(number), "d", kind, start, start + 1, f"quote {number} " + draw(WORDS), note,
            draw(st.sampled_from(COLOURS)), NOW, NOW,
        )  # fmt: skip
        page = draw(st.none() | st.just(str(start)))
        found.append(PlacedAnnotation(row, section, f"Chapter {section}", page, start / 1000))
    return found


@given(placed=placed_annotations())
def test_an_export_holds_every_annotation_once_in_order_under_its_chapter(placed):
    class Book:
        title, author = "A *Book*", "Some Body"

    exported = as_markdown(Book(), placed, ExportWords())
    seen = re.findall(r"^(?:## (Chapter \d)|> quote (\d+))", exported, re.MULTILINE)
    expected, chapter = [], None
    for annotation in placed:
        if annotation.chapter != chapter:
            chapter = annotation.chapter
            expected.append((chapter, ""))
        expected.append(("", annotation.row.annotation_id))
    assert seen == expected
    assert [note for note in re.findall(r"^note (\d+)", exported, re.MULTILINE)] == [
        annotation.row.annotation_id for annotation in placed if annotation.row.note
    ]
    assert exported == as_markdown(Book(), placed, ExportWords())

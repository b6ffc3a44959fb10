"""The words of an import report: every file is in the sum, and the whole report can be copied."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.desktop.import_words import as_text, left_out_lines, needs_a_look, outcome_words, summary
from app.operations.results import FileOutcome, Imported, LeftOut

ADDED = Imported("1", "A", "txt", 1, 1, 1, ())
WARNED = Imported("2", "B", "txt", 1, 1, 1, ("A picture was left out.",))
KNOWN = Imported("3", "C", "txt", 1, 1, 1, ("An old remark.",), already_there=True)
BACK = Imported("4", "D", "txt", 1, 1, 1, (), put_back=True)
FAILED = FileOutcome("/x/bad.pdf", error="“bad.pdf” is empty.")


def outcome(imported: Imported) -> FileOutcome:
    return FileOutcome(f"/x/{imported.title}.txt", imported)


def test_each_kind_of_outcome_is_told_once(qapp):
    everything = [outcome(ADDED), outcome(WARNED), outcome(KNOWN), outcome(BACK), FAILED]
    left_out = LeftOut(((".jpg", 3), ("", 1)), 2, (FileOutcome("/x/closed", error="Closed."),), 5)
    assert summary(everything, left_out) == (
        "2 added · 1 already there · 1 put back on the shelf · 2 could not be read · 1 with remarks · "
        "4 of other kinds left out · 2 hidden left out · 5 beyond the most taken at once left out"
    )
    assert summary([], LeftOut()) == "No book was found there."
    assert outcome_words(outcome(WARNED)) == "Added as “B”. A picture was left out."
    assert outcome_words(outcome(KNOWN)) == "In the library already, as “C”."
    assert outcome_words(FAILED) == FAILED.error
    assert [needs_a_look(one) for one in everything] == [False, True, False, False, True]
    assert [name for name, _ in left_out_lines(left_out)] == ["closed", ".jpg", "without a suffix"]


@given(st.lists(st.sampled_from([ADDED, WARNED, KNOWN, BACK, None]), max_size=30))
def test_the_copied_report_has_a_line_for_every_file(qapp, results):
    outcomes = [FAILED if imported is None else outcome(imported) for imported in results]
    lines = as_text(outcomes, LeftOut()).split("\n")
    assert lines[0] == summary(outcomes, LeftOut())
    assert [line.split(": ", 1) for line in lines[1:]] == [[one.file, outcome_words(one)] for one in outcomes]

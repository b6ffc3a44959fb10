"""What an import report says, in words: one sentence for all of it, and a line for every file.

Knows outcomes and the translations. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from app.desktop.sentences import localized
from app.desktop.wording import number, together
from app.operations.results import FileOutcome, LeftOut

translate = QCoreApplication.translate


def summary(outcomes: Sequence[FileOutcome], left_out: LeftOut) -> str:
    """ "Added 40 · 2 already there · 3 could not be read"."""
    done = [outcome.imported for outcome in outcomes if outcome.imported is not None]
    known = sum(imported.already_there for imported in done)
    put_back = sum(imported.put_back for imported in done)
    warned = sum(bool(imported.warnings) and not imported.already_there for imported in done)
    failed = len(outcomes) - len(done) + len(left_out.unreadable)
    parts = [
        (len(done) - known - put_back, translate("ImportReport", "{count} added")),
        (known, translate("ImportReport", "{count} already there")),
        (put_back, translate("ImportReport", "{count} put back on the shelf")),
        (failed, translate("ImportReport", "{count} could not be read")),
        (warned, translate("ImportReport", "{count} with remarks")),
        (sum(count for _, count in left_out.kinds), translate("ImportReport", "{count} of other kinds left out")),
        (left_out.hidden, translate("ImportReport", "{count} hidden left out")),
        (left_out.beyond, translate("ImportReport", "{count} beyond the most taken at once left out")),
    ]
    told = [words.format(count=number(count)) for count, words in parts if count]
    return " · ".join(told) if told else translate("ImportReport", "No book was found there.")


def outcome_words(outcome: FileOutcome) -> str:
    """What became of one file."""
    imported = outcome.imported
    if imported is None:
        return localized(outcome.error)
    if imported.put_back:
        words = translate("ImportReport", "Put back on the shelf as “{title}”.")
    elif imported.already_there:
        words = translate("ImportReport", "In the library already, as “{title}”.")
    else:
        words = translate("ImportReport", "Added as “{title}”.")
    warnings = () if imported.already_there else imported.warnings
    return together(words.format(title=imported.title), *map(localized, warnings))


def needs_a_look(outcome: FileOutcome) -> bool:
    """Whether something of the file was dropped, or all of it."""
    return outcome.imported is None or (bool(outcome.imported.warnings) and not outcome.imported.already_there)


def left_out_lines(left_out: LeftOut) -> list[tuple[str, str]]:
    """What folders held besides books: name and words of each line."""
    lines = [(Path(outcome.file).name, localized(outcome.error)) for outcome in left_out.unreadable]
    other_kind = translate("ImportReport", "{count} left out: Palimpsest does not read this kind.")
    no_suffix = translate("ImportReport", "without a suffix")
    lines += [(suffix or no_suffix, other_kind.format(count=number(count))) for suffix, count in left_out.kinds]
    return lines


def as_text(outcomes: Sequence[FileOutcome], left_out: LeftOut) -> str:
    """The whole report, to be copied."""
    lines = [(outcome.file, outcome_words(outcome)) for outcome in outcomes] + left_out_lines(left_out)
    return "\n".join([summary(outcomes, left_out), *(f"{name}: {words}" for name, words in lines)])

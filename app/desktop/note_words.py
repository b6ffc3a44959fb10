"""What notes are called in the language of the window: their colours, kinds and places, and an export's own words.

Knows annotations and the translations. Knows no widget.
"""

from __future__ import annotations

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from app.desktop.wording import comma_list, day, percent
from app.operations.notes import ExportWords, PlacedAnnotation
from storage.annotations import COLOURS, AnnotationKind

translate = QCoreApplication.translate

_COLOURS = dict(
    zip(
        COLOURS,
        (
            QT_TRANSLATE_NOOP("notes", "yellow"),
            QT_TRANSLATE_NOOP("notes", "green"),
            QT_TRANSLATE_NOOP("notes", "blue"),
            QT_TRANSLATE_NOOP("notes", "pink"),
        ),
        strict=True,
    )
)
_KINDS = {
    AnnotationKind.BOOKMARK: QT_TRANSLATE_NOOP("notes", "Bookmark"),
    AnnotationKind.HIGHLIGHT: QT_TRANSLATE_NOOP("notes", "Highlight"),
    AnnotationKind.NOTE: QT_TRANSLATE_NOOP("notes", "Note"),
}


def colour_name(colour: str) -> str:
    return translate("notes", str(_COLOURS[colour]))


def kind_name(kind: AnnotationKind) -> str:
    return translate("notes", str(_KINDS[kind]))


def chapter_name(annotation: PlacedAnnotation) -> str:
    return annotation.chapter or translate("notes", "Beginning")


def place_words(annotation: PlacedAnnotation) -> str:
    """ "page 12 · 4 % · yesterday" """
    page = [translate("notes", "page {page}").format(page=annotation.page)] if annotation.page else []
    return " · ".join([*page, percent(annotation.share), day(annotation.row.created_at)])


def quote_words(annotation: PlacedAnnotation) -> str:
    """Its words of the text; those of a bookmark go on."""
    row = annotation.row
    return f"{row.quote}…" if row.kind is AnnotationKind.BOOKMARK and row.quote else row.quote


def spoken(annotation: PlacedAnnotation) -> str:
    """The whole of it in one line, for screen readers; no colour is told by colour alone."""
    row = annotation.row
    kind = kind_name(row.kind)
    if row.kind is not AnnotationKind.BOOKMARK:
        kind = f"{kind} ({colour_name(row.colour)})"
    return ", ".join(part for part in (kind, row.quote, row.note, place_words(annotation)) if part)


def as_text(annotation: PlacedAnnotation, title: str) -> str:
    """One annotation to be pasted elsewhere: the quote, the note, and where it stands."""
    row = annotation.row
    page = translate("notes", "page {page}").format(page=annotation.page) if annotation.page else ""
    source = comma_list(part for part in (title, annotation.chapter, page) if part)
    return "\n\n".join(part for part in (f"“{row.quote}”" if row.quote else "", row.note, f"— {source}") if part)


def export_words() -> ExportWords:
    names = {colour: colour_name(colour) for colour in COLOURS}  # asked for here: exporting runs on another thread
    return ExportWords(
        heading=translate("notes", "Notes on “{title}”"),
        bookmark=kind_name(AnnotationKind.BOOKMARK),
        page=translate("notes", "page {page}"),
        before_first_chapter=translate("notes", "Beginning"),
        colours=names.__getitem__,
    )

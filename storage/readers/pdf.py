"""PDF -> Document: text as it was set, put back into paragraphs.

A PDF knows glyphs and places, not paragraphs. Lines come from pdfium in its reading order; here they lose running
heads and page numbers, are joined by the gaps, indents and line ends between them, and get page labels and sections.
"""

from __future__ import annotations

import ctypes
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from storage.document import Block, BlockKind, Cover, Document
from storage.page_images import page_label, render_page
from storage.readers.assembling import make_document
from storage.readers.cleaning import CJK, clean_characters, one_line
from storage.readers.inline import Piece
from storage.readers.layout import join_lines
from storage.readers.sectioning import Entry, compact_levels, cut_by_entries, cut_by_headings
from storage.readers.source import Source

_MAX_PAGES = 20_000
_COVER_WIDTH_PX = 400
_MARGIN_LINES = 2
"""Lines at the top and bottom of a page among which a running head may be."""
_TERMINAL = re.compile(r"[.!?:;。！？．…：；؟۔][\"'”’」』）)\]]*$")
_BULLET = re.compile(r"(?:[•◦▪‣●○■–*-]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)])\s+\S")
_CONTENTS_LINE = re.compile(r"(?:\. ?){4,}\s*\S{1,6}$")
_PAGE_NUMBER = re.compile(
    r"[\s\-–—|.]*(?:page|seite|p\.)?\s*(?:\d{1,4}|[ivxlc]{1,7})(?:\s*(?:/|of|von)\s*\d{1,4})?[\s\-–—|.]*", re.I
)
_DIGITS = re.compile(r"\d+")
_HYPHEN_END = re.compile(r"([^\W\d_]+)[-\u2010]$")
_WORD_START = re.compile(r"[^\W\d_]+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CJK_ONLY = re.compile(f"[{CJK}\uac00-\ud7a3]")
_JUNK_TITLE = re.compile(
    r"^(?:untitled|microsoft word - .*|.*\.(?:docx?|tex|dvi|indd|pdf|qxd|rtf|odt|html?)|\(anonymous\)|unspecified)$",
    re.I,
)
_DIVIDED = (0x02, 0xFFFE)
_RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_MAX_HEADING = 160


@dataclass(slots=True)
class _Line:
    """One line of glyphs. Coordinates in points, y upwards. size: of its type, in points."""

    text: str
    page: int
    left: float
    right: float
    bottom: float
    top: float
    size: float
    bold: bool = False


@dataclass(slots=True)
class _Paragraph:
    lines: list[_Line]

    @property
    def size(self) -> float:
        return median(line.size for line in self.lines)


def read(source: Source) -> Document:
    pdf = _open(source)
    try:
        count = len(pdf)
        if count > _MAX_PAGES:
            raise source.refusal(
                f"has {count:,} pages, more than the {_MAX_PAGES:,} that can be read; split it and try again."
            )
        labels: list[str] = []
        pages: list[list[_Line]] = []
        pictures = damaged = 0
        for number in range(count):
            source.report(number, count, "page")
            labels.append(page_label(pdf, number))
            try:
                lines, has_pictures = _page_lines(pdf, number)
            except pdfium.PdfiumError:
                lines, has_pictures, damaged = [], False, damaged + 1
            pages.append(lines)
            pictures += has_pictures and not lines
        outline = _outline(pdf, count)
        metadata = _metadata(pdf)
        cover = _cover(pdf) if any(pages) else None
    finally:
        pdf.close()
    if not any(pages):
        if pictures:
            raise source.refusal(
                "holds only pictures of pages and no text; run it through text recognition (OCR) first."
            )
        raise source.refusal("holds no text.")
    if pictures:
        source.warn(
            f"{pictures:,} of {count:,} pages are pictures without text and were left out; "
            "text recognition (OCR) would read them."
        )
    if damaged:
        source.warn(f"{damaged:,} of {count:,} pages are damaged and were left out.")
    return replace(_document(source, pages, labels, outline, metadata), cover=cover)


def _open(source: Source) -> Any:
    try:
        pdf = pdfium.PdfDocument(source.path)
    except pdfium.PdfiumError as problem:
        if "password" in str(problem).lower():
            raise source.refusal("is protected by a password; save a copy without one and import that.") from None
        if "security" in str(problem).lower():
            raise source.refusal(
                "is protected by an encryption that cannot be opened; save a copy without it."
            ) from None
        raise source.refusal("is damaged and cannot be opened as a PDF. Get a fresh copy and try again.") from None
    if len(pdf) == 0:
        pdf.close()
        raise source.refusal("holds no pages.")
    return pdf


def _cover(pdf: Any) -> Cover | None:
    """The first page, small."""
    try:
        return Cover("image/png", render_page(pdf, 0, _COVER_WIDTH_PX))
    except (pdfium.PdfiumError, MemoryError):
        return None


# -- glyphs to lines ---------------------------------------------------------------------------------------------------


def _page_lines(pdf: Any, number: int) -> tuple[list[_Line], bool]:
    """The lines of a page, and whether it shows pictures."""
    page = pdf[number]
    try:
        text_page = page.get_textpage()
        try:
            lines = _merged(list(_lines(text_page, number)))
        finally:
            text_page.close()
        has_pictures = (
            not lines and next(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=3), None) is not None
        )
        return lines, has_pictures
    finally:
        page.close()


def _lines(text_page: Any, number: int) -> Iterator[_Line]:
    """Cut pdfium's characters where a line ends: where it says so, and at its mark for a word divided over two."""
    raw = text_page.raw
    count = pdfium_c.FPDFText_CountChars(raw)
    get_unicode = pdfium_c.FPDFText_GetUnicode
    characters: list[str] = []
    indices: list[int] = []
    index = 0
    while index < count:
        code = get_unicode(raw, index)
        if code in _DIVIDED:
            characters.append("-")
            indices.append(index)
        if code in _DIVIDED or code in (10, 13):
            if (line := _line(raw, number, characters, indices)) is not None:
                yield line
            characters, indices = [], []
        else:
            if (
                0xD800 <= code < 0xDC00
                and index + 1 < count
                and 0xDC00 <= (low := get_unicode(raw, index + 1)) < 0xE000
            ):
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                index += 1
            characters.append(chr(code))
            indices.append(index)
        index += 1
    if (line := _line(raw, number, characters, indices)) is not None:
        yield line


def _line(raw: Any, number: int, characters: list[str], indices: list[int]) -> _Line | None:
    shown = [position for position, character in enumerate(characters) if character > " "]
    if not shown:
        return None
    if any(_RIGHT_TO_LEFT.match(character) for character in characters):
        characters = _unreversed(raw, characters, indices)
    text = one_line(clean_characters("".join(characters)))
    if not text:
        return None
    places = [indices[shown[place]] for place in (0, len(shown) // 2, -1)]
    boxes = [_box(raw, place) for place in places]
    size = pdfium_c.FPDFText_GetFontSize(raw, places[1])
    height = max(box[3] - box[1] for box in boxes)
    return _Line(
        text, number, left=min(box[0] for box in boxes), right=max(box[2] for box in boxes),
        bottom=boxes[1][1], top=boxes[1][3], size=size if size > 1.5 else height,
        bold=all(pdfium_c.FPDFText_GetFontWeight(raw, place) >= 600 for place in places),
    )  # fmt: skip


def _unreversed(raw: Any, characters: list[str], indices: list[int]) -> list[str]:
    """pdfium turns right-to-left runs from the order of the page into that of the text. Letters that one glyph stands
    for were in the order of the text already, and are turned back.
    """
    result: list[str] = []
    run: list[str] = []
    run_box: tuple[float, float, float, float] | None = None
    for character, index in zip(characters, indices, strict=True):
        box = _box(raw, index) if _RIGHT_TO_LEFT.match(character) else None
        if box != run_box or box is None:
            result += reversed(run)
            run = []
        run.append(character)
        run_box = box
    return result + run[::-1]


def _merged(lines: list[_Line]) -> list[_Line]:
    """Lines whose pieces pdfium gave apart, such as raised and lowered signs, made whole."""
    merged: list[_Line] = []
    for line in lines:
        above = merged[-1] if merged else None
        if above is None or not _on_same_line(above, line):
            merged.append(line)
            continue
        space = " " if line.left - above.right > 0.15 * max(line.size, above.size) else ""
        taller = above if above.size >= line.size else line
        merged[-1] = _Line(
            above.text + space + line.text, above.page, above.left, line.right, taller.bottom, taller.top, taller.size,
            above.bold and line.bold,
        )  # fmt: skip
    return merged


def _on_same_line(above: _Line, line: _Line) -> bool:
    overlap = min(above.top, line.top) - max(above.bottom, line.bottom)
    size = max(above.size, line.size)
    return (
        overlap > 0.3 * min(above.top - above.bottom, line.top - line.bottom)
        and -0.3 * size < line.left - above.right < 2 * size
    )


def _box(raw: Any, index: int) -> tuple[float, float, float, float]:
    """(left, bottom, right, top) of a character, with the full height of its type."""
    rectangle = pdfium_c.FS_RECTF()
    if not pdfium_c.FPDFText_GetLooseCharBox(raw, index, ctypes.byref(rectangle)):
        return (0.0, 0.0, 0.0, 0.0)
    return (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)


# -- lines to paragraphs -----------------------------------------------------------------------------------------------


def without_running_heads(pages: Sequence[Sequence[_Line]]) -> list[list[_Line]]:
    """Pages without the lines at their edges that come back on many pages or that count them.

    Digits count as equal in what comes back. A line counts the pages when it begins or ends with a number that grows
    with them ("4 1.1. Spaces"); a number alone at the very edge goes in any case.
    """
    seen: Counter[str] = Counter()
    counted: Counter[int] = Counter()
    edges: list[set[int]] = []
    for page, lines in enumerate(pages):
        by_height = sorted(range(len(lines)), key=lambda index: -lines[index].top)
        edge = {*by_height[:_MARGIN_LINES], *by_height[-_MARGIN_LINES:]} if len(lines) > 1 else set()
        edges.append(edge)
        seen.update({_pattern(lines[index].text) for index in edge})
        counted.update(
            {
                number - page
                for index in edge & {*by_height[:1], *by_height[-1:]}
                for number in _outer_numbers(lines[index].text)
            }
        )
    often = max(3, sum(1 for lines in pages if lines) * 0.25)
    kept = []
    for page, (lines, edge) in enumerate(zip(pages, edges, strict=True)):
        outermost = {max(edge, key=lambda i: lines[i].top), min(edge, key=lambda i: lines[i].bottom)} if edge else set()
        dropped = {
            index
            for index in edge
            if seen[_pattern(lines[index].text)] >= often and len(lines[index].text) < _MAX_HEADING
        }
        for index in outermost:
            text = lines[index].text
            if any(counted[number - page] >= often for number in _outer_numbers(text)) or (
                len(pages) > 1 and _PAGE_NUMBER.fullmatch(text)
            ):
                dropped.add(index)
        kept.append([line for index, line in enumerate(lines) if index not in dropped])
    return kept


def _outer_numbers(text: str) -> set[int]:
    """The whole numbers a short line begins and ends with."""
    words = text.split()
    if len(text) > _MAX_HEADING or not words:
        return set()
    return {int(word) for word in (words[0], words[-1]) if word.isascii() and word.isdigit() and len(word) <= 5}


def _pattern(text: str) -> str:
    return _DIGITS.sub("#", text).casefold()


def _paragraphs(pages: Sequence[Sequence[_Line]]) -> list[_Paragraph]:
    paragraphs: list[_Paragraph] = []
    for lines in pages:
        if not lines:
            continue
        pitch = _line_pitch(lines)
        previous: _Line | None = None
        for line in lines:
            if previous is None:
                goes_on = bool(paragraphs) and _continues_over_page(paragraphs[-1], line)
            else:
                goes_on = _continues(paragraphs[-1], previous, line, pitch, lines)
            if goes_on:
                paragraphs[-1].lines.append(line)
            else:
                paragraphs.append(_Paragraph([line]))
            previous = line
    return paragraphs


def _line_pitch(lines: Sequence[_Line]) -> float:
    """The usual distance from one line to the next, in points."""
    steps = [above.bottom - line.bottom for above, line in itertools.pairwise(lines)]
    steps = [step for step in steps if 0.5 * lines[0].size < step < 4 * max(1.0, lines[0].size)]
    return median(steps) if steps else 1.5 * lines[0].size


def _continues(paragraph: _Paragraph, above: _Line, line: _Line, pitch: float, lines: Sequence[_Line]) -> bool:
    """Whether a line goes on with the paragraph of the line before it on its page."""
    if abs(line.size - above.size) > 0.12 * max(line.size, above.size):
        return False
    step = above.bottom - line.bottom
    if line.bold != above.bold and not paragraph.lines[0].text.endswith("-"):
        return False
    if _BULLET.match(line.text) or _CONTENTS_LINE.search(above.text):
        return False
    if step < -line.size or line.left > above.right or step > 4 * pitch:  # a new column
        return _ends_open(above) and (line.text[:1].islower() or bool(_CJK_ONLY.match(line.text)))
    if step > 1.35 * pitch:
        return False
    column = [each for each in lines if each.left < above.right and each.right > above.left]
    right = max(each.right for each in column)
    width = max(1.0, right - min(each.left for each in column))
    first = paragraph.lines[0]
    indent = line.left - (above.left if len(paragraph.lines) > 1 else min(first.left, above.left))
    if 0.8 * line.size < indent < 6 * line.size and len(paragraph.lines) > 1:
        return False
    if len(paragraph.lines) == 1 and indent > 0.8 * line.size and _TERMINAL.search(above.text):
        return False
    short = above.right < right - max(0.12 * width, 2 * line.size)
    return not (short and (_TERMINAL.search(above.text) is not None or _starts_fresh(above, line)))


def _starts_fresh(above: _Line, line: _Line) -> bool:
    """A short line without a full stop ends its paragraph (a heading, an address) if the next one begins anew."""
    return line.text[:1].isupper() and above.right - above.left < 0.75 * (line.right - line.left)


def _continues_over_page(paragraph: _Paragraph, line: _Line) -> bool:
    last = paragraph.lines[-1]
    same_type = abs(line.size - last.size) <= 0.12 * max(line.size, last.size)
    return (
        same_type
        and line.page == last.page + 1
        and _ends_open(last)
        and not _BULLET.match(line.text)
        and (line.text[:1].islower() or (_CJK_ONLY.match(line.text) is not None and len(paragraph.lines) > 1))
    )


def _ends_open(line: _Line) -> bool:
    return _TERMINAL.search(line.text) is None


def join_hyphenated(lines: Sequence[str], known: Counter[str]) -> str:
    """Lines of one paragraph as running text. A hyphen at a line's end goes, unless the word has one elsewhere.

    known: how often each word, hyphenated ones included, stands whole in the document, in lower case.
    """
    joined: list[str] = []
    for line in lines:
        hyphen = _HYPHEN_END.search(joined[-1]) if joined else None
        start = _WORD_START.match(line)
        if hyphen is None or start is None or not start.group()[0].islower():
            joined.append(line)
            continue
        head, tail = hyphen.group(1), start.group()
        whole, hyphenated = (head + tail).lower(), f"{head}-{tail}".lower()
        keeps = known[hyphenated] > known[whole]
        joined[-1] = joined[-1] + line if keeps else joined[-1][:-1] + line
    return join_lines(joined)


# -- paragraphs to a document ------------------------------------------------------------------------------------------


def _document(
    source: Source,
    pages: list[list[_Line]],
    labels: list[str],
    outline: list[tuple[str, int, int, float | None]],
    metadata: dict[str, str],
) -> Document:
    kept = without_running_heads(pages)
    if dropped := sum(map(len, pages)) - sum(map(len, kept)):
        source.warn(f"{dropped:,} running heads and page numbers were left out.")
    if not any(kept):
        kept = pages
    paragraphs = _paragraphs(kept)
    known = Counter(word.lower() for lines in kept for line in lines for word in _WORD.findall(line.text))
    body_size = _body_size(kept)
    sizes = sorted({round(each.size) for each in paragraphs if _is_heading(each, body_size)}, reverse=True)
    pieces: list[Piece] = []
    for paragraph in paragraphs:
        text = join_hyphenated([line.text for line in paragraph.lines], known)
        page_label = labels[paragraph.lines[0].page]
        if _is_heading(paragraph, body_size):
            level = min(6, 1 + sizes.index(round(paragraph.size)))
            pieces.append(Piece(Block(BlockKind.HEADING, text, page_label=page_label), level))
        else:
            kind = BlockKind.LIST_ITEM if _BULLET.match(text) or _CONTENTS_LINE.search(text) else BlockKind.PARAGRAPH
            pieces.append(Piece(Block(kind, text, page_label=page_label)))
    title = _title(metadata, pieces)
    front_title = title or source.title_from_name
    entries = _outline_entries(outline, paragraphs, pieces)
    if entries:
        sections = cut_by_entries(pieces, compact_levels(entries), front_title=front_title)
    else:
        sections = cut_by_headings(pieces, front_title=front_title)
    return make_document(source, "pdf", sections, title=title, author=metadata.get("Author", ""))


def _body_size(pages: Sequence[Sequence[_Line]]) -> float:
    """The size most characters are set in."""
    weights: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            weights[round(line.size, 1)] += len(line.text)
    return weights.most_common(1)[0][0]


def _is_heading(paragraph: _Paragraph, body_size: float) -> bool:
    length = sum(len(line.text) for line in paragraph.lines)
    letters = sum(character.isalpha() for line in paragraph.lines for character in line.text)
    return paragraph.size >= 1.15 * body_size and len(paragraph.lines) <= 4 and length <= _MAX_HEADING and letters >= 2


def _title(metadata: dict[str, str], pieces: list[Piece]) -> str:
    title = one_line(metadata.get("Title", ""))
    if title and not _JUNK_TITLE.match(title):
        return title
    headings = [piece for piece in pieces[:12] if piece.level]
    return min(headings, key=lambda piece: piece.level).block.text if headings else ""


def _metadata(pdf: Any) -> dict[str, str]:
    try:
        found: dict[str, str] = pdf.get_metadata_dict(skip_empty=True)
    except (pdfium.PdfiumError, UnicodeError):
        return {}
    return found


def _outline(pdf: Any, page_count: int) -> list[tuple[str, int, int, float | None]]:
    """(title, level from 1, page, height on the page or None) of every bookmark that points at a page."""
    found: list[tuple[str, int, int, float | None]] = []
    try:
        for bookmark in pdf.get_toc(max_depth=12):
            destination = bookmark.get_dest()
            page = destination.get_index() if destination is not None else None
            if page is None or not 0 <= page < page_count:
                continue
            mode, view = destination.get_view()
            height = (
                float(view[1]) if mode == pdfium_c.PDFDEST_VIEW_XYZ and len(view) > 1 and view[1] is not None else None
            )
            found.append((one_line(bookmark.get_title()), bookmark.level + 1, page, height))
    except (pdfium.PdfiumError, UnicodeError):
        return []
    return [entry for entry in found if entry[0]]


def _outline_entries(
    outline: list[tuple[str, int, int, float | None]], paragraphs: list[_Paragraph], pieces: list[Piece]
) -> list[Entry]:
    """Each bookmark as a place: the paragraph with its words on its page, else the first at or below its height."""
    by_page: dict[int, list[int]] = {}
    for index, paragraph in enumerate(paragraphs):
        by_page.setdefault(paragraph.lines[0].page, []).append(index)
    entries = []
    for title, level, page, height in outline:
        candidates = by_page.get(page, [])
        place = _named(title, candidates, pieces)
        if place is None and height is not None:
            place = next((i for i in candidates if paragraphs[i].lines[0].bottom <= height), None)
        if place is None:
            place = next((by_page[number][0] for number in range(page, page + 3) if number in by_page), None)
        if place is not None:
            entries.append(Entry(title, level, place))
    return entries


def _named(title: str, candidates: list[int], pieces: list[Piece]) -> int | None:
    """The short paragraph that ends with these words ("3 Baz" for "Baz"), else the first that begins with them."""
    wanted = _squeezed(title)
    texts = {index: _squeezed(pieces[index].block.text) for index in candidates}
    ending = (index for index, text in texts.items() if text.endswith(wanted) and len(text) <= len(wanted) + 12)
    beginning = (index for index, text in texts.items() if text.startswith(wanted))
    if not wanted:
        return None
    found = next(ending, None)
    return found if found is not None else next(beginning, None)


def _squeezed(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())

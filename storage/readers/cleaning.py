"""Characters and white space: what every block's text goes through before it becomes part of a document.

Unicode is kept as it stands (no normalisation); only what no reader can see or every search stumbles over is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from storage.document import Mark

_NEWLINES = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls, soft hyphens, byte order marks and noncharacters are dropped; lone surrogates cannot be stored as UTF-8.
_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\ufeff\ufffe\uffff]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_FIXED_SPACES = re.compile(r"[\u00a0\u2007\u202f]")
# All of the above at once.
_UNCLEAN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u00ad\u2007\u2028\u2029\u202f\ud800-\udfff\ufeff\ufffe\uffff]")
_SPACES = re.compile(r"[ \t\n]+")
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")

CJK = (
    r"\u2e80-\u2fdf\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff"
)
"""Regex class body: scripts written without spaces between words, and their punctuation. (Korean has spaces.)"""
_IS_CJK = re.compile(f"[{CJK}]")
_CJK_BREAK = re.compile(rf"(?<=[{CJK}])[ \t]*\n[ \t\n]*(?=[{CJK}])")


def is_cjk(character: str) -> bool:
    return _IS_CJK.match(character) is not None


def clean_characters(text: str) -> str:
    """One kind of newline, no control characters, plain spaces for no-break ones. Idempotent."""
    if text.isprintable() or not _UNCLEAN.search(text):  # what is to be changed is never printable
        return text
    text = _NEWLINES.sub("\n", text)
    text = _INVISIBLE.sub("", text)
    text = _FIXED_SPACES.sub(" ", text)
    return _SURROGATES.sub("\ufffd", text)


def collapse_spaces(text: str) -> str:
    """White space as HTML shows it: runs become one space; a line break between two CJK characters becomes nothing.

    The ideographic space stays: in Chinese and Japanese it is punctuation.
    """
    if "\n" in text:
        text = _CJK_BREAK.sub("", text)
    return _SPACES.sub(" ", text)


def one_line(text: str) -> str:
    """A title: clean, on one line, without white space at its ends."""
    return collapse_spaces(clean_characters(text)).strip()


def split_blank_lines(text: str, marks: Iterable[Mark] = ()) -> list[tuple[str, tuple[Mark, ...]]]:
    """Cut at blank lines into texts that are not blank; each keeps its share of the marks, moved to its own offsets.

    Lines lose the white space at their ends only where there is no mark to move; every part is stripped.
    """
    marks = tuple(marks)
    parts: list[tuple[str, tuple[Mark, ...]]] = []
    begin = 0
    for end, after in [*((gap.start(), gap.end()) for gap in _BLANK_LINES.finditer(text)), (len(text), len(text))]:
        raw = text[begin:end]
        stripped = raw.strip()
        if stripped:
            left = begin + len(raw) - len(raw.lstrip())
            parts.append((stripped, tuple(_clip(marks, left, left + len(stripped)))))
        begin = after
    return parts


def _clip(marks: tuple[Mark, ...], start: int, end: int) -> Iterable[Mark]:
    for mark in marks:
        first, last = max(mark.start, start) - start, min(mark.end, end) - start
        if first < last:
            yield Mark(first, last, mark.style, mark.note)

"""Project Gutenberg's header, footer and licence: found, taken off, and mined for title and author.

The licence asks that its name come off with its text; the words of the book are what is left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_START = re.compile(
    r"^\s*\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG.*?$|^\*END\*? ?THE SMALL PRINT!.*?$", re.I | re.M
)
_START_REST = re.compile(r"\A[^\n]{0,80}\*\*\*[ \t]*(?:\n|\Z)")
_END = re.compile(
    r"^\s*\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG.*$|^\s*End of (?:the |this )?Project Gutenberg.*$", re.I | re.M
)
_FIELD = re.compile(r"^(Title|Author|Language):[ \t]*(\S.*(?:\n[ \t]{2,}\S.*)*)", re.M)
_CREDIT = re.compile(
    r"\A\s*(?:\[?(?:E-?text |E-?book )?(?:Produced|Prepared|Transcribed|Digitized|Scanned) (?:by|from)\b"
    r"|E-?text (?:prepared|produced|scanned) by\b)[^\n]*(?:\n[^\n]*\S[^\n]*)*\n?",
    re.I,
)
_HEAD_CHARACTERS = 40_000
_LANGUAGES = {
    "english": "en", "french": "fr", "german": "de", "spanish": "es", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "finnish": "fi", "swedish": "sv", "danish": "da", "russian": "ru", "polish": "pl", "chinese": "zh",
    "japanese": "ja", "latin": "la", "greek": "el", "hungarian": "hu", "czech": "cs", "esperanto": "eo",
    "norwegian": "no",
}  # fmt: skip

WARNING = "The Project Gutenberg header, footer and licence were left out."


@dataclass(frozen=True, slots=True)
class Stripped:
    """text: the book alone. found: whether anything was taken off."""

    text: str
    found: bool
    title: str = ""
    author: str = ""
    language: str = ""


def strip_boilerplate(text: str) -> Stripped:
    """Text between the START and END lines, where they are; unchanged otherwise. Newlines are `\\n`."""
    head = text[:_HEAD_CHARACTERS]
    start, fields = 0, {}
    if (match := _START.search(head)) is not None:
        start = match.end()
        if "***" not in match.group()[10:] and (rest := _START_REST.match(text[start + 1 : start + 200])) is not None:
            start += 1 + rest.end()  # the line was wrapped
        fields = {name: " ".join(value.split()) for name, value in _FIELD.findall(head[: match.start()])}
    elif "Project Gutenberg" not in head[:2000]:
        return Stripped(text, found=False)
    tail = max(start, len(text) - max(_HEAD_CHARACTERS, len(text) // 4))
    end_match = _END.search(text, tail)
    end = end_match.start() if end_match is not None else len(text)
    if start == 0 and end == len(text):
        return Stripped(text, found=False)
    body = text[start:end]
    if (credit := _CREDIT.match(body)) is not None and len(credit.group()) < 800:
        body = body[credit.end() :]
    language = fields.get("Language", "").lower()
    return Stripped(
        body, found=True, title=fields.get("Title", ""), author=fields.get("Author", ""),
        language=_LANGUAGES.get(language, language if len(language) == 2 else ""),
    )  # fmt: skip


def boilerplate_range(texts: list[str]) -> tuple[int, int] | None:
    """Of the blocks of an HTML edition: the range [first, last) that is the book, or None where nothing marks it."""
    first, last = 0, len(texts)
    for index, text in enumerate(texts):
        if "PROJECT GUTENBERG" not in text.upper():
            continue
        if _START.search(text) is not None and index < len(texts) / 3 + 40:
            first = index + 1
        elif _END.search(text) is not None and index > first:
            last = index
            break
    return (first, last) if (first, last) != (0, len(texts)) and first < last else None

"""Where sentences begin and end, in English and in Chinese, as places in the text.

Knows punctuation. Knows nothing of documents, questions or models.
"""

from __future__ import annotations

import re

_ABBREVIATION = re.compile(
    r"(?:mr|mrs|ms|dr|st|prof|rev|capt|col|gen|lt|sgt|messrs|mme|mlle|jr|sr|esq|hon|vs|etc|vol|ch|fig|pp|e\.g|i\.e|cf)",
    re.IGNORECASE,
)
_CLOSERS = "\"'”’»)\\]」』）》"
_BREAK = re.compile(
    rf"(?P<cjk>(?:[。！？；…｡]|．(?!\d))+[{_CLOSERS}]*)|(?P<stop>[.!?…]+[{_CLOSERS}]*)(?=\s)|(?P<blank>\n\s*\n)",
    re.UNICODE,
)
_LAST_WORD = re.compile(r"[^\s\"'“‘(\[]+$")
_NEXT_LETTER = re.compile(r"[\s\"'“”‘’«»(\[]*(?P<letter>\w)?")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Places of the sentences in order, without the white space around them: `text[start:end]` is never blank.

    A full stop after a title or an initial ("Mr.", "J.") and a quote followed by a small letter do not end a sentence.
    """
    spans: list[tuple[int, int]] = []
    begin = 0
    for match in _BREAK.finditer(text):
        if match["stop"] and not _ends_sentence(text, match):
            continue
        _append_trimmed(spans, text, begin, match.end())
        begin = match.end()
    _append_trimmed(spans, text, begin, len(text))
    return spans


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    following = _NEXT_LETTER.match(text, match.end())
    letter = following["letter"] if following else None
    if letter is not None and letter.islower():
        return False
    if not match["stop"].startswith(".") or match["stop"].startswith(".."):
        return True
    last = _LAST_WORD.search(text, max(0, match.start() - 20), match.start())
    word = last.group() if last else ""
    return not _ABBREVIATION.fullmatch(word) and not (len(word) == 1 and word.isupper() and word != "I")


def _append_trimmed(spans: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    piece = text[begin:end]
    stripped = piece.strip()
    if stripped:
        start = begin + len(piece) - len(piece.lstrip())
        spans.append((start, start + len(stripped)))

"""What engine, library and operations say to the user, in the language of the window.

They speak plain English sentences and know no Qt. A sentence that comes from there is matched against the catalogue of
all they can say (`app.desktop.sentence_catalogue`, complete by a test) and said again in the window's language, with what
stood in its gaps. Names, paths and numbers in gaps stay as they are; a gap that holds a sentence is translated too.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from PySide6.QtCore import QCoreApplication

from app.desktop.sentence_catalogue import SENTENCES

_GAP = re.compile(r"\{(\d+)\}")
_DEEPEST = 3
"""Sentences in gaps of sentences in gaps: deeper nothing is said."""


def localized(sentence: str) -> str:
    """The sentence in the language of the window; as it is where it is not in the catalogue."""
    return _localized(sentence, _DEEPEST)


def _localized(words: str, depth: int) -> str:
    for template, own_words in _templates():
        if not all(piece in words for piece in own_words):
            continue
        match = _pattern(template).fullmatch(words)
        if match is None:
            continue
        gaps = [_localized(gap, depth - 1) if depth and " " in gap else gap for gap in match.groups()]
        return QCoreApplication.translate("sentence", template).format(*gaps)
    return words


@lru_cache(maxsize=1)
def _templates() -> list[tuple[str, list[str]]]:
    """With the pieces between their gaps, those with the most words of their own first: "{0}: {1}." takes no other's sentence."""
    ordered = sorted(SENTENCES, key=lambda template: len(_GAP.sub("", template)), reverse=True)
    return [(template, _GAP.split(template)[::2]) for template in ordered]


@cache  # only those that are said: to compile them all would stop the window for a moment
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, _GAP.split(template)[::2])), re.DOTALL)

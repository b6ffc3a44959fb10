"""What engine, library and operations say to the user, in the language of the window.

They speak plain English sentences and know no Qt. A sentence that comes from there is matched against the catalogue of
all they can say (`app.desktop.sentence_catalogue`, complete by a test) and said again in the window's language, with what
stood in its gaps. Names, paths and numbers in gaps stay as they are; a gap that holds a sentence is translated too.
"""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QCoreApplication

from app.desktop.sentence_catalogue import SENTENCES

_GAP = re.compile(r"\{(\d+)\}")
_DEEPEST = 3
"""Sentences in gaps of sentences in gaps: deeper nothing is said."""


def localized(sentence: str) -> str:
    """The sentence in the language of the window; as it is where it is not in the catalogue."""
    return _localized(sentence, _DEEPEST)


def _localized(words: str, depth: int) -> str:
    for template, pattern in _patterns():
        match = pattern.fullmatch(words)
        if match is None:
            continue
        gaps = [_localized(gap, depth - 1) if depth and " " in gap else gap for gap in match.groups()]
        return QCoreApplication.translate("sentence", template).format(*gaps)
    return words


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Templates with the most words of their own first, so that "{0}: {1}." never takes another's sentence."""
    ordered = sorted(SENTENCES, key=lambda template: len(_GAP.sub("", template)), reverse=True)
    return [
        (template, re.compile("(.+?)".join(map(re.escape, _GAP.split(template)[::2])), re.DOTALL))
        for template in ordered
    ]

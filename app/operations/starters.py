"""Questions to begin with: those of the bundled story, and for other books who speaks most in them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from app.operations.sample import suggested_questions
from app.services import Services
from storage import documents

_LOOKED_AT = 300_000
"""Characters from the beginning: who matters has spoken by then."""
_LEAST_SPEECHES = 8
_VERB = r"(?:said|replied|cried|asked|answered|exclaimed|observed|returned)"
_TITLES = "Mr|Mrs|Miss|Ms|Dr|Lady|Lord|Sir|Captain|Colonel|Aunt|Uncle|Prince|Princess|Count|Countess|Father|Mother|Don|King|Queen"
_NAME = rf"((?:(?:{_TITLES})\.? )?[A-Z][a-z]{{2,}})"
_SPEAKER = re.compile(rf"\b{_VERB} {_NAME}\b|\b{_NAME},? {_VERB}\b")
_PRONOUNS = "The|She|They|But|And|Then|This|That|There|Here|You|Who|What|His|Her|One|Now"
_NO_NAMES = frozenset(f"{_TITLES}|{_PRONOUNS}".split("|"))


@dataclass(frozen=True, slots=True)
class Starters:
    """questions: in words. name: of the person "Who is …?" can be asked of; "" where none stands out."""

    questions: tuple[str, ...]
    name: str


def starters(services: Services, document_id: str) -> Starters:
    """Raises StorageError for an unknown document."""
    with services.database.read() as session:
        document = documents.get_document(session, document_id)
        if document.sample:
            return Starters(tuple(each.question for each in suggested_questions()), "")
        return Starters((), most_spoken(documents.text_between(session, document_id, 0, _LOOKED_AT)))


def most_spoken(text: str) -> str:
    """Who is named most often as speaking; "" when nobody is named often."""
    names = Counter(match[1] or match[2] for match in _SPEAKER.finditer(text))
    for name in _NO_NAMES:
        names.pop(name, None)
    best = max(names.items(), key=lambda each: (each[1], each[0]), default=("", 0))
    return best[0] if best[1] >= _LEAST_SPEECHES else ""

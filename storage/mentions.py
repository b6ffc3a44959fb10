"""Whether a value kept beside the documents (a setting, a job's parameters) mentions one of them, and what is left.

Knows plain JSON values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from storage.probes import is_distinctive


class _Nothing:
    """What is left of a value that was all mention."""


NOTHING: Final = _Nothing()


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a document is called by: its id, its title, the name of its file."""

    document_id: str
    title: str
    source_name: str

    def in_text(self, text: str) -> bool:
        """Whether a string names the document: its id anywhere, its file as (the end of) a path, its title as words.

        A title that is a plain small word ("auto") is not looked for: as a value it would mean something else.
        """
        return (
            self.document_id in text
            or (bool(self.source_name) and _whole(self.source_name).search(text) is not None)
            or (is_distinctive(self.title) and _whole(self.title).search(text) is not None)
        )

    def without(self, value: Any) -> Any:
        """A JSON value without the strings, list items and entries that mention the document; NOTHING if all does."""
        if isinstance(value, str):
            return NOTHING if self.in_text(value) else value
        if isinstance(value, list):
            return [kept for item in value if (kept := self.without(item)) is not NOTHING]
        if isinstance(value, dict):
            if any(isinstance(item, str) and self.in_text(item) for item in value.values()):
                return NOTHING  # a record about the document, such as an entry of a list of recent files
            return {
                key: kept
                for key, item in value.items()
                if not self.in_text(key) and (kept := self.without(item)) is not NOTHING
            }
        return value

    def stands_in(self, value: Any) -> bool:
        """Whether a JSON value mentions the document anywhere."""
        return bool(self.without(value) != value)


def _whole(words: str) -> re.Pattern[str]:
    """The words, not as a part of longer Latin words."""
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(words)}(?![A-Za-z0-9])")

"""What a model thinks aloud before it answers (`<think> … </think>`), told apart from the answer while it streams.

Knows strings only. Law: the pieces of both kinds, joined in order, are the text without the tags, however it was cut.
"""

from __future__ import annotations

BEGIN, END = "<think>", "</think>"


class ThoughtFilter:
    """Sorts a stream into reasoning and answer; holds back a tail that may become a tag.

    inside: the prompt has already begun the reasoning, as the templates of some models do.
    """

    def __init__(self, *, inside: bool = False) -> None:
        self._inside = inside
        self._held = ""

    def push(self, piece: str) -> list[tuple[bool, str]]:
        """The pieces that are certain now: (is reasoning, text), none of them empty."""
        self._held += piece
        certain: list[tuple[bool, str]] = []
        while True:
            tag = END if self._inside else BEGIN
            before, found, after = self._held.partition(tag)
            if not found:
                break
            certain.append((self._inside, before))
            self._held, self._inside = after, not self._inside
        keep = next((n for n in range(len(tag) - 1, 0, -1) if self._held.endswith(tag[:n])), 0)
        certain.append((self._inside, self._held[: len(self._held) - keep]))
        self._held = self._held[len(self._held) - keep :]
        return [(is_thought, text) for is_thought, text in certain if text]

    def finish(self) -> list[tuple[bool, str]]:
        """What was held back and did not become a tag."""
        held, self._held = self._held, ""
        return [(self._inside, held)] if held else []

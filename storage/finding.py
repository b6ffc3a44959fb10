"""Finding words in a text without regard to case, with offsets in the text as it is written.

Case folding may lengthen a text ("ß" becomes "ss"), so a hit in the folded text is mapped back.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice


def find_all(text: str, query: str, *, limit: int) -> list[tuple[int, int]]:
    """The first `limit` places `[start, end)` where the query stands, in order, not overlapping.

    White space in the query stands for any white space, a line break included. A blank query stands nowhere.
    """
    words = query.casefold().split()
    if not words:
        return []
    folded = text.casefold()
    hits = re.finditer(r"\s+".join(re.escape(word) for word in words), folded)
    ranges: Iterator[tuple[int, int]] = (match.span() for match in hits)
    if len(folded) != len(text):  # no character folds to nothing: equal length means equal offsets
        ranges = _unfolded(text, ranges)
    return list(islice(ranges, limit))


def _unfolded(text: str, ranges: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Ranges in the folded text as ranges in `text`; a hit on half a character takes the whole of it."""
    longer = {character: len(character.casefold()) - 1 for character in set(text)}
    changes = [position for position, character in enumerate(text) if longer[character]]
    folded_starts: list[int] = []
    added = 0
    for position in changes:
        folded_starts.append(position + added)
        added += longer[text[position]]

    def offset(folded: int) -> int:
        index = bisect_right(folded_starts, folded) - 1
        if index < 0:
            return folded
        position = changes[index]
        return position + max(0, folded - folded_starts[index] - longer[text[position]])

    last_end = 0
    for start, end in ranges:
        found = (offset(start), offset(end - 1) + 1)
        if found[0] >= last_end:
            last_end = found[1]
            yield found

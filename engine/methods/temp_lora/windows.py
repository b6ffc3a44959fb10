"""Which tokens are read again, and which are scored and trained on, in what order. Knows integers only.

    window 0      |chunk|chunk|chunk|chunk|
    window 1                  |reread |chunk|chunk|chunk|
    window 2                                |reread |chunk|chunk|...

Within a window the KV cache grows chunk by chunk, computed with the adapter of its moment; a new window reads the last tokens
again with the newest adapter (the authors' rule: re-use the cache until the window is full, only then recompute).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """`[reread_start, chunks[0][0])` is read again without being scored; each chunk `[start, end)` is scored, then trained on."""

    reread_start: int
    chunks: tuple[tuple[int, int], ...]


def plan_windows(tokens: int, *, chunk: int, window: int, reread: int, start: int = 0) -> list[Window]:
    """Cover `[start, tokens)` with chunks, each token in exactly one.

    Starting where a window of the whole plan ends gives the rest of that plan. Raises ValueError for sizes that cannot move forward.
    """
    if chunk < 1 or reread < 0 or window < reread + chunk:
        raise ValueError(f"a window of {window} tokens cannot hold {reread} read again and a chunk of {chunk}")
    windows: list[Window] = []
    while start < tokens:
        reread_start = max(0, start - reread)
        room = window - (start - reread_start)
        end = min(tokens, start + room // chunk * chunk)
        chunks = tuple((s, min(s + chunk, end)) for s in range(start, end, chunk))
        windows.append(Window(reread_start, chunks))
        start = end
    return windows

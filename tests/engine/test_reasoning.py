from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.reasoning import ThoughtFilter

PIECES = st.lists(
    st.sampled_from(["<think>", "</think>", "<th", "ink>", "</", "a", "b <", "\n", "think>", ">"]), max_size=12
)


def sorted_at_once(text: str, *, inside: bool) -> list[tuple[bool, str]]:
    """The plain twin: the whole text split at its tags."""
    found, rest = [], text
    while rest:
        before, tag, rest = rest.partition("</think>" if inside else "<think>")
        if before:
            found.append((inside, before))
        inside ^= bool(tag)
    return found


def joined(pieces):
    merged: list[tuple[bool, str]] = []
    for kind, text in pieces:
        if merged and merged[-1][0] == kind:
            merged[-1] = (kind, merged[-1][1] + text)
        else:
            merged.append((kind, text))
    return merged


@given(PIECES, st.booleans())
def test_however_the_stream_is_cut_it_is_sorted_as_the_whole(pieces, inside):
    stream = ThoughtFilter(inside=inside)
    found = [each for piece in pieces for each in stream.push(piece)] + stream.finish()
    assert all(text for _, text in found)
    assert joined(found) == joined(sorted_at_once("".join(pieces), inside=inside))

"""Long prompts in spans: where each ends, and the gists read behind each put together as one state.

Knows states and tokens. Our way of several spans: the model reads the whole prompt exactly; behind the end of each span, and so
knowing all that stands before it, k gist tokens are read; their keys and values stand where the text of the next span goes on.
Literals keep their own places. So no gist rests on another, and nothing of the prompt is read twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from engine.backends.pytorch import TorchBackend, TorchState
from engine.jobs import Steps
from engine.kv_state import KVState
from engine.methods.gist.encoder import GistEncoder
from engine.methods.gist.encoding import gist_state

SPAN_TOKENS = 512
"""A longer prompt is cut in spans of about equal length, none longer but where literals leave no place to cut."""


def span_ends(tokens: int, k: int, literal_places: Sequence[int], *, span_tokens: int = SPAN_TOKENS) -> list[int]:
    """Where the spans of a prompt end, rising, the last one with the prompt.

    Behind every other end neither a literal nor another end stands among the next k tokens: their positions are the gist's.
    literal_places: rising.
    """
    count = -(-tokens // span_tokens)
    ends: list[int] = []
    for number in range(1, count):
        wanted, lowest = number * tokens // count, ends[-1] + k if ends else 1
        nearest = (place for place in range(wanted, lowest - 1, -1) if _is_free(place, k, literal_places))
        later = (place for place in range(max(wanted + 1, lowest), tokens - k) if _is_free(place, k, literal_places))
        end = next(nearest, None) or next(later, None)
        if end is not None and end + k < tokens:
            ends.append(end)
    return [*ends, tokens]


def _is_free(place: int, k: int, literal_places: Sequence[int]) -> bool:
    """Whether no literal stands at `place` or the k - 1 places behind it."""
    following = bisect_left(literal_places, place)
    return following == len(literal_places) or literal_places[following] >= place + k


def encode_spans(
    backend: TorchBackend,
    encoder: GistEncoder,
    state: TorchState,
    k: int,
    literal_places: Sequence[int],
    *,
    span_tokens: int = SPAN_TOKENS,
) -> Steps[list[KVState]]:
    """The gist of each span, from an exact state that has read the prompt: first token (of the first), literals, gist tokens.

    The state is left as it was. Yields between spans.
    """
    parts = []
    start = 0
    for end in span_ends(len(state.tokens), k, literal_places, span_tokens=span_tokens):
        read = state
        if end < len(state.tokens):
            read = backend.restore_state(backend.export_state(state, 0, end), state.tokens[:end], state.adapter)
        places = [place for place in literal_places if start <= place < end]
        gist = gist_state(backend, encoder, read, k, places)
        parts.append(gist if start == 0 else gist.part(1, gist.slots))
        yield None
        start = end
    return parts


def joined_gist(parts: Sequence[KVState], of: int, k: int) -> KVState:
    """One state of all spans with only the first k of their `of` gist tokens: fewer gist tokens are those of more, cut off."""
    return KVState.joined([_first(part, of, k) for part in parts])


def _first(part: KVState, of: int, k: int) -> KVState:
    kept = part.part(0, part.slots - of + k)
    kept.next_position = int(kept.positions[-1]) + 1
    return kept

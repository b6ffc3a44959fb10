"""The handler of `Compress`: a prompt read once, kept exactly and, where a gist is wanted, as a few gist tokens.

Knows how reading, keeping, encoding and measuring follow one another. Knows no wording of prompts and no file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate

from engine.api import GIST_TOKENS, Compress, Compressed, CompressMethod, PromptLayout
from engine.backends.base import Backend, PromptState
from engine.backends.pytorch import TorchBackend, TorchState
from engine.errors import EngineError
from engine.generation import PREFILL_BLOCK_TOKENS
from engine.jobs import Progress, Steps, beside
from engine.kv_state_file import dump_state
from engine.methods.gist.choosing import ChosenGist, choose_gist
from engine.methods.gist.divergence import REPLY_TOKENS, Reply, divergence, neutral_openings, write_reply
from engine.methods.gist.encoder import GistEncoder, load_encoder
from engine.methods.gist.literals import LITERAL_SHARE, KeptLiteral, keep_literals, literal_places
from engine.methods.gist.openings import openings
from engine.methods.gist.spans import span_ends
from engine.prompt_store import PIECE_TOKENS, NewEntry
from engine.prompting import question_tokens, static_prompt, style_for
from engine.runtime import Runtime
from engine.tokenization import Tokenizer

_LITERALS_LISTED = 200


def compress(request: Compress, runtime: Runtime) -> Steps[Compressed]:
    """Progress counts tokens read, then gists measured. A stop leaves what is kept by then.

    Of instructions the exact state is kept beside a gist: made anew, it need not read them again. That of a book would take the room
    of a hundred other prompts.
    """
    began = time.perf_counter()
    _check(request)
    backend = yield from runtime.load(request.model)
    if not isinstance(backend, TorchBackend) or runtime.prompt_store is None:
        raise EngineError(f"{request.model.name} keeps no prompts; choose a model that PyTorch runs.")
    encoder = None
    if request.method is CompressMethod.GIST and request.encoder is not None:  # never None then: `_check`
        encoder = load_encoder(request.encoder, backend)
    text, prompt = yield from beside(lambda: _lay_out(request, backend))
    wanted = _still_wanted(request, runtime)

    state = backend.new_state()
    yield from _read(runtime, backend, state, prompt)
    entry = None
    if encoder is None or request.layout is PromptLayout.INSTRUCTIONS:
        entry = yield from runtime.prefix_cache.keep(
            backend,
            state,
            len(prompt),
            title=request.title,
            document_key=request.document_key,
            metrics={"layout": request.layout.value},
            wanted=wanted,
        )
    exact = Compressed(
        entry=entry or 0,
        k=0,
        tokens=len(prompt),
        slots=len(prompt),
        literal_tokens=0,
        ratio=1.0,
        bytes_exact=_exact_bytes(backend, state),
        bytes_gist=0,
        divergence=0.0,
        divergence_none=0.0,
        within_bound=True,
        seconds=time.perf_counter() - began,
    )
    if encoder is None:
        if entry is None:
            raise _not_kept(request)
        return exact

    literals = _find_literals(backend.tokenizer, prompt, text) if request.keep_literals else []
    places = literal_places(literals)
    gist, divergence_none = yield from _choose(request, backend, encoder, state, places)
    compressed = replace(
        exact,
        k=gist.k,
        slots=gist.slots,
        literal_tokens=len(places),
        ratio=len(prompt) / gist.slots,
        bytes_gist=len(gist.data),
        divergence=gist.divergence,
        divergence_none=divergence_none,
        within_bound=gist.divergence <= request.divergence_bound,
    )
    kept = _keep_gist(request, runtime, prompt, gist, compressed, literals) if wanted() else None
    if kept is None:
        raise _not_kept(request)
    return replace(compressed, entry=kept, seconds=time.perf_counter() - began)


def _choose(
    request: Compress, backend: TorchBackend, encoder: GistEncoder, state: TorchState, places: Sequence[int]
) -> Steps[tuple[ChosenGist, float]]:
    """The gist, and the divergence of no prompt at all. places: of the literals, rising."""
    ks = _possible_ks(request, len(state.tokens), places)
    style = style_for(request.model)
    replies: list[Reply] = []
    for opening in neutral_openings(backend.tokenizer, request.layout, style):
        replies.append((yield from write_reply(backend, state, opening, REPLY_TOKENS)))
    gist = yield from choose_gist(
        backend,
        encoder,
        state,
        replies,
        ks=ks,
        bound=request.divergence_bound,
        literal_places=places,
        refine_steps=request.refine_steps,
        openings=openings(backend.tokenizer, request.layout, style) if request.refine_steps else (),
    )
    return gist, (yield from divergence(backend, backend.new_state(), replies))


def _check(request: Compress) -> None:
    """Raise EngineError for what no model could do."""
    if not request.text.strip():
        raise EngineError(f"“{request.title}” holds no text to compress.")
    if request.refine_steps < 0:
        raise EngineError(f"A gist is refined in 0 or more steps, not in {request.refine_steps}.")
    if request.max_tokens is not None and request.max_tokens < 1:
        raise EngineError(f"At least 1 token must be kept of a prompt, not {request.max_tokens}.")
    if request.method is CompressMethod.EXACT:
        return
    if request.k is not None and request.k not in GIST_TOKENS:
        allowed = ", ".join(map(str, GIST_TOKENS))
        raise EngineError(f"A prompt can be compressed into {allowed} gist tokens, not into {request.k}.")
    if request.encoder is None:
        raise EngineError(f"{request.model.name} has no gist encoder yet; train one, or keep the prompt exactly.")


def _lay_out(request: Compress, backend: Backend) -> tuple[str, list[int]]:
    """The text that is compressed, and the tokens of the prompt it is to the model.

    Raises EngineError when a question and its answer do not fit behind it.
    """
    tokenizer, text = backend.tokenizer, request.text.strip()
    encoded = tokenizer.encode_with_offsets(text)
    if request.max_tokens is not None and request.max_tokens < len(encoded.ids):
        text = text[: encoded.offsets[request.max_tokens - 1][1]].rstrip()
    own = min(len(encoded.ids), request.max_tokens or len(encoded.ids))
    style = style_for(request.model)
    measuring = REPLY_TOKENS + max(map(len, neutral_openings(tokenizer, request.layout, style)))
    room = max(GIST_TOKENS) + max(measuring, question_tokens(style, backend.context_tokens))
    around = len(static_prompt(tokenizer, request.layout, "", title=request.title, style=style))
    prompt: list[int] = []
    if own + around + room <= backend.context_tokens:
        prompt = static_prompt(tokenizer, request.layout, text, title=request.title, style=style)
    if not prompt or len(prompt) + room > backend.context_tokens:
        fits = max(0, backend.context_tokens - room - around)
        raise EngineError(
            f"“{request.title}” is {own:,} tokens long, and before a question and its answer this model holds {fits:,} of it."
            " Compress only its beginning."
        )
    return text, prompt


def _still_wanted(request: Compress, runtime: Runtime) -> Callable[[], bool]:
    """Whether a document that is compressed has not been forgotten since."""
    key = request.document_key
    if key is None:
        return lambda: True
    memory = runtime.document_memory.setdefault(key, {})
    return lambda: runtime.document_memory.get(key) is memory


def _read(runtime: Runtime, backend: Backend, state: PromptState, prompt: Sequence[int]) -> Steps[None]:
    """Have a state read a prompt; what is kept of it already is not read again."""
    restored = yield from runtime.prefix_cache.restore(backend, state, prompt)
    first, read_s = len(state.tokens), 0.0
    for start in range(first, len(prompt), PREFILL_BLOCK_TOKENS):
        yield Progress("Reading", start, len(prompt), "token")
        began = time.perf_counter()  # between blocks questions may be answered: those seconds are not of reading
        backend.read(prompt[start : start + PREFILL_BLOCK_TOKENS], state)
        read_s += time.perf_counter() - began
    yield Progress("Reading", len(prompt), len(prompt), "token")
    identity = backend.info.model.identity
    runtime.prefix_cache.note_reading(identity, len(prompt) - first, read_s)
    runtime.prefix_cache.note_use(identity, restored)


def _exact_bytes(backend: TorchBackend, state: TorchState) -> int:
    """What the exact state takes at rest, in the pieces it is kept in."""
    whole, rest = divmod(len(state.tokens), PIECE_TOKENS)
    return sum(
        count * len(dump_state(backend.export_state(state, 0, tokens)))
        for count, tokens in ((whole, PIECE_TOKENS), (1, rest))
        if count and tokens
    )


def _find_literals(tokenizer: Tokenizer, prompt: Sequence[int], text: str) -> list[KeptLiteral]:
    """What of a text must stay readable, by its places in the prompt: of ours around it nothing must."""
    pieces = [tokenizer.token_bytes(token) for token in prompt]
    ends = list(accumulate(map(len, pieces)))
    begin = b"".join(pieces).find(text.encode("utf-8", "replace"))
    first, last = 1, len(pieces)  # the first token is kept in any case
    if begin >= 0:  # else the tokenizer, or our care for special tokens, spells it in another way
        first = max(1, next(place for place, end in enumerate(ends) if end > begin))
        last = next(place for place, end in enumerate(ends) if end >= begin + len(text.encode("utf-8", "replace"))) + 1
    kept = keep_literals(pieces[first:last], limit=int(LITERAL_SHARE * len(prompt)))
    return [
        replace(literal, places=range(first + literal.places.start, first + literal.places.stop)) for literal in kept
    ]


def _possible_ks(request: Compress, tokens: int, places: Sequence[int]) -> list[int]:
    """The wanted numbers of gist tokens that make the prompt shorter at all. Raises EngineError when none does."""
    wanted = GIST_TOKENS if request.k is None else (request.k,)
    spans = len(span_ends(tokens, max(wanted), places))
    possible = [k for k in wanted if 1 + len(places) + k * spans < tokens]
    if not possible:
        raise EngineError(f"“{request.title}” is only {tokens} tokens long, too short for a gist; keep it exactly.")
    return possible


def _keep_gist(
    request: Compress,
    runtime: Runtime,
    prompt: Sequence[int],
    gist: ChosenGist,
    compressed: Compressed,
    literals: Sequence[KeptLiteral],
) -> int | None:
    store = runtime.prompt_store
    assert store is not None
    entry = NewEntry(
        kind="gist",
        scope=gist.state.identity.scope,
        model_identity=request.model.identity,
        model_name=request.model.name,
        adapter_sha256="",
        title=request.title,
        token_ids=prompt,
        document_key=request.document_key,
        metrics={
            "layout": request.layout.value,
            "k": compressed.k,
            "slots": compressed.slots,
            "literal_tokens": compressed.literal_tokens,
            "literals": [literal.text for literal in literals[:_LITERALS_LISTED]],
            "ratio": compressed.ratio,
            "bytes_exact": compressed.bytes_exact,
            "at_rest": gist.at_rest.value,
            "refine_steps": request.refine_steps,
            "divergence": compressed.divergence,
            "divergence_none": compressed.divergence_none,
            "within_bound": compressed.within_bound,
        },
    )
    return store.write_gist(entry, gist.data)


def _not_kept(request: Compress) -> EngineError:
    return EngineError(
        f"“{request.title}” was read but could not be kept: the disk is full, the room for kept prompts is too small, the"
        " prompt is too short, or it was forgotten."
    )

"""A question's prompt as it is put before the model: all of it, alone or behind a segment memory; its tail behind a gist, or behind a
document's text.

Knows what may stand in for what, and what has to fit. Knows no retrieval, no wording and no weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.api import SLOT_SHARE, Ask, PassageText
from engine.backends.base import keeping_backend
from engine.errors import EngineError
from engine.gist_prefix import Gist, load_gist
from engine.prompt_store import GistFound
from engine.prompting import Prompt, PromptForm, PromptStyle, make_prompt
from engine.retrieval import PassageIndex
from engine.runtime import Runtime
from engine.segment_prefix import SINK_SLOTS, SegmentMemory, visible_memory
from engine.tokenization import Tokenizer


@dataclass(frozen=True, slots=True)
class LaidPrompt:
    """A prompt, and the gist that stands in for its system message, or the memory that stands before it.

    holds_document: the document's text, kept exactly, is its system message: its tokens are the first of the prompt.
    """

    prompt: Prompt
    gist: Gist | None = None
    memory: SegmentMemory | None = None
    holds_document: bool = False

    @property
    def read_ids(self) -> list[int]:
        """What the model is given to read: all of the prompt, or what is behind the gist."""
        return self.prompt.token_ids[self.prompt.static_tokens[0] if self.gist else 0 :]

    @property
    def gist_tokens(self) -> int:
        return 0 if self.gist is None else self.gist.found.tokens

    @property
    def prefix_sha256(self) -> str:
        """Of what stands before what is read; "" where nothing does."""
        prefix = self.gist or self.memory
        return "" if prefix is None else prefix.sha256


def lay_prompt(
    request: Ask,
    runtime: Runtime,
    tokenizer: Tokenizer,
    context_tokens: int,
    *,
    passages: Sequence[PassageText],
    form: PromptForm,
    style: PromptStyle,
    index: PassageIndex | None = None,
) -> LaidPrompt:
    """The prompt behind the document: its gist, its text or its segment memory, when one is in use; else behind the gist of the
    instructions.

    There are as many passages as fit behind it. It is left aside where the question may not see all of what it was made of,
    and where the question with a passage to answer from would not fit; of a memory only the segments the question may see are
    used, and no more of them than fit, as `index` says which. Raises EngineError for standing instructions that leave no room for
    the question.
    """
    store = runtime.prompt_store if request.use_store else None
    identity = request.model.identity
    limit = context_tokens - request.max_new_tokens

    def make(*, behind_document: bool, limit_tokens: int) -> Prompt:
        return make_prompt(
            tokenizer,
            title=request.title,
            question=request.question,
            passages=passages,
            form=form,
            style=style,
            limit_tokens=limit_tokens,
            instructions=request.instructions,
            behind_document=behind_document,
        )

    def behind(tokens: int, prompt: Prompt, *, of_document: bool) -> Prompt | None:
        """The prompt, so many tokens in place of its system message; None where that cannot be."""
        most = prompt.static_tokens[0] + limit - tokens
        fitting = prompt
        if len(prompt.token_ids) > most:
            fitting = make(behind_document=of_document, limit_tokens=most)
        fits = len(fitting.token_ids) <= most and bool(fitting.passages) == bool(prompt.passages)
        return fitting if fits else None

    def behind_gist(found: GistFound | None, prompt: Prompt, *, of_document: bool) -> LaidPrompt | None:
        gist = None if store is None else load_gist(store, found, identity)
        if gist is None or not _can_use(runtime, request, gist):
            return None
        fitting = behind(gist.state.next_position, prompt, of_document=of_document)
        return None if fitting is None else LaidPrompt(fitting, gist)

    def behind_document(text: Sequence[int] | None, prompt: Prompt) -> LaidPrompt | None:
        if text is None or not _keeps_states(runtime, request):
            return None
        fitting = behind(len(text), prompt, of_document=True)
        return None if fitting is None else LaidPrompt(_with_system(fitting, text), holds_document=True)

    def behind_memory(prompt: Prompt) -> LaidPrompt | None:
        kept = runtime.prompt_store if request.use_segments and _keeps_states(runtime, request) else None
        found = None if kept is None else kept.document_segments(identity, request.document_key)
        memory = visible_memory(found, request.span)
        if memory is None:
            return None
        least = SINK_SLOTS + memory.found.slots
        fitting = prompt
        if len(prompt.token_ids) > limit - least:
            fitting = make(behind_document=False, limit_tokens=limit - least)
        if len(fitting.token_ids) > limit - least or bool(fitting.passages) != bool(prompt.passages):
            return None
        room = min(context_tokens // SLOT_SHARE, limit - len(fitting.token_ids))
        memory = memory.within(room, request.question, index)
        return None if memory is None else LaidPrompt(fitting, memory=memory)

    if store is not None and request.span is None:
        gist = store.document_gist(identity, request.document_key) if request.use_gists else None
        text = store.document_prompt(identity, request.document_key) if gist is None else None
        if gist is not None or text is not None:
            prompt = make(behind_document=True, limit_tokens=limit)
            if laid := behind_gist(gist, prompt, of_document=True) or behind_document(text, prompt):
                return laid
    prompt = make(behind_document=False, limit_tokens=limit)
    if len(prompt.token_ids) > limit and request.instructions.strip():
        raise EngineError(
            "With your standing instructions prompt and answer need "
            f"{len(prompt.token_ids) + request.max_new_tokens:,} tokens and this model holds {context_tokens:,}. "
            "Shorten the instructions."
        )
    if laid := behind_memory(prompt):
        return laid
    if store is not None and request.use_gists and request.instructions.strip():
        gist = store.find_gist(identity, prompt.token_ids[: prompt.static_tokens[0]])
        if laid := behind_gist(gist, prompt, of_document=False):
            return laid
    return LaidPrompt(prompt)


def _with_system(prompt: Prompt, system: Sequence[int]) -> Prompt:
    """The prompt with other tokens for its system message."""
    former, title_end = prompt.static_tokens
    return replace(
        prompt,
        token_ids=[*system, *prompt.token_ids[former:]],
        static_tokens=(len(system), len(system) + title_end - former),
    )


def _keeps_states(runtime: Runtime, request: Ask) -> bool:
    """Whether the model takes states that were kept; a model that is not loaded yet is taken to."""
    if runtime.backend is None or runtime.backend.info.model.identity != request.model.identity:
        return True
    return keeping_backend(runtime.backend) is not None


def _can_use(runtime: Runtime, request: Ask, gist: Gist) -> bool:
    """Whether the model takes the gist; a model that is not loaded yet is taken to."""
    if runtime.backend is None or runtime.backend.info.model.identity != request.model.identity:
        return True
    backend = keeping_backend(runtime.backend)
    return backend is not None and backend.serves(gist.state)

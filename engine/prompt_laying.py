"""A question's prompt as it is put before the model: all of it to be read, or its tail behind a gist.

Knows which gist may stand in for what, and what has to fit. Knows no retrieval, no wording and no weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.api import Ask, PassageText
from engine.backends.base import keeping_backend
from engine.errors import EngineError
from engine.gist_prefix import Gist, load_gist
from engine.prompting import Prompt, PromptForm, PromptStyle, make_prompt
from engine.runtime import Runtime
from engine.tokenization import Tokenizer


@dataclass(frozen=True, slots=True)
class LaidPrompt:
    """A prompt, and the gist that stands in for its system message."""

    prompt: Prompt
    gist: Gist | None

    @property
    def read_ids(self) -> list[int]:
        """What the model is given to read: all of the prompt, or what is behind the gist."""
        return self.prompt.token_ids[self.prompt.static_tokens[0] if self.gist else 0 :]

    @property
    def gist_tokens(self) -> int:
        return 0 if self.gist is None else self.gist.found.tokens


def lay_prompt(
    request: Ask,
    runtime: Runtime,
    tokenizer: Tokenizer,
    context_tokens: int,
    *,
    passages: Sequence[PassageText],
    form: PromptForm,
    style: PromptStyle,
) -> LaidPrompt:
    """The prompt behind the document's gist when one is in use, else behind that of the standing instructions.

    Behind a gist there are as many passages as fit there. It is left aside where the question may not see all of what it was
    made of, and where the question with a passage to answer from would not fit. Raises EngineError for standing instructions
    that leave no room for the question.
    """
    store = runtime.prompt_store if request.use_store and request.use_gists else None
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

    def behind(gist: Gist | None, prompt: Prompt, *, of_document: bool) -> LaidPrompt | None:
        """The prompt with what it says behind its system message behind the gist; None where that cannot be."""
        if gist is None or not _can_use(runtime, request, gist):
            return None
        most = prompt.static_tokens[0] + limit - gist.state.next_position
        fitting = prompt
        if len(prompt.token_ids) > most:
            fitting = make(behind_document=of_document, limit_tokens=most)
        fits = len(fitting.token_ids) <= most and bool(fitting.passages) == bool(prompt.passages)
        return LaidPrompt(fitting, gist) if fits else None

    if store is not None and request.span is None:
        gist = load_gist(store, store.document_gist(identity, request.document_key), identity)
        if gist is not None:
            prompt = make(behind_document=True, limit_tokens=limit)
            if laid := behind(gist, prompt, of_document=True):
                return laid
    prompt = make(behind_document=False, limit_tokens=limit)
    if len(prompt.token_ids) > limit and request.instructions.strip():
        raise EngineError(
            "With your standing instructions prompt and answer need "
            f"{len(prompt.token_ids) + request.max_new_tokens:,} tokens and this model holds {context_tokens:,}. "
            "Shorten the instructions."
        )
    if store is not None and request.instructions.strip():
        gist = load_gist(store, store.find_gist(identity, prompt.token_ids[: prompt.static_tokens[0]]), identity)
        if laid := behind(gist, prompt, of_document=False):
            return laid
    return LaidPrompt(prompt, None)


def _can_use(runtime: Runtime, request: Ask, gist: Gist) -> bool:
    """Whether the model takes the gist; a model that is not loaded yet is taken to."""
    if runtime.backend is None or runtime.backend.info.model.identity != request.model.identity:
        return True
    backend = keeping_backend(runtime.backend)
    return backend is not None and backend.serves(gist.state)

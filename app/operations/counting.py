"""How many tokens a text is, and which text tokens are. A model's tokenizer alone is read, once, and never the model."""

from __future__ import annotations

from collections.abc import Sequence

from app.operations.models import current_model
from app.services import Services
from engine.api import ModelRef, PromptLayout
from storage.errors import StorageError


def tokens_of(services: Services, text: str) -> int:
    """To the model in use."""
    from engine.tokenization import count_tokens  # here, so that a window does not wait for it

    return count_tokens(current_model(services).folder, text) if text.strip() else 0


def instruction_tokens(model: ModelRef, text: str) -> tuple[int, ...] | None:
    """What standing instructions are to this model, as a gist of them knows it; none without instructions.

    None for the echo backend, which numbers words anew in every process.
    """
    if not text.strip():
        return ()
    if model.folder is None:
        return None
    from engine.prompting import static_prompt, style_for  # here, so that a window does not wait for it
    from engine.tokenization import folder_tokenizer

    style = style_for(model)
    return tuple(static_prompt(folder_tokenizer(model.folder), PromptLayout.INSTRUCTIONS, text, title="", style=style))


def text_of(model: ModelRef, token_ids: Sequence[int]) -> str:
    """As this model reads it. Raises StorageError for the echo backend, which numbers words anew in every process."""
    if model.folder is None:
        raise StorageError(f"{model.name} has no vocabulary a prompt could be read by.")
    from engine.tokenization import folder_tokenizer  # here, so that a window does not wait for it

    return folder_tokenizer(model.folder).decode(token_ids)

"""How many tokens a text is, and which text tokens are. A model's tokenizer alone is read, once, and never the model."""

from __future__ import annotations

from collections.abc import Sequence

from app.operations.models import current_model
from app.services import Services
from engine.api import ModelRef
from storage.errors import StorageError


def tokens_of(services: Services, text: str) -> int:
    """To the model in use."""
    from engine.tokenization import count_tokens  # here, so that a window does not wait for it

    return count_tokens(current_model(services).folder, text) if text.strip() else 0


def text_of(model: ModelRef, token_ids: Sequence[int]) -> str:
    """As this model reads it. Raises StorageError for the echo backend, which numbers words anew in every process."""
    if model.folder is None:
        raise StorageError(f"{model.name} has no vocabulary a prompt could be read by.")
    from engine.tokenization import folder_tokenizer  # here, so that a window does not wait for it

    return folder_tokenizer(model.folder).decode(token_ids)

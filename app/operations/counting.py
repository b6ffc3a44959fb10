"""How many tokens a text is to the model in use. The tokenizer alone is read, no model."""

from __future__ import annotations

from app.operations.models import current_model
from app.services import Services


def tokens_of(services: Services, text: str) -> int:
    from engine.tokenization import count_tokens  # here, so that a window does not wait for it

    return count_tokens(current_model(services).folder, text) if text.strip() else 0

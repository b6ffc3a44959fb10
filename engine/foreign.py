"""The border to libraries that parse a user's model files and fail in ways of their own (tokenizers raises bare
Exception).

Knows how to turn such a failure into one sentence. Knows no library by name.
"""

from __future__ import annotations

import logging
from types import TracebackType

from engine.errors import EngineError, ModelError

log = logging.getLogger(__name__)


class foreign_parser:  # reads as a statement: `with foreign_parser(sentence):`
    """Whatever goes wrong inside becomes ModelError(sentence), its cause kept; errors that are sentences already
    pass.
    """

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(problem, Exception) and not isinstance(problem, EngineError):
            log.info("a model file was refused: %s", type(problem).__name__)
            raise ModelError(self._sentence) from problem

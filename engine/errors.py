"""Errors a user can act on. Everything else that is raised in `engine/` is a bug."""


class EngineError(Exception):
    """One sentence for the user: what is wrong, the number, and the way out."""


class ModelError(EngineError):
    """A model file or folder cannot be used: broken, incomplete or of an unsupported kind."""


class OutOfMemory(EngineError):
    """The request needs more memory than there is; the sentence says both numbers."""


class StateMismatch(EngineError):
    """A state or adapter was made for another model, adapter or tokenizer."""

"""What the user has decided about asking, learning and adding: typed, bounded, kept in the library's settings table.

Knows each setting's name, usual value and bounds. How the window looks is the window's own affair and not kept here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlalchemy.orm import Session

from app.services import Services
from engine.api import Writer
from storage.errors import StorageError
from storage.prompt_states import DEFAULT_BUDGET
from storage.settings import get_setting, remove_setting, set_setting

log = logging.getLogger(__name__)

_PREFIX = "app."

Value = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its usual value. The settings page shows the words below the fields."""

    max_new_tokens: int = 160
    """How long an answer may become, in tokens."""
    temperature: float = 0.0
    """How freely the model chooses its words: 0 always takes the likeliest, so that an answer can be repeated."""
    writer: str = Writer.AUTO.value
    """What writes the words of an answer: whatever is fastest here, PyTorch alone, or llama.cpp."""
    instructions: str = ""
    """What every question is asked with: your standing instructions, a persona, a style, a glossary."""
    use_prompt_caches: bool = True
    """Keep what the model has read of a prompt between sessions, so that it is not read again."""
    prompt_cache_bytes: int = DEFAULT_BUDGET
    """How much of the disk kept prompts may take; what was not used for longest goes first."""
    use_segments: bool = True
    """Ask with a document's segment memory, where it has one."""
    segments_in_background: bool = True
    """Make segment memory of a document that is longer than the model's window once it is opened."""
    keep_originals: bool = True
    """Keep a copy of each added PDF, so that its pages can be shown beside the text."""
    inhibit_sleep: bool = True
    """Keep the computer from going to sleep while a book is being learned."""
    notify: bool = True
    """Tell through the desktop when learning has ended and the window is not in view."""


BOUNDS: Mapping[str, tuple[float, float]] = {
    "max_new_tokens": (16, 1024),
    "temperature": (0.0, 1.5),
    "prompt_cache_bytes": (16 * 1024**2, 1024**4),
}
"""Least and greatest value of every number, both allowed."""

LONGEST: Mapping[str, int] = {"instructions": 100_000}
"""How many characters each text may have."""

CHOICES: Mapping[str, tuple[str, ...]] = {"writer": (Writer.AUTO.value, Writer.PYTORCH.value, Writer.LLAMACPP.value)}
"""Every value of settings that are one of a few."""

_OWN_WORDS = frozenset({"instructions"})
"""What the user wrote and no usual value can stand for."""


def settings(services: Services) -> Settings:
    """What is decided now; a value that does not fit (an older version's, a damaged one) counts as not set."""
    with services.database.read() as session:
        return settings_in(session)


def settings_in(session: Session) -> Settings:
    """The same inside a transaction of the caller's."""
    chosen: dict[str, Value] = {}
    for field in fields(Settings):
        value = get_setting(session, _PREFIX + field.name)
        if value is None:
            continue
        try:
            chosen[field.name] = checked(field.name, value)
        except StorageError:
            log.warning("the setting %s holds a value that does not fit; the usual one counts", field.name)
    return Settings(**chosen)  # type: ignore[arg-type]  # `checked` gives each field its own type


def change_settings(services: Services, changed: Mapping[str, Value]) -> Settings:
    """Decide some things anew. Raises StorageError for a value out of bounds or of another kind, with nothing changed."""
    fitting = {name: checked(name, value) for name, value in changed.items()}
    with services.database.session() as session:
        for name, value in fitting.items():
            set_setting(session, _PREFIX + name, value)
        decided = settings_in(session)
    if "prompt_cache_bytes" in fitting:
        services.prompt_states.set_budget(decided.prompt_cache_bytes)
    return decided


def reset_settings(services: Services) -> Settings:
    """Everything as it usually is, but for what the user wrote: their instructions stay."""
    with services.database.session() as session:
        before = settings_in(session)
        for field in fields(Settings):
            if field.name not in _OWN_WORDS:
                remove_setting(session, _PREFIX + field.name)
        decided = settings_in(session)
    if decided.prompt_cache_bytes != before.prompt_cache_bytes:
        services.prompt_states.set_budget(decided.prompt_cache_bytes)
    return decided


def apply_budget(services: Services) -> None:
    """At the start: have the kept prompts stay within what was decided, should their file have been begun anew since."""
    wanted = settings(services).prompt_cache_bytes
    if wanted == DEFAULT_BUDGET:
        return  # that of a new file: it need not be opened for it
    try:
        if services.prompt_states.budget() != wanted:
            services.prompt_states.set_budget(wanted)
    except StorageError as problem:
        log.warning("the budget of the prompt caches could not be set: %s", problem)


def checked(name: str, value: object) -> Value:
    """The value as its setting keeps it. Raises StorageError when it does not fit, KeyError for no setting of ours."""
    usual: Value = {field.name: field.default for field in fields(Settings)}[name]  # type: ignore[assignment]
    if isinstance(usual, bool):
        if not isinstance(value, bool):
            raise StorageError(f"“{name}” is either on or off.")
        return value
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise StorageError(f"“{name}” is one of {', '.join(CHOICES[name])}.")
        return str(value)
    if isinstance(usual, str):
        if not isinstance(value, str):
            raise StorageError(f"“{name}” must be a text.")
        if len(value) > LONGEST[name]:
            raise StorageError(f"“{name}” may hold {LONGEST[name]:,} characters; these are {len(value):,}.")
        return value
    low, high = BOUNDS[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise StorageError(f"“{name}” must lie between {low:g} and {high:g}.")
    if isinstance(usual, int) and value != int(value):
        raise StorageError(f"“{name}” must be a whole number.")
    return type(usual)(value)

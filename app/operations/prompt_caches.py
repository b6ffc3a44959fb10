"""Kept prompts: which there are and what they save, pinning, using and deleting them, and comparing a gist with its prompt."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.operations import counting
from app.operations.compressing import STANDING_INSTRUCTIONS
from app.operations.models import current_model, loadable_models
from app.operations.settings import change_settings, settings
from app.services import Services, Ticket
from engine.api import ComparePrompt, ModelRef, PromptLayout, Writer
from engine.errors import EngineError
from engine.jobs import Lane
from storage import documents
from storage.errors import StorageError
from storage.prompt_states import PromptEntryRow

KIND_COMPARE = "compare_prompt"
GIST = "gist"
SEGMENTS = "segments"


@dataclass(frozen=True, slots=True)
class PromptCache:
    """A kept prompt as the faces show it. document_title: of the document it goes with, None without one.

    usable: made with the model in use; the others rest until theirs is used again. in_effect: questions can meet it as they are
    asked now; instructions that are not those of the settings serve only who asks with them.
    """

    row: PromptEntryRow
    document_title: str | None
    usable: bool
    in_effect: bool = True

    @property
    def was_standing(self) -> bool:
        """Whether it is of standing instructions that have been changed since."""
        return not self.in_effect and self.row.title == STANDING_INSTRUCTIONS


@dataclass(frozen=True, slots=True)
class CacheTotals:
    """bytes: of all kept states, what several prompts share counted once. file_bytes: what their file takes of the disk."""

    entries: int
    gists: int
    pinned: int
    bytes: int
    file_bytes: int
    budget_bytes: int
    hits: int
    tokens_saved: int
    seconds_saved: float
    kept: bool
    """Whether prompts are kept and used at all, as the settings say."""


@dataclass(frozen=True, slots=True)
class Overview:
    """caches: used last first."""

    caches: tuple[PromptCache, ...]
    totals: CacheTotals


def overview(services: Services) -> Overview:
    """Everything that is kept, and what it saved. What goes with a document off the shelf is not shown until it is put back."""
    rows = services.prompt_states.entries()
    model = _model_in_use(services)
    identity = "" if model is None else model.identity
    standing = None if model is None else counting.instruction_tokens(model, settings(services).instructions)
    with services.database.read() as session:
        present = documents.present(session, sorted({row.document_id for row in rows if row.document_id is not None}))
        found = [documents.get_document(session, each) for each in present]
    titles = {document.document_id: document.title for document in found}
    put_away = {document.document_id for document in found if document.removed_at is not None}
    caches = tuple(
        PromptCache(
            row,
            None if row.document_id is None else titles.get(row.document_id),
            usable=row.model_identity == identity,
            in_effect=row.model_identity != identity or standing is None or _is_in_effect(services, row, standing),
        )
        for row in rows
        if row.document_id not in put_away
    )
    return Overview(caches, _totals(services, rows))


def totals(services: Services) -> CacheTotals:
    """How much is kept and what it saved."""
    return _totals(services, services.prompt_states.entries())


def find_cache(
    services: Services, reference: str, *, meant: Callable[[PromptEntryRow], bool] = lambda _row: True
) -> PromptEntryRow:
    """By number, whole title, or beginning of a title. meant: decides where several fit by title.

    Raises StorageError when nothing or more than one fits.
    """
    rows = services.prompt_states.entries()
    wanted = reference.strip().casefold()
    if not wanted:
        raise StorageError("Please name a kept prompt by its number or title.")
    for fits in (
        [row for row in rows if str(row.entry) == wanted],
        [row for row in rows if row.title.casefold() == wanted],
        [row for row in rows if row.title.casefold().startswith(wanted)],
    ):
        if len(fits) > 1:
            fits = [row for row in fits if meant(row)] or fits
        if len(fits) == 1:
            return fits[0]
        if fits:
            numbers = ", ".join(f"{row.entry} ({row.kind})" for row in fits[:8])
            raise StorageError(f"“{reference}” may mean {numbers}; please give the number.")
    raise StorageError(f"No kept prompt is called “{reference}”.")


def set_pinned(services: Services, entry: int, pinned: bool) -> None:
    """A pinned prompt stays, however long it is not used."""
    services.prompt_states.set_pinned(entry, pinned)


def set_in_use(services: Services, entry: int, in_use: bool) -> None:
    """Whether a gist stands in for its prompt, or a document's text or segment memory before the questions about it.

    Raises StorageError for other prompts that are kept exactly: they are used anyway.
    """
    services.prompt_states.set_in_use(entry, in_use)


def make_standing(services: Services, entry: int, text: str) -> str:
    """Ask every question with the text of a kept prompt; its gist stands in for it. Returns the instructions of before.

    Raises StorageError for a text that is too long to be instructions.
    """
    before = settings(services).instructions
    change_settings(services, {"instructions": text})
    if services.prompt_states.entry(entry).kind == GIST:
        services.prompt_states.set_in_use(entry, True)
    return before


def undo_standing(services: Services, entry: int, before: str) -> None:
    """Undo `make_standing`. before: what it returned."""
    change_settings(services, {"instructions": before})
    if services.prompt_states.entry(entry).kind == GIST:
        services.prompt_states.set_in_use(entry, False)


def delete(services: Services, entries: Sequence[int]) -> int:
    """Delete kept prompts; the model reads them again when they are next asked with. Returns the bytes that were freed."""
    before = services.prompt_states.total_bytes()
    services.prompt_states.remove(*entries)
    return max(0, before - services.prompt_states.total_bytes())


def clear(services: Services) -> int:
    """Delete every kept prompt, pinned ones too. Returns the bytes that were freed."""
    before = services.prompt_states.total_bytes()
    services.prompt_states.clear()
    return before


def set_budget(services: Services, wanted_bytes: int) -> CacheTotals:
    """How much kept prompts may take; what was not used for longest goes until it fits. Raises StorageError out of bounds."""
    change_settings(services, {"prompt_cache_bytes": wanted_bytes})
    return totals(services)


def compare(services: Services, entry: int, question: str, *, max_new_tokens: int | None = None) -> Ticket:
    """Answer a question with a gist's prompt read in full, and with the gist. Progress.detail: engine.api.ComparedText;
    Finished.result: engine.api.Compared.

    Raises StorageError for an empty question, for what is no gist, or a model that is not here any more.
    """
    if not question.strip():
        raise StorageError("There is no question.")
    row = services.prompt_states.entry(entry)
    if row.kind == SEGMENTS:
        raise StorageError(f"“{row.title}” is segment memory; only a gist is compared with the prompt it was made of.")
    if row.kind != GIST:
        raise StorageError(f"“{row.title}” is kept exactly: its answers are those of the full prompt.")
    decided = settings(services)
    request = ComparePrompt(
        model=_model_of(services, row),
        entry=entry,
        question=question.strip(),
        max_new_tokens=decided.max_new_tokens if max_new_tokens is None else max_new_tokens,
        writer=Writer(decided.writer),
    )
    return services.submit(
        services.engine,
        request,
        lane=Lane.INTERACTIVE,
        kind=KIND_COMPARE,
        title=row.title,
        document_id=row.document_id,
    )


def prompt_text(services: Services, entry: int) -> str:
    """What a kept prompt says, as its model reads it.

    Raises StorageError when that model is not here any more, or has no vocabulary.
    """
    row = services.prompt_states.entry(entry)
    model = _model_of(services, row)
    return counting.text_of(model, services.prompt_states.token_ids(entry)).strip()


_SIZE = re.compile(r"\s*([\d.,_]+)\s*([kmgt]?)(i?)(?:b|bytes)?\s*", re.IGNORECASE)


def parse_bytes(words: str) -> int:
    """ "500 MB", "2GiB", "1000000". Raises StorageError for anything else."""
    match = _SIZE.fullmatch(words)
    try:
        number = float(match[1].replace(",", "").replace("_", "")) if match else None
    except ValueError:
        number = None
    if match is None or number is None:
        raise StorageError(f"“{words}” is no size: give bytes, or a number with MB or GB.")
    base = 1024 if match[3] else 1000
    return int(number * base ** " kmgt".index(match[2].lower() or " "))


def _model_of(services: Services, row: PromptEntryRow) -> ModelRef:
    """The model a prompt was kept for, whatever it is called now."""
    for model in loadable_models(services):
        if model.identity == row.model_identity:
            return model
    raise StorageError(f"“{row.title}” was kept for {row.model_name}, a model that is not here any more.")


def _totals(services: Services, rows: Sequence[PromptEntryRow]) -> CacheTotals:
    return CacheTotals(
        entries=len(rows),
        gists=sum(row.kind == GIST for row in rows),
        pinned=sum(row.pinned for row in rows),
        bytes=services.prompt_states.total_bytes(),
        file_bytes=services.prompt_states.file_bytes(),
        budget_bytes=services.prompt_states.budget(),
        hits=sum(row.hits for row in rows),
        tokens_saved=sum(row.tokens_saved for row in rows),
        seconds_saved=sum(row.seconds_saved for row in rows),
        kept=settings(services).use_prompt_caches,
    )


def _is_in_effect(services: Services, row: PromptEntryRow, standing: Sequence[int]) -> bool:
    """standing: the tokens of today's instructions."""
    if row.metrics.get("layout") != PromptLayout.INSTRUCTIONS:
        return True
    return row.tokens == len(standing) and list(standing) == list(services.prompt_states.token_ids(row.entry))


def _model_in_use(services: Services) -> ModelRef | None:
    try:
        return current_model(services)
    except (EngineError, StorageError):  # the model is gone: what is kept can still be looked at
        return None

"""Compressing a prompt: instructions, a file or a document is read once by the model and kept, exactly or as gist tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from app.operations import library
from app.operations.compressors import check_has_encoder
from app.operations.models import current_model, find_model
from app.operations.prompt_files import read_prompt
from app.operations.prompt_strays import refuse_forgotten
from app.operations.settings import settings
from app.services import Services, Ticket
from engine.api import GIST_TOKENS, Compress, Compressed, CompressMethod, PromptLayout
from engine.jobs import Event, Finished, Lane, is_end
from storage.documents import DocumentRow
from storage.errors import StorageError

KIND = "compress"
REFINE_STEPS = 40
"""About a minute and a half on two processor cores, for the embedded model."""
BEGINNING_TOKENS = 2048
"""How much of a document is taken unless more is asked for: what small models hold beside a question."""
STANDING_INSTRUCTIONS = "Standing instructions"
"""What lists call the instructions of the settings."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is to be compressed. document_id: the document whose text it is, and with which it is forgotten."""

    title: str
    text: str
    layout: PromptLayout
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Meant:
    """What a user means by a word: a file's text, or a document's. other: the document it could have meant as well."""

    prompt: Prompt
    other: DocumentRow | None = None


def instructions_prompt(services: Services) -> Prompt:
    """The standing instructions of the settings. Raises StorageError when there are none."""
    text = settings(services).instructions.strip()
    if not text:
        raise StorageError("There are no standing instructions; write some in the settings first.")
    return Prompt(STANDING_INSTRUCTIONS, text, PromptLayout.INSTRUCTIONS)


def document_prompt(services: Services, document_id: str) -> Prompt:
    """A document's text."""
    document = library.get_document(services, document_id)
    text = library.text(services, document_id)
    return Prompt(document.title, text, PromptLayout.DOCUMENT, document_id)


def file_prompt(path: Path) -> Prompt:
    """Instructions from a file; see `prompt_files.read_prompt`."""
    read = read_prompt(path)
    return Prompt(read.title, read.text, PromptLayout.INSTRUCTIONS)


def titled(prompt: Prompt, title: str) -> Prompt:
    """The same under another name. Raises StorageError for an empty one."""
    if not title.strip():
        raise StorageError("Please give the prompt a name.")
    return replace(prompt, title=" ".join(title.split()))


def find_prompt(services: Services, reference: str) -> Meant:
    """By document (id, beginning of an id, title) or by the path of a file.

    Where both fit, a reference that looks like a path, with a separator or a suffix, is the file. Raises StorageError when
    nothing fits, or both do and neither is meant more.
    """
    path = Path(reference)
    is_file, looks_like_path = _is_file(path), path.name != reference or bool(path.suffix)
    try:
        document = library.find_document(services, reference)
    except StorageError as problem:
        if is_file:
            return Meant(file_prompt(path))
        if looks_like_path:
            raise StorageError(f"There is no file {path} here. {problem}") from problem
        raise
    if not is_file:
        return Meant(document_prompt(services, document.document_id))
    if looks_like_path:
        return Meant(file_prompt(path), other=document)
    raise StorageError(
        f"“{reference}” is a file here and a document of the library: for the file say ./{reference}, for the document"
        f" {document.document_id}."
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a text, longer than any name may be
        return False


def compress(
    services: Services,
    prompt: Prompt,
    *,
    method: CompressMethod = CompressMethod.GIST,
    k: int | None = None,
    keep_literals: bool = True,
    refine_steps: int = REFINE_STEPS,
    max_tokens: int | None = None,
    use: bool = False,
    model: str | None = None,
) -> Ticket:
    """Have the model read a prompt once and keep it between sessions. Finished.result: engine.api.Compressed.

    k: gist tokens, one of GIST_TOKENS; None: as few as still say the same. keep_literals: names, numbers and quoted phrases
    stay readable. refine_steps: a gist that does not say the same yet is fitted to this very prompt; 0 leaves it. use: the gist
    stands in for the prompt from then on, or the document's exact text before the questions about it. max_tokens: only the
    beginning of the prompt; None: of a document the first BEGINNING_TOKENS, of another prompt all of it.
    Raises StorageError for an empty prompt, another k, a model without a gist encoder, or exact instructions that are to be
    put to use: they are used anyway.
    """
    ref = current_model(services) if model is None else find_model(services, model)
    if max_tokens is None and prompt.layout is PromptLayout.DOCUMENT:
        max_tokens = BEGINNING_TOKENS
    if not prompt.text.strip():
        raise StorageError(f"“{prompt.title}” holds no text.")
    if k is not None and k not in GIST_TOKENS:
        raise StorageError(f"A prompt can be compressed into {', '.join(map(str, GIST_TOKENS))} gist tokens, not {k}.")
    if use and method is CompressMethod.EXACT and prompt.layout is not PromptLayout.DOCUMENT:
        raise StorageError(
            "Instructions that are kept exactly are used by themselves; only gists of them are put to use."
        )
    request = Compress(
        model=ref,
        text=prompt.text.strip(),
        title=prompt.title,
        layout=prompt.layout,
        method=method,
        document_key=prompt.document_id,
        encoder=check_has_encoder(services, ref) if method is CompressMethod.GIST else None,
        k=k,
        keep_literals=keep_literals,
        refine_steps=refine_steps,
        max_tokens=max_tokens,
    )

    def store(event: Event) -> Event:
        if is_end(event) and prompt.document_id is not None:
            refuse_forgotten(services, prompt.document_id)
        if use and isinstance(event, Finished):
            compressed: Compressed = event.result
            services.prompt_states.set_in_use(compressed.entry, True)
        return event

    return services.submit(
        services.engine,
        request,
        lane=Lane.BACKGROUND,
        kind=KIND,
        title=prompt.title,
        document_id=prompt.document_id,
        store=store,
    )

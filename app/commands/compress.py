"""`palimpsest compress`: a prompt is read once and kept, exactly, as gist tokens or as segment memory; and the encoders for these."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from app import console
from app.commands import encoders
from app.commands.default_command import DefaultCommandGroup
from app.commands.encoders import Model
from app.commands.options import DataDir, Json, open_console
from app.operations import compressing, prompt_caches, segment_memories
from engine.api import Compressed, CompressMethod, PromptLayout, SegmentsEncoded

commands = typer.Typer(
    cls=DefaultCommandGroup,
    help=(
        "Have the model read a prompt once and keep it, so that it is not read again: a document of the library, or a file with"
        " instructions, a persona, a glossary or a style guide (ask with it: ask DOC QUESTION --instructions FILE).\n\n"
        "A gist keeps a few tokens in place of the prompt, at a fraction of its size, and may lose some of it: how much is"
        " measured and told. An exact prompt keeps everything: instructions are then used by themselves, a document once --use"
        " or “palimpsest caches use” puts it before its questions. Segment memory (--method segments) takes in all of a long document,"
        " 8 or 32 times smaller, and stands before its questions from the first segments on.\n\n"
        "“train” trains the encoder that makes either, for a model that"
        " has none; a document called “train” is named by its id."
    ),
)


class GistTokens(StrEnum):
    AUTO = "auto"
    ONE = "1"
    TWO = "2"
    FOUR = "4"
    EIGHT = "8"
    SIXTEEN = "16"
    THIRTY_TWO = "32"

    @property
    def k(self) -> int | None:
        return None if self is GistTokens.AUTO else int(self.value)


class KeptAs(StrEnum):
    GIST = "gist"
    EXACT = "exact"
    SEGMENTS = "segments"


class Ratio(StrEnum):
    AUTO = "auto"
    EIGHT = "8"
    THIRTY_TWO = "32"

    @property
    def ratio(self) -> int | None:
        return None if self is Ratio.AUTO else int(self.value)


@commands.command("prompt", hidden=True)
def compress(
    context: typer.Context,
    reference: Annotated[
        str,
        typer.Argument(metavar="DOC|FILE", help="A document: its id, the beginning of one, or its title; or a file."),
    ],
    method: Annotated[
        KeptAs,
        typer.Option("--method", help="Keep the prompt as gist tokens, exactly, or a document as segment memory."),
    ] = KeptAs.GIST,
    k: Annotated[
        GistTokens, typer.Option("--k", help="Gist tokens; auto: as few as still say the same.")
    ] = GistTokens.AUTO,
    ratio: Annotated[
        Ratio, typer.Option("--ratio", help="Of segment memory: tokens to a slot; auto: as fits the document.")
    ] = Ratio.AUTO,
    no_literals: Annotated[
        bool, typer.Option("--no-literals", help="Let names, numbers and quoted phrases go into the gist as well.")
    ] = False,
    refine: Annotated[
        int,
        typer.Option(
            "--refine",
            min=0,
            help="Steps that fit a gist to this very prompt where it says too little: a minute or two; 0 for none.",
        ),
    ] = compressing.REFINE_STEPS,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", min=1, help="Only its first N tokens; of a document 2048.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="What lists call it.")] = None,
    use: Annotated[
        bool,
        typer.Option(
            "--use",
            help="Let the gist stand in for the prompt from now on, or put the exact document before questions about it.",
        ),
    ] = False,
    model: Model = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Read a prompt once and keep it."""
    if method is not KeptAs.GIST and k.k is not None:
        raise typer.BadParameter("only a gist has a number of tokens.", param_hint="--method")
    if method is not KeptAs.SEGMENTS and ratio.ratio is not None:
        raise typer.BadParameter("only segment memory has a ratio.", param_hint="--method")
    with open_console(context, data_dir, json) as shell:
        meant = compressing.find_prompt(shell.services, reference)
        prompt = meant.prompt
        if meant.other is not None:
            shell.say(f"Taking the file; the document “{meant.other.title}” is {meant.other.document_id}.")
        if method is KeptAs.SEGMENTS:
            _encode_segments(shell, prompt, ratio.ratio, max_tokens, model, use=use)
            return
        if max_tokens is None and prompt.layout is PromptLayout.DOCUMENT:
            shell.say(f"Taking its first {compressing.BEGINNING_TOKENS:,} tokens at most; --max-tokens says how many.")
        if title is not None:
            prompt = compressing.titled(prompt, title)
        ticket = compressing.compress(
            shell.services,
            prompt,
            method=CompressMethod(method.value),
            k=k.k,
            keep_literals=not no_literals,
            refine_steps=refine,
            max_tokens=max_tokens,
            use=use,
            model=model,
        )
        done: Compressed = shell.result_of(ticket)
        shell.result(
            {**console.as_json(done), "method": method.value, "title": prompt.title, "document": prompt.document_id,
             "in_use": use},
            _compressed_words(
                prompt.title, done, of_document=prompt.layout is PromptLayout.DOCUMENT, used=use
            ),
        )  # fmt: skip


def _encode_segments(
    shell: console.Console,
    prompt: compressing.Prompt,
    ratio: int | None,
    max_tokens: int | None,
    model: str | None,
    *,
    use: bool,
) -> None:
    services = shell.services
    if prompt.document_id is None:
        shell.error("Only a document of the library has segment memory; import the file first.")
        raise typer.Exit(1)
    ticket = segment_memories.encode(services, prompt.document_id, ratio=ratio, max_tokens=max_tokens, model=model)
    done: SegmentsEncoded = shell.result_of(ticket, on_interrupt=segment_memories.pause)
    row = services.prompt_states.entry(done.entry)
    if use and not row.in_use:
        prompt_caches.set_in_use(services, done.entry, True)
    in_use = use or row.in_use
    shell.result(
        {**console.as_json(done), "method": KeptAs.SEGMENTS.value, "title": prompt.title, "document": prompt.document_id,
         "in_use": in_use},
        _encoded_words(prompt.title, done, in_use=in_use),
    )  # fmt: skip


def _encoded_words(title: str, done: SegmentsEncoded, *, in_use: bool) -> str:
    rate = f", {done.tokens_per_s:,.0f} tokens/s" if done.new_segments else ""
    lines = [
        f"{title}: {done.tokens:,} tokens, {done.segments:,} segments in {done.slots:,} slots, {done.ratio:g} to 1  [{done.entry}]",
        f"  {console.size_words(done.bytes)} · {done.new_segments:,} segments new{rate} · {done.verbatim_tokens:,} tokens at the end"
        " fill no segment",
    ]
    lines.append(
        "  It stands before questions about the document; “ask --no-segments” leaves it aside."
        if in_use
        else f"  “palimpsest caches use {done.entry}” lets it stand before questions about the document."
    )
    return "\n".join(lines)


def _compressed_words(title: str, done: Compressed, *, of_document: bool, used: bool) -> str:
    if not done.k:
        words = f"{title}: {done.tokens:,} tokens kept exactly, {console.size_words(done.bytes_exact)}  [{done.entry}]"
        if not of_document:
            return words
        if used:
            return f"{words}\n  It stands before every question about the document from now on."
        return f"{words}\n  “palimpsest caches use {done.entry}” puts it before every question about the document."
    gist, exact = console.size_words(done.bytes_gist), console.size_words(done.bytes_exact)
    lines = [
        f"{title}: {done.tokens:,} tokens in {done.slots} ({done.k} gist, {done.literal_tokens} literal), {done.ratio:.1f} to 1"
        f"  [{done.entry}]",
        f"  {gist} in place of {exact} · divergence {done.divergence:.3f} nats a token, {done.divergence_none:.3f} without the"
        " prompt",
    ]
    if not done.within_bound:
        lines.append("  It says less than the prompt does: compare its answers before you rely on it.")
    lines.append(
        "  It stands in for the prompt from now on."
        if used
        else f"  “palimpsest caches use {done.entry}” lets it stand in for the prompt."
    )
    return "\n".join(lines)


commands.command("train")(encoders.train)
commands.command("encoders")(encoders.list_encoders)
commands.command("remove-encoder")(encoders.remove_encoder)

"""`palimpsest`: everything the window can do, from a shell. People read stderr, programs read stdout.

With --json every line on stdout is one object: {"event": "progress" | "result" | "error", ...}.
Exit status: 0 done, 1 failed with a sentence, 2 wrong usage, 130 stopped with Ctrl-C (what was done is kept).
"""

from __future__ import annotations

import gc
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from app import console, packaged
from app.commands import caches, compress, models
from app.commands.options import DataDir, Json, open_console
from app.console import STOPPED_STATUS, Console
from app.operations import (
    asking,
    collecting,
    conversations,
    data_folder,
    forgetting,
    importing,
    learning,
    library,
    memories,
    notes,
    places,
    prompt_caches,
    prompt_files,
    removing,
    segment_memories,
    shelves,
)
from app.operations.conversation_export import ExportFormat, export
from app.operations.opening import default_data_dir
from app.operations.results import Answer, Imported
from app.operations.segment_memories import DocumentMemory
from engine.api import LearnConfig, Switch, Writer
from engine.jobs import Failed, Stopped
from storage.documents import Where
from storage.shelves import ReadingState, Shelf, SortBy

PAGE_DOCUMENTS = 200

app = typer.Typer(
    name="palimpsest",
    help="Reads books into disposable memory on your own machine: import, learn, ask, forget.",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(compress.commands, name="compress", rich_help_panel=None)
app.add_typer(caches.commands, name="caches", rich_help_panel=None)
app.add_typer(models.commands, name="models", rich_help_panel=None)

Doc = Annotated[str, typer.Argument(metavar="DOC", help="A document: its id, the beginning of one, or its title.")]
Model = Annotated[str | None, typer.Option("--model", help="Use this model instead of the current one.")]


@app.callback(invoke_without_command=True)
def window(context: typer.Context, data_dir: DataDir = None) -> None:
    """Without a command, open the window."""
    if context.invoked_subcommand is None:
        _open_window(data_dir, [])
    context.obj = data_dir


@app.command("open")
def open_files(
    context: typer.Context,
    files: Annotated[list[Path] | None, typer.Argument(help="Files to take into the library.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Open the window, with files to import."""
    _open_window(data_dir or context.obj, files or [])


def _open_window(data_dir: Path | None, files: list[Path]) -> None:
    gc.disable()  # the window collects by itself as soon as it is there
    from app.desktop.application import main as open_window

    raise typer.Exit(open_window(sys.argv[:1], data_dir, files))


@app.command("import")
def import_files(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="Books, documents or chat exports.")],
    retry: Annotated[bool, typer.Option("--retry", help="Read files again that broke their reader before.")] = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Take files, and the books in folders, into the library. Files that cannot be read are named; the others stay."""
    failed = False
    with open_console(context, data_dir, json) as shell:
        collected = collecting.collect(files)
        for outcome in collected.left_out.unreadable:
            failed = True
            shell.result({"file": outcome.file, "error": outcome.error}, outcome.error)
        for path in collected.files:
            end = shell.follow(importing.import_file(shell.services, path, retry=retry))
            if isinstance(end, Stopped):
                raise typer.Exit(STOPPED_STATUS)
            if isinstance(end, Failed):
                failed = True
                shell.result({"file": str(path), "error": end.message}, f"{path.name}: {end.message}")
                continue
            done: Imported = end.result
            again = " (already in the library)" if done.already_there else " (put back)" if done.put_back else ""
            shell.result(
                console.as_json(done),
                f"{done.title}{again}: {done.sections} sections, {done.characters:,} characters, {done.tokens:,} tokens"
                f"  [{done.document}]" + "".join(f"\n  {warning}" for warning in done.warnings),
            )
        if words := console.left_out_words(collected.left_out):
            shell.say(words)
    raise typer.Exit(1 if failed else 0)


@app.command()
def show(
    context: typer.Context,
    document: Doc,
    text: Annotated[bool, typer.Option("--text", help="Print the text that all offsets refer to.")] = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Print a document's outline, or with --text its text."""
    with open_console(context, data_dir, json) as shell:
        row = library.find_document(shell.services, document)
        if text and not json:
            sys.stdout.write(library.text(shell.services, row.document_id))
            sys.stdout.flush()
        elif text:
            shell.result({"document": row.document_id, "text": library.text(shell.services, row.document_id)}, "")
        else:
            sections = library.outline(shell.services, row.document_id)
            shell.result(
                {
                    **console.as_json(row),
                    "document": row.document_id,
                    "outline": [console.as_json(s) for s in sections],
                },
                f"{row.title}  [{row.document_id}]\n"
                + "\n".join(f"{section.start:>9}  {'  ' * (section.level - 1)}{section.title}" for section in sections),
            )


@app.command("list")
def list_documents(
    context: typer.Context,
    sort: Annotated[SortBy, typer.Option("--sort", help="What comes first.")] = SortBy.READ,
    reverse: Annotated[bool, typer.Option("--reverse", help="The other way round.")] = False,
    search: Annotated[str, typer.Option("--search", help="Words in title, author, series or tags.")] = "",
    tag: Annotated[str, typer.Option("--tag", help="Only documents with this tag.")] = "",
    series: Annotated[str, typer.Option("--series", help="Only documents of this series.")] = "",
    state: Annotated[
        ReadingState | None, typer.Option("--state", help="Only documents read or learned so far.")
    ] = None,
    removed: Annotated[bool, typer.Option("--removed", help="What was removed and can be put back.")] = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """List the library, last opened or added first."""
    shelf = Shelf(sort, reverse, search, tag, series, state, removed)
    with open_console(context, data_dir, json) as shell:
        ids = shelves.order(shell.services, shelf)
        for start in range(0, len(ids), PAGE_DOCUMENTS):
            for row in shelves.rows(shell.services, ids[start : start + PAGE_DOCUMENTS]):
                shell.result(console.shelf_json(row), console.shelf_words(row))


@app.command()
def remove(context: typer.Context, document: Doc, data_dir: DataDir = None, json: Json = False) -> None:
    """Take a document off the shelf. It can be put back; after 30 days it is forgotten."""
    with open_console(context, data_dir, json) as shell:
        row = library.find_document(shell.services, document)
        removing.remove(shell.services, [row.document_id])
        shell.result(
            {"document": row.document_id, "title": row.title, "removed": True},
            f"“{row.title}” was removed. `palimpsest restore {row.document_id}` puts it back.",
        )


@app.command()
def restore(context: typer.Context, document: Doc, data_dir: DataDir = None, json: Json = False) -> None:
    """Put a removed document back on the shelf."""
    with open_console(context, data_dir, json) as shell:
        row = library.find_document(shell.services, document, Where.REMOVED)
        removing.restore(shell.services, [row.document_id])
        shell.result(
            {"document": row.document_id, "title": row.title, "removed": False}, f"“{row.title}” is on the shelf again."
        )


@app.command()
def tag(
    context: typer.Context,
    document: Doc,
    tags: Annotated[list[str] | None, typer.Argument(metavar="TAG", help="Tags to give it.")] = None,
    remove: Annotated[list[str] | None, typer.Option("--remove", help="A tag to take from it.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Give a document tags, or take some from it; without any, print those it has."""
    with open_console(context, data_dir, json) as shell:
        row = library.find_document(shell.services, document)
        shelves.change_tags(shell.services, [row.document_id], add=tags or (), remove=remove or ())
        (shown,) = shelves.rows(shell.services, [row.document_id])
        shell.result(
            {"document": row.document_id, "title": row.title, "tags": list(shown.tags)},
            f"{row.title}: {', '.join(shown.tags) or 'no tags'}",
        )


@app.command()
def learn(
    context: typer.Context,
    document: Doc,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", min=1, help="Learn only the first N tokens.")
    ] = None,
    up_to: Annotated[
        str | None, typer.Option("--up-to", help="Learn only the text before this place: an offset, 40%, a chapter.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where learning stopped.")] = False,
    model: Model = None,
    rank: Annotated[int | None, typer.Option(min=1, help="Width of the low-rank update.")] = None,
    chunk: Annotated[int | None, typer.Option(min=1, help="Tokens per optimiser step.")] = None,
    window: Annotated[int | None, typer.Option(min=2, help="Tokens of context.")] = None,
    learning_rate: Annotated[float | None, typer.Option("--lr", min=0.0, help="Learning rate.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Optimiser steps on each chunk.")] = None,
    base_every: Annotated[int | None, typer.Option(min=1, help="Score without adapter on every n-th window.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Train a Temp-LoRA on a document. Ctrl-C keeps what is done; --resume goes on."""
    config = LearnConfig(
        chunk_tokens=chunk,
        window_tokens=window,
        rank=rank,
        learning_rate=learning_rate,
        epochs=epochs,
        base_every=base_every,
    )
    with open_console(context, data_dir, json) as shell:
        row = library.find_document(shell.services, document)
        ticket = learning.learn(
            shell.services,
            row.document_id,
            config=None if config == LearnConfig() else config,
            max_tokens=max_tokens,
            up_to=None if up_to is None else places.parse_place(shell.services, row.document_id, up_to),
            resume=resume,
            model=model,
        )
        done = shell.result_of(ticket, on_interrupt=learning.pause)
        shell.result(
            {**console.as_json(done), "document": row.document_id},
            f"{row.title}: {done.tokens:,} tokens learned, {done.tokens_per_s:.0f} tokens/s; perplexity "
            f"{done.base_ppl:.2f} without, {done.adapter_ppl:.2f} with the adapter ({-100 * done.gain:+.1f} %)",
        )


@app.command()
def ask(
    context: typer.Context,
    document: Doc,
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    no_jrt: Annotated[bool, typer.Option("--no-jrt", help="Give passages and question once.")] = False,
    jrt: Annotated[
        Switch, typer.Option("--jrt", help="Read twice: on, off, or as measured for the model.")
    ] = Switch.AUTO,
    no_adapter: Annotated[bool, typer.Option("--no-adapter", help="Do not use what was learned.")] = False,
    adapter_scale: Annotated[
        float | None,
        typer.Option(
            "--adapter-scale",
            min=0.0,
            max=memories.STRONGEST,
            help="How strongly what was learned acts: 1 as it was learned, 0 not at all, 2 twice. [default: as kept]",
        ),
    ] = None,
    writer: Annotated[
        Writer | None,
        typer.Option(
            "--writer",
            help="What writes the answer: whatever is fastest here, PyTorch alone, or llama.cpp. [default: as set]",
        ),
    ] = None,
    no_passages: Annotated[bool, typer.Option("--no-passages", help="Do not look anything up.")] = False,
    instructions: Annotated[
        Path | None,
        typer.Option("--instructions", metavar="FILE", help="Ask with this file’s instructions, not yours."),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Use no kept prompt, and keep none; everything is read.")
    ] = False,
    no_gist: Annotated[bool, typer.Option("--no-gist", help="Let no gist stand in for a prompt.")] = False,
    segments: Annotated[
        bool | None,
        typer.Option(
            "--segments/--no-segments", help="Put the document’s segment memory before the question. [default: as set]"
        ),
    ] = None,
    up_to: Annotated[
        str | None,
        typer.Option(
            "--up-to", help="Use nothing behind this place: a character offset, “40%”, “p. 12”, or a section’s title."
        ),
    ] = None,
    within: Annotated[
        str | None, typer.Option("--within", metavar="START:END", help="Ask about this stretch of the text only.")
    ] = None,
    section: Annotated[
        str | None, typer.Option("--section", help="Ask about this chapter only, by title or number.")
    ] = None,
    max_new_tokens: Annotated[int | None, typer.Option("--max-new-tokens", min=1)] = None,
    temperature: Annotated[float | None, typer.Option("--temperature", min=0.0)] = None,
    seed: Annotated[int, typer.Option("--seed")] = 0,
    model: Model = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Ask about a document; the answer cites places in it."""
    with open_console(context, data_dir, json) as shell:
        row = library.find_document(shell.services, document)
        limit = None if up_to is None else places.parse_place(shell.services, row.document_id, up_to)
        ticket = asking.ask(
            shell.services,
            row.document_id,
            question,
            jrt=Switch.OFF if no_jrt else jrt,
            use_adapter=not no_adapter,
            use_passages=not no_passages,
            up_to=limit,
            within=places.parse_range(shell.services, row.document_id, within, section),
            instructions=None if instructions is None else prompt_files.read_prompt(instructions).text,
            use_caches=False if no_cache else None,
            use_gists=not no_gist,
            use_segments=segments,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            seed=seed,
            model=model,
            adapter_scale=adapter_scale,
            writer=writer,
        )
        answer: Answer = shell.result_of(ticket, stream=True)
        shell.result(
            console.answer_json(answer, row.document_id), console.answer_words(answer, streamed=shell.streamed)
        )
        if answer.stopped:
            raise typer.Exit(STOPPED_STATUS)


@app.command()
def history(
    context: typer.Context,
    document: Doc,
    search: Annotated[str, typer.Option("--search", help="Only conversations that hold these words.")] = "",
    form: Annotated[
        ExportFormat | None, typer.Option("--export", help="Print the newest of them whole, with its citations.")
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """List what was asked about a document, or print a conversation."""
    with open_console(context, data_dir, json) as shell:
        row = library.find_document(shell.services, document)
        found = conversations.find(shell.services, row.document_id, search)
        if form is not None and found:
            shown = conversations.open_conversation(shell.services, found[0].conversation_id)
            text = export(row.title, [each.turn for each in shown.line], form)
            shell.result({"document": row.document_id, "text": text}, text.rstrip("\n"))
            return
        for each in found:
            shell.result(
                {"document": row.document_id, **console.as_json(each)},
                f"{each.last_at.astimezone():%Y-%m-%d %H:%M}  {each.turns:>4}  {each.title}"
                + (f"\n  {each.found}" if each.found else ""),
            )


@app.command("note")
def write_note(
    context: typer.Context,
    document: Doc,
    words: Annotated[str, typer.Argument(help="What you want to remember; empty for a highlight only.")] = "",
    at: Annotated[
        str, typer.Option("--at", metavar="START:END", help="Character offsets of the words it is about.")
    ] = "",
    colour: Annotated[str, typer.Option("--colour", help="yellow, green, blue or pink.")] = "yellow",
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Highlight words of a document, with a note."""
    place = re.fullmatch(r"(\d+):(\d+)", at)
    if place is None:
        raise typer.BadParameter("give offsets as START:END, for example 120:164.", param_hint="--at")
    with open_console(context, data_dir, json) as shell:
        row = library.find_document(shell.services, document)
        start, end = int(place[1]), int(place[2])
        made = notes.annotate(shell.services, row.document_id, start, end, note=words, colour=colour)
        shell.result(console.as_json(made), f"{made.start}:{made.end}  “{made.quote}”")


@app.command("notes")
def list_notes(
    context: typer.Context,
    document: Doc,
    export: Annotated[Path | None, typer.Option("--export", help="Write them to this file, as Markdown.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """List the bookmarks, highlights and notes of a document, or write them to a file."""
    with open_console(context, data_dir, json) as shell:
        row = library.find_document(shell.services, document)
        placed = notes.list_annotations(shell.services, row.document_id)
        if export is not None:
            notes.export_to(shell.services, row.document_id, export)
            shell.result({"file": str(export), "notes": len(placed)}, f"{export}: {len(placed)} notes")
            return
        for annotation in placed:
            shell.result(
                {**console.as_json(annotation.row), "section": annotation.chapter, "page": annotation.page},
                f"{annotation.row.start:>9}  {annotation.row.kind:<9}  “{annotation.row.quote}”"
                + (f"\n           {annotation.row.note}" if annotation.row.note else ""),
            )


@app.command("memories")
def list_memories(
    context: typer.Context,
    document: Annotated[str | None, typer.Argument(metavar="[DOC]", help="Only those of this document.")] = None,
    use: Annotated[bool | None, typer.Option("--use/--leave", help="Use them when DOC is asked about, or not.")] = None,
    scale: Annotated[
        float | None,
        typer.Option(
            "--adapter-scale",
            min=0.0,
            max=memories.STRONGEST,
            help="How strongly adapters act when DOC is asked about: 1 as they were learned, 0 not at all, 2 twice.",
        ),
    ] = None,
    forget_them: Annotated[bool, typer.Option("--forget", help="Forget them for good; DOC stays.")] = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """List what was learned and compressed, of all documents or one; with DOC also use, leave aside or forget it."""
    if document is None and (forget_them or use is not None or scale is not None):
        raise typer.BadParameter("name the document whose memories are meant.", param_hint="DOC")
    with open_console(context, data_dir, json) as shell:
        services = shell.services
        segmented = segment_memories.of_library(services)
        if document is None:
            found = memories.of_library(services)
        else:
            document_id = library.find_document(services, document).document_id
            found = memories.of_document(services, document_id)
            segmented = [each for each in segmented if each.document.document_id == document_id]
        for each in found:
            memory = each.memory
            result = {**console.as_json(memory), "title": each.document.title, "usable": each.usable}
            strength = memory.strength if scale is None else scale
            words = f"{each.document.title}: {memory.tokens:,} tokens with {memory.model_name}, {memory.state}"
            words += f", at {100 * strength:.0f} % strength" if strength != 1 else ""
            if forget_them:
                gone = memories.forget_memory(services, memory.memory_id)
                result |= {"forgotten_bytes": gone.bytes, "residue": len(gone.left)}
                words += f"; forgotten, {len(gone.left)} traces left"
            else:
                if use is not None:
                    memories.set_attached(services, memory.memory_id, use)
                    result["attached"] = use
                if scale is not None:
                    memories.set_strength(services, memory.memory_id, scale)
                    result["strength"] = scale
            shell.result(result, words)
        for segment_memory in segmented:
            _tell_segment_memory(shell, segment_memory, use=use, forget_it=forget_them)
            use = None if segment_memory.usable else use  # of several of a document, one is in use: the one used last


def _tell_segment_memory(shell: Console, each: DocumentMemory, *, use: bool | None, forget_it: bool) -> None:
    """Print a segment memory, and put it to use, leave it aside or forget it."""
    row, services = each.row, shell.services
    result = {**console.as_json(row), "title": each.document.title, "state": each.state, "usable": each.usable}
    result["metrics"] = {name: figure for name, figure in row.metrics.items() if name != "ends"}
    words = f"{each.document.title}: {row.tokens:,} tokens in segment memory for {row.model_name}, {each.state}"
    if forget_it:
        result["forgotten_bytes"] = segment_memories.forget(services, each.document.document_id, entry=row.entry)
        words += "; forgotten"
    elif use is not None and each.usable:
        prompt_caches.set_in_use(services, row.entry, use)
        result["in_use"] = use
    shell.result(result, words)


@app.command()
def forget(context: typer.Context, document: Doc, data_dir: DataDir = None, json: Json = False) -> None:
    """Forget a document: remove all of it, then search the data folder for traces."""
    with open_console(context, data_dir, json) as shell:
        row = library.find_document(shell.services, document, Where.ANYWHERE)
        gone = shell.result_of(forgetting.forget(shell.services, row.document_id))
        removed = ", ".join(f"{count} {name}" for name, count in gone.removed.items())
        places_left = "".join(f"\n  {place}" for place in gone.residue_places)
        searched = f"{gone.probes} pieces of text and names looked for in {gone.searched_files} files"
        shell.result(
            console.as_json(gone), f"Removed {removed}. {gone.residue} traces found ({searched}).{places_left}"
        )
        if gone.residue:
            raise typer.Exit(1)


@app.command()
def demo(context: typer.Context, data_dir: DataDir = None, json: Json = False) -> None:
    """Import, learn and ask the bundled story: the main job, without a screen."""
    from app.demo import run_demo

    with open_console(context, data_dir, json) as shell:
        run_demo(shell)


@app.command()
def where(context: typer.Context, data_dir: DataDir = None, json: Json = False) -> None:
    """Say where the data is and how large it is."""
    folder = data_dir or context.obj or default_data_dir()
    sizes = {part.part.value: part.bytes for part in data_folder.look_at(folder).parts} if folder.is_dir() else {}
    shell = Console(None, as_json=json)
    shell.result(
        {"data_dir": str(folder), "bytes": sum(sizes.values()), "parts": sizes},
        "\n".join([str(folder), *(f"  {size / 1e6:10.1f} MB  {name}" for name, size in sizes.items())]),
    )


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    help="Run measurements: without a name, list them. Needs the checkout (tests/bench).",
)
def bench(context: typer.Context, name: Annotated[str | None, typer.Argument()] = None) -> None:
    from app.measuring import run_bench

    raise typer.Exit(run_bench(name, context.args))


def main() -> None:
    """Entry point of `palimpsest`."""
    child = packaged.child_module(sys.argv)
    if child is not None:
        sys.exit(packaged.run_child(child))
    app()

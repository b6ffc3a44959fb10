"""`palimpsest caches`: the prompts that are kept: listed, pinned, put to use, compared, deleted; and how much room they have."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from app import console
from app.commands.default_command import DefaultCommandGroup
from app.commands.options import DataDir, Json, open_console
from app.operations import prompt_caches
from app.operations.prompt_caches import CacheTotals, PromptCache
from engine.api import Compared

commands = typer.Typer(
    cls=DefaultCommandGroup,
    help=(
        "The prompts that are kept between sessions, exact ones, gists and segment memories: without a command, list them.\n\n"
        "What an answer reads is kept by itself; “palimpsest compress” keeps a prompt at once."
    ),
)

Entry = Annotated[str, typer.Argument(metavar="ENTRY", help="A kept prompt: its number, or its title.")]


@commands.command("list", hidden=True)
def list_caches(context: typer.Context, data_dir: DataDir = None, json: Json = False) -> None:
    """List what is kept, used last first: number, kind, size, how often it was used, what it saved."""
    with open_console(context, data_dir, json) as shell:
        found = prompt_caches.overview(shell.services)
        for each in found.caches:
            shell.result(_cache_json(each), _cache_words(each))
        shell.say(_totals_words(found.totals) if found.caches else _nothing_words(found.totals))


@commands.command("show")
def show(context: typer.Context, entry: Entry, data_dir: DataDir = None, json: Json = False) -> None:
    """Print what a kept prompt says, as its model reads it; of a gist also what stays readable beside it."""
    with open_console(context, data_dir, json) as shell:
        row = prompt_caches.find_cache(shell.services, entry)
        text = prompt_caches.prompt_text(shell.services, row.entry)
        literals = [str(each) for each in row.metrics.get("literals", ())]
        words = text + ("\n\nKept word for word: " + ", ".join(literals) if literals else "")
        shell.result({**console.as_json(row), "text": text}, words)


@commands.command("pin")
def pin(context: typer.Context, entry: Entry, data_dir: DataDir = None, json: Json = False) -> None:
    """Keep a prompt, however long it is not used."""
    _set_pinned(context, entry, True, data_dir, json)


@commands.command("unpin")
def unpin(context: typer.Context, entry: Entry, data_dir: DataDir = None, json: Json = False) -> None:
    """Let a pinned prompt go when there is no room for it."""
    _set_pinned(context, entry, False, data_dir, json)


def _set_pinned(context: typer.Context, entry: str, pinned: bool, data_dir: DataDir, json: bool) -> None:
    with open_console(context, data_dir, json) as shell:
        row = prompt_caches.find_cache(shell.services, entry)
        prompt_caches.set_pinned(shell.services, row.entry, pinned)
        words = "is pinned and stays" if pinned else "is not pinned any more"
        shell.result({"entry": row.entry, "title": row.title, "pinned": pinned}, f"“{row.title}” {words}.")


@commands.command("use")
def use(context: typer.Context, entry: Entry, data_dir: DataDir = None, json: Json = False) -> None:
    """Let a gist stand in for its prompt, or put a document’s exact text or its segment memory before its questions."""
    _set_in_use(context, entry, True, data_dir, json)


@commands.command("stop-using")
def stop_using(context: typer.Context, entry: Entry, data_dir: DataDir = None, json: Json = False) -> None:
    """Leave a gist aside and read the whole prompt, or its exact state; leave a document’s exact text or segment memory aside."""
    _set_in_use(context, entry, False, data_dir, json)


def _set_in_use(context: typer.Context, entry: str, in_use: bool, data_dir: DataDir, json: bool) -> None:
    with open_console(context, data_dir, json) as shell:
        row = prompt_caches.find_cache(
            shell.services, entry, meant=lambda each: each.can_be_in_use and each.in_use is not in_use
        )
        prompt_caches.set_in_use(shell.services, row.entry, in_use)
        if row.kind == prompt_caches.SEGMENTS:
            done = "stands before questions about it from now on" if in_use else "is left aside"
            words = f"The segment memory of “{row.title}” {done}."
        elif row.kind == prompt_caches.GIST:
            done = "stands in for its prompt from now on" if in_use else "is left aside; its prompt is read in full"
            words = f"The gist of “{row.title}” {done}."
        else:
            done = "stands before every question about it from now on" if in_use else "is left aside"
            words = f"“{row.title}”, kept exactly, {done}."
        shell.result({"entry": row.entry, "title": row.title, "in_use": in_use}, words)


@commands.command("delete")
def delete(
    context: typer.Context,
    entries: Annotated[list[str], typer.Argument(metavar="ENTRY...", help="Kept prompts: their numbers or titles.")],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Delete kept prompts; they are read again when they are next asked with."""
    with open_console(context, data_dir, json) as shell:
        rows = [prompt_caches.find_cache(shell.services, entry) for entry in entries]
        freed = prompt_caches.delete(shell.services, [row.entry for row in rows])
        shell.result(
            {"deleted": [row.entry for row in rows], "bytes": freed},
            f"{', '.join(f'“{row.title}”' for row in rows)}: deleted, {console.size_words(freed)} freed.",
        )


@commands.command("clear")
def clear(context: typer.Context, data_dir: DataDir = None, json: Json = False) -> None:
    """Delete every kept prompt, pinned ones too. Nothing but time is lost: they are read again."""
    with open_console(context, data_dir, json) as shell:
        count = prompt_caches.totals(shell.services).entries
        freed = prompt_caches.clear(shell.services)
        shell.result(
            {"deleted": count, "bytes": freed}, f"{_prompts(count)} deleted, {console.size_words(freed)} freed."
        )


@commands.command("compare")
def compare(
    context: typer.Context,
    entry: Entry,
    question: Annotated[str, typer.Argument(help="What both are asked.")],
    max_new_tokens: Annotated[int | None, typer.Option("--max-new-tokens", min=1)] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Answer a question twice: with a gist's prompt read in full, and with the gist."""
    with open_console(context, data_dir, json) as shell:
        row = prompt_caches.find_cache(shell.services, entry, meant=lambda each: each.kind == prompt_caches.GIST)
        ticket = prompt_caches.compare(shell.services, row.entry, question, max_new_tokens=max_new_tokens)
        done: Compared = shell.result_of(ticket)
        shell.result({"entry": row.entry, "question": question, **console.as_json(done)}, _compared_words(done))


@commands.command("budget")
def budget(
    context: typer.Context,
    wanted: Annotated[
        str | None, typer.Argument(metavar="BYTES", help="How much they may take: bytes, or 500MB, 2GB.")
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Say how much room kept prompts take and may take, or decide it anew; what was not used for longest goes first."""
    with open_console(context, data_dir, json) as shell:
        if wanted is not None:
            prompt_caches.set_budget(shell.services, prompt_caches.parse_bytes(wanted))
        totals = prompt_caches.totals(shell.services)
        shell.result(console.as_json(totals), _totals_words(totals))


def _cache_json(each: PromptCache) -> dict[str, Any]:
    return {
        **console.as_json(replace(each.row, metrics={k: v for k, v in each.row.metrics.items() if k != "ends"})),
        "document": each.row.document_id,
        "document_title": each.document_title,
        "usable": each.usable,
        "in_effect": each.in_effect,
    }


def _cache_words(each: PromptCache) -> str:
    row = each.row
    notes = [
        note
        for note, said in (
            ("in use", row.in_use),
            ("pinned", row.pinned),
            ("with an adapter", bool(row.adapter_sha256)),
            (f"rests: made for {row.model_name}", not each.usable),
            ("rests: the instructions have changed", each.was_standing),
            ("for “ask --instructions” alone", not each.in_effect and not each.was_standing),
        )
        if said
    ]
    return (
        f"{row.entry:>5}  {row.kind:<8}  {console.size_words(row.bytes):>8}  {row.tokens:>6,} tokens  used {row.hits}×,"
        f" {row.tokens_saved:,} tokens and {row.seconds_saved:.1f} s saved  {row.title}"
        + (f" ({', '.join(notes)})" if notes else "")
    )


def _totals_words(totals: CacheTotals) -> str:
    gists = f", {totals.gists} of them gists" if totals.gists else ""
    words = (
        f"{_prompts(totals.entries)}{gists}: {console.size_words(totals.bytes)} of"
        f" {console.size_words(totals.budget_bytes)}; {totals.tokens_saved:,} tokens and {totals.seconds_saved:,.0f} s saved"
    )
    return words if totals.kept else f"{words}. Keeping prompts is switched off in the settings."


def _nothing_words(totals: CacheTotals) -> str:
    if not totals.kept:
        return "No prompt is kept, and none will be: that is switched off in the settings."
    return (
        "No prompt is kept yet. What every question begins with is kept after its first answer; “palimpsest compress"
        f" DOC|FILE” keeps a prompt of your own at once. There is room for {console.size_words(totals.budget_bytes)}."
    )


def _prompts(count: int) -> str:
    return f"{count} kept prompt{'s' * (count != 1)}"


def _compared_words(done: Compared) -> str:
    parts = []
    for name, answer in (("Full prompt", done.full), ("Gist", done.gist)):
        parts.append(
            f"{name} ({answer.slots:,} tokens attended to, first word {answer.first_s:.2f} s)\n{answer.answer}"
        )
    parts.append(f"Divergence: {done.divergence:.3f} nats a token")
    return "\n\n".join(parts)

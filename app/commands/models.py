"""`palimpsest models`: list, download, add, measure and remove models; choose the one in use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app import console
from app.commands.options import DataDir, Json, open_console
from app.console import Console
from app.operations import catalogue, model_downloads, model_memory, model_speeds, models
from app.operations.llama_use import Writing
from app.operations.model_memory import Fit
from app.operations.settings import settings
from engine.api import LLAMACPP, PYTORCH, ModelInfo, SpeedMeasured, Writer

commands = typer.Typer(
    help="List, download, add, measure and remove models; choose the one in use.", no_args_is_help=True
)


@commands.command("list")
def list_models(context: typer.Context, data_dir: DataDir = None, json: Json = False) -> None:
    """List the models here: what each needs, whether it fits in memory, its licence and languages, what reads and writes with it and
    how fast; the one in use is marked."""
    with open_console(context, data_dir, json) as shell:
        budget = model_memory.last_budget(shell.services)
        writer = Writer(settings(shell.services).writer)
        for model in models.list_models(shell.services):
            details = {} if model.row is None else console.as_json(model.row)
            details |= {"title": model.title, "source": model.source, "licence": model.licence, "bytes": model.bytes}
            details |= {"languages": list(model.languages), "parameters": model.parameters, "problem": model.problem}
            words = f"{'*' if model.current else ' '} {model.name}"
            if model.geometry is not None:
                held_bytes = 0 if model.writing is None else model.writing.held_bytes(writer)
                fit = budget.fit(model.geometry, held_bytes, insists=writer is Writer.LLAMACPP)
                details |= _fit_json(fit)
                words += f"  {_fit_words(fit)}"
            licence = model.licence or "licence unknown"
            words += f"  {licence}" if not model.problem else f"  {model.problem}"
            if model.writing is not None:
                details |= _writing_json(model.writing, writer)
                words += f"\n    {_writing_words(model.writing, writer)}"
            shell.result({**details, "name": model.name, "current": model.current}, words)


@commands.command("catalogue")
def list_catalogue(context: typer.Context, data_dir: DataDir = None, json: Json = False) -> None:
    """List models that can be downloaded, by the memory they need, with size, licence and languages."""
    with open_console(context, data_dir, json) as shell:
        budget = model_memory.last_budget(shell.services)
        begun = {found.name: found for found in model_downloads.downloads(shell.services)}
        here = {model.name for model in models.list_models(shell.services)}
        for listed in catalogue.catalogue():
            come = begun[listed.name].done_bytes if listed.name in begun else 0
            values = {name: getattr(listed, name) for name in ("name", "title", "repo", "revision", "download_bytes")}
            values |= {"parameters": listed.parameters, "licence": listed.licence, "languages": list(listed.languages)}
            values |= {"languages_in_all": listed.languages_in_all, "good_for": listed.good_for["en"]}
            values |= {"here": listed.name in here, "come_bytes": come, **_fit_json(budget.fit(listed.geometry))}
            state = "here" if listed.name in here else f"about {listed.download_bytes / 1e9:.1f} GB to download"
            state += f", {come / 1e6:,.0f} MB have come" if come else ""
            words = (
                f"{listed.name}\n    {listed.good_for['en']}\n    {state}; {_fit_words(budget.fit(listed.geometry))}"
            )
            words += f"; {listed.licence}; {listed.languages_in_all} language{'s' * (listed.languages_in_all > 1)}"
            shell.result(values, words)


@commands.command("download")
def download(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(help="A model of the catalogue, or owner/name[@revision] or owner/name/file.gguf of the hub."),
    ],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Download a model, check it, and add it. Ctrl-C keeps what has come; the same command goes on from there."""
    with open_console(context, data_dir, json) as shell:
        ticket = model_downloads.download_model(shell.services, name)
        shell.result_of(ticket)
        info = shell.result_of(model_downloads.add_downloaded(shell.services, ticket.title))
        _tell_added(shell, info)


@commands.command("discard")
def discard(
    context: typer.Context, name: Annotated[str, typer.Argument()], data_dir: DataDir = None, json: Json = False
) -> None:
    """Delete what has come of a model whose download was stopped."""
    with open_console(context, data_dir, json) as shell:
        model_downloads.discard_download(shell.services, name)
        shell.result({"name": name, "discarded": True}, f"What had come of {name} is deleted.")


@commands.command("add")
def add(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A GGUF file or a folder with safetensors.")],
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Take in a model of your own; the file or folder itself is left alone."""
    with open_console(context, data_dir, json) as shell:
        found = model_memory.inspect_model(shell.services, path)
        _warn_if_large(shell, model_memory.last_budget(shell.services).fit(found.geometry, found.gguf_bytes))
        _tell_added(shell, shell.result_of(models.add_model(shell.services, path)))


@commands.command("use")
def use(
    context: typer.Context, name: Annotated[str, typer.Argument()], data_dir: DataDir = None, json: Json = False
) -> None:
    """Make a model the one in use."""
    with open_console(context, data_dir, json) as shell:
        models.use_model(shell.services, name)
        known = next(model for model in models.list_models(shell.services) if model.name == name)
        if known.geometry is not None:
            writer = Writer(settings(shell.services).writer)
            held_bytes = 0 if known.writing is None else known.writing.held_bytes(writer)
            fit = model_memory.last_budget(shell.services).fit(
                known.geometry, held_bytes, insists=writer is Writer.LLAMACPP
            )
            _warn_if_large(shell, fit)
        resting = models.memories_of_others(shell.services, name)
        rest = (
            f" {resting} memories were made with another model and rest until they are learned again."
            if resting
            else ""
        )
        shell.result(
            {"name": name, "current": True, "memories_of_others": resting}, f"{name} is used from now on.{rest}"
        )


@commands.command("measure")
def measure(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A model; the one in use without it.")] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Measure how fast a model reads and writes here, with PyTorch and with llama.cpp. What is faster is used, unless the settings say
    what writes."""
    with open_console(context, data_dir, json) as shell:
        chosen = name or models.current_model(shell.services).name
        speeds: SpeedMeasured = shell.result_of(model_speeds.measure_speed(shell.services, chosen))
        shell.result({"name": chosen, **console.as_json(speeds)}, f"{chosen}: {_speeds_words(speeds)}")


@commands.command("remove")
def remove(
    context: typer.Context, name: Annotated[str, typer.Argument()], data_dir: DataDir = None, json: Json = False
) -> None:
    """Remove a model from Palimpsest; your own file or folder stays, a downloaded one is deleted."""
    with open_console(context, data_dir, json) as shell:
        models.remove_model(shell.services, name)
        models.purge_removed(shell.services)
        shell.result({"name": name, "removed": True}, f"{name} was removed.")


def _writing_json(writing: Writing, writer: Writer) -> dict[str, object]:
    """llama_problem: "" where llama.cpp can write with the model. reader, writer: as the settings want it. speeds: None before they are
    measured."""
    reads, writes = writing.engines(writer)
    speeds = None if writing.speeds is None else console.as_json(writing.speeds)
    said = {"llama_problem": writing.problem, "gguf_bytes": writing.gguf_bytes}
    return {**said, "reader": reads, "writer": writes, "speeds": speeds}


def _writing_words(writing: Writing, writer: Writer) -> str:
    reads, writes = writing.engines(writer)
    words = f"reads with {reads}, writes with {writes}"
    if writing.speeds is not None:
        words += f" ({_speeds_words(writing.speeds)})"
    if writing.problem:
        return f"{words}. {writing.problem}"
    return words if writing.speeds is not None else f"{words}; `palimpsest models measure` finds out how fast"


def _speeds_words(speeds: SpeedMeasured) -> str:
    rates = {
        PYTORCH: (speeds.pytorch_reads, speeds.pytorch_writes),
        LLAMACPP: (speeds.llama_reads, speeds.llama_writes),
    }
    known = [f"{name} reads {r:.0f} and writes {w:.0f} tokens/s" for name, (r, w) in rates.items() if r or w]
    return ", ".join(known)


def _fit_json(fit: Fit) -> dict[str, object]:
    return {
        "needs_bytes": fit.needs_bytes,
        "learning_needs_bytes": fit.learning_needs_bytes,
        "available_bytes": fit.available_bytes,
        "fits": fit.fits,
        "alone": fit.alone,
    }


def _fit_words(fit: Fit) -> str:
    words = f"needs about {fit.needs_bytes / 1e9:.1f} GB, {fit.available_bytes / 1e9:.1f} GB free"
    if fit.alone:
        return f"{words}: {fit.alone} works alone"
    return words if fit.fits else f"does not fit: {words}"


def _warn_if_large(shell: Console, fit: Fit) -> None:
    if not fit.fits:
        shell.say(f"It {_fit_words(fit)}; choose a smaller model or close other programs.")


def _tell_added(shell: Console, info: ModelInfo) -> None:
    shell.result(
        {"name": info.model.name, "architecture": info.architecture, "parameters": info.parameters,
         "context_tokens": info.context_tokens, "bytes": info.weights_bytes},
        f"{info.model.name}: {info.architecture}, {info.parameters / 1e6:.0f} M parameters, "
        f"{info.context_tokens:,} tokens of context. `palimpsest models use {info.model.name}` makes it the current one.",
    )  # fmt: skip

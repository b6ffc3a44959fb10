"""`palimpsest compress train | encoders | remove-encoder`: what makes gists and segment memory of a model: trained, listed, deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app import console
from app.commands.options import DataDir, Json, open_console
from app.operations import compressors, encoder_training
from app.operations.compressor_folders import CompressorMethod
from app.operations.models import current_model
from engine.api import CompressorTrained, GistTraining, GradientMethod, SegmentTraining

Model = Annotated[str | None, typer.Option("--model", help="Use this model instead of the current one.")]
Method = Annotated[
    CompressorMethod, typer.Option("--method", help="For gists of prompts, or for segment memory of long documents.")
]

_NAMES = {CompressorMethod.GIST: "gist encoder", CompressorMethod.SEGMENTS: "segment compressor"}
_DEFAULT = SegmentTraining()


def train(
    context: typer.Context,
    method: Method = CompressorMethod.GIST,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data",
            metavar="FILE|FOLDER",
            help="Prompts, or for segment memory books as plain text; may be given several times.",
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Optimiser steps.")] = None,
    batch: Annotated[int | None, typer.Option("--batch", min=1, help="Prompts, or stretches of text, a step.")] = None,
    rank: Annotated[int | None, typer.Option("--rank", min=1, help="Width of the encoder's low-rank update.")] = None,
    learning_rate: Annotated[float | None, typer.Option("--lr", min=0.0, help="Learning rate.")] = None,
    max_prompt_tokens: Annotated[
        int | None, typer.Option("--max-prompt-tokens", min=16, help="Gists: longer prompts are passed over.")
    ] = None,
    continuation_tokens: Annotated[
        int | None, typer.Option("--continuation-tokens", min=1, help="Gists: how much is compared behind each prompt.")
    ] = None,
    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            "--hold-out",
            metavar="AUTHOR",
            help="Segment memory: train on no book of this author, and measure on theirs; may be given several times. Else one"
            " author in eight is held out.",
        ),
    ] = None,
    segment_tokens: Annotated[
        int | None, typer.Option("--segment-tokens", min=32, help="Segment memory: tokens of a segment.")
    ] = None,
    segments: Annotated[
        int | None, typer.Option("--segments", min=3, help="Segment memory: segments of a stretch of text.")
    ] = None,
    gradient: Annotated[
        GradientMethod, typer.Option("--gradient", help="Segment memory: how gradients of earlier segments are had.")
    ] = _DEFAULT.gradient,
    window: Annotated[
        int,
        typer.Option(
            "--window", min=1, help="Segment memory: how many earlier segments a gradient that samples keeps."
        ),
    ] = _DEFAULT.window,
    further: Annotated[
        bool, typer.Option("--further", help="Segment memory: begin with the compressor the model has.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed")] = 42,
    licence: Annotated[str, typer.Option("--licence", help="What the data is under; the encoder's card says it.")] = "",
    resume: Annotated[bool, typer.Option("--resume", help="Go on where training stopped.")] = False,
    model: Model = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Train a gist encoder or a segment compressor for a model; the model itself stays as it is. Ctrl-C keeps what is done; --resume
    goes on.

    It learns from the files given with --data, a gist encoder also from the prompts that come with Palimpsest, never from the
    library: a document that is forgotten is in no encoder.
    """
    of_gists = max_prompt_tokens is not None or continuation_tokens is not None
    of_segments = (
        hold_out
        or segment_tokens
        or segments
        or further
        or gradient is not _DEFAULT.gradient
        or window != _DEFAULT.window
    )
    config: GistTraining | SegmentTraining
    if method is CompressorMethod.GIST:
        if of_segments:
            raise typer.BadParameter("that is an option of --method segments.", param_hint="--method")
        config = GistTraining(
            steps=steps,
            batch=batch,
            rank=rank,
            learning_rate=learning_rate,
            max_prompt_tokens=max_prompt_tokens,
            continuation_tokens=continuation_tokens,
            seed=seed,
        )
    else:
        if of_gists:
            raise typer.BadParameter("that is an option of --method gist.", param_hint="--method")
        config = SegmentTraining(
            steps=steps,
            batch=batch,
            rank=rank,
            learning_rate=learning_rate,
            segment_tokens=segment_tokens,
            segments=segments,
            gradient=gradient,
            window=window,
            hold_out=tuple(hold_out or ()),
            further=further,
            seed=seed,
        )
    with open_console(context, data_dir, json) as shell:
        ticket = compressors.train(
            shell.services, method=method, model=model, data=data or (), config=config, licence=licence, resume=resume
        )
        # others are not known to take as long
        if model is None and batch is None and not of_gists and not of_segments:
            takes_s = encoder_training.training_seconds(shell.services, steps=steps, resume=resume, method=method)
            if takes_s is not None or steps is None:
                shell.say(_time_words(takes_s))
        done: CompressorTrained = shell.result_of(ticket)
        shell.result(
            {**console.as_json(done), "method": method.value, "model": ticket.title}, _trained_words(done, method)
        )


def _time_words(seconds: float | None) -> str:
    if seconds is None:
        time = "On a processor alone this takes hours"
    elif seconds < 7200:
        time = f"This takes about {max(1, round(seconds / 60))} min here"
    else:
        time = f"This takes about {seconds / 3600:g} hours here"
    return f"{time}; Ctrl-C keeps what is done, and --resume goes on."


def _trained_words(done: CompressorTrained, method: CompressorMethod) -> str:
    what, of = ("prompts", "the prompt says, by gist tokens")
    if method is CompressorMethod.SEGMENTS:
        what, of = ("stretches of text", "the text before says, by tokens to a slot")
    return (
        f"{done.folder}\n  {done.steps:,} steps on {done.examples:,} {what} in {done.seconds:,.0f} s,"
        f" {console.size_words(done.encoder_bytes)}\n  of what {of}: {console.recovered_words(done.score.recovered)}"
    )


def list_encoders(context: typer.Context, data_dir: DataDir = None, json: Json = False) -> None:
    """List the gist encoders and segment compressors that are here: of which model, where from, how large."""
    with open_console(context, data_dir, json) as shell:
        name = current_model(shell.services).name
        for method in CompressorMethod:
            found = compressors.compressors(shell.services, method)
            for each in found:
                shell.result(console.as_json(each), _encoder_words(each))
            if not any(each.used and each.model_name == name for each in found):
                how = _training_words(method, "" if method is CompressorMethod.GIST else " --data BOOKS")
                shell.say(f"{name} has no {_NAMES[method]}; {how} trains one.")


def _encoder_words(each: compressors.Compressor) -> str:
    origin = "trained here" if each.own else "came with Palimpsest"
    words = f"{'*' if each.used else ' '} {each.model_name}  {_NAMES[each.method]}, {console.size_words(each.bytes)}, {origin}"
    if each.card.recovered:
        of = (
            "held-out prompts say, by gist tokens"
            if each.method is CompressorMethod.GIST
            else "the text before says to held-out books, by tokens to a slot"
        )
        words += f"; of what {of}: {console.recovered_words(each.card.recovered)}"
    if each.card.licence:
        words += f"; {each.card.licence}"
    return words + (f"; {_training_words(each.method, ' --resume')} goes on" if each.resumable else "")


def _training_words(method: CompressorMethod, options: str) -> str:
    of = "" if method is CompressorMethod.GIST else f" --method {method}"
    return f"“palimpsest compress train{of}{options}”"


def remove_encoder(
    context: typer.Context,
    method: Method = CompressorMethod.GIST,
    model: Model = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Delete what was trained here for a model, its gist encoder or its segment compressor. What it has compressed stays."""
    with open_console(context, data_dir, json) as shell:
        removed = compressors.remove(shell.services, model, method)
        compressors.purge_removed(shell.services)
        values: dict[str, Any] = {"folder": removed.folder, "method": method.value, "removed": True}
        shell.result(values, f"The {_NAMES[method]} in {removed.folder} was deleted.")

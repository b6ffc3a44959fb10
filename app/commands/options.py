"""What every command of the shell takes: where the data is, how to print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.console import Console
from app.operations.opening import open_services

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Keep everything in this folder instead.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]


def open_console(context: typer.Context, data_dir: Path | None, as_json: bool) -> Console:
    """The console of a command over an open data folder; leaving it closes everything.

    The engine is a process of its own, so that a crash in native code ends a command as a sentence.
    """
    root = context.find_root().obj
    return Console(lambda: open_services(data_dir or root, engine_process=True), as_json=as_json)

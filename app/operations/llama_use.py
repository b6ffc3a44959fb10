"""Whether llama.cpp can write with a model on this machine, why not where it cannot, and how fast both engines are with it.

Looks at files and installed packages. Loads neither llama.cpp nor a model.
"""

from __future__ import annotations

import importlib.metadata
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from engine.api import LLAMACPP, PYTORCH, SpeedMeasured, Writer
from engine.llama.library import why_unavailable
from engine.llama.usable import why_not
from engine.memory_need import gguf_memory
from engine.model_folder import locate_gguf
from engine.speeds import kept_speeds

_PACKAGE, _EXTRA = "palimpsest", "llama"


@dataclass(frozen=True, slots=True)
class Writing:
    """problem: why llama.cpp cannot write with the model, in a sentence; "" where it can. is_missing: it is not installed at all, or
    in a version that is not known. gguf_bytes: what it takes of memory for the weights in its file, 0 where it cannot. speeds: None
    before they are measured here.
    """

    problem: str
    is_missing: bool
    gguf_bytes: int
    speeds: SpeedMeasured | None

    def engines(self, writer: Writer) -> tuple[str, str]:
        """What reads long prompts, and what writes the answers to them. writer: what the settings say."""
        if self.problem or writer is Writer.PYTORCH:
            return PYTORCH, PYTORCH
        if self.speeds is None:
            return PYTORCH, LLAMACPP
        if writer is Writer.AUTO and self.speeds.writer == PYTORCH:
            return PYTORCH, PYTORCH
        return self.speeds.reader, LLAMACPP

    def held_bytes(self, writer: Writer) -> int:
        """Of the file, where llama.cpp holds it beside PyTorch."""
        return self.gguf_bytes if self.engines(writer)[1] == LLAMACPP else 0

    @property
    def is_to_be_measured(self) -> bool:
        """Whether both can be used and nobody knows which is faster here."""
        return not self.problem and self.speeds is None


def writing_with(folder: Path) -> Writing:
    """What can write with the model in this folder. Raises ModelError where the model itself is damaged."""
    problem = why_not(folder)
    gguf_bytes = 0 if problem else gguf_memory(locate_gguf(folder))
    return Writing(problem, why_unavailable() is not None, gguf_bytes, kept_speeds(folder))


def gguf_bytes_of(source: Path) -> int:
    """Bytes that llama.cpp would have to hold of a file or folder that is to be added; 0 where it cannot write with it."""
    return gguf_memory(source) if source.is_file() and why_unavailable() is None else 0


def install_command() -> str:
    """What a shell is to be told for llama.cpp to be installed beside this Palimpsest; "" for a packaged one, which cannot compile."""
    if getattr(sys, "frozen", False):
        return ""
    words = [sys.executable, "-m", "pip", "install", *_required()]
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def _required() -> list[str]:
    """What the extra asks for, with its range of versions."""
    wanted = [text for text in importlib.metadata.requires(_PACKAGE) or () if re.search(rf"extra == .{_EXTRA}\b", text)]
    return [text.partition(";")[0].strip() for text in wanted]

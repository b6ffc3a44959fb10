"""Whether llama.cpp can write with a model here, told before anything is loaded.

Looks at installed packages and files. Loads no library and no model.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from engine.errors import ModelError
from engine.llama.file_check import check_for_llama
from engine.llama.library import why_unavailable
from engine.model_folder import locate_gguf


def why_not(folder: Path) -> str:
    """Why llama.cpp cannot write with the model of a prepared folder, in a sentence; "" where it can."""
    missing = why_unavailable()
    if missing is not None:
        return missing
    try:
        gguf = locate_gguf(folder)
    except ModelError as problem:
        return str(problem)
    return _refusal(gguf, gguf.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _refusal(gguf: Path, _changed_ns: int) -> str:
    try:
        check_for_llama(gguf)
    except ModelError as problem:
        return str(problem)
    return ""
